//! Lowering: from a grammar's concrete tree to the [`Tree`] that patterns are matched on.
//!
//! One walk with one cursor, nodes written in the order they are met; nothing is looked up by field name, which in
//! tree-sitter costs a scan of the siblings. The depth is bounded: what nests deeper than [`MAX_DEPTH`] becomes an
//! [`Kind::Opaque`] leaf and the file is reported. Patterns go the same way, with [`Marks`] to tell their holes.

mod decorator;
mod expression;
mod grammar;
mod jsx;
mod leaf;
mod module;
mod statement;

pub(crate) use self::module::{DEFAULT_IMPORT, NAMESPACE_IMPORT, REQUIRE_IMPORT};

use tree_sitter::TreeCursor;

use self::grammar::{Field, Form, Keyword, Tables};
use super::kind::Kind;
use super::marks::Marks;
use super::node::{Node, NodeId, Tree, flags};
use super::vocabulary::{GrowingVocabulary, Vocabulary, Word};
use crate::language::Dialect;

/// How deep a construct may nest. tree-sitter itself does not recurse, this walk does: at this bound it needs
/// under 2 MB of stack in a debug build.
pub const MAX_DEPTH: u32 = 400;

/// Where words get their numbers.
pub(crate) enum Words<'v> {
    /// Patterns: new words are added.
    Growing(&'v GrowingVocabulary, &'v mut Marks),
    /// Code: unknown words have no number.
    Fixed(&'v Vocabulary),
}

/// What the lowering noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// First byte that does not parse.
    pub syntax_error: Option<u32>,
    /// First byte of a construct that nests too deep.
    pub too_deep: Option<u32>,
}

/// Lowers what `root` spans into `tree`, which is emptied first.
pub(crate) fn lower(
    root: tree_sitter::Node<'_>,
    source: &[u8],
    dialect: Dialect,
    words: Words<'_>,
    tree: &mut Tree,
) -> Notes {
    tree.nodes.clear();
    tree.parentheses.clear();
    let mut builder = Builder {
        nodes: std::mem::take(&mut tree.nodes),
        parentheses: std::mem::take(&mut tree.parentheses),
        source,
        tables: grammar::tables(dialect),
        cursor: root.walk(),
        words,
        depth: 0,
        binding: false,
        notes: Notes::default(),
    };
    builder.lower(0);
    tree.nodes = builder.nodes;
    tree.parentheses = builder.parentheses;
    tree.parentheses.sort_by_key(|(inner, _)| *inner);
    builder.notes
}

struct Builder<'t, 's, 'v> {
    nodes: Vec<Node>,
    parentheses: Vec<((u32, u32), (u32, u32))>,
    source: &'s [u8],
    tables: &'static Tables,
    cursor: TreeCursor<'t>,
    words: Words<'v>,
    depth: u32,
    /// Whether names that are met are being bound.
    binding: bool,
    notes: Notes,
}

impl Builder<'_, '_, '_> {
    fn form(&self) -> Form {
        self.tables.form(self.cursor.node().kind_id())
    }

    fn range(&self) -> (u32, u32) {
        let node = self.cursor.node();
        (node.start_byte() as u32, node.end_byte() as u32)
    }

    fn text(&self) -> &[u8] {
        let (start, end) = self.range();
        self.source
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    fn word(&mut self, start: u32, end: u32) -> Word {
        let text = self
            .source
            .get(start as usize..end as usize)
            .unwrap_or_default();
        match &mut self.words {
            Words::Growing(vocabulary, _) => vocabulary.add(text),
            Words::Fixed(vocabulary) => vocabulary.get(text),
        }
    }

    fn marks(&mut self) -> Option<&mut Marks> {
        match &mut self.words {
            Words::Growing(_, marks) => Some(marks),
            Words::Fixed(_) => None,
        }
    }

    /// Begins a node that spans what the cursor is on.
    fn open(&mut self, kind: Kind, parent: NodeId) -> NodeId {
        let (start, end) = self.range();
        self.open_at(kind, parent, start, end)
    }

    fn open_at(&mut self, kind: Kind, parent: NodeId, start: u32, end: u32) -> NodeId {
        let id = self.nodes.len() as NodeId;
        self.nodes.push(Node {
            start,
            end,
            next: id + 1,
            parent,
            name: Word::NONE,
            kind,
            sub: 0,
            flags: 0,
        });
        id
    }

    /// Ends a node: everything written since it began is below it.
    fn close(&mut self, id: NodeId) {
        let next = self.nodes.len() as NodeId;
        self.update(id, |node| node.next = next);
    }

    fn update(&mut self, id: NodeId, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            change(node);
        }
    }

    fn get(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    fn absent(&mut self, parent: NodeId) {
        let (start, _) = self.range();
        self.open_at(Kind::Absent, parent, start, start);
    }

    /// Calls `visit` with the cursor on each child in turn, comments left out.
    fn each_child(&mut self, mut visit: impl FnMut(&mut Self, Form)) {
        if !self.cursor.goto_first_child() {
            return;
        }
        loop {
            let form = self.form();
            if form != Form::Comment {
                visit(self, form);
            }
            if !self.cursor.goto_next_sibling() {
                break;
            }
        }
        self.cursor.goto_parent();
    }

    fn field(&self) -> Field {
        self.tables.field(self.cursor.field_id())
    }

    /// Lowers the children that have one of these fields, a slot each, [`Kind::Absent`] where one is missing.
    /// The fields must stand in source order. Keywords set flags on `id`; decorators follow the slots.
    fn slots(&mut self, id: NodeId, fields: &[Field]) {
        let mut filled = 0;
        let mut decorated = false;
        let binding = std::mem::take(&mut self.binding);
        self.each_child(|this, form| {
            match form {
                Form::Keyword(keyword) => return this.keyword(id, keyword),
                Form::Token(_) => return,
                Form::Decorator => {
                    decorated = true;
                    return;
                }
                Form::Error => this.syntax_error(),
                _ => {}
            }
            let field = this.field();
            let Some(slot) = fields.iter().position(|known| *known == field) else {
                return;
            };
            if slot < filled {
                return;
            }
            while filled < slot {
                this.absent(id);
                filled += 1;
            }
            this.binding = matches!(
                (form, field),
                (
                    Form::Identifier | Form::TypeName,
                    Field::Name | Field::Parameter
                )
            ) || (binding && field == Field::Left);
            this.one(id);
            this.binding = false;
            filled += 1;
        });
        while filled < fields.len() {
            self.absent(id);
            filled += 1;
        }
        if decorated {
            self.own_decorators(id);
        }
        self.binding = binding;
    }

    fn keyword(&mut self, id: NodeId, keyword: Keyword) {
        let flag = match keyword {
            Keyword::Async => flags::ASYNC,
            Keyword::Star => flags::GENERATOR,
            Keyword::Static => flags::STATIC,
            Keyword::Get => flags::GETTER,
            Keyword::Set => flags::SETTER,
            Keyword::OptionalChain => flags::OPTIONAL,
            Keyword::Semicolon => flags::SEMICOLON,
            Keyword::Default | Keyword::Equals | Keyword::Bind => return,
        };
        self.update(id, |node| node.flags |= flag);
    }

    /// Lowers all named children, in order.
    fn list(&mut self, id: NodeId) {
        self.each_child(|this, form| match form {
            Form::Keyword(keyword) => this.keyword(id, keyword),
            Form::Token(_) => {}
            _ => this.lower(id),
        });
    }

    /// Lowers what the cursor is on into exactly one node.
    fn one(&mut self, parent: NodeId) {
        let before = self.nodes.len();
        self.lower(parent);
        match self.nodes.len().checked_sub(before) {
            None | Some(0) => {
                self.open(Kind::Opaque, parent);
            }
            Some(_) => {
                let first = before as NodeId;
                let end = self.get(first).map_or(0, |node| node.next);
                if (end as usize) < self.nodes.len() {
                    // Several declarators or imports where one node is wanted: keep them under one roof.
                    self.wrap(first, parent, Kind::Block);
                }
            }
        }
    }

    /// Puts a node of `kind` above everything written from `first` on.
    fn wrap(&mut self, first: NodeId, parent: NodeId, kind: Kind) {
        let (start, end) = self.range();
        for node in self.nodes.iter_mut().skip(first as usize) {
            node.next += 1;
            node.parent = if node.parent == parent {
                first
            } else {
                node.parent + 1
            };
        }
        self.nodes.insert(
            first as usize,
            Node {
                start,
                end,
                next: 0,
                parent,
                name: Word::NONE,
                kind,
                sub: 0,
                flags: 0,
            },
        );
        self.close(first);
    }

    fn syntax_error(&mut self) {
        let (start, _) = self.range();
        self.notes.syntax_error.get_or_insert(start);
    }

    /// Lowers what the cursor is on below `parent`: mostly one node, none for what has no meaning, several for a
    /// statement that declares several things.
    fn lower(&mut self, parent: NodeId) {
        if self.depth >= MAX_DEPTH {
            let (start, _) = self.range();
            self.notes.too_deep.get_or_insert(start);
            self.open(Kind::Opaque, parent);
            return;
        }
        self.depth += 1;
        let form = self.form();
        self.dispatch(form, parent);
        self.depth -= 1;
    }

    fn dispatch(&mut self, form: Form, parent: NodeId) {
        match form {
            Form::Comment | Form::Empty | Form::Keyword(_) | Form::Token(_) => {}
            Form::Error => {
                self.syntax_error();
                let id = self.open(Kind::Other, parent);
                self.list(id);
                self.close(id);
            }
            Form::Identifier
            | Form::PropertyName
            | Form::StatementLabel
            | Form::TypeName
            | Form::ImportKeyword
            | Form::This
            | Form::Super
            | Form::Null
            | Form::Undefined
            | Form::Boolean(_)
            | Form::Number
            | Form::String
            | Form::Regex
            | Form::ShorthandProperty
            | Form::ShorthandPattern => self.leaf(form, parent),
            Form::JsxAttribute
            | Form::JsxElement
            | Form::JsxExpression
            | Form::JsxSelfClosing
            | Form::JsxText => self.jsx(form, parent),
            Form::ImportStatement | Form::ExportStatement => self.module(form, parent),
            Form::Program
            | Form::Block
            | Form::StaticBlock
            | Form::ExpressionStatement
            | Form::Declaration
            | Form::Declarator
            | Form::If
            | Form::ElseClause
            | Form::Finally
            | Form::For
            | Form::ForIn
            | Form::While
            | Form::Do
            | Form::Return
            | Form::Throw
            | Form::Try
            | Form::Catch
            | Form::Switch
            | Form::SwitchBody
            | Form::SwitchCase
            | Form::Break
            | Form::Continue
            | Form::Labeled
            | Form::FunctionDeclaration
            | Form::FunctionSignature
            | Form::Method
            | Form::Class
            | Form::ClassBody
            | Form::Field => self.statement(form, parent),
            _ => self.expression(form, parent),
        }
    }
}
