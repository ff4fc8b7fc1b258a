//! Expressions.

use super::{Builder, Field, Form, Keyword};
use crate::tree::construct;
use crate::tree::kind::Kind;
use crate::tree::marks;
use crate::tree::node::{NodeId, flags};

impl Builder<'_, '_, '_> {
    pub(super) fn expression(&mut self, form: Form, parent: NodeId) {
        match form {
            Form::Inner => self.inner(parent),
            Form::Array => self.simple_list(Kind::Array, parent),
            Form::Object => self.simple_list(Kind::Object, parent),
            Form::Computed | Form::TemplateSubstitution => self.inner(parent),
            Form::Spread | Form::RestPattern => self.simple_list_of_one(Kind::Spread, parent),
            Form::Decorator => self.simple_list_of_one(Kind::Decorator, parent),
            Form::Await => self.simple_list_of_one(Kind::Await, parent),
            Form::Pair => {
                let id = self.open(Kind::Pair, parent);
                let binding = self.binding;
                self.each_child(|this, form| {
                    if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                        return;
                    }
                    match this.field() {
                        Field::Key => {
                            this.binding = false;
                            this.key(form, id);
                            this.binding = binding;
                        }
                        Field::Value => this.one(id),
                        _ => {}
                    }
                });
                self.close(id);
                self.name_after(id, id + 1);
            }
            Form::ShorthandDefault => {
                // `{a = 1}` is `{a: a = 1}`.
                let id = self.open(Kind::Pair, parent);
                let binding = self.binding;
                let mut inner = None;
                self.each_child(|this, form| match this.field() {
                    Field::Left if form == Form::ShorthandPattern => {
                        this.name(Kind::Property, id);
                        let default = this.open(Kind::Default, id);
                        this.name(
                            if binding {
                                Kind::Definition
                            } else {
                                Kind::Name
                            },
                            default,
                        );
                        inner = Some(default);
                    }
                    Field::Right => {
                        this.binding = false;
                        this.one(inner.unwrap_or(id));
                        this.binding = binding;
                    }
                    _ => {}
                });
                if let Some(default) = inner {
                    self.close(default);
                }
                self.close(id);
                self.name_after(id, id + 1);
            }
            Form::AssignmentPattern => {
                let id = self.open(Kind::Default, parent);
                self.slots(id, &[Field::Left, Field::Right]);
                self.close(id);
            }
            Form::Call => self.call(parent),
            Form::New => {
                let id = self.open(Kind::New, parent);
                self.slots(id, &[Field::Constructor, Field::Arguments]);
                self.close(id);
                let last = self.nodes.len() as NodeId - 1;
                self.update(last, |node| {
                    if node.kind == Kind::Absent && node.parent == id {
                        node.kind = Kind::Arguments;
                    }
                });
                self.name_after(id, id + 1);
            }
            Form::Member => {
                let id = self.open(Kind::Member, parent);
                self.slots(id, &[Field::Object, Field::Property]);
                self.close(id);
                let property = self.get(id + 1).map_or(id, |node| node.next);
                if self
                    .get(property)
                    .is_some_and(|node| node.kind == Kind::Ellipsis)
                {
                    self.nodes.truncate(property as usize);
                    self.close(id);
                    self.update(id, |node| node.kind = Kind::MemberEllipsis);
                } else {
                    self.name_after(id, property);
                }
            }
            Form::Subscript => self.slotted(Kind::Index, parent, &[Field::Object, Field::Index]),
            Form::Assignment => {
                let id = self.open(Kind::Assign, parent);
                self.slots(id, &[Field::Left, Field::Right]);
                self.close(id);
                self.name_after(id, id + 1);
            }
            Form::AugmentedAssignment => {
                self.operation(Kind::AugmentedAssign, parent, &[Field::Left, Field::Right]);
            }
            Form::Binary if self.has_type_arguments() => self.generic_call(parent),
            Form::Binary => self.operation(Kind::Binary, parent, &[Field::Left, Field::Right]),
            Form::Unary => self.operation(Kind::Unary, parent, &[Field::Argument]),
            Form::Update => self.operation(Kind::Update, parent, &[Field::Argument]),
            Form::Ternary => self.slotted(
                Kind::Conditional,
                parent,
                &[Field::Condition, Field::Consequence, Field::Alternative],
            ),
            Form::Yield => {
                let id = self.open(Kind::Yield, parent);
                self.list(id);
                self.close(id);
                if self.nodes.len() as NodeId == id + 1 {
                    self.absent(id);
                    self.close(id);
                }
            }
            Form::Sequence => {
                let id = self.open(Kind::Sequence, parent);
                self.sequence(id);
                self.close(id);
            }
            Form::As => {
                let id = self.open(Kind::Cast, parent);
                let mut parts = 0;
                self.each_child(|this, form| {
                    if !matches!(form, Form::Token(_) | Form::Keyword(_)) && parts < 2 {
                        this.one(id);
                        parts += 1;
                    }
                });
                if parts < 2 {
                    self.absent(id);
                }
                self.close(id);
            }
            Form::TypeAssertion => {
                // `<T>x`: the type stands first, the operand is wanted first.
                let id = self.open(Kind::Cast, parent);
                for wanted in [1, 0] {
                    let mut at = 0;
                    self.each_child(|this, form| {
                        if !matches!(form, Form::Token(_) | Form::Keyword(_)) {
                            if at == wanted {
                                this.one(id);
                            }
                            at += 1;
                        }
                    });
                }
                self.close(id);
            }
            Form::Arrow | Form::FunctionExpression => self.lambda(parent),
            Form::Parameters => {
                let id = self.open(Kind::Parameters, parent);
                self.each_child(|this, form| {
                    if !matches!(form, Form::Token(_) | Form::Keyword(_)) {
                        this.parameter(form, id);
                    }
                });
                self.close(id);
            }
            Form::RequiredParameter => self.parameter(form, parent),
            Form::Template => self.template(parent),
            _ => self.other(parent),
        }
    }

    fn simple_list(&mut self, kind: Kind, parent: NodeId) {
        let id = self.open(kind, parent);
        self.list(id);
        self.close(id);
    }

    fn simple_list_of_one(&mut self, kind: Kind, parent: NodeId) {
        let id = self.open(kind, parent);
        self.inner(id);
        self.close(id);
        self.name_after(id, id + 1);
    }

    fn slotted(&mut self, kind: Kind, parent: NodeId, fields: &[Field]) {
        let id = self.open(kind, parent);
        self.slots(id, fields);
        self.close(id);
    }

    /// The one named child in place of the node: parentheses, type annotations.
    pub(super) fn inner(&mut self, parent: NodeId) {
        let mut done = false;
        let first = self.nodes.len() as NodeId;
        let outer = self.range();
        self.each_child(|this, form| {
            if !done && !matches!(form, Form::Token(_) | Form::Keyword(_)) {
                this.lower(parent);
                done = true;
            }
        });
        if self.source.get(outer.0 as usize) == Some(&b'(')
            && !self.is_head()
            && let Some(node) = self.get(first)
        {
            let inner = (node.start, node.end);
            self.parentheses.push((inner, outer));
        }
        if !done {
            self.open(Kind::Opaque, parent);
        }
    }

    /// Whether the parentheses that the cursor is on belong to an `if`, `while`, `do` or `switch`.
    fn is_head(&self) -> bool {
        if !matches!(self.field(), Field::Condition | Field::Value) {
            return false;
        }
        let mut parent = self.cursor.clone();
        parent.goto_parent();
        let form = self.tables.form(parent.node().kind_id());
        matches!(form, Form::If | Form::While | Form::Do | Form::Switch)
    }

    /// A key of an object, class or destructuring.
    pub(super) fn key(&mut self, form: Form, parent: NodeId) {
        if form == Form::String {
            let (start, end) = self.range();
            self.string(
                Kind::Property,
                parent,
                (start + 1).min(end),
                end.saturating_sub(1),
            );
        } else {
            self.one(parent);
        }
    }

    fn operation(&mut self, kind: Kind, parent: NodeId, fields: &[Field]) {
        let id = self.open(kind, parent);
        let mut operator = 0;
        let mut prefix = false;
        self.each_child(|this, form| match form {
            Form::Token(number) if number != 0 => {
                operator = number;
                prefix = this.nodes.len() as NodeId == id + 1;
            }
            Form::Keyword(Keyword::Star) => operator = crate::tree::operator::known::TIMES,
            Form::Token(_) | Form::Keyword(_) => {}
            _ => {
                if fields.contains(&this.field()) {
                    this.one(id);
                }
            }
        });
        self.close(id);
        if kind == Kind::Update && !prefix {
            operator |= 0x80;
        }
        self.update(id, |node| node.sub = operator);
        if kind == Kind::AugmentedAssign {
            self.name_after(id, id + 1);
        }
    }

    fn sequence(&mut self, id: NodeId) {
        self.each_child(|this, form| match form {
            Form::Token(_) | Form::Keyword(_) => {}
            Form::Sequence => this.sequence(id),
            _ => this.lower(id),
        });
    }

    fn call(&mut self, parent: NodeId) {
        let id = self.open(Kind::Call, parent);
        let mut tagged = false;
        self.each_child(|this, form| {
            if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                return;
            }
            match this.field() {
                Field::Function => this.one(id),
                Field::Arguments if form == Form::Template => {
                    tagged = true;
                    this.one(id);
                }
                Field::Arguments => {
                    let arguments = this.open(Kind::Arguments, id);
                    this.list(arguments);
                    this.close(arguments);
                }
                _ => {}
            }
        });
        self.close(id);
        self.name_after(id, id + 1);
        if tagged {
            self.update(id, |node| node.kind = Kind::TaggedTemplate);
        }
        self.deep_or_typed(id);
    }

    /// A call of one of the names that patterns write for `<... x ...>` and `($X: T)` becomes that hole.
    fn deep_or_typed(&mut self, id: NodeId) {
        let callee = id + 1;
        let Some((start, end)) = self.get(callee).map(|node| (node.start, node.end)) else {
            return;
        };
        let source = self.source;
        let text = source.get(start as usize..end as usize).unwrap_or_default();
        if self.marks().is_none() || text != marks::DEEP.as_bytes() {
            return;
        }
        let argument = callee + 2;
        if self.get(argument).is_none() {
            return;
        }
        // Drop the callee and the argument list: the argument becomes the one child.
        self.nodes.drain(callee as usize..argument as usize);
        for node in self.nodes.iter_mut().skip(callee as usize) {
            node.next -= 2;
            node.parent = if node.parent < argument {
                id
            } else {
                node.parent - 2
            };
        }
        self.close(id);
        self.update(id, |node| {
            node.kind = Kind::Deep;
            node.name = super::Word::NONE;
        });
    }

    /// Whether the comparison `f < T > (x)` that JavaScript's grammar sees is a call with a type argument: files of
    /// that name hold TypeScript too, and nobody compares so.
    fn has_type_arguments(&self) -> bool {
        let node = self.cursor.node();
        let (Some(left), Some(right)) = (node.child(0), node.child(2)) else {
            return false;
        };
        let operator = |node: tree_sitter::Node<'_>| {
            let operator = node.child(1)?;
            self.source.get(operator.byte_range())
        };
        self.tables.form(left.kind_id()) == Form::Binary
            && self.tables.name(right.kind_id()) == "parenthesized_expression"
            && operator(node) == Some(b">")
            && operator(left) == Some(b"<")
    }

    fn generic_call(&mut self, parent: NodeId) {
        let id = self.open(Kind::Call, parent);
        self.each_child(|this, _| match this.field() {
            Field::Left => this.each_child(|this, _| {
                if this.field() == Field::Left {
                    this.one(id);
                }
            }),
            Field::Right => {
                let arguments = this.open(Kind::Arguments, id);
                this.each_child(|this, form| {
                    if form == Form::Sequence {
                        this.list(arguments);
                    } else if !matches!(form, Form::Token(_) | Form::Keyword(_)) {
                        this.one(arguments);
                    }
                });
                this.close(arguments);
            }
            _ => {}
        });
        self.close(id);
        self.name_after(id, id + 1);
    }

    fn lambda(&mut self, parent: NodeId) {
        let id = self.open(Kind::Lambda, parent);
        self.function_parts(id);
        self.close(id);
    }

    /// Parameters, return type and body of any function.
    pub(super) fn function_parts(&mut self, id: NodeId) {
        let binding = std::mem::take(&mut self.binding);
        let (mut parameters, mut returns, mut body) = (false, false, false);
        let mut decorated = false;
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
            match this.field() {
                Field::Parameters => {
                    this.one(id);
                    parameters = true;
                }
                Field::Parameter => {
                    let list = this.open(Kind::Parameters, id);
                    this.parameter(form, list);
                    this.close(list);
                    parameters = true;
                }
                Field::ReturnType if parameters => {
                    this.one(id);
                    returns = true;
                }
                Field::Body if parameters => {
                    if !returns {
                        this.absent(id);
                        returns = true;
                    }
                    body = true;
                    if form == Form::Block {
                        this.one(id);
                        return;
                    }
                    let block = this.open(Kind::Block, id);
                    let hole = this.hole();
                    let statement = this.open(Kind::Return, block);
                    this.update(statement, |node| node.flags |= flags::IMPLICIT);
                    this.one(statement);
                    this.close(statement);
                    if matches!(hole, Some(marks::Hole::Ellipsis)) {
                        this.nodes.truncate(statement as usize + 1);
                        this.update(statement, |node| {
                            node.kind = Kind::Ellipsis;
                            node.next = statement + 1;
                        });
                    }
                    this.close(block);
                }
                _ => {}
            }
        });
        if !parameters {
            self.open(Kind::Parameters, id);
        }
        if !returns {
            self.absent(id);
        }
        if !body {
            self.absent(id);
        }
        if decorated {
            self.own_decorators(id);
        }
        self.binding = binding;
    }

    fn parameter(&mut self, form: Form, parent: NodeId) {
        if let Some(hole) = self.hole()
            && form != Form::RequiredParameter
        {
            let id = self.open(Kind::Parameter, parent);
            self.make_hole(id, hole, Kind::Parameter);
            return;
        }
        let id = self.open(Kind::Parameter, parent);
        let outer = std::mem::replace(&mut self.binding, true);
        match form {
            Form::RequiredParameter => {
                let mut slots = 0;
                let mut whole = None;
                self.each_child(|this, form| {
                    if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                        return;
                    }
                    match this.field() {
                        Field::Pattern | Field::Name if slots == 0 => {
                            whole = this.hole();
                            if form == Form::RestPattern {
                                this.update(id, |node| node.flags |= flags::REST);
                                this.inner(id);
                            } else {
                                this.one(id);
                            }
                            slots = 1;
                        }
                        Field::Type if slots == 1 => {
                            this.binding = false;
                            this.one(id);
                            slots = 2;
                            whole = None;
                        }
                        Field::Value if slots >= 1 => {
                            this.binding = false;
                            if slots == 1 {
                                this.absent(id);
                            }
                            this.one(id);
                            slots = 3;
                            whole = None;
                        }
                        _ => {}
                    }
                });
                while slots < 3 {
                    self.absent(id);
                    slots += 1;
                }
                if let Some(hole) = whole {
                    // `(...)`, `($X)`, `($...XS)` in a TypeScript pattern.
                    self.nodes.truncate(id as usize + 1);
                    self.make_hole(id, hole, Kind::Parameter);
                }
            }
            Form::AssignmentPattern => {
                self.each_child(|this, form| {
                    if matches!(form, Form::Token(_) | Form::Keyword(_)) {
                        return;
                    }
                    match this.field() {
                        Field::Left => {
                            this.one(id);
                            this.absent(id);
                        }
                        Field::Right => {
                            this.binding = false;
                            this.one(id);
                        }
                        _ => {}
                    }
                });
            }
            Form::RestPattern => {
                self.update(id, |node| node.flags |= flags::REST);
                self.inner(id);
                self.absent(id);
                self.absent(id);
            }
            _ => {
                self.one(id);
                self.absent(id);
                self.absent(id);
            }
        }
        self.binding = outer;
        self.close(id);
        self.name_after(id, id + 1);
    }

    /// A template string. Its text is taken from between the substitutions, which every grammar has, and not
    /// from fragment nodes, which only some have.
    fn template(&mut self, parent: NodeId) {
        let (start, end) = self.range();
        let mut substitutions = false;
        self.each_child(|_, form| substitutions |= form == Form::TemplateSubstitution);
        if !substitutions {
            let id = self.nodes.len() as NodeId;
            self.string(
                Kind::String,
                parent,
                (start + 1).min(end),
                end.saturating_sub(1),
            );
            self.update(id, |node| node.flags |= flags::TEMPLATE);
            return;
        }
        let id = self.open(Kind::Template, parent);
        let mut at = start + 1;
        self.each_child(|this, form| {
            if form == Form::TemplateSubstitution {
                let (from, to) = this.range();
                this.template_text(id, at, from);
                this.one(id);
                at = to;
            }
        });
        self.template_text(id, at, end.saturating_sub(1));
        self.close(id);
    }

    fn template_text(&mut self, parent: NodeId, start: u32, end: u32) {
        if start >= end {
            return;
        }
        let source = self.source;
        let content = source.get(start as usize..end as usize).unwrap_or_default();
        let id = self.open_at(Kind::TemplateText, parent, start, end);
        if self.marks().is_some() && content == b"..." {
            self.update(id, |node| node.kind = Kind::Ellipsis);
            return;
        }
        if let Some(marks) = self.marks()
            && let Some((kind @ Kind::StringMetavariable, index)) = marks.string(content)
        {
            self.update(id, |node| {
                node.kind = kind;
                node.name = super::Word::from_index(index);
            });
            return;
        }
        let word = self.content_word(content);
        self.update(id, |node| node.name = word);
    }

    /// A construct without a kind of its own.
    pub(super) fn other(&mut self, parent: NodeId) {
        let name = self.tables.name(self.cursor.node().kind_id());
        let id = self.open(Kind::Other, parent);
        self.update(id, |node| node.sub = construct::other(name));
        self.list(id);
        self.close(id);
    }
}
