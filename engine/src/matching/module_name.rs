//! Words in the names of modules, told from the bytes around them. An import gives what a module holds names in the file.

use super::place::{LONGEST_CHAIN, code_before};
use super::words::last_word;

/// Longest name of a module whose beginning is looked for, in bytes; what is longer may be one.
const LONGEST: usize = 256;

/// Whether the word at these bytes is the last part of a module's name, as in `from "fs"` or `require("./lib/fs.js")`.
/// Where that takes more than a look, it is taken to be one.
pub(super) fn is_module(bytes: &[u8], start: usize, end: usize) -> bool {
    let (before, after) = around(bytes, start, end);
    let after = after.strip_prefix(b".js").unwrap_or(after);
    let Some(quote) = quote(after) else {
        return false;
    };
    let may_name = |before| may_import(before) && !is_passed_on(before, after);
    match before {
        [before @ .., open] if *open == quote => may_name(before),
        [.., b'/'] => {
            let from = before.len().saturating_sub(LONGEST);
            let name = before.get(from..).unwrap_or_default();
            memchr::memrchr(quote, name)
                .is_none_or(|open| may_name(before.get(..from + open).unwrap_or_default()))
        }
        _ => false,
    }
}

/// Whether a module goes where no name is bound to it: `exports.files = require("fs")`, `wrap(require("fs"))`. `before` is
/// what stands before its name in quotes, and `after` the second quote and what follows it.
fn is_passed_on(before: &[u8], after: &[u8]) -> bool {
    let Some(code) = before.strip_suffix(b"require(") else {
        return false;
    };
    let [_, b')', after @ ..] = after else {
        return false;
    };
    let Some(code) = code_before(code) else {
        return false;
    };
    match code {
        [target @ .., b'='] => {
            code_before(target).is_some_and(is_assigned_to)
                && matches!(after, [b',' | b';' | b')' | b'}', ..])
        }
        [callee @ .., b'('] => ends_as_callee(callee) && matches!(after, [b',' | b')', ..]),
        _ => false,
    }
}

/// Whether some code ends with a name or members of one that are certainly not declared there: a declaration has a word or a
/// comma before the name, and before its type a colon.
fn is_assigned_to(target: &[u8]) -> bool {
    let (mut head, name) = last_word(target);
    let mut members = 0;
    while let Some(of) = head.strip_suffix(b".")
        && members < LONGEST_CHAIN
    {
        let (before, object) = last_word(of);
        // `import("a").B` is a type.
        if object.is_empty() {
            return false;
        }
        head = before;
        members += 1;
    }
    let begins = match code_before(head) {
        Some([]) => members > 0,
        Some(code) => matches!(code, [.., b'(' | b')' | b'{' | b'}' | b';']),
        None => false,
    };
    begins && !name.is_empty()
}

/// Whether what stands in parentheses after some code is what a function is called with.
pub(super) fn ends_as_callee(code: &[u8]) -> bool {
    let (_, word) = last_word(code);
    !word.is_empty() && !BEFORE_GROUPS.contains(&word)
}

/// Words before parentheses that are no call's.
const BEFORE_GROUPS: [&[u8]; 16] = [
    b"await",
    b"case",
    b"default",
    b"delete",
    b"do",
    b"else",
    b"extends",
    b"in",
    b"instanceof",
    b"new",
    b"of",
    b"return",
    b"throw",
    b"typeof",
    b"void",
    b"yield",
];

/// Whether the word is a module under its own name: `fs = require("fs")`, `import fs from "fs"`, `* as fs from "fs"`.
pub(super) fn is_own_import(bytes: &[u8], start: usize, end: usize) -> bool {
    let (before, after) = around(bytes, start, end);
    let Some(([before @ .., open], close)) = quote(after).map(|close| (before, close)) else {
        return false;
    };
    let word = bytes.get(start..end).unwrap_or_default();
    let is_own = if let Some(code) = before.trim_ascii_end().strip_suffix(b"from") {
        // With another name beside it, that is the module's too.
        before_name(code, word).is_some_and(|code| {
            let all = code.strip_suffix(b"as").map(<[u8]>::trim_ascii_end);
            let all = all.and_then(|code| code.strip_suffix(b"*"));
            all.unwrap_or(code).trim_ascii_end().ends_with(b"import")
        })
    } else {
        let assigned = before.strip_suffix(b"require(").map(<[u8]>::trim_ascii_end);
        let assigned = assigned.and_then(|code| code.strip_suffix(b"="));
        is_whole(after.get(1..).unwrap_or_default())
            && assigned.is_some_and(|code| before_name(code, word).is_some())
    };
    *open == close && is_own
}

/// What stands before a name at the end of some code.
fn before_name<'b>(code: &'b [u8], name: &[u8]) -> Option<&'b [u8]> {
    let before = code.trim_ascii_end().strip_suffix(name)?;
    let begins = matches!(before, [.., b' ' | b'\t' | b'\n' | b'\r' | b',']);
    begins.then(|| before.trim_ascii_end())
}

fn around(bytes: &[u8], start: usize, end: usize) -> (&[u8], &[u8]) {
    let before = bytes.get(..start).unwrap_or_default();
    (before, bytes.get(end..).unwrap_or_default())
}

fn quote(after: &[u8]) -> Option<u8> {
    let first = after.first().copied();
    first.filter(|byte| matches!(byte, b'"' | b'\'' | b'`'))
}

/// Whether a string after these bytes may be the name of a module: `from`, `require(`, or what cannot be told.
fn may_import(before: &[u8]) -> bool {
    let Some(code) = code_before(before) else {
        return true;
    };
    match code {
        [callee @ .., b'('] => match callee.trim_ascii_end() {
            callee @ [.., b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$'] => {
                callee.ends_with(b"require")
            }
            _ => true,
        },
        // The end of a comment, space that is not ASCII, or a quote that is no beginning.
        [.., b'/' | b'\\' | ..=b'\x1f' | b'\x80'..] => true,
        _ => code.ends_with(b"from"),
    }
}

/// Whether the parenthesis after the name of a module ends an expression that does not go on.
fn is_whole(after: &[u8]) -> bool {
    match after {
        [b')', b';' | b',', ..] => true,
        [b')', rest @ ..] => {
            let next = rest.trim_ascii_start();
            let is_word = matches!(next, [b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$', ..]);
            is_word && next.len() < rest.len()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> (usize, usize) {
        let start = text.find("fs").unwrap_or_default();
        let start = ["'fs", "\"fs", "`fs", "/fs"]
            .iter()
            .find_map(|quoted| text.find(quoted))
            .map_or(start, |quote| quote + 1);
        (start, start + 2)
    }

    #[test]
    fn modules() {
        let cases = [
            ("import {read} from 'fs'", true),
            ("import{read}from'fs'", true),
            ("import {read} from './lib/fs.js'", true),
            ("import {read} from \"../fs\"", true),
            ("import {read} from // why\n  'fs'", true),
            ("require('fs').read(a)", true),
            ("require(/* why */ `fs`)", true),
            ("(require)('fs')", true),
            ("require\n (\n 'fs')", true),
            ("import {read} from // why\r 'fs'", true),
            ("import {read} from './it\\'s/fs'", true),
            ("import {read} from 'node:fs'", false),
            ("import {read} from 'fs/promises'", false),
            ("import {read} from 'my fs'", false),
            ("kind = 'fs'", false),
            ("{kind: './fs'}", false),
            ("f('fs')", false),
            ("f(a, 'fs')", false),
            ("case 'fs':", false),
            ("['fs']", false),
            ("'fs' + a", false),
            ("wrap(require('fs'))", false),
            ("const files = wrap(require('fs'), a)", false),
            ("wrap(require('fs').promises)", true),
            ("return (require('fs')).read(a)", true),
            ("const files = (require('fs'))", true),
            ("e.exports = require('fs');", false),
            ("e.exports=require(\"./lib/fs.js\")}", false),
            ("e.exports = require('fs').read;", true),
            ("// why.\nfiles = require('fs');", true),
            ("#files = require('fs');", true),
            ("const files: A.B = require('fs');", true),
            ("const files: typeof a.b = require('fs');", true),
            ("const files: import(\"a\").B = require('fs');", true),
            ("const files // those; lazily\n  = require('fs');", true),
            ("a;\n  e.exports = require('fs');", false),
            ("if(!files)files=require('fs');", false),
            ("files||(files=require('fs'));", false),
            ("var files=require('fs');", true),
            ("var a, // (why)\n  files = require('fs');", true),
            ("const files: any = require('fs');", true),
            ("const files: A | B = require('fs');", true),
            ("var a,files=require('fs');", true),
        ];
        for (text, expected) in cases {
            let (start, end) = at(text);
            assert_eq!(is_module(text.as_bytes(), start, end), expected, "{text}");
        }
        let long = format!("import a from \"{}/fs\"", "a".repeat(2 * LONGEST));
        let end = long.len() - 1;
        assert!(is_module(long.as_bytes(), end - 2, end));
    }

    #[test]
    fn modules_under_their_own_names() {
        let cases = [
            ("const fs = require('fs');", true),
            ("var a = b,fs=require(\"fs\"),c", true),
            ("const fs = require('fs')\nfs.read(a)", true),
            ("import fs from 'fs'", true),
            ("import * as fs\n  from \"fs\"", true),
            ("const files = require('fs');", false),
            ("const {read} = require('fs');", false),
            ("const afs = require('fs');", false),
            ("const fs = require('fs').promises;", false),
            ("const fs = require('fs')\n  .promises;", false),
            ("fs == require('fs');", false),
            ("import files from 'fs'", false),
            ("import {read} from 'fs'", false),
            ("import afs from 'fs'", false),
            ("import fs, {read} from 'fs'", false),
            ("import files, * as fs from 'fs'", false),
            ("require('fs');", false),
            ("const fs = await import('fs');", false),
        ];
        for (text, expected) in cases {
            let (start, end) = at(text);
            let found = is_own_import(text.as_bytes(), start, end);
            assert_eq!(found, expected, "{text}");
        }
    }
}
