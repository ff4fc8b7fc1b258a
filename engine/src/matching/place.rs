//! Where a word of a pattern stands in code that matches: before arguments, after `new`, before `=`.
//!
//! Looked up at each place where the word is found, so it takes no parser: layout, comments and what matching looks
//! through (parentheses, `!`, `?.`, casts) are skipped. A name that code gives another name (`exec as run`,
//! `{exec: run}`, `require("exec")`) may be used under that name anywhere.

use super::words::is_word;

/// Where a word must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Anywhere,
    /// `word(…)`.
    Called,
    /// `new word`.
    Constructed,
    /// `a.word = …`.
    Assigned,
    /// `word.a`; also a module of that name, which an import gives another.
    Object,
    /// The same, but not with the dot and a name right behind it.
    ObjectApart,
}

impl Place {
    /// Whether the word at these bytes may stand there.
    pub(crate) fn admits(self, bytes: &[u8], start: usize, end: usize) -> bool {
        let before = bytes.get(..start).unwrap_or_default();
        let after = || skip_gap(bytes.get(end..).unwrap_or_default());
        match self {
            Self::Anywhere => true,
            Self::Called => matches!(after(), [b'(' | b'<' | b'`', ..]) || is_renamed(after()),
            Self::Constructed => is_after_new(before) || is_renamed(after()),
            Self::Assigned => is_assigned(after()),
            Self::Object => is_object(bytes.get(end..).unwrap_or_default()),
            Self::ObjectApart => is_object_apart(bytes.get(end..).unwrap_or_default()),
        }
    }
}

/// What follows layout, comments, and parts of expressions that matching looks through.
pub(super) fn skip_gap(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'/', b'/', comment @ ..] => {
                let end = memchr::memchr(b'\n', comment).unwrap_or(comment.len());
                comment.get(end..).unwrap_or_default()
            }
            [b'/', b'*', comment @ ..] => {
                let end = memchr::memmem::find(comment, b"*/").unwrap_or(comment.len());
                comment.get(end + 2..).unwrap_or_default()
            }
            [b'?', b'.', after @ ..] | [b')' | b'!' | b'?' | 0x0b | 0x80.., after @ ..] => after,
            [space, after @ ..] if space.is_ascii_whitespace() => after,
            _ => return rest,
        };
    }
}

/// `as other`, `: other`, or the end of a string; also a cast.
fn is_renamed(rest: &[u8]) -> bool {
    matches!(rest, [b':' | b'"' | b'\'' | b'`', ..]) || is_cast(rest)
}

pub(super) fn is_cast(rest: &[u8]) -> bool {
    rest.starts_with(b"as") || rest.starts_with(b"satisfies")
}

fn is_after_new(before: &[u8]) -> bool {
    let outside = |byte: &u8| !(byte.is_ascii_whitespace() || matches!(byte, b'(' | 0x0b | 0x80..));
    let Some(last) = before.iter().rposition(outside) else {
        return false;
    };
    let gap = before.get(last + 1..).unwrap_or_default();
    let before = before.get(..=last).unwrap_or_default();
    // Behind a comment anything may stand: `new /* why */ Word`, or one that ends with its line.
    before.ends_with(b"new")
        || before.ends_with(b"*/")
        || (gap.contains(&b'\n') && ends_in_line_comment(before))
}

pub(super) fn ends_in_line_comment(before: &[u8]) -> bool {
    let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let line = before.get(line..).unwrap_or_default();
    memchr::memmem::find(line, b"//").is_some()
}

pub(super) fn is_assigned(rest: &[u8]) -> bool {
    let operator = |byte: &&u8| b"-+*/%&|^?<>".contains(byte);
    let length = rest.iter().take(3).take_while(operator).count();
    match rest.get(length..) {
        Some([b'=', b'=', ..]) => false,
        Some([b'=', ..]) => true,
        _ => is_cast(rest),
    }
}

fn is_object(rest: &[u8]) -> bool {
    let after = skip_gap(rest);
    let gap = rest.get(..rest.len() - after.len()).unwrap_or_default();
    // What a name is taken out under is no object: `{fs: files}` of a module is that module's.
    matches!(after, [b'.' | b'[' | b'"' | b'\'' | b'`', ..])
        || is_cast(after)
        || memchr::memmem::find(gap, b"?.").is_some()
}

fn is_object_apart(rest: &[u8]) -> bool {
    match rest {
        // `url.js` as a module's name.
        [b'.', b'j', b's', quote, ..] if b"\"'`".contains(quote) => true,
        [b'.', name, ..] if is_word(*name) => false,
        _ => is_object(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    fn check(place: Place, word: &str, cases: &[(&str, bool)]) {
        for (text, admitted) in cases {
            let start = text.find(word).unwrap_or_default();
            let found = place.admits(text.as_bytes(), start, start + word.len());
            assert_eq!(found, *admitted, "{text}");
        }
    }

    #[test]
    fn called() {
        check(
            Place::Called,
            "exec",
            &[
                ("a.exec(b)", true),
                ("a.exec\n  /* why */ ?.(b)", true),
                ("(a.exec)!(b)", true),
                ("(a.exec as any)(b)", true),
                ("exec<T>(b)", true),
                ("exec`b`", true),
                ("import {exec as run} from 'x'", true),
                ("const {exec: run} = x", true),
                ("require('exec')", true),
                ("let exec = b", false),
                ("exec.a(b)", false),
                ("exec / (b)", false),
                ("exec", false),
            ],
        );
    }

    #[test]
    fn constructed() {
        check(
            Place::Constructed,
            "Job",
            &[
                ("new Job(a)", true),
                ("new Job", true),
                ("new (Job)", true),
                ("new /* b */ Job()", true),
                ("new // b\n  Job()", true),
                ("const {Job: Work} = x", true),
                ("a as Job", false),
                ("class Job {}", false),
                ("let a: Job;", false),
                ("Job", false),
            ],
        );
    }

    #[test]
    fn object() {
        check(
            Place::Object,
            "fs",
            &[
                ("fs.read(a)", true),
                ("fs\n  /* why */ .read(a)", true),
                ("fs?.read(a)", true),
                ("fs!.read(a)", true),
                ("(fs as any).read(a)", true),
                ("fs['read'](a)", true),
                ("import {read} from 'fs'", true),
                ("import {read} from './lib/fs.js'", true),
                ("const {fs: files} = a", false),
                ("let fs = a", false),
                ("import {fs} from 'a'", false),
                ("read(fs)", false),
                ("fs", false),
            ],
        );
        check(
            Place::ObjectApart,
            "fs",
            &[
                ("fs.read(a)", false),
                ("fs. read(a)", true),
                ("fs .read(a)", true),
                ("fs?.read(a)", true),
                ("(fs).read(a)", true),
                ("import {read} from 'fs'", true),
                ("import {read} from './lib/fs.js'", true),
                ("fs.js(a)", false),
                ("fs", false),
            ],
        );
    }

    #[test]
    fn assigned() {
        check(
            Place::Assigned,
            "keys",
            &[
                ("a.keys = b", true),
                ("a.keys /**/ ||= b", true),
                ("(a.keys as any) = b", true),
                ("a.keys == b", false),
                ("a.keys(b)", false),
                ("a.keys", false),
            ],
        );
    }
}
