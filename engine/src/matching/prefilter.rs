//! The prefilter: what the bytes of a file must hold for a rule to match it, so that most files are never parsed for
//! most rules.
//!
//! Every name and string of a pattern stands in any code that it matches, and so do literals that its regular
//! expressions cannot match without. A formula's needs follow its form: all of a conjunction, one of an alternative.
//! The literals of all rules are looked for together; words of patterns must stand as whole words: `exec` does not stand in
//! `execute`. What rules that are left then need besides is tried before the file is parsed: a shape, and an expression that
//! matches somewhere in the text, where that may spare the file from being parsed.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::place::Place;
use super::search::Seen;
use super::shape::Shape;
use crate::rules::regex::{Regex, RequiredLiteral};

/// A text that a file must hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Literal {
    /// In lower case where the case does not matter.
    pub(crate) text: String,
    /// ASCII letters may have either case.
    pub(crate) caseless: bool,
    /// Must stand as a whole word.
    pub(crate) whole: bool,
    /// Where a word must stand.
    pub(crate) place: Place,
    /// What must stand before, with a dot between.
    pub(crate) of: Option<String>,
}

/// What a file must hold. `L` is a literal, or its number once all rules are known.
#[derive(Clone, Debug)]
pub(crate) enum Need<L> {
    /// Nothing that is known.
    Nothing,
    Literal(L),
    /// A match of the expression, anywhere.
    Text(Arc<Text>),
    Shape(Shape),
    All(Vec<Need<L>>),
    Any(Vec<Need<L>>),
}

/// An expression of a rule, and what looks for it anywhere in a file; built when it is first wanted.
#[derive(Debug)]
pub(crate) struct Text {
    expression: Regex,
    anywhere: OnceLock<Option<regex::bytes::Regex>>,
}

impl Need<Literal> {
    /// Each of these words.
    pub(crate) fn words(words: Vec<String>, whole: bool) -> Self {
        let literal = |text| {
            Self::Literal(Literal {
                text,
                caseless: false,
                whole,
                place: Place::Anywhere,
                of: None,
            })
        };
        Self::all(words.into_iter().map(literal).collect())
    }

    /// This word, where it stands as `place` says.
    pub(crate) fn placed(word: String, place: Place) -> Self {
        Self::Literal(Literal {
            text: word,
            caseless: false,
            whole: true,
            place,
            of: None,
        })
    }

    /// `object.property`, the property at `place`. With something between the two, or under another name, they need not
    /// stand side by side.
    pub(crate) fn member(object: &str, property: &str, place: Place) -> Self {
        let together = Self::Literal(Literal {
            text: property.to_owned(),
            caseless: false,
            whole: true,
            place,
            of: Some(object.to_owned()),
        });
        let apart = Self::placed(object.to_owned(), Place::ObjectApart);
        Self::all(vec![
            Self::placed(object.to_owned(), Place::Object),
            Self::placed(property.to_owned(), place),
            Self::any(vec![together, apart]),
        ])
    }

    /// What a text with a match of `expression` holds.
    pub(crate) fn expression(expression: &Regex) -> Self {
        let text = Self::Text(Arc::new(Text {
            expression: expression.clone(),
            anywhere: OnceLock::new(),
        }));
        let literals = expression.required_literals().map(|literals| {
            let literals = literals.into_iter().map(|literal| {
                Self::Literal(Literal {
                    text: literal.text,
                    caseless: literal.caseless,
                    whole: false,
                    place: Place::Anywhere,
                    of: None,
                })
            });
            Self::any(literals.collect())
        });
        Self::all(literals.into_iter().chain([text]).collect())
    }

    /// What a file holds where `expression` matches the text that a metavariable is bound to at `place`, from its beginning.
    /// Such a text begins and ends where words do.
    pub(crate) fn bound(expression: &Regex, place: Place) -> Self {
        match expression.whole_words(true) {
            Some(words) => Self::whole(words, place),
            None => Self::expression(expression),
        }
    }

    /// One of these, as a whole word.
    fn whole(words: Vec<RequiredLiteral>, place: Place) -> Self {
        let literal = |word: RequiredLiteral| {
            Self::Literal(Literal {
                text: word.text,
                caseless: word.caseless,
                whole: true,
                place,
                of: None,
            })
        };
        Self::any(words.into_iter().map(literal).collect())
    }

    /// What a string that `expression` matches holds, whatever way it is written: parts that no writer escapes.
    pub(crate) fn string(expression: &Regex) -> Self {
        let plain =
            |c: char| !matches!(c, '"' | '\'' | '`' | '\\' | '/' | '$') && (' '..='~').contains(&c);
        let words = expression.whole_words(false);
        if let Some(words) = words
            && words.iter().all(|word| word.text.chars().all(plain))
        {
            return Self::whole(words, Place::Anywhere);
        }
        let Some(literals) = expression.required_literals() else {
            return Self::Nothing;
        };
        let parts = literals.into_iter().map(|literal| {
            let part = literal
                .text
                .split(|c| !plain(c))
                .max_by_key(|part| part.len())
                .unwrap_or_default();
            if part.len() < SHORTEST_PART {
                return Self::Nothing;
            }
            Self::Literal(Literal {
                text: part.to_owned(),
                caseless: literal.caseless,
                whole: false,
                place: Place::Anywhere,
                of: None,
            })
        });
        Self::any(parts.collect())
    }

    pub(crate) fn all(needs: Vec<Self>) -> Self {
        let mut all = Vec::with_capacity(needs.len());
        for need in needs {
            match need {
                Self::Nothing => {}
                Self::All(inner) => all.extend(inner),
                need => all.push(need),
            }
        }
        match all.len() {
            0 => Self::Nothing,
            1 => all.pop().unwrap_or(Self::Nothing),
            _ => Self::All(all),
        }
    }

    pub(crate) fn any(needs: Vec<Self>) -> Self {
        if needs.is_empty() || needs.iter().any(|need| matches!(need, Self::Nothing)) {
            return Self::Nothing;
        }
        Self::Any(needs)
    }

    /// The same without regard to where words stand and what stands beside them, for patterns whose parts may be
    /// spread over a file.
    pub(crate) fn anywhere(self) -> Self {
        match self {
            Self::All(needs) => Self::all(needs.into_iter().map(Self::anywhere).collect()),
            Self::Any(needs) => Self::any(needs.into_iter().map(Self::anywhere).collect()),
            Self::Shape(_) => Self::Nothing,
            Self::Literal(literal) => Self::Literal(Literal {
                place: Place::Anywhere,
                of: None,
                ..literal
            }),
            need @ (Self::Nothing | Self::Text(_)) => need,
        }
    }

    /// The same with literals as numbers.
    pub(crate) fn numbered(self, table: &mut Table) -> Need<u32> {
        let mut list =
            |needs: Vec<Self>| needs.into_iter().map(|need| need.numbered(table)).collect();
        match self {
            Self::Nothing => Need::Nothing,
            Self::All(needs) => Need::All(list(needs)),
            Self::Any(needs) => Need::Any(list(needs)),
            Self::Text(text) => Need::Text(text),
            Self::Shape(shape) => Need::Shape(shape),
            Self::Literal(literal) => Need::Literal(table.number(literal)),
        }
    }
}

impl Need<Literal> {
    /// The same with literals as numbers, as far as they have one; the others select nothing.
    pub(crate) fn known(self, table: &Table) -> Need<u32> {
        let list = |needs: Vec<Self>| needs.into_iter().map(|need| need.known(table));
        match self {
            Self::Literal(literal) => table
                .numbers
                .get(&literal)
                .map_or(Need::Nothing, |number| Need::Literal(*number)),
            Self::All(needs) => {
                let needs = list(needs).filter(|need| !matches!(need, Need::Nothing));
                Need::All(needs.collect())
            }
            Self::Any(needs) => Need::Any(list(needs).collect()),
            // What needs a search of its own is not worth it for a part of a rule.
            Self::Nothing | Self::Text(_) | Self::Shape(_) => Need::Nothing,
        }
    }
}

/// Shorter parts of strings select little.
const SHORTEST_PART: usize = 3;

impl Need<u32> {
    /// Whether a file with these literals can match, as far as literals tell.
    pub(crate) fn may_hold(&self, seen: &Seen) -> bool {
        match self {
            Self::Nothing | Self::Text(_) | Self::Shape(_) => true,
            Self::Literal(literal) => seen.has(*literal),
            Self::All(needs) => needs.iter().all(|need| need.may_hold(seen)),
            Self::Any(needs) => needs.iter().any(|need| need.may_hold(seen)),
        }
    }

    /// As [`Self::may_hold`], with shapes looked for in the file's bytes.
    pub(crate) fn may_hold_in(&self, seen: &Seen, bytes: &[u8]) -> bool {
        self.tried(seen, bytes, false)
    }

    /// As [`Self::may_hold_in`], with expressions looked for as well.
    pub(crate) fn holds(&self, seen: &Seen, bytes: &[u8]) -> bool {
        self.tried(seen, bytes, true)
    }

    fn tried(&self, seen: &Seen, bytes: &[u8], expressions: bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::Literal(literal) => seen.has(*literal),
            Self::Text(text) => !expressions || text.may_match(bytes),
            Self::Shape(shape) => seen.shapes.has(*shape, bytes),
            Self::All(needs) => {
                needs.iter().all(|need| need.may_hold(seen))
                    && needs
                        .iter()
                        .all(|need| need.tried(seen, bytes, expressions))
            }
            Self::Any(needs) => needs
                .iter()
                .any(|need| need.may_hold(seen) && need.tried(seen, bytes, expressions)),
        }
    }

    /// Whether an expression is part of it.
    pub(crate) fn has_expressions(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Nothing | Self::Literal(_) | Self::Shape(_) => false,
            Self::All(needs) | Self::Any(needs) => needs.iter().any(Self::has_expressions),
        }
    }
}

impl Text {
    fn may_match(&self, bytes: &[u8]) -> bool {
        let anywhere = self.anywhere.get_or_init(|| self.expression.within_text());
        anywhere.as_ref().is_none_or(|it| it.is_match(bytes))
    }
}

/// Numbers literals.
#[derive(Debug, Default)]
pub(crate) struct Table {
    numbers: FxHashMap<Literal, u32>,
    pub(super) literals: Vec<Literal>,
}

impl Table {
    fn number(&mut self, literal: Literal) -> u32 {
        if let Some(number) = self.numbers.get(&literal) {
            return *number;
        }
        let number = self.literals.len() as u32;
        self.literals.push(literal.clone());
        self.numbers.insert(literal, number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::super::search::{Literals, Seen};
    use super::*;

    fn needs(needs: Vec<Need<Literal>>, text: &str) -> Vec<(bool, bool)> {
        let mut table = Table::default();
        let needs: Vec<_> = needs
            .into_iter()
            .map(|need| need.numbered(&mut table))
            .collect();
        let literals = Literals::new(table);
        let mut seen = Seen::default();
        seen.find(&literals, text.as_bytes());
        let bytes = text.as_bytes();
        needs
            .iter()
            .map(|need| (need.may_hold(&seen), need.holds(&seen, bytes)))
            .collect()
    }

    fn regex(source: &str) -> Regex {
        match Regex::new(source) {
            Ok(regex) => regex,
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn words_stand_alone() {
        let word = || Need::words(vec!["exec".to_owned()], true);
        for (text, holds) in [
            ("a.exec(b)", true),
            ("execute(b)", false),
            ("$exec", false),
            ("EXEC", false),
            ("execute; exec", true),
        ] {
            assert_eq!(needs(vec![word()], text), [(holds, holds)], "{text}");
        }
    }

    #[test]
    fn expressions_are_looked_for_where_their_literals_are() {
        let query = || Need::expression(&regex(r"(?i)^select\s.+from"));
        for (text, may, holds) in [
            ("q = `SELECT a\nFROM b`", true, false),
            ("q = `SELECT a FROM b`", true, true),
            ("x", false, false),
            // The long s is an s in another case.
            ("\u{17f}elect a from b", true, true),
        ] {
            assert_eq!(needs(vec![query()], text), [(may, holds)], "{text}");
        }
    }

    #[test]
    fn what_metavariables_are_bound_to_stands_alone() {
        let bound = || Need::bound(&regex("^(_?req|ctx)$"), Place::Anywhere);
        for (text, holds) in [
            ("f(req)", true),
            ("request(_req)", true),
            ("request", false),
        ] {
            assert_eq!(needs(vec![bound()], text), [(holds, holds)], "{text}");
        }
        let string = || Need::string(&regex("^[hH]ost$"));
        assert_eq!(needs(vec![string()], "get('Host')"), [(true, true)]);
        assert_eq!(needs(vec![string()], "get('localhost')"), [(false, false)]);
    }

    #[test]
    fn parts_of_strings_are_what_nobody_escapes() {
        let policy = || Need::string(&regex("src [^;]*'unsafe-(inline|eval)'"));
        assert_eq!(
            needs(vec![policy()], r"'x script-src \'unsafe-eval\''"),
            [(true, true)]
        );
        assert_eq!(needs(vec![policy()], "'self'"), [(false, false)]);
    }

    #[test]
    fn alternatives_and_conjunctions() {
        let word = |text: &str| Need::words(vec![text.to_owned()], true);
        let tree = || {
            Need::all(vec![
                word("a"),
                Need::any(vec![word("b"), Need::all(vec![word("c"), word("d")])]),
            ])
        };
        for (text, holds) in [
            ("a b", true),
            ("a c", false),
            ("a c d", true),
            ("b c d", false),
        ] {
            assert_eq!(needs(vec![tree()], text), [(holds, holds)], "{text}");
        }
        let open = Need::any(vec![word("a"), Need::Nothing]);
        assert_eq!(needs(vec![open], ""), [(true, true)]);
    }
}
