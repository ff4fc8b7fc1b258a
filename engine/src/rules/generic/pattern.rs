//! Patterns of `generic` mode: words and signs with holes, in blocks by indentation.
//!
//! Brackets of a pattern make no blocks, so `f(...)` also matches where the brackets close on another line.

use super::document::{Kind, lexemes, word_length};

/// Most parts of a pattern.
const MAX_PARTS: usize = 10_000;
/// Most `...` and `$...X`: the search recurses at each.
const MAX_ELLIPSES: usize = 100;
/// Deepest nesting of indented blocks.
const MAX_DEPTH: usize = 50;

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A word or sign that must be there.
    Text(String),
    /// `$X`: a word. The number is that of its name.
    Metavariable(usize),
    /// `...`, or `$...X` with the number of its name.
    Ellipsis(Option<usize>),
    /// Lines that are indented: they match only a block that begins and ends as they do.
    Block(Vec<Part>),
}

/// What a pattern text says.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    pub(super) parts: Vec<Part>,
    /// Metavariables with their `$`, each once.
    pub(super) names: Vec<String>,
    /// Whether a name stands at two places, which must then be equal.
    pub(super) repeats: bool,
    count: usize,
    ellipses: usize,
}

/// Reads a pattern; the error says what is wrong.
pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    // Indentations with the parts of the blocks they opened, outermost first.
    let mut open: Vec<(u32, Vec<Part>)> = vec![(0, Vec::new())];
    for line in text.split_inclusive('\n') {
        let (indentation, mut lexemes) = lexemes(line);
        if lexemes.next().is_none() {
            continue;
        }
        while open.len() > 1 && open.last().is_some_and(|(outer, _)| indentation < *outer) {
            close(&mut open);
        }
        if open.last().is_some_and(|(outer, _)| indentation > *outer) {
            if open.len() >= MAX_DEPTH {
                return Err(format!("the pattern nests deeper than {MAX_DEPTH} blocks"));
            }
            open.push((indentation, Vec::new()));
        }
        let Some((_, parts)) = open.last_mut() else {
            continue;
        };
        parsed.line(line, parts)?;
    }
    while open.len() > 1 {
        close(&mut open);
    }
    parsed.parts = open.pop().map(|(_, parts)| parts).unwrap_or_default();
    if parsed.parts.is_empty() {
        return Err("the pattern is empty".to_owned());
    }
    Ok(parsed)
}

fn close(open: &mut Vec<(u32, Vec<Part>)>) {
    if let Some((_, inner)) = open.pop()
        && let Some((_, outer)) = open.last_mut()
    {
        outer.push(Part::Block(inner));
    }
}

impl Parsed {
    fn line(&mut self, line: &str, parts: &mut Vec<Part>) -> Result<(), String> {
        let mut rest = line.trim_end_matches(['\n', '\r']);
        loop {
            rest = rest.trim_start_matches([' ', '\t']);
            // Four dots and more are signs.
            let dots = rest.bytes().take_while(|byte| *byte == b'.').count();
            if dots > 3 {
                self.add(dots)?;
                parts.extend(std::iter::repeat_n(Part::Text(".".to_owned()), dots));
                rest = rest.get(dots..).unwrap_or_default();
                continue;
            }
            let (part, length) = self.part(rest)?;
            let Some(part) = part else {
                return Ok(());
            };
            if let (Some(Part::Ellipsis(_)), Part::Ellipsis(Some(name))) = (parts.last(), &part) {
                let name = self.names.get(*name).map_or("", String::as_str);
                return Err(format!(
                    "`{name}` stands right after another ellipsis; what belongs to which cannot be told"
                ));
            }
            self.add(1)?;
            parts.push(part);
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    fn add(&mut self, parts: usize) -> Result<(), String> {
        self.count += parts;
        if self.count > MAX_PARTS {
            return Err(format!("the pattern has more than {MAX_PARTS} parts"));
        }
        Ok(())
    }

    /// The part that a text begins with, and its length.
    fn part(&mut self, text: &str) -> Result<(Option<Part>, usize), String> {
        if text.starts_with("...") {
            return Ok((Some(self.ellipsis(None)?), 3));
        }
        if let Some(rest) = text.strip_prefix("$...")
            && let Some(length) = name_length(rest)
        {
            let name = text.get(..4 + length).unwrap_or_default();
            return Ok((Some(self.ellipsis(Some(name))?), 4 + length));
        }
        if let Some(rest) = text.strip_prefix('$')
            && let Some(length) = name_length(rest)
        {
            let number = self.number(text.get(..=length).unwrap_or_default());
            return Ok((Some(Part::Metavariable(number)), 1 + length));
        }
        let (_, mut lexemes) = lexemes(text);
        Ok(match lexemes.next() {
            Some((range, ..)) => {
                let word = text.get(range.clone()).unwrap_or_default().to_owned();
                (Some(Part::Text(word)), range.end)
            }
            None => (None, 0),
        })
    }

    fn ellipsis(&mut self, name: Option<&str>) -> Result<Part, String> {
        self.ellipses += 1;
        if self.ellipses > MAX_ELLIPSES {
            return Err(format!("the pattern has more than {MAX_ELLIPSES} ellipses"));
        }
        Ok(Part::Ellipsis(name.map(|name| self.number(name))))
    }

    fn number(&mut self, name: &str) -> usize {
        if let Some(at) = self.names.iter().position(|known| known == name) {
            self.repeats = true;
            return at;
        }
        self.names.push(name.to_owned());
        self.names.len() - 1
    }
}

/// The length of a metavariable's name after its `$`: a word that begins with a capital letter.
fn name_length(text: &str) -> Option<usize> {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        .then(|| word_length(text))
}

/// Whether parts match where nothing is: they are all `...`.
pub(super) fn match_nothing(parts: &[Part]) -> bool {
    parts.iter().all(|part| match part {
        Part::Ellipsis(_) => true,
        Part::Block(inner) => match_nothing(inner),
        Part::Text(_) | Part::Metavariable(_) => false,
    })
}

/// Words of more than one letter that every match holds.
pub(super) fn words(parts: &[Part], words: &mut Vec<String>) {
    for part in parts {
        match part {
            Part::Text(text) => {
                let (_, mut lexemes) = lexemes(text);
                if text.len() > 1
                    && lexemes
                        .next()
                        .is_some_and(|(_, kind, _)| kind == Kind::Word)
                {
                    words.push(text.clone());
                }
            }
            Part::Block(inner) => self::words(inner, words),
            Part::Metavariable(_) | Part::Ellipsis(_) => {}
        }
    }
}
