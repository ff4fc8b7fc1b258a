//! A text of no known language, cut into tokens that lie in blocks.
//!
//! A block is a run of lines that are indented deeper than the line before it, or what stands between two brackets
//! that close on the line they open on. Brackets that do not are signs like others.

use std::borrow::Cow;
use std::ops::Range;

/// How many columns a tab is worth in an indentation.
const TAB: u32 = 8;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// ASCII letters, digits and `_`.
    Word,
    /// Any other character.
    Sign,
}

/// A word or a single sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) start: u32,
    pub(super) end: u32,
    /// From 1.
    pub(super) line: u32,
    /// The innermost block it lies in.
    pub(super) block: u32,
    pub(super) kind: Kind,
}

/// A run of tokens; blocks within it are part of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Comments that are no part of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommentStyle {
    /// All is text.
    #[default]
    None,
    /// `/* … */`
    C,
    /// `/* … */` and `//`
    Cpp,
    /// `#`
    Shell,
}

impl CommentStyle {
    /// The style that `generic_comment_style` names.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "c" => Some(Self::C),
            "cpp" => Some(Self::Cpp),
            "shell" => Some(Self::Shell),
            _ => None,
        }
    }
}

/// A text, ready to be searched.
#[derive(Clone, Debug)]
pub struct Document<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: Vec<Token>,
    pub(super) blocks: Vec<Block>,
}

impl<'t> Document<'t> {
    /// Cuts a text. Offsets are 32 bits wide: what lies beyond 4 GiB is left out.
    pub fn new(text: &'t str, comments: CommentStyle) -> Self {
        let text = text.get(..u32::MAX as usize).unwrap_or(text);
        let bare = without_comments(text, comments);
        let mut builder = Builder {
            tokens: Vec::with_capacity(bare.len() / 4),
            blocks: vec![Block { start: 0, end: 0 }],
            open: vec![(0, 0)],
        };
        let mut start = 0;
        for (number, line) in bare.split_inclusive('\n').enumerate() {
            builder.line(line, start, number as u32 + 1);
            start += line.len();
        }
        builder.finish();
        Self {
            text,
            tokens: builder.tokens,
            blocks: builder.blocks,
        }
    }

    pub(super) fn token_text(&self, token: &Token) -> &'t str {
        self.text
            .get(token.start as usize..token.end as usize)
            .unwrap_or_default()
    }
}

struct Builder {
    tokens: Vec<Token>,
    blocks: Vec<Block>,
    /// Indentations with the blocks they opened, outermost first.
    open: Vec<(u32, u32)>,
}

impl Builder {
    fn line(&mut self, line: &str, offset: usize, number: u32) {
        let (indentation, lexemes) = lexemes(line);
        let mut lexemes = lexemes.peekable();
        if lexemes.peek().is_none() {
            return;
        }
        let block = self.indent(indentation);
        let first = self.tokens.len();
        // Brackets that wait for their partner on this line, and those that found theirs.
        let mut waiting: Vec<(char, usize)> = Vec::new();
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (range, kind, character) in lexemes {
            let at = self.tokens.len();
            let partner = match character {
                ')' => Some('('),
                ']' => Some('['),
                '}' => Some('{'),
                _ => None,
            };
            if let Some(partner) = partner {
                // A bracket that another kind closes is a mere sign, and so is one that closes none.
                while let Some((opening, from)) = waiting.pop() {
                    if opening == partner {
                        pairs.push((from, at));
                        break;
                    }
                }
            } else if matches!(character, '(' | '[' | '{') {
                waiting.push((character, at));
            }
            self.tokens.push(Token {
                start: (offset + range.start) as u32,
                end: (offset + range.end) as u32,
                line: number,
                block,
                kind,
            });
        }
        pairs.sort_unstable();
        self.bracketed(first, &pairs);
    }

    /// Makes a block of the tokens between each pair of brackets of a line, the line beginning at token `first`.
    fn bracketed(&mut self, first: usize, pairs: &[(usize, usize)]) {
        let mut pairs = pairs.iter().copied().peekable();
        let mut open: Vec<(usize, u32)> = Vec::new();
        for at in first..self.tokens.len() {
            while open.last().is_some_and(|(end, _)| *end == at) {
                open.pop();
            }
            if let (Some((_, block)), Some(token)) = (open.last(), self.tokens.get_mut(at)) {
                token.block = *block;
            }
            if let Some((_, end)) = pairs.next_if(|(start, _)| *start == at)
                && end > at + 1
            {
                open.push((end, self.blocks.len() as u32));
                self.blocks.push(Block {
                    start: at as u32 + 1,
                    end: end as u32,
                });
            }
        }
    }

    /// The block that a line of this indentation belongs to.
    fn indent(&mut self, indentation: u32) -> u32 {
        let here = self.tokens.len() as u32;
        while let Some((outer, block)) = self.open.last().copied() {
            if indentation == outer {
                return block;
            }
            if indentation > outer {
                break;
            }
            self.close(block, here);
            self.open.pop();
        }
        let block = self.blocks.len() as u32;
        self.blocks.push(Block {
            start: here,
            end: here,
        });
        self.open.push((indentation, block));
        block
    }

    fn close(&mut self, block: u32, end: u32) {
        if let Some(block) = self.blocks.get_mut(block as usize) {
            block.end = end;
        }
    }

    fn finish(&mut self) {
        let end = self.tokens.len() as u32;
        while let Some((_, block)) = self.open.pop() {
            self.close(block, end);
        }
    }
}

type Lexeme = (Range<usize>, Kind, char);

/// The indentation of a line, and its words and signs.
pub(super) fn lexemes(line: &str) -> (u32, impl Iterator<Item = Lexeme>) {
    let blank = line
        .bytes()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let indentation = line
        .bytes()
        .take(blank)
        .map(|byte| if byte == b'\t' { TAB } else { 1 })
        .fold(0, u32::saturating_add);
    let content = line.trim_end_matches('\n');
    // A line may end in `\r\n`; any other `\r` is a sign.
    let content = if content.len() < line.len() {
        content.strip_suffix('\r').unwrap_or(content)
    } else {
        content
    };
    let mut at = blank;
    let lexemes = std::iter::from_fn(move || {
        loop {
            let rest = content.get(at..)?;
            let first = rest.chars().next()?;
            if matches!(first, ' ' | '\t') {
                at += 1;
                continue;
            }
            let (kind, length) = if is_word(first) {
                (Kind::Word, word_length(rest))
            } else {
                (Kind::Sign, first.len_utf8())
            };
            let range = at..at + length;
            at += length;
            return Some((range, kind, first));
        }
    });
    (indentation, lexemes)
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The length of the word that a text begins with.
pub(super) fn word_length(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| is_word(char::from(*byte)))
        .count()
}

/// The text with blanks in place of its comments, at the same offsets. What looks like a comment within a string is
/// taken for one, as the reference does.
fn without_comments(text: &str, style: CommentStyle) -> Cow<'_, str> {
    let (lines, blocks): (Option<&str>, bool) = match style {
        CommentStyle::None => return Cow::Borrowed(text),
        CommentStyle::C => (None, true),
        CommentStyle::Cpp => (Some("//"), true),
        CommentStyle::Shell => (Some("#"), false),
    };
    let mut output = text.to_owned();
    if let Some(opening) = lines {
        output = blank_out(&output, opening, |rest| {
            rest.find('\n').unwrap_or(rest.len())
        });
    }
    if blocks {
        output = blank_out(&output, "/*", |rest| {
            rest.get(2..)
                .and_then(|inner| inner.find("*/"))
                .map_or(0, |at| at + 4)
        });
    }
    Cow::Owned(output)
}

/// Blanks in place of each piece that begins with `opening` and is as long as `length` says; 0 for none.
fn blank_out(text: &str, opening: &str, length: impl Fn(&str) -> usize) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(opening) {
        let (before, from) = rest.split_at(at);
        output.push_str(before);
        let length = length(from);
        if length == 0 {
            output.push_str(from);
            return output;
        }
        let (comment, after) = from.split_at(length);
        output.extend(comment.bytes().map(|byte| match byte {
            b'\n' | b'\r' => char::from(byte),
            _ => ' ',
        }));
        rest = after;
    }
    output.push_str(rest);
    output
}
