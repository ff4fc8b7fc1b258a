//! Groups of PCRE: captures, look-around, calls, conditions and flags.

use std::fmt::Write as _;

use super::super::RegexError;
use super::{Group, Translator, syntax, unsupported};

/// Open groups at one time. PCRE's own default is 250.
const MAX_NESTING: usize = 200;

impl Translator<'_> {
    fn push_group(
        &mut self,
        position: usize,
        exact: &str,
        relaxed: &str,
    ) -> Result<(), RegexError> {
        if self.groups.len() >= MAX_NESTING {
            return Err(syntax(position, "groups are nested too deeply"));
        }
        self.groups.push(Group {
            start: self.here(),
            extended: self.extended,
            captures: self.captures,
            closing: ")",
            hidden: false,
        });
        self.emit(exact, relaxed);
        self.item = None;
        Ok(())
    }

    fn look(&mut self, position: usize, exact: &str) -> Result<(), RegexError> {
        self.out.backtracks = true;
        self.push_group(position, exact, "(?:)")?;
        if let Some(group) = self.groups.last_mut() {
            group.hidden = true;
        }
        self.hidden += 1;
        Ok(())
    }

    pub(super) fn close(&mut self, position: usize) -> Result<(), RegexError> {
        let Some(group) = self.groups.pop() else {
            return Err(syntax(position, "a `)` closes no group"));
        };
        let relaxed = if group.hidden { "" } else { group.closing };
        self.emit(")", relaxed);
        self.hidden -= usize::from(group.hidden);
        self.extended = group.extended;
        self.captures = group.captures;
        self.item = Some(group.start);
        self.asserts = group.hidden;
        Ok(())
    }

    pub(super) fn open(&mut self, position: usize) -> Result<(), RegexError> {
        if self.peek() == Some('*') {
            return Err(unsupported(position, "a verb such as `(*SKIP)`"));
        }
        if !self.accept('?') {
            let text = if self.captures { "(" } else { "(?:" };
            return self.push_group(position, text, text);
        }
        let Some((_, kind)) = self.input.next() else {
            return Err(syntax(position, "a group is not closed"));
        };
        match kind {
            ':' => self.push_group(position, "(?:", "(?:"),
            '>' => {
                self.out.backtracks = true;
                self.push_group(position, "(?>", "(?:")
            }
            '=' => self.look(position, "(?="),
            '!' => self.look(position, "(?!"),
            '<' if self.accept('=') => self.look(position, "(?<="),
            '<' if self.accept('!') => self.look(position, "(?<!"),
            '<' => self.named(position, '>'),
            '\'' => self.named(position, '\''),
            'P' if self.accept('<') => self.named(position, '>'),
            'P' if self.accept('=') => {
                let name = self.name(position, ')')?;
                self.emit_unbounded(&format!("(?P={name})"));
                Ok(())
            }
            'P' if self.accept('>') => {
                let name = self.name(position, ')')?;
                self.emit_unbounded(&format!("\\g<{name}>"));
                Ok(())
            }
            '&' => {
                let name = self.name(position, ')')?;
                self.emit_unbounded(&format!("\\g<{name}>"));
                Ok(())
            }
            'R' | '0'..='9' => {
                let number = self.until(position, ')')?;
                let number = if kind == 'R' {
                    String::from("0")
                } else {
                    format!("{kind}{number}")
                };
                if !number.chars().all(|digit| digit.is_ascii_digit()) {
                    return Err(syntax(position, "expected a group number"));
                }
                self.emit_unbounded(&format!("\\g<{number}>"));
                Ok(())
            }
            '#' => self.until(position, ')').map(drop),
            '(' => self.conditional(position),
            '|' => Err(unsupported(position, "a branch reset `(?|`")),
            _ => self.flags(position, kind),
        }
    }

    fn named(&mut self, position: usize, end: char) -> Result<(), RegexError> {
        let name = self.name(position, end)?;
        let text = format!("(?P<{name}>");
        self.push_group(position, &text, &text)
    }

    /// `(?(1)yes|no)` and `(?(<name>)yes|no)`.
    fn conditional(&mut self, position: usize) -> Result<(), RegexError> {
        let condition = self.until(position, ')')?;
        let bare = condition.trim_matches(['<', '>', '\'']);
        if bare.is_empty() || !bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(unsupported(position, "a condition that is not a group"));
        }
        self.out.backtracks = true;
        let number = bare.chars().all(|digit| digit.is_ascii_digit());
        let exact = if number {
            format!("(?({bare})")
        } else {
            format!("(?(<{bare}>)")
        };
        self.push_group(position, &exact, "(?:(?:)|")?;
        Ok(())
    }

    /// `(?i)`, `(?i-s:…)`, `(?^)`: `first` is the character after `(?`.
    fn flags(&mut self, position: usize, first: char) -> Result<(), RegexError> {
        let (mut on, mut off) = (String::new(), String::new());
        let (mut extended, mut captures) = (self.extended, self.captures);
        let mut setting = true;
        let mut next = Some(first);
        let scoped = loop {
            match next {
                Some('-') => setting = false,
                Some('^') => {
                    off.push_str("ims");
                    (extended, captures) = (false, true);
                }
                Some('x') => extended = setting,
                Some('n') => captures = !setting,
                Some('J') => {}
                Some(flag @ ('i' | 'm' | 's' | 'U')) => {
                    off.retain(|kept| kept != flag);
                    on.retain(|kept| kept != flag);
                    if setting { &mut on } else { &mut off }.push(flag);
                }
                Some(':') => break true,
                Some(')') => break false,
                Some(other) => {
                    return Err(syntax(position, format!("`(?{other}` is no group of PCRE")));
                }
                None => return Err(syntax(position, "a group is not closed")),
            }
            next = self.input.next().map(|(_, character)| character);
        };
        let mut text = String::from("(?");
        text.push_str(&on);
        if !off.is_empty() {
            let _ = write!(text, "-{off}");
        }
        if scoped {
            text.push(':');
            self.push_group(position, &text, &text)?;
        } else {
            if text.len() > 2 {
                text.push(')');
                self.emit(&text, &text);
            }
            self.item = None;
        }
        (self.extended, self.captures) = (extended, captures);
        Ok(())
    }
}
