//! Statements, functions and classes.

use super::{Builder, Field, Form, Keyword};
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, flags};
use crate::tree::operator::{self, known};

impl Builder<'_, '_, '_> {
    pub(super) fn statement(&mut self, form: Form, parent: NodeId) {
        match form {
            Form::Program => {
                let id = self.open(Kind::Program, parent);
                self.list(id);
                self.close(id);
            }
            Form::Block => {
                let id = self.open(Kind::Block, parent);
                self.list(id);
                self.close(id);
            }
            Form::StaticBlock => {
                let id = self.open(Kind::Block, parent);
                self.each_child(|this, form| {
                    if form == Form::Block {
                        this.list(id);
                    }
                });
                self.close(id);
            }
            Form::ExpressionStatement => self.expression_statement(parent),
            Form::Declaration => self.declaration(parent),
            Form::If => {
                self.statement_slots(
                    Kind::If,
                    parent,
                    &[Field::Condition, Field::Consequence, Field::Alternative],
                );
            }
            Form::ElseClause | Form::Finally => self.inner(parent),
            Form::For => self.for_statement(parent),
            Form::ForIn => self.for_each(parent),
            Form::While => {
                self.statement_slots(Kind::While, parent, &[Field::Condition, Field::Body]);
            }
            Form::Do => {
                self.statement_slots(Kind::DoWhile, parent, &[Field::Body, Field::Condition]);
            }
            Form::Return => {
                let id = self.open(Kind::Return, parent);
                self.list(id);
                if self.nodes.len() as NodeId == id + 1 {
                    self.absent(id);
                }
                self.close(id);
            }
            Form::Throw => {
                let id = self.open(Kind::Throw, parent);
                self.list(id);
                self.close(id);
            }
            Form::Try => {
                self.statement_slots(
                    Kind::Try,
                    parent,
                    &[Field::Body, Field::Handler, Field::Finalizer],
                );
            }
            Form::Catch => {
                let id = self.open(Kind::Catch, parent);
                let mut parameter = false;
                self.each_child(|this, form| {
                    if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                        return;
                    }
                    match this.field() {
                        Field::Parameter => {
                            this.binding = true;
                            this.one(id);
                            this.binding = false;
                            parameter = true;
                        }
                        Field::Body => {
                            if !parameter {
                                this.absent(id);
                            }
                            this.one(id);
                        }
                        _ => {}
                    }
                });
                self.close(id);
            }
            Form::Switch => {
                self.statement_slots(Kind::Switch, parent, &[Field::Value, Field::Body]);
            }
            Form::SwitchBody => {
                let id = self.open(Kind::Cases, parent);
                self.list(id);
                self.close(id);
            }
            Form::SwitchCase => self.case(parent),
            Form::Break => self.statement_slots(Kind::Break, parent, &[Field::Label]),
            Form::Continue => self.statement_slots(Kind::Continue, parent, &[Field::Label]),
            Form::Labeled => {
                self.statement_slots(Kind::Labeled, parent, &[Field::Label, Field::Body]);
            }
            Form::FunctionDeclaration | Form::FunctionSignature | Form::Method => {
                self.function(form, parent);
            }
            Form::Class => self.class(parent),
            Form::ClassBody => {
                let id = self.open(Kind::ClassBody, parent);
                self.decorated_list(id);
                self.close(id);
            }
            Form::Field => self.class_field(parent),
            _ => self.other(parent),
        }
    }

    fn statement_slots(&mut self, kind: Kind, parent: NodeId, fields: &[Field]) {
        let id = self.open(kind, parent);
        self.slots(id, fields);
        self.close(id);
    }

    /// In a pattern, a statement that is nothing but a hole is a hole for statements.
    fn expression_statement(&mut self, parent: NodeId) {
        let id = self.open(Kind::ExpressionStatement, parent);
        self.each_child(|this, form| match form {
            Form::Keyword(keyword) => this.keyword(id, keyword),
            Form::Token(_) => {}
            _ => this.one(id),
        });
        self.close(id);
        if self.nodes.len() as NodeId == id + 2
            && let Some(inner) = self.get(id + 1).copied()
            && matches!(
                inner.kind,
                Kind::Ellipsis | Kind::Metavariable | Kind::MetavariableEllipsis
            )
            // `/$X/` is for regular expressions, not for statements.
            && inner.flags & flags::IMPLICIT == 0
        {
            self.nodes.truncate(id as usize + 1);
            self.update(id, |node| {
                node.kind = inner.kind;
                node.name = inner.name;
                node.sub = Kind::ExpressionStatement as u8;
                node.next = id + 1;
            });
        }
    }

    /// `var a = 1, b` is two variables. The first one's range begins at the keyword.
    fn declaration(&mut self, parent: NodeId) {
        let (start, _) = self.range();
        let mut keyword = known::VAR;
        let mut first = true;
        self.each_child(|this, form| match form {
            Form::Keyword(Keyword::Bind) => {
                keyword = operator::number(std::str::from_utf8(this.text()).unwrap_or_default());
            }
            Form::Declarator => {
                let id = this.open(Kind::Variable, parent);
                this.update(id, |node| {
                    node.sub = keyword;
                    if first {
                        node.start = start;
                    } else {
                        node.flags |= flags::LATER_DECLARATOR;
                    }
                });
                first = false;
                let mut slots = 0;
                this.each_child(|this, form| {
                    if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                        return;
                    }
                    match this.field() {
                        Field::Name => {
                            this.binding = true;
                            this.one(id);
                            this.binding = false;
                            slots = 1;
                        }
                        Field::Type if slots == 1 => {
                            this.one(id);
                            slots = 2;
                        }
                        Field::Value if slots >= 1 => {
                            if slots == 1 {
                                this.absent(id);
                            }
                            this.one(id);
                            slots = 3;
                        }
                        _ => {}
                    }
                });
                while slots < 3 {
                    this.absent(id);
                    slots += 1;
                }
                this.close(id);
                this.name_after(id, id + 1);
            }
            Form::Error => this.lower(parent),
            _ => {}
        });
    }

    fn for_statement(&mut self, parent: NodeId) {
        let id = self.open(Kind::For, parent);
        let order = [
            Field::Initializer,
            Field::Condition,
            Field::Increment,
            Field::Body,
        ];
        let mut filled = 0;
        self.each_child(|this, form| {
            if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                return;
            }
            let field = this.field();
            let Some(slot) = order.iter().position(|known| *known == field) else {
                return;
            };
            if slot < filled {
                return;
            }
            while filled < slot {
                this.absent(id);
                filled += 1;
            }
            match form {
                Form::Empty if slot < 3 => this.absent(id),
                Form::ExpressionStatement if slot < 3 => this.inner(id),
                _ => this.one(id),
            }
            filled += 1;
        });
        while filled < order.len() {
            self.absent(id);
            filled += 1;
        }
        self.close(id);
    }

    fn for_each(&mut self, parent: NodeId) {
        let id = self.open(Kind::ForEach, parent);
        let mut declares = false;
        let mut operator = known::IN;
        let mut filled = 0;
        self.each_child(|this, form| match this.field() {
            Field::Kind => declares = true,
            Field::Left if filled == 0 => {
                this.binding = declares;
                this.one(id);
                this.binding = false;
                filled = 1;
            }
            Field::Operator => {
                if let Form::Token(number) = form {
                    operator = number;
                }
            }
            Field::Right if filled == 1 => {
                this.one(id);
                filled = 2;
            }
            Field::Body if filled == 2 => {
                this.one(id);
                filled = 3;
            }
            _ => {}
        });
        while filled < 3 {
            self.absent(id);
            filled += 1;
        }
        self.close(id);
        self.update(id, |node| node.sub = operator);
    }

    fn case(&mut self, parent: NodeId) {
        let id = self.open(Kind::Case, parent);
        let (_, end) = self.range();
        let mut block = None;
        let mut value = false;
        self.each_child(|this, form| {
            if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                return;
            }
            if this.field() == Field::Value && !value {
                this.one(id);
                value = true;
                return;
            }
            if !value {
                this.absent(id);
                value = true;
            }
            let (start, _) = this.range();
            let block = *block.get_or_insert_with(|| this.open_at(Kind::Block, id, start, end));
            this.lower(block);
        });
        if !value {
            self.absent(id);
        }
        if let Some(block) = block {
            self.close(block);
        } else {
            self.open_at(Kind::Block, id, end, end);
        }
        self.close(id);
    }

    fn function(&mut self, form: Form, parent: NodeId) {
        let id = self.open(Kind::Function, parent);
        let mut named = false;
        self.each_child(|this, child| {
            if named || matches!(child, Form::Token(_) | Form::Keyword(_)) {
                return;
            }
            if this.field() == Field::Name {
                this.binding = form != Form::Method;
                this.key(child, id);
                this.binding = false;
                named = true;
            }
        });
        if !named {
            self.absent(id);
        }
        self.function_parts(id);
        self.close(id);
        self.name_after(id, id + 1);
    }

    fn class(&mut self, parent: NodeId) {
        let id = self.open(Kind::Class, parent);
        let mut filled = 0;
        let mut decorated = false;
        self.each_child(|this, form| {
            match form {
                Form::Decorator => decorated = true,
                Form::Token(_) | Form::Keyword(_) => {}
                _ => match this.field() {
                    Field::Name if filled == 0 => {
                        this.binding = true;
                        this.one(id);
                        this.binding = false;
                        filled = 1;
                    }
                    Field::Body => {
                        while filled < 2 {
                            this.absent(id);
                            filled += 1;
                        }
                        this.one(id);
                        filled = 3;
                    }
                    Field::None if filled < 2 && form == Form::Other => {
                        // `class_heritage`; type parameters are the other unnamed child.
                        let node = this.cursor.node();
                        if this.tables.name(node.kind_id()) != "class_heritage" {
                            return;
                        }
                        if filled == 0 {
                            this.absent(id);
                        }
                        this.superclass(id);
                        filled = 2;
                    }
                    _ => {}
                },
            }
        });
        while filled < 3 {
            self.absent(id);
            filled += 1;
        }
        if decorated {
            self.own_decorators(id);
        }
        self.close(id);
        self.name_after(id, id + 1);
    }

    /// The first thing that a class extends. JavaScript's grammar has it right below the heritage, TypeScript's
    /// one level further down, beside what the class implements.
    fn superclass(&mut self, class: NodeId) {
        let mut done = false;
        self.each_child(|this, form| {
            if done || matches!(form, Form::Token(_) | Form::Keyword(_)) {
                return;
            }
            match this.tables.name(this.cursor.node().kind_id()) {
                "extends_clause" => {
                    this.each_child(|this, form| {
                        if !done
                            && !matches!(form, Form::Token(_) | Form::Keyword(_))
                            && this.field() == Field::Value
                        {
                            this.one(class);
                            done = true;
                        }
                    });
                }
                "implements_clause" => {}
                _ => {
                    this.one(class);
                    done = true;
                }
            }
        });
        if !done {
            self.absent(class);
        }
    }

    fn class_field(&mut self, parent: NodeId) {
        let hole = self.hole();
        let id = self.open(Kind::Field, parent);
        if let Some(hole) = hole {
            return self.make_hole(id, hole, Kind::Field);
        }
        let mut filled = 0;
        let mut decorated = false;
        self.each_child(|this, form| {
            match form {
                Form::Keyword(keyword) => return this.keyword(id, keyword),
                Form::Token(_) => return,
                Form::Decorator => {
                    decorated = true;
                    return;
                }
                _ => {}
            }
            match this.field() {
                Field::Name | Field::Property if filled == 0 => {
                    this.key(form, id);
                    filled = 1;
                }
                Field::Type if filled == 1 => {
                    this.one(id);
                    filled = 2;
                }
                Field::Value if filled >= 1 => {
                    if filled == 1 {
                        this.absent(id);
                    }
                    this.one(id);
                    filled = 3;
                }
                _ => {}
            }
        });
        while filled < 3 {
            self.absent(id);
            filled += 1;
        }
        if decorated {
            self.own_decorators(id);
        }
        self.close(id);
        self.name_after(id, id + 1);
    }
}
