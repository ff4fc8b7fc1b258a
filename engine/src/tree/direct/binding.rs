//! What is bound: names and destructurings, and objects and arrays that turn out to be such.

use super::token::T;
use super::{Parsed, Reader, Unsure};
use crate::tree::kind::Kind;
use crate::tree::vocabulary::Word;

impl Reader<'_> {
    /// A name or a destructuring.
    pub(super) fn binding(&mut self) -> Parsed {
        match self.token.kind {
            T::OpenBracket => self.array_binding(),
            T::OpenBrace => self.object_binding(),
            T::Let | T::Await | T::Undefined => Err(Unsure),
            kind if kind.is_name() => {
                self.name_leaf(Kind::Definition);
                Ok(())
            }
            _ => Err(Unsure),
        }
    }

    /// A binding with or without a default.
    fn binding_with_default(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.binding()?;
        if self.take(T::Assign) {
            self.assignment()?;
            self.close(mark, Kind::Default, start);
        }
        Ok(())
    }

    fn rest_binding(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.next();
        self.binding()?;
        let name = self.name_of_last();
        self.close(mark, Kind::Spread, start).name = name;
        Ok(())
    }

    fn array_binding(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        self.next();
        loop {
            match self.token.kind {
                T::CloseBracket => break,
                T::Comma => {}
                T::Spread => self.rest_binding()?,
                _ => self.binding_with_default()?,
            }
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseBracket)?;
        self.leave();
        self.close(mark, Kind::Array, start);
        Ok(())
    }

    fn object_binding(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        self.enter()?;
        self.next();
        loop {
            match self.token.kind {
                T::CloseBrace => break,
                T::Comma => return Err(Unsure),
                T::Spread => self.rest_binding()?,
                _ => self.property_binding()?,
            }
            if !self.take(T::Comma) {
                break;
            }
        }
        self.expect(T::CloseBrace)?;
        self.leave();
        self.close(mark, Kind::Object, start);
        Ok(())
    }

    fn property_binding(&mut self) -> Parsed {
        let (start, mark) = (self.token.start, self.items.len());
        let is_name = self.token.kind.is_name();
        self.key()?;
        let name = self.name_of_last();
        let end = self.last_end;
        match self.token.kind {
            T::Colon => {
                self.next();
                self.binding_with_default()?;
            }
            T::Comma | T::CloseBrace if is_name => self.leaf(Kind::Definition, start, end, name),
            T::Assign if is_name => {
                let inner = self.items.len();
                self.leaf(Kind::Definition, start, end, name);
                self.next();
                self.assignment()?;
                self.close_at(inner, Kind::Default, start, end);
            }
            _ => return Err(Unsure),
        }
        self.close(mark, Kind::Pair, start).name = name;
        Ok(())
    }

    /// Makes a pattern of the array or object at `place`: assignments in it are defaults.
    pub(super) fn cover(&mut self, place: usize) -> Parsed {
        self.enter()?;
        let whole = *self.items.get(place).ok_or(Unsure)?;
        let is_object = whole.kind == Kind::Object;
        let first = (place + 1).checked_sub(whole.size as usize).ok_or(Unsure)?;
        let mut at = place;
        while at > first {
            let child = at - 1;
            let item = *self.items.get(child).ok_or(Unsure)?;
            at = at.checked_sub(item.size as usize).ok_or(Unsure)?;
            match item.kind {
                Kind::Pair if is_object => {
                    // The value stands last before its pair.
                    self.cover_target(child.checked_sub(1).ok_or(Unsure)?)?;
                }
                Kind::Spread => self.cover_target(child.checked_sub(1).ok_or(Unsure)?)?,
                Kind::Function | Kind::Pair => return Err(Unsure),
                _ => self.cover_target(child)?,
            }
        }
        self.leave();
        Ok(())
    }

    fn cover_target(&mut self, place: usize) -> Parsed {
        let item = *self.items.get(place).ok_or(Unsure)?;
        match item.kind {
            Kind::Array | Kind::Object => self.cover(place),
            Kind::Assign => {
                // Its target became a pattern when it was read as an assignment.
                if let Some(item) = self.items.get_mut(place) {
                    item.kind = Kind::Default;
                    item.name = Word::NONE;
                }
                Ok(())
            }
            Kind::Default => {
                self.uncovered = self.uncovered.checked_sub(1).ok_or(Unsure)?;
                Ok(())
            }
            Kind::Name | Kind::Member | Kind::Index => Ok(()),
            _ => Err(Unsure),
        }
    }
}
