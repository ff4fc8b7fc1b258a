//! Expressions from the weakest operators down to the prefixes.

use super::token::{RELATION, T};
use super::{Parsed, Reader, Unsure};
use crate::tree::kind::Kind;

impl Reader<'_> {
    /// An expression, of several with commas a sequence.
    pub(super) fn expression(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.assignment()?;
        if self.token.kind == T::Comma {
            while self.take(T::Comma) {
                self.assignment()?;
            }
            self.close(mark, Kind::Sequence, start);
        }
        Ok(())
    }

    /// An expression inside brackets, where `in` is an operator whatever is around them.
    pub(super) fn inner_expression(&mut self) -> Parsed {
        let no_in = std::mem::take(&mut self.no_in);
        self.expression()?;
        self.no_in = no_in;
        Ok(())
    }

    /// As [`Self::inner_expression`], without commas.
    pub(super) fn inner_assignment(&mut self) -> Parsed {
        let no_in = std::mem::take(&mut self.no_in);
        self.assignment()?;
        self.no_in = no_in;
        Ok(())
    }

    /// An expression without commas.
    pub(super) fn assignment(&mut self) -> Parsed {
        let outer = (self.asserts_operand, self.takes_types);
        (self.asserts_operand, self.takes_types) = (self.types, self.types);
        self.enter()?;
        self.assignment_inside()?;
        self.leave();
        (self.asserts_operand, self.takes_types) = outer;
        Ok(())
    }

    fn assignment_inside(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        match self.token.kind {
            T::OpenParenthesis => {
                if self.arrow_or_parentheses()? {
                    return Ok(());
                }
                self.operand_tail(start, mark)?;
            }
            T::Yield => {
                self.yield_expression()?;
                return Ok(());
            }
            T::Async => {
                if self.async_arrow()? {
                    return Ok(());
                }
                self.unary()?;
            }
            T::Less if self.types => {
                if self.generic_arrow()? {
                    return Ok(());
                }
                self.unary()?;
            }
            kind if kind.is_name() => {
                if self.arrow_follows(self.token.end) {
                    self.arrow_of_name(start, mark, false)?;
                    return Ok(());
                }
                self.unary()?;
            }
            _ => self.unary()?,
        }
        if self.token.kind == T::Assign || self.token.kind.is_augmented() {
            self.assign(start, mark)?;
        } else {
            self.binary_tail(start, mark, 1)?;
            if self.token.kind == T::Question {
                self.conditional(start, mark)?;
            } else if self.token.kind == T::Assign || self.token.kind.is_augmented() {
                return Err(Unsure);
            }
        }
        Ok(())
    }

    fn assign(&mut self, start: u32, mark: usize) -> Parsed {
        let operator = self.token.kind;
        let target = self.last().copied().ok_or(Unsure)?;
        let parenthesised = target.start > start;
        match target.kind {
            Kind::Array | Kind::Object if operator == T::Assign && !parenthesised => {
                self.cover(self.items.len() - 1)?;
            }
            Kind::Name | Kind::Member | Kind::Index => {}
            Kind::Undefined if operator == T::Assign => {}
            _ if parenthesised => {}
            _ => return Err(Unsure),
        }
        let name = self.name_of_last();
        self.next();
        self.assignment()?;
        if operator == T::Assign {
            self.close(mark, Kind::Assign, start).name = name;
        } else {
            let item = self.close(mark, Kind::AugmentedAssign, start);
            item.name = name;
            item.sub = operator.number();
        }
        Ok(())
    }

    fn conditional(&mut self, start: u32, mark: usize) -> Parsed {
        self.next();
        let outer = std::mem::replace(&mut self.in_conditional, true);
        self.inner_assignment()?;
        self.in_conditional = outer;
        self.expect(T::Colon)?;
        self.assignment()?;
        self.close(mark, Kind::Conditional, start);
        Ok(())
    }

    fn yield_expression(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        let mut flags = 0;
        let ends = matches!(
            self.token.kind,
            T::CloseParenthesis
                | T::CloseBracket
                | T::CloseBrace
                | T::Comma
                | T::Semicolon
                | T::Colon
                | T::End
        );
        if ends {
            // `}` of a substitution and of a block look alike, and that is right.
        } else if self.token.newline || self.token.comment {
            return Err(Unsure);
        } else {
            if self.take(T::Times) {
                flags = crate::tree::node::flags::GENERATOR;
            }
            self.assignment()?;
        }
        if self.items.len() == mark {
            self.absent(start);
        }
        self.close(mark, Kind::Yield, start).flags = flags;
        Ok(())
    }

    /// Whether `using` begins a declaration.
    fn declares_resource(&self) -> bool {
        let after = self.scan(self.token.end as usize);
        after.kind == T::Name && !after.newline
    }

    /// For an operand behind an operator: what the grammar has bind more weakly than that is left for later. What was
    /// so before is to be put back.
    pub(super) fn weaken(&mut self) -> (bool, bool) {
        let outer = (self.asserts_operand, self.takes_types);
        (self.asserts_operand, self.takes_types) = (false, false);
        outer
    }

    /// Operators that bind at least as strongly as `least`, and their operands.
    fn binary(&mut self, least: u8) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.unary()?;
        self.binary_tail(start, mark, least)
    }

    pub(super) fn binary_tail(&mut self, start: u32, mark: usize, least: u8) -> Parsed {
        loop {
            let operator = self.token.kind;
            if self.types
                && least == 1
                && matches!(operator, T::As | T::Satisfies)
                && !self.token.newline
            {
                self.cast(start, mark)?;
                continue;
            }
            if operator == T::Not && least == 1 && self.asserts_operand && !self.token.newline {
                self.next();
                self.grammar_level(start);
                self.operand_tail(start, mark)?;
                continue;
            }
            let binding = operator.binding();
            if binding == 0 || binding < least || (operator == T::In && self.no_in) {
                return Ok(());
            }
            if operator == T::Less && self.types && (self.takes_types || least <= RELATION) {
                let before = self.checkpoint();
                if self.type_arguments_of_operand()? {
                    if !self.takes_types {
                        return self.go_back(&before);
                    }
                    if self.token.kind != T::OpenParenthesis {
                        self.grammar_level(start);
                    }
                    self.operand_tail(start, mark)?;
                    continue;
                }
            }
            let generic = operator == T::Greater
                && !self.types
                && self.last().is_some_and(|left| {
                    left.kind == Kind::Binary && left.start == start && left.sub == T::Less.number()
                });
            if generic && self.token.comment {
                return Err(Unsure);
            }
            self.next();
            if generic && self.token.kind == T::OpenParenthesis {
                if self.token.comment {
                    return Err(Unsure);
                }
                self.generic_call(start, mark)?;
                continue;
            }
            if operator == T::Power {
                self.enter()?;
                self.binary(binding)?;
                self.leave();
                if matches!(self.token.kind, T::As | T::Satisfies) {
                    return Err(Unsure);
                }
            } else {
                let outer = self.weaken();
                self.takes_types = self.types && binding <= RELATION;
                self.binary(binding + 1)?;
                (self.asserts_operand, self.takes_types) = outer;
            }
            self.close(mark, Kind::Binary, start).sub = operator.number();
        }
    }

    /// What follows `f < T >` in JavaScript, parentheses: the lowering takes `f < T > (x)` for a call with type arguments.
    fn generic_call(&mut self, start: u32, mark: usize) -> Parsed {
        let comparison = self.items.len().checked_sub(1).ok_or(Unsure)?;
        let right = self.items.get(comparison.wrapping_sub(1)).ok_or(Unsure)?;
        let first = comparison.checked_sub(right.size as usize).ok_or(Unsure)?;
        let callee = self.items.get(first.wrapping_sub(1)).ok_or(Unsure)?;
        let name = match callee.kind {
            Kind::Name | Kind::Member => callee.name,
            _ => return Err(Unsure),
        };
        let (callee_end, parentheses) = (callee.end, self.parentheses.len());
        let open = self.token.start;
        self.binary(RELATION + 1)?;
        let is_whole = self
            .parentheses
            .last()
            .is_some_and(|(_, outer)| *outer == (open, self.last_end));
        let content = *self.items.last().ok_or(Unsure)?;
        if !is_whole || content.start == open {
            self.close(mark, Kind::Binary, start).sub = T::Greater.number();
            return Ok(());
        }
        // Type and comparison go, and the parentheses become the list of arguments.
        self.parentheses.pop();
        let kept = self
            .parentheses
            .get(..parentheses)
            .unwrap_or_default()
            .iter()
            .rposition(|(_, outer)| outer.0 < callee_end)
            .map_or(0, |at| at + 1);
        self.parentheses.drain(kept..parentheses);
        if content.kind == Kind::Sequence {
            self.items.pop();
        }
        self.items.drain(first..=comparison);
        self.close(first, Kind::Arguments, open);
        self.close(mark, Kind::Call, start).name = name;
        Ok(())
    }

    /// `as T`, `as const` and `satisfies T` after an expression.
    fn cast(&mut self, start: u32, mark: usize) -> Parsed {
        self.next();
        if self.take(T::Const) {
            self.absent(start);
        } else {
            self.cast_type()?;
        }
        self.close(mark, Kind::Cast, start);
        Ok(())
    }

    /// An operand with what stands before and after it.
    pub(super) fn unary(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let kind = self.token.kind;
        match kind {
            T::Not | T::Complement | T::Minus | T::Plus | T::Typeof | T::Void | T::Delete => {
                self.enter()?;
                self.next();
                let outer = self.weaken();
                self.unary()?;
                (self.asserts_operand, self.takes_types) = outer;
                self.leave();
                self.close(mark, Kind::Unary, start).sub = kind.number();
                Ok(())
            }
            T::Increment | T::Decrement => {
                if self.byte(self.token.end as usize) == b'>' {
                    // The end of an HTML comment, where no operand is before it.
                    return Err(Unsure);
                }
                self.enter()?;
                self.next();
                let operand = self.token.start;
                let outer = self.weaken();
                self.unary()?;
                (self.asserts_operand, self.takes_types) = outer;
                self.leave();
                self.updatable(operand)?;
                self.close(mark, Kind::Update, start).sub = kind.number();
                Ok(())
            }
            T::Await => self.await_expression(),
            T::Less if !self.markup => self.type_assertion(),
            T::Using if self.types && self.declares_resource() => {
                // The grammar takes the declaration for an assignment.
                self.next();
                self.name_leaf(Kind::Name);
                let name = self.name_of_last();
                self.expect(T::Assign)?;
                self.assignment()?;
                self.close(mark, Kind::Assign, start).name = name;
                Ok(())
            }
            T::PrivateName => {
                self.name_leaf(Kind::Property);
                if self.token.kind == T::In && !self.no_in {
                    Ok(())
                } else {
                    Err(Unsure)
                }
            }
            _ => {
                self.operand()?;
                self.operand_tail(start, mark)
            }
        }
    }

    fn await_expression(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let awaited = self.scan(self.token.end as usize);
        match awaited.kind {
            T::Name
            | T::New
            | T::This
            | T::Super
            | T::Import
            | T::Function
            | T::Class
            | T::String
            | T::Number
            | T::Null
            | T::OpenBrace
            | T::Not
            | T::Typeof
            | T::Await
            | T::Async => {}
            T::OpenParenthesis | T::OpenBracket | T::Backtick if self.types => {}
            T::Less if self.types && !self.markup => {}
            T::OpenParenthesis => {
                // Where both a name and the operator could stand, the grammar takes the name if the operand goes on.
                let before = self.checkpoint();
                self.enter()?;
                self.next();
                self.operand()?;
                self.leave();
                let goes_on = matches!(
                    self.token.kind,
                    T::Dot
                        | T::OptionalDot
                        | T::OpenParenthesis
                        | T::OpenBracket
                        | T::Backtick
                        | T::Increment
                        | T::Decrement
                );
                if goes_on {
                    self.go_back(&before)?;
                    self.name_leaf(Kind::Name);
                    return self.operand_tail(start, mark);
                }
                if self.last().is_none_or(|item| item.kind == Kind::Sequence) {
                    // Arguments or a sequence, as the grammar pleases.
                    return Err(Unsure);
                }
                let name = self.name_of_last();
                self.close(mark, Kind::Await, start).name = name;
                return Ok(());
            }
            kind if kind.is_name() && kind != T::Of && kind != T::As && kind != T::Satisfies => {}
            _ => return Err(Unsure),
        }
        if awaited.newline {
            return Err(Unsure);
        }
        self.enter()?;
        self.next();
        let (inner, inner_mark) = (self.token.start, self.items.len());
        let outer = self.weaken();
        self.asserts_operand = self.types;
        self.unary()?;
        (self.asserts_operand, self.takes_types) = outer;
        while self.types && matches!(self.token.kind, T::As | T::Satisfies) && !self.token.newline {
            self.cast(inner, inner_mark)?;
        }
        self.leave();
        let name = self.name_of_last();
        self.close(mark, Kind::Await, start).name = name;
        Ok(())
    }

    /// Whether what was written last can be counted up.
    pub(super) fn updatable(&self, start: u32) -> Parsed {
        match self.last() {
            Some(item)
                if matches!(item.kind, Kind::Name | Kind::Member | Kind::Index)
                    || item.start > start =>
            {
                Ok(())
            }
            _ => Err(Unsure),
        }
    }

    /// The operand of `extends`: what binds more strongly than any operator.
    pub(super) fn left_hand_side(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.operand()?;
        self.operand_tail(start, mark)
    }
}
