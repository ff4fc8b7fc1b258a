//! Types. The lowering keeps them as constructs of the grammar, so the grammar's way of nesting them is kept here.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::construct::other;
use crate::tree::kind::Kind;
use crate::tree::vocabulary::Word;

/// `extends` ends the type: it is on the right side of a conditional type's.
pub(super) const NO_CONDITIONAL: u8 = 1;
/// The type stands after `as`, where the grammar has its own mind of names with more than one dot.
const CAST: u8 = 1 << 1;

impl Reader<'_> {
    /// The type after `as`.
    pub(super) fn cast_type(&mut self) -> Parsed {
        let outer = std::mem::replace(&mut self.type_context, CAST);
        self.a_type()?;
        self.type_context = outer;
        Ok(())
    }

    /// `: T`, without a node for the annotation itself.
    pub(super) fn annotation(&mut self) -> Parsed {
        self.expect(T::Colon)?;
        self.a_type()?;
        self.add_level();
        Ok(())
    }

    /// Any type.
    pub(super) fn a_type(&mut self) -> Parsed {
        self.enter()?;
        let (start, mark) = (self.token.start, self.items.len());
        self.union()?;
        if self.token.kind == T::Extends && self.type_context & NO_CONDITIONAL == 0 {
            if self.token.newline {
                return Err(Unsure);
            }
            self.next();
            let outer = std::mem::replace(&mut self.type_context, NO_CONDITIONAL);
            self.union()?;
            self.type_context = 0;
            self.expect(T::Question)?;
            self.a_type()?;
            self.expect(T::Colon)?;
            self.type_context = outer;
            self.a_type()?;
            self.close_other(mark, const { other("conditional_type") }, start);
        }
        self.leave();
        Ok(())
    }

    fn union(&mut self) -> Parsed {
        self.joined(T::BitOr, const { other("union_type") }, Self::intersection)
    }

    fn intersection(&mut self) -> Parsed {
        self.joined(
            T::BitAnd,
            const { other("intersection_type") },
            Self::prefixed_type,
        )
    }

    /// Types with an operator between them, which may also stand before the first.
    fn joined(&mut self, operator: T, sub: u8, operand: fn(&mut Self) -> Parsed) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        if self.take(operator) {
            operand(self)?;
            self.close_other(mark, sub, start);
        } else {
            operand(self)?;
        }
        while self.take(operator) {
            operand(self)?;
            self.close_other(mark, sub, start);
        }
        Ok(())
    }

    /// A type with the words before it.
    pub(super) fn prefixed_type(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        match self.token.kind {
            T::Keyof => {
                self.enter()?;
                self.next();
                if matches!(self.token.kind, T::Readonly | T::Infer) {
                    return Err(Unsure);
                }
                self.prefixed_type()?;
                self.leave();
                self.close_other(mark, const { other("index_type_query") }, start);
                Ok(())
            }
            T::Readonly => {
                self.enter()?;
                self.next();
                self.union()?;
                self.leave();
                self.close_other(mark, const { other("readonly_type") }, start);
                Ok(())
            }
            T::Infer => {
                self.next();
                if self.token.kind != T::Name {
                    return Err(Unsure);
                }
                self.name_leaf(Kind::TypeName);
                if self.take(T::Extends) {
                    let outer = std::mem::replace(&mut self.type_context, NO_CONDITIONAL);
                    self.union()?;
                    self.type_context = outer;
                }
                self.close_other(mark, const { other("infer_type") }, start);
                Ok(())
            }
            T::New => self.function_type(true),
            T::Abstract => {
                let after = self.scan(self.token.end as usize);
                if after.kind != T::New {
                    return Err(Unsure);
                }
                self.next();
                self.function_type_from(start, mark, true)
            }
            T::Less => self.function_type(false),
            T::OpenParenthesis => self.parentheses_or_function(),
            _ => {
                self.primary_type()?;
                self.type_tail(start, mark)
            }
        }
    }

    /// `[]` and `[K]` after a type.
    pub(super) fn type_tail(&mut self, start: u32, mark: usize) -> Parsed {
        while self.token.kind == T::OpenBracket && !self.token.newline {
            self.next();
            if self.take(T::CloseBracket) {
                self.close_other(mark, const { other("array_type") }, start);
            } else {
                self.type_in_brackets()?;
                self.expect(T::CloseBracket)?;
                self.close_other(mark, const { other("lookup_type") }, start);
            }
        }
        Ok(())
    }

    /// A type where brackets around it end whatever is around them.
    pub(super) fn type_in_brackets(&mut self) -> Parsed {
        let outer = std::mem::take(&mut self.type_context);
        self.a_type()?;
        self.type_context = outer;
        Ok(())
    }

    fn primary_type(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        match self.token.kind {
            T::Any
            | T::NumberType
            | T::Boolean
            | T::StringType
            | T::Symbol
            | T::Void
            | T::Unknown
            | T::Never
            | T::Object => {
                if self.byte(self.token.end as usize) == b'.' {
                    return Err(Unsure);
                }
                self.name_leaf(Kind::TypeName);
            }
            T::Unique => {
                self.next();
                if self.token.kind != T::Symbol {
                    return Err(Unsure);
                }
                self.next();
                let word = self.word_at(start, self.last_end);
                self.leaf(Kind::TypeName, start, self.last_end, word);
            }
            T::This => {
                self.plain_leaf(Kind::Other, const { other("this_type") });
            }
            T::Null | T::True | T::False | T::Undefined | T::String | T::Number | T::Minus => {
                self.literal_type()?;
            }
            T::OpenBrace => self.object_type(const { other("object_type") })?,
            T::OpenBracket => self.tuple_type()?,
            T::Typeof => self.type_query()?,
            T::Import => self.import_type()?,
            T::Backtick => self.template_type()?,
            T::Name
            | T::Set
            | T::Get
            | T::From
            | T::Global
            | T::Module
            | T::Type
            | T::Of
            | T::Is
            | T::As => self.named_type(start, mark)?,
            _ => return Err(Unsure),
        }
        Ok(())
    }

    /// `A`, `A.B`, `A<B>`
    fn named_type(&mut self, start: u32, mark: usize) -> Parsed {
        self.next();
        while self.token.kind == T::Dot {
            self.next();
            if !self.token.kind.is_word() {
                return Err(Unsure);
            }
            self.next();
            if self.type_context & CAST != 0 && self.token.kind == T::Dot {
                return Err(Unsure);
            }
        }
        let word = self.word_at(start, self.last_end);
        self.leaf(Kind::TypeName, start, self.last_end, word);
        if self.token.kind == T::Less {
            if self.token.newline {
                return Err(Unsure);
            }
            self.type_arguments()?;
            self.close_other(mark, const { other("generic_type") }, start);
        }
        Ok(())
    }

    fn literal_type(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        match self.token.kind {
            T::Null => self.plain_leaf(Kind::Null, 0),
            T::True => self.plain_leaf(Kind::Boolean, 1),
            T::False => self.plain_leaf(Kind::Boolean, 0),
            T::Undefined => self.plain_leaf(Kind::Undefined, 0),
            T::String => self.string(Kind::String),
            T::Number => self.number(),
            _ => {
                self.next();
                if self.token.kind != T::Number {
                    return Err(Unsure);
                }
                self.number();
                self.close(mark, Kind::Unary, start).sub = T::Minus.number();
            }
        }
        self.close_other(mark, const { other("literal_type") }, start);
        Ok(())
    }

    fn template_type(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        let mut at = start as usize + 1;
        loop {
            let end = self.template_text_end(at)?;
            if memchr::memchr(b'\\', self.slice(at, end)).is_some() {
                return Err(Unsure);
            }
            if end > at {
                self.leaf(Kind::Other, at as u32, end as u32, Word::NONE);
                self.change(|item| item.sub = const { other("string_fragment") });
            }
            if self.byte(end) == b'`' {
                self.token.end = end as u32 + 1;
                break;
            }
            let inner = self.items.len();
            self.token.end = end as u32 + 2;
            self.next();
            let outer = std::mem::take(&mut self.type_context);
            self.a_type()?;
            self.type_context = outer;
            if self.token.kind != T::CloseBrace {
                return Err(Unsure);
            }
            self.last_end = self.token.end;
            self.close_other(inner, const { other("template_type") }, end as u32);
            at = self.token.end as usize;
        }
        self.leave();
        self.next();
        self.close_other(mark, const { other("template_literal_type") }, start);
        Ok(())
    }

    /// `typeof x`
    fn type_query(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        let (own, inner) = (self.token.start, self.items.len());
        match self.token.kind {
            T::This => self.plain_leaf(Kind::This, 0),
            T::Import => {
                self.name_leaf(Kind::Name);
                let name = self.name_of_last();
                if self.token.kind != T::OpenParenthesis {
                    return Err(Unsure);
                }
                self.arguments()?;
                self.close(inner, Kind::Call, own).name = name;
            }
            kind if kind.is_name() && kind != T::Undefined => self.name_leaf(Kind::Name),
            _ => return Err(Unsure),
        }
        while self.take(T::Dot) {
            if !self.token.kind.is_name() && self.token.kind != T::PrivateName {
                return Err(Unsure);
            }
            self.name_leaf(Kind::Property);
            let name = self.name_of_last();
            self.close(inner, Kind::Member, own).name = name;
        }
        if self.token.kind == T::Less && !self.token.newline {
            self.skipped_type_arguments()?;
            self.add_level();
        }
        if matches!(
            self.token.kind,
            T::OptionalDot | T::OpenParenthesis | T::Less
        ) {
            return Err(Unsure);
        }
        self.close_other(mark, const { other("type_query") }, start);
        Ok(())
    }

    /// `import('x').T`
    fn import_type(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.name_leaf(Kind::Name);
        let name = self.name_of_last();
        if self.token.kind != T::OpenParenthesis {
            return Err(Unsure);
        }
        self.arguments()?;
        self.close(mark, Kind::Call, start).name = name;
        while self.take(T::Dot) {
            if !self.token.kind.is_word() {
                return Err(Unsure);
            }
            self.name_leaf(Kind::Property);
            let name = self.name_of_last();
            self.close(mark, Kind::Member, start).name = name;
        }
        if self.token.kind == T::Less && !self.token.newline {
            self.type_arguments()?;
            self.close_other(mark, const { other("generic_type") }, start);
        }
        if self.token.kind == T::OpenBracket && !self.token.newline {
            // The grammar has the brackets apply to more than this type.
            return Err(Unsure);
        }
        Ok(())
    }

    fn tuple_type(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        let outer = std::mem::take(&mut self.type_context);
        self.next();
        while self.token.kind != T::CloseBracket {
            self.tuple_member()?;
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseBracket)?;
        self.type_context = outer;
        self.leave();
        self.close_other(mark, const { other("tuple_type") }, start);
        Ok(())
    }

    fn tuple_member(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let rest = self.token.kind == T::Spread;
        let name = if rest {
            self.scan(self.token.end as usize)
        } else {
            self.token
        };
        let after = self.scan(name.end as usize);
        let optional = !rest
            && after.kind == T::Question
            && self.byte(self.after_space(after.end as usize)) == b':';
        if name.kind.is_name() && (after.kind == T::Colon || optional) {
            if rest {
                self.next();
            }
            self.name_leaf(Kind::Definition);
            let word = self.name_of_last();
            self.take(T::Question);
            self.annotation()?;
            self.absent(start);
            let item = self.close(mark, Kind::Parameter, start);
            item.name = word;
            if rest {
                item.flags = crate::tree::node::flags::REST;
            }
            return Ok(());
        }
        if rest {
            self.next();
            self.a_type()?;
            self.close_other(mark, const { other("rest_type") }, start);
            return Ok(());
        }
        self.a_type()?;
        if self.take(T::Question) {
            self.close_other(mark, const { other("optional_type") }, start);
        }
        Ok(())
    }
}
