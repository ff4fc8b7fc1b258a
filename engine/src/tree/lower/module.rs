//! Imports and exports. An import of several names is several nodes, one for each name, over the range of the whole
//! statement.

use super::{Builder, Field, Form, Keyword};
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, flags};
use crate::tree::vocabulary::Word;

/// How an import names what it takes: `sub` of the second child of [`Kind::Import`].
pub(crate) const DEFAULT_IMPORT: u8 = 1;
/// `import * as x`.
pub(crate) const NAMESPACE_IMPORT: u8 = 2;
/// `import x = require('m')`.
pub(crate) const REQUIRE_IMPORT: u8 = 3;

#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

impl Builder<'_, '_, '_> {
    pub(super) fn module(&mut self, form: Form, parent: NodeId) {
        if form == Form::ImportStatement {
            self.import(parent);
        } else {
            self.export(parent);
        }
    }

    fn import(&mut self, parent: NodeId) {
        let (start, end) = self.range();
        let whole = Span { start, end };
        let mut source = self
            .cursor
            .node()
            .child_by_field_id(self.tables.source_field)
            .map(|node| Span {
                start: node.start_byte() as u32,
                end: node.end_byte() as u32,
            });
        let before = self.nodes.len();
        self.each_child(|this, form| {
            if form != Form::Other {
                return;
            }
            match this.tables.name(this.cursor.node().kind_id()) {
                "import_clause" => this.import_clause(parent, whole, source),
                "import_require_clause" => {
                    source = this
                        .cursor
                        .node()
                        .child_by_field_id(this.tables.source_field)
                        .map(|node| Span {
                            start: node.start_byte() as u32,
                            end: node.end_byte() as u32,
                        });
                    this.each_child(|this, form| {
                        if form == Form::Identifier {
                            let id = this.import_head(parent, whole, source, REQUIRE_IMPORT);
                            this.name(Kind::Definition, id);
                            this.close(id);
                        }
                    });
                }
                _ => {}
            }
        });
        if self.nodes.len() == before {
            let id = self.open_at(Kind::Import, parent, whole.start, whole.end);
            self.source(id, source);
            self.absent(id);
            self.absent(id);
            self.close(id);
            self.name_after(id, id + 1);
        }
    }

    fn import_clause(&mut self, parent: NodeId, whole: Span, source: Option<Span>) {
        self.each_child(|this, form| match form {
            Form::Identifier => {
                let id = this.import_head(parent, whole, source, DEFAULT_IMPORT);
                this.name(Kind::Definition, id);
                this.close(id);
            }
            Form::Other => match this.tables.name(this.cursor.node().kind_id()) {
                "namespace_import" => this.each_child(|this, form| {
                    if form == Form::Identifier {
                        let id = this.import_head(parent, whole, source, NAMESPACE_IMPORT);
                        this.name(Kind::Definition, id);
                        this.close(id);
                    }
                }),
                "named_imports" => this.each_child(|this, form| {
                    if form == Form::Other {
                        this.import_specifier(parent, whole, source);
                    }
                }),
                _ => {}
            },
            _ => {}
        });
    }

    fn import_specifier(&mut self, parent: NodeId, whole: Span, source: Option<Span>) {
        let mut names = [None; 2];
        self.each_child(|this, form| {
            if matches!(form, Form::Identifier | Form::String | Form::PropertyName)
                || this.field() == Field::Name
            {
                let (start, end) = this.range();
                if let Some(slot) = names.iter_mut().find(|slot| slot.is_none()) {
                    *slot = Some(Span { start, end });
                }
            }
        });
        let [Some(imported), local] = names else {
            return;
        };
        let local = local.unwrap_or(imported);
        let source_text = self.source;
        let text = |span: Span| {
            source_text
                .get(span.start as usize..span.end as usize)
                .unwrap_or_default()
        };
        let id = self.open_at(Kind::Import, parent, whole.start, whole.end);
        let hole = self.marks().and_then(|marks| marks.hole(text(imported)));
        if matches!(hole, Some(crate::tree::marks::Hole::Ellipsis)) {
            // `import {..., $X, ...} from 'm'`: each name is a statement of its own, so there is nothing to skip.
            self.nodes.truncate(id as usize);
            return;
        }
        self.source(id, source);
        for (span, kind) in [(imported, Kind::Property), (local, Kind::Definition)] {
            let hole = self.marks().and_then(|marks| marks.hole(text(span)));
            let leaf = self.open_at(kind, id, span.start, span.end);
            if let Some(hole) = hole {
                self.make_hole(leaf, hole, kind);
            } else {
                let word = self.word(span.start, span.end);
                self.update(leaf, |node| node.name = word);
            }
        }
        self.close(id);
        self.name_after(id, id + 1);
    }

    /// Begins an import whose local name the caller writes: source and kind of import.
    fn import_head(
        &mut self,
        parent: NodeId,
        whole: Span,
        source: Option<Span>,
        sub: u8,
    ) -> NodeId {
        let id = self.open_at(Kind::Import, parent, whole.start, whole.end);
        self.source(id, source);
        let imported = self.open(Kind::Property, id);
        self.update(imported, |node| {
            node.sub = sub;
            node.end = node.start;
            node.name = Word::NONE;
        });
        self.name_after(id, id + 1);
        id
    }

    fn source(&mut self, parent: NodeId, source: Option<Span>) {
        let Some(Span { start, end }) = source else {
            return self.absent(parent);
        };
        let before = self.nodes.len() as NodeId;
        self.string(
            Kind::String,
            parent,
            (start + 1).min(end),
            end.saturating_sub(1),
        );
        self.update(before, |node| {
            node.start = start;
            node.end = end;
        });
    }

    fn export(&mut self, parent: NodeId) {
        let before = self.nodes.len();
        let mut default = false;
        let mut names = false;
        let mut decorators = Vec::new();
        self.each_child(|this, form| match form {
            Form::Keyword(Keyword::Default) => default = true,
            Form::Keyword(_) | Form::Token(_) => {}
            Form::Decorator => decorators.push(this.cursor.clone()),
            _ => match this.field() {
                Field::Declaration => {
                    let first = this.nodes.len();
                    this.lower(parent);
                    this.decorate(first, &mut decorators);
                    for node in this.nodes.iter_mut().skip(first) {
                        if node.parent == parent {
                            node.flags |= flags::EXPORTED;
                        }
                    }
                }
                Field::Value => {
                    let id = this.open(Kind::ExportDefault, parent);
                    this.one(id);
                    this.close(id);
                    names = false;
                }
                _ => names = true,
            },
        });
        if default {
            let (start, _) = self.range();
            if let Some(node) = self.nodes.get_mut(before)
                && node.kind == Kind::ExportDefault
            {
                node.start = start;
            }
        }
        if names || self.nodes.len() == before {
            self.nodes.truncate(before);
            let id = self.open(Kind::Export, parent);
            self.list(id);
            self.close(id);
        }
    }
}
