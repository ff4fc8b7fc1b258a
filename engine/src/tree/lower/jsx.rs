//! JSX: elements, attributes, text.

use super::{Builder, Field, Form};
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, flags};

impl Builder<'_, '_, '_> {
    pub(super) fn jsx(&mut self, form: Form, parent: NodeId) {
        match form {
            Form::JsxElement => self.element(parent),
            Form::JsxSelfClosing => {
                let id = self.open(Kind::Jsx, parent);
                self.tag_and_attributes(id);
                let (_, end) = self.range();
                self.open_at(Kind::JsxChildren, id, end, end);
                self.close(id);
                self.update(id, |node| node.flags |= flags::SELF_CLOSING);
                self.name_after(id, id + 1);
            }
            Form::JsxAttribute => self.attribute(parent),
            Form::JsxExpression => {
                let id = self.open(Kind::JsxExpression, parent);
                self.list(id);
                if self.nodes.len() as NodeId == id + 1 {
                    self.absent(id);
                }
                self.close(id);
            }
            _ => self.jsx_text(parent),
        }
    }

    fn element(&mut self, parent: NodeId) {
        let id = self.open(Kind::Jsx, parent);
        let mut opened = false;
        let mut children = None;
        self.each_child(|this, form| {
            if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                return;
            }
            match this.field() {
                Field::OpenTag => {
                    this.tag_and_attributes(id);
                    opened = true;
                }
                Field::CloseTag => {}
                _ => {
                    if !opened {
                        this.absent(id);
                        this.open(Kind::JsxAttributes, id);
                        opened = true;
                    }
                    let list = *children.get_or_insert_with(|| this.open(Kind::JsxChildren, id));
                    this.lower(list);
                }
            }
        });
        if !opened {
            self.absent(id);
            self.open(Kind::JsxAttributes, id);
        }
        if let Some(list) = children {
            self.close(list);
        } else {
            let (_, end) = self.range();
            self.open_at(Kind::JsxChildren, id, end, end);
        }
        self.close(id);
        self.name_after(id, id + 1);
    }

    /// The name and attributes of the opening tag under the cursor. A dotted or namespaced name is one word.
    fn tag_and_attributes(&mut self, id: NodeId) {
        let mut named = false;
        let mut attributes = None;
        self.each_child(|this, form| {
            if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                return;
            }
            match this.field() {
                Field::Name => {
                    this.name(Kind::TypeName, id);
                    named = true;
                }
                Field::Attribute => {
                    if !named {
                        this.absent(id);
                        named = true;
                    }
                    let list =
                        *attributes.get_or_insert_with(|| this.open(Kind::JsxAttributes, id));
                    if form == Form::JsxExpression {
                        // `{...props}`
                        this.inner(list);
                    } else {
                        this.lower(list);
                    }
                }
                _ => {}
            }
        });
        if !named {
            self.absent(id);
        }
        match attributes {
            Some(list) => self.close(list),
            None => {
                self.open(Kind::JsxAttributes, id);
            }
        }
    }

    fn attribute(&mut self, parent: NodeId) {
        let hole = self.hole();
        let id = self.open(Kind::JsxAttribute, parent);
        if let Some(hole) = hole {
            return self.make_hole(id, hole, Kind::JsxAttribute);
        }
        let mut slots = 0;
        self.each_child(|this, form| {
            if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                return;
            }
            if slots == 0 {
                this.name(Kind::Property, id);
            } else if slots == 1 {
                if form == Form::JsxExpression {
                    this.inner(id);
                } else {
                    this.one(id);
                }
            }
            slots += 1;
        });
        while slots < 2 {
            self.absent(id);
            slots += 1;
        }
        self.close(id);
        self.name_after(id, id + 1);
    }

    /// Text of white space only says nothing and is left out.
    fn jsx_text(&mut self, parent: NodeId) {
        let (start, end) = self.range();
        let source = self.source;
        let text = source.get(start as usize..end as usize).unwrap_or_default();
        let trimmed = text.trim_ascii();
        if trimmed.is_empty() {
            return;
        }
        let id = self.open(Kind::JsxText, parent);
        if let Some(hole) = self.marks().and_then(|marks| marks.hole(trimmed)) {
            return self.make_hole(id, hole, Kind::JsxText);
        }
        let word = self.content_word(trimmed);
        self.update(id, |node| node.name = word);
    }
}
