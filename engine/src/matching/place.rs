//! Where a word of a pattern stands in code that matches: before arguments, after `new`, before `=`.
//!
//! Looked up at each place where the word is found, so it takes no parser: layout, comments and what matching looks
//! through (parentheses, `!`, `?.`, casts) are skipped. A name that code gives another name (`exec as run`,
//! `{exec: run}`, `require("exec")`) may be used under that name anywhere.

use super::module_name::{ends_as_callee, is_module, is_own_import};
use super::words::{is_word, last_word};

/// What follows a word is looked at up to here, in bytes; behind a longer comment anything may stand.
const WINDOW: usize = 4096;

/// The beginning of a word's line is looked for so far back, in bytes.
const LINE: usize = 256;

/// Members of members that are looked through for a module; a longer chain may begin with one.
pub(super) const LONGEST_CHAIN: usize = 16;

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
    /// `a.word`, and where an import or a variable takes it out: `{word}`.
    Member,
    /// `a.word(…)`, and where it is taken out.
    Method,
    /// `word.a`; also a module of that name, whose import may give it or what it holds another.
    Object,
    /// The same, but with more between the word and the name than a dot and space, or a module under another name
    /// than its own (`fs = require("fs")`), whose members are written otherwise.
    ObjectApart,
}

impl Place {
    /// Of two places of a property, or none, the one that says more.
    pub(crate) fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Method, _) | (_, Self::Method) => Self::Method,
            (Self::Member, _) | (_, Self::Member) => Self::Member,
            _ => Self::Anywhere,
        }
    }

    /// Of two places of a property, or none, the one that says less.
    pub(crate) fn looser(self, other: Self) -> Self {
        match (self, other) {
            (Self::Method, Self::Method) => Self::Method,
            (Self::Method | Self::Member, Self::Method | Self::Member) => Self::Member,
            _ => Self::Anywhere,
        }
    }

    /// Whether the word at these bytes may stand there.
    pub(crate) fn admits(self, bytes: &[u8], start: usize, end: usize) -> bool {
        let before = bytes.get(..start).unwrap_or_default();
        let rest = bytes.get(end..).unwrap_or_default();
        let window = rest.get(..WINDOW).unwrap_or(rest);
        let after = || skip_gap(window);
        let is_unknown = || window.len() < rest.len() && after().is_empty();
        let is_admitted = match self {
            Self::Anywhere => return true,
            Self::Called => {
                matches!(after(), [b'(' | b'<' | b'`', ..])
                    || is_renamed(bytes, start, end)
                    || is_property(before, is_of_module)
            }
            Self::Constructed => is_after_new(before) || is_renamed(bytes, start, end),
            Self::Assigned => is_assigned(after()),
            Self::Member => is_member(before, window, |_| true),
            Self::Method => is_member(before, window, |dot| {
                matches!(after(), [b'(' | b'<' | b'`' | b':', ..])
                    || is_cast(after())
                    || is_of_module(dot)
            }),
            Self::Object | Self::ObjectApart if ends_as_object(before) => return false,
            Self::Object => is_object(before, window) || is_module(bytes, start, end),
            Self::ObjectApart => {
                is_object_apart(before, window)
                    || (is_module(bytes, start, end) && !is_own_import(bytes, start, end))
            }
        };
        (is_admitted || is_unknown()) && !is_in_line_comment(before)
    }
}

/// Whether the line that ends here is surely a comment, or text of a template or an element: it begins with `//`, not in
/// a string of the line before, and nothing in it ends a text or begins code in one.
fn is_in_line_comment(before: &[u8]) -> bool {
    let near = before.len().saturating_sub(LINE);
    let near = before.get(near..).unwrap_or_default();
    let line = match memchr::memrchr2(b'\n', b'\r', near) {
        Some(end) => near.get(end + 1..).unwrap_or_default(),
        None if near.len() == before.len() => near,
        None => return false,
    };
    let above = before.get(..before.len() - line.len()).unwrap_or_default();
    let above = above.strip_suffix(b"\n").unwrap_or(above);
    let above = above.strip_suffix(b"\r").unwrap_or(above);
    let comment = line.trim_ascii_start().strip_prefix(b"//");
    let is_text = |byte: &u8| byte.is_ascii() && !b"/>{`".contains(byte);
    comment.is_some_and(|comment| comment.iter().all(is_text)) && !above.ends_with(b"\\")
}

/// What follows layout, comments, and parts of expressions that matching looks through.
pub(super) fn skip_gap(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = match rest {
            [b'/', b'/', comment @ ..] => comment.get(line_end(comment)..).unwrap_or_default(),
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

/// `as other`, `: other`, also of a name in quotes, or the name of a module; also a cast.
fn is_renamed(bytes: &[u8], start: usize, end: usize) -> bool {
    let rest = bytes.get(end..).unwrap_or_default();
    let rest = rest.get(..WINDOW).unwrap_or(rest);
    let after = skip_gap(
        rest.strip_prefix(b"\"")
            .or(rest.strip_prefix(b"'"))
            .unwrap_or(rest),
    );
    match after {
        // What is given another name is given a name, or taken apart.
        [b':', rest @ ..] => {
            let name = skip_gap(rest);
            let gap = rest.get(..rest.len() - name.len()).unwrap_or_default();
            let is_target = |byte: &u8| {
                matches!(byte, b'{' | b'\\') || (is_word(*byte) && !byte.is_ascii_digit())
            };
            name.first().is_none_or(is_target) || !gap.is_ascii()
        }
        _ => is_cast(after) || is_module(bytes, start, end),
    }
}

pub(super) fn is_cast(rest: &[u8]) -> bool {
    let is_whole = |word: &[u8]| {
        let after = rest.strip_prefix(word);
        after.is_some_and(|after| !after.first().copied().is_some_and(is_word))
    };
    is_whole(b"as") || is_whole(b"satisfies")
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

/// Where the first line ends, as JavaScript has lines: U+2028 and U+2029 end one.
fn line_end(text: &[u8]) -> usize {
    let ends = |at: &usize| {
        let rest = text.get(*at..).unwrap_or_default();
        matches!(rest, [b'\n' | b'\r', ..] | [0xe2, 0x80, 0xa8 | 0xa9, ..])
    };
    let mut places = memchr::memchr3_iter(b'\n', b'\r', 0xe2, text);
    places.find(ends).unwrap_or(text.len())
}

/// What stands before some space; `None` where that may be a comment up to the end of its line.
pub(super) fn code_before(before: &[u8]) -> Option<&[u8]> {
    let code = before.trim_ascii_end();
    let gap = before.get(code.len()..).unwrap_or_default();
    let ends_line = gap.contains(&b'\n') || gap.contains(&b'\r');
    (!ends_line || !ends_in_line_comment(code)).then_some(code)
}

pub(super) fn ends_in_line_comment(before: &[u8]) -> bool {
    let line = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
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

/// Whether a word is the property of a member that is as `is_so` says of what stands before the dot, or is taken out of
/// an object or a module in braces.
fn is_member(before: &[u8], after: &[u8], is_so: impl Fn(&[u8]) -> bool) -> bool {
    let code = before.trim_ascii_end();
    is_property(before, is_so)
        || match (code, after) {
            ([.., b'{' | b','], _) => is_taken_out(after),
            ([inner @ .., open @ (b'"' | b'\'')], [close, after @ ..]) if open == close => {
                let rest = skip_gap(after);
                let is_renamed = matches!(rest, [b':', ..]) || is_cast(rest);
                is_renamed && matches!(inner.trim_ascii_end(), [.., b'{' | b',' | b'/'])
            }
            _ => code.ends_with(b"type") && is_taken_out(after),
        }
}

/// Whether a word is, or may be for all that can be told, the property of a member that is as `is_so` says of what stands
/// before the dot.
fn is_property(before: &[u8], is_so: impl Fn(&[u8]) -> bool) -> bool {
    match code_before(before) {
        Some([of @ .., b'.']) => is_so(of),
        // The end of a comment, or space that is not ASCII.
        Some([.., b'*', b'/'] | [.., ..=b'\x1f' | b'\x80'..]) | None => true,
        Some(_) => false,
    }
}

fn is_taken_out(after: &[u8]) -> bool {
    let rest = skip_gap(after);
    matches!(rest, [b'}' | b',' | b':' | b'=', ..]) || is_cast(rest)
}

/// Whether an expression before a dot may be `require("module")` or a member of that.
fn is_of_module(mut of: &[u8]) -> bool {
    for _ in 0..LONGEST_CHAIN {
        let Some(code) = code_before(of) else {
            return true;
        };
        if let [code @ .., b'?' | b'!'] = code {
            of = code;
            continue;
        }
        let (rest, name) = last_word(code);
        let Some(rest) = code_before(rest) else {
            return true;
        };
        match rest {
            [rest @ .., b'.'] if !name.is_empty() => of = rest,
            _ => return matches!(rest, [.., b')' | b'/' | b'\\' | ..=b'\x1f' | b'\x80'..]),
        }
    }
    true
}

/// Whether the word after some code is a property, and no name: `a.` stands before it, not `...`.
pub(super) fn ends_as_object(before: &[u8]) -> bool {
    before.ends_with(b".") && !before.ends_with(b"..")
}

/// Whether a word begins what stands in parentheses that are no call's, as far as can be told.
fn begins_group(before: &[u8]) -> bool {
    let Some(code) = code_before(before) else {
        return true;
    };
    match code {
        [callee @ .., b'('] => {
            let callee = callee.trim_ascii_end();
            let gap = code.get(callee.len()..).unwrap_or_default();
            // Before the end of a line there may be a comment, or the statement before.
            gap.contains(&b'\n') || gap.contains(&b'\r') || !ends_as_callee(callee)
        }
        // The end of a comment or of a type, or space that is not ASCII.
        _ => matches!(code, [.., b'/' | b'>' | ..=b'\x1f' | b'\x80'..]),
    }
}

fn is_object(before: &[u8], rest: &[u8]) -> bool {
    let after = skip_gap(rest);
    let gap = rest.get(..rest.len() - after.len()).unwrap_or_default();
    match after {
        [b'.', rest @ ..] => {
            // Many a sentence of a comment ends with a name and a dot.
            let name = skip_gap(rest);
            let is_name = match name {
                [] | [b'\\', b'u', ..] | [b'#', ..] => true,
                [first, ..] => is_word(*first),
            };
            let after_dot = rest.get(..rest.len() - name.len()).unwrap_or_default();
            let may_close = gap.contains(&b')') && !gap.contains(&b'/');
            (is_name || !after_dot.is_ascii()) && (!may_close || begins_group(before))
        }
        // `(fs<string>).read`
        [b'<', ..] => true,
        // Flow's casts have a colon: `(fs: any).read`.
        _ => (is_cast(after) || after.starts_with(b":")) && begins_group(before),
    }
}

fn is_object_apart(before: &[u8], rest: &[u8]) -> bool {
    let is_together = match rest.trim_ascii_start() {
        [b'.', name @ ..] => name
            .trim_ascii_start()
            .first()
            .copied()
            .is_some_and(is_word),
        _ => false,
    };
    !is_together && is_object(before, rest)
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
                ("const {'exec': run} = x", true),
                ("import {\"exec\" as run} from 'x'", true),
                ("require('exec')", true),
                ("const {exec: {run}} = x", true),
                ("kind = 'exec'", false),
                ("({exec: 'x'})", false),
                ("({exec: 5})", false),
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
    fn members_and_methods() {
        let cases = [
            ("a.get(b)", true, true),
            ("a\n  .get(b)", true, true),
            ("a?.get(b)", true, true),
            ("(a.get as any)(b)", true, true),
            ("(a.get: any)(b)", true, true),
            ("a. /* why */ get(b)", true, true),
            ("a. // why\n get(b)", true, true),
            ("const {get} = require('a')", true, true),
            ("const {put, get: run} = require('a')", true, true),
            ("const {get = put} = require('a')", true, true),
            ("const {'get': run} = require('a')", true, true),
            ("import {put, get as run} from 'a'", true, true),
            ("import {type get} from 'a'", true, true),
            ("const run = require('a').get;", true, true),
            ("const run = require('a').b.get;", true, true),
            ("a.get = b", true, false),
            ("b = a.get;", true, false),
            ("b = a . c.get;", true, false),
            ("get(b)", false, false),
            ("'get'", false, false),
            ("f(a, 'get')", false, false),
            ("// to get a, b", false, false),
            ("let get = b", false, false),
        ];
        for (text, member, method) in cases {
            check(Place::Member, "get", &[(text, member)]);
            check(Place::Method, "get", &[(text, method)]);
        }
    }

    #[test]
    fn a_long_chain_is_not_walked_from_each_of_its_members() {
        let chain = "get.".repeat(200_000);
        let begin = std::time::Instant::now();
        for start in (0..chain.len()).step_by(4) {
            Place::Method.admits(chain.as_bytes(), start, start + 3);
        }
        let lines = "get\r".repeat(200_000);
        for start in (0..lines.len()).step_by(4) {
            Place::Method.admits(lines.as_bytes(), start, start + 3);
        }
        assert!(begin.elapsed() < std::time::Duration::from_secs(10));
    }

    #[test]
    fn object() {
        check(
            Place::Object,
            "fs",
            &[
                ("fs.read(a)", true),
                ("fs\n  /* why */ .read(a)", true),
                ("fs\n  .read(a)", true),
                ("fs.#read", true),
                ("fs.\\u0072ead(a)", true),
                (r"'of the fs.\n'", false),
                ("fs!.read(a)", true),
                ("(fs as any).read(a)", true),
                ("(fs<string>).read(a)", true),
                ("(fs: any).read(a)", true),
                ("f(a, fs: any)", false),
                ("import {read} from 'fs'", true),
                ("import {read} from './lib/fs.js'", true),
                ("f(...fs.read(a))", true),
                ("this.fs.read(a)", false),
                ("a?.fs.read(b)", false),
                ("const {fs: files} = a", false),
                ("let fs = a", false),
                ("// fs associated", false),
                // Not the same as `fs.read`, as the reference has it.
                ("fs?.read(a)", false),
                ("fs['read'](a)", false),
                ("kind = 'fs'", false),
                ("// from the fs.\n */", false),
                ("// from the fs.\n  // Then\n  read(a)", false),
                ("a\n  //of fs.read(a)", false),
                ("`\n// ${fs.read(a)}`", true),
                ("<b>\n// {fs.read(a)}</b>", true),
                ("<b>\n//</b>, fs.read(a)", true),
                ("/*\n// */ fs.read(a)", true),
                ("`\n//` + fs.read(a)", true),
                ("'\\\n//' + fs.read(a)", true),
                ("a;\n// Don't take fs.\n// Then\n read(a)", false),
                ("// the fs as a whole", false),
                ("take(fs).read(a)", false),
                ("take(fs as any).read(a)", false),
                ("return (fs).read(a)", true),
                ("( // why\n fs as any).read(a)", true),
                ("(<any> fs).read(a)", true),
                ("a; (fs).read(a)", true),
                ("// of any\n(fs as any).read(a)", true),
                ("a // two words\n(fs).read(a)", true),
                ("a\n(fs as any).read(a)", true),
                ("fs // (why)\n  .read(a)", true),
                ("fs /* (why) */ .read(a)", true),
                ("class A extends (fs as any).B {}", true),
                ("'\\\r\n// fs.read(a)'", true),
                ("//\u{2028}fs.read(a)", true),
                ("a // b\n  fs.read(a)", true),
                ("import {fs} from 'a'", false),
                ("read(fs)", false),
                ("fs", false),
            ],
        );
        check(
            Place::ObjectApart,
            "fs",
            &[
                ("this.fs /* why */ .read(a)", false),
                ("fs.read(a)", false),
                ("fs. read(a)", false),
                ("fs\n .read(a)", false),
                ("fs /* why */ .read(a)", true),
                ("fs. /* why */ read(a)", true),
                ("(fs).read(a)", true),
                ("const files = require('fs');", true),
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
