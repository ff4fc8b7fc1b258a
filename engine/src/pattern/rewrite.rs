//! Makes a pattern parse as code: writes plain names where the pattern language has syntax of its own.
//!
//! `...` becomes a name, `<... x ...>` a call, `$...X` a name, `($X: T)` a cast; strings, comments and regular
//! expressions are left as they are. Whether a `...` needs a `;` after it depends on where it stands, which only a
//! parser could tell, so the caller tries both.

use crate::tree::marks::{DEEP, ELLIPSIS, REST, TYPED};

/// Choices that the text alone does not settle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choices {
    /// Whether a `...` that may be a statement gets a `;`.
    pub(super) semicolons: bool,
    /// Whether `($X: T)` is a typed metavariable.
    pub(super) typed: bool,
}

pub(super) fn rewrite(pattern: &str, choices: Choices) -> String {
    let mut rewriter = Rewriter {
        text: pattern.as_bytes(),
        at: 0,
        output: String::with_capacity(pattern.len() + 32),
        last: None,
        templates: Vec::new(),
        choices,
    };
    rewriter.run();
    rewriter.output
}

struct Rewriter<'p> {
    text: &'p [u8],
    at: usize,
    output: String,
    /// The last byte that is not white space.
    last: Option<u8>,
    /// For each template we are in a substitution of: how many braces are open in it.
    templates: Vec<u32>,
    choices: Choices,
}

impl<'p> Rewriter<'p> {
    fn rest(&self) -> &'p [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Copies `count` bytes as they are. Only ever stops between characters.
    fn copy(&mut self, count: usize) {
        let piece = self.rest().get(..count).unwrap_or(self.rest());
        let count = piece.len();
        if let Some(last) = piece.iter().rev().find(|byte| !byte.is_ascii_whitespace()) {
            self.last = Some(*last);
        }
        let piece = String::from_utf8_lossy(piece).into_owned();
        self.output.push_str(&piece);
        self.at += count;
    }

    fn put(&mut self, text: &str, consumed: usize) {
        self.output.push_str(text);
        self.at += consumed;
        self.last = text
            .bytes()
            .rev()
            .find(|byte| !byte.is_ascii_whitespace())
            .or(self.last);
    }

    fn run(&mut self) {
        while let Some(&byte) = self.rest().first() {
            let rest = self.rest();
            match byte {
                b'"' | b'\'' => self.copy(quoted(rest, byte)),
                b'`' => self.template_text(),
                b'/' if rest.starts_with(b"//") => {
                    self.copy(memchr::memchr(b'\n', rest).unwrap_or(rest.len()));
                }
                b'/' if rest.starts_with(b"/*") => {
                    let end = memchr::memmem::find(rest.get(2..).unwrap_or_default(), b"*/");
                    self.copy(end.map_or(rest.len(), |end| end + 4));
                }
                b'/' if self.regex_may_begin() => self.copy(regex(rest)),
                b'{' => {
                    if let Some(depth) = self.templates.last_mut() {
                        *depth += 1;
                    }
                    self.copy(1);
                }
                b'}' => {
                    if self.templates.last() == Some(&0) {
                        self.templates.pop();
                        self.copy(1);
                        self.template_tail();
                    } else {
                        if let Some(depth) = self.templates.last_mut() {
                            *depth -= 1;
                        }
                        self.copy(1);
                    }
                }
                b'<' if rest.starts_with(b"<...") => {
                    self.put(&format!("{DEEP}("), 4);
                }
                b'.' if rest.starts_with(b"...>") && self.closes_deep() => self.put(")", 4),
                b'.' if rest.starts_with(b"...") => self.ellipsis(),
                b'$' if rest.starts_with(b"$...") => self.put(REST, 4),
                b'$' if self.is_attribute_value() => {
                    let name = rest
                        .iter()
                        .take_while(|byte| {
                            matches!(byte, b'$' | b'_')
                                || byte.is_ascii_uppercase()
                                || byte.is_ascii_digit()
                        })
                        .count();
                    let text =
                        String::from_utf8_lossy(rest.get(..name).unwrap_or_default()).into_owned();
                    self.put(&format!("{{{text}}}"), name);
                }
                b'(' if self.choices.typed && self.typed() => {}
                // A character may be several bytes: copy them together.
                _ if byte >= 0x80 => {
                    let length = rest.iter().take_while(|byte| **byte >= 0x80).count();
                    self.copy(length);
                }
                _ => self.copy(1),
            }
        }
    }

    /// Whether the cursor is right behind the `=` of a JSX attribute: in a pattern that begins with a tag.
    fn is_attribute_value(&self) -> bool {
        let before = self.text.get(..self.at).unwrap_or_default();
        self.text.starts_with(b"<") && !self.text.starts_with(b"<...") && before.ends_with(b"=")
    }

    /// Whether a `...>` ends a `<...` that is still open.
    fn closes_deep(&self) -> bool {
        let opened = self.output.matches(DEEP).count();
        let before = self.text.get(..self.at).unwrap_or_default();
        opened > memchr::memmem::find_iter(before, b"...>").count()
    }

    fn ellipsis(&mut self) {
        let after = self.rest().get(3..).unwrap_or_default();
        let adjacent = after.first().copied().unwrap_or(b' ');
        // `function ...(x) {}` is a function of any name.
        let is_name = adjacent == b'(' && self.output.trim_end().ends_with("function");
        if is_name {
            return self.put(ELLIPSIS, 3);
        }
        if adjacent == b'$'
            || adjacent == b'_'
            || adjacent == b'['
            || adjacent == b'{'
            || adjacent == b'('
            || adjacent.is_ascii_alphabetic()
        {
            // `...xs`: a spread of the language.
            return self.copy(3);
        }
        let next = after
            .iter()
            .copied()
            .find(|byte| !byte.is_ascii_whitespace());
        let word: Vec<u8> = after
            .trim_ascii_start()
            .iter()
            .copied()
            .take_while(u8::is_ascii_alphabetic)
            .collect();
        let case = word == b"case" || word == b"default";
        if case && self.last == Some(b'{') {
            // The cases of a `switch` are matched in any order: an ellipsis there says nothing.
            self.at += 3;
            return;
        }
        let before = self.text.get(..self.at).unwrap_or_default();
        // `for (...)` is any loop header; `attr=...` any value of a JSX attribute.
        if next == Some(b')') && follows_for(&self.output) {
            return self.put(&format!("{ELLIPSIS};;"), 3);
        }
        if self.is_attribute_value() {
            return self.put(&format!("{{{ELLIPSIS}}}"), 3);
        }
        let own_line = before
            .iter()
            .rev()
            .take_while(|byte| **byte != b'\n')
            .all(u8::is_ascii_whitespace)
            && after
                .iter()
                .take_while(|byte| **byte != b'\n')
                .all(u8::is_ascii_whitespace);
        let statement = case
            || (!matches!(
                next,
                None | Some(b'}' | b',' | b')' | b']' | b':' | b'.' | b'=' | b';' | b'>' | b'+')
            ) && (own_line || matches!(self.last, None | Some(b'{' | b'}' | b';' | b')'))));
        let text = if statement && self.choices.semicolons {
            format!("{ELLIPSIS};")
        } else {
            ELLIPSIS.to_owned()
        };
        self.put(&text, 3);
    }

    /// `($X: T)` at the cursor, written as a cast.
    fn typed(&mut self) -> bool {
        let rest = self.rest();
        let Some(close) = matching_parenthesis(rest) else {
            return false;
        };
        let inside = String::from_utf8_lossy(rest.get(1..close).unwrap_or_default()).into_owned();
        let Some((name, kind)) = inside.split_once(':') else {
            return false;
        };
        let (name, kind) = (name.trim(), kind.trim());
        if !crate::tree::marks::is_metavariable(name) || kind.is_empty() || kind.contains(',') {
            return false;
        }
        self.put(&format!("({name} as {TYPED}<{kind}>)"), close + 1);
        true
    }

    fn template_text(&mut self) {
        self.copy(1);
        self.template_tail();
    }

    /// Copies template text up to its end or to the inside of its next substitution.
    fn template_tail(&mut self) {
        let rest = self.rest();
        let mut length = 0;
        while let Some(&byte) = rest.get(length) {
            match byte {
                b'\\' => length += 2,
                b'`' => {
                    length += 1;
                    break;
                }
                b'$' if rest.get(length + 1) == Some(&b'{') => {
                    length += 2;
                    self.templates.push(0);
                    break;
                }
                _ => length += 1,
            }
        }
        self.copy(length);
    }

    fn regex_may_begin(&self) -> bool {
        matches!(
            self.last,
            None | Some(
                b'(' | b',' | b'=' | b':' | b'[' | b'!' | b'&' | b'|' | b'?' | b'{' | b'}' | b';'
            )
        )
    }
}

/// Whether a rewritten text ends in `for (`.
fn follows_for(output: &str) -> bool {
    output
        .trim_end()
        .strip_suffix('(')
        .map(str::trim_end)
        .and_then(|before| before.strip_suffix("for"))
        .is_some_and(|before| {
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.')
        })
}

/// Length of the string literal that `text` begins with.
fn quoted(text: &[u8], quote: u8) -> usize {
    let mut length = 1;
    while let Some(&byte) = text.get(length) {
        length += 1;
        if byte == b'\\' {
            length += 1;
        } else if byte == quote {
            break;
        }
    }
    length
}

/// Length of the regular expression that `text` begins with; 1 if it does not end on its line.
fn regex(text: &[u8]) -> usize {
    let mut class = false;
    let mut length = 1;
    while let Some(&byte) = text.get(length) {
        length += 1;
        match byte {
            b'\\' => length += 1,
            b'\n' => return 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => return length,
            _ => {}
        }
    }
    1
}

fn matching_parenthesis(text: &[u8]) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            b'"' | b'\'' | b'`' | b';' | b'\n' => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Choices, rewrite};

    fn check(pattern: &str, expected: &str) {
        let choices = Choices {
            semicolons: true,
            typed: true,
        };
        let expected = expected.replace('…', "cortex__ellipsis");
        assert_eq!(rewrite(pattern, choices), expected);
    }

    #[test]
    fn holes_become_names() {
        check("function ...(..., {$X}) {}", "function …(…, {$X}) {}");
        check("f(..., $X, ...)", "f(…, $X, …)");
        check("f(...xs, ...$X)", "f(...xs, ...$X)");
        check("{ ... f(); ... }", "{ …; f(); … }");
        check("a()\n...\nb()", "a()\n…;\nb()");
        check("$X. ... .end()", "$X. … .end()");
        check("f(<... $X ...>)", "f(cortex__deep( $X ))");
        check("f($...ARGS)", "f(cortex__rest_ARGS)");
        check("[..., 1]", "[…, 1]");
        check("for (...) { f() }", "for (…;;) { f() }");
        check("<a b=... c=$X />", "<a b={…} c={$X} />");
        check(
            "switch (x) { ... case 1: ... }",
            "switch (x) {  case 1: … }",
        );
    }

    #[test]
    fn text_is_left_alone() {
        check(r#"f("...", '...', /.../)"#, r#"f("...", '...', /.../)"#);
        check("`...${...}...`", "`...${…}...`");
        check("f(); // ...\n", "f(); // ...\n");
        check("\"é...\" + ü", "\"é...\" + ü");
    }

    #[test]
    fn typed_metavariables_become_casts() {
        check("($X: Foo).bar()", "($X as cortex__typed<Foo>).bar()");
        check("f(($X: A.B))", "f(($X as cortex__typed<A.B>))");
    }
}
