//! Whether the bytes of a file are worth parsing: not binary, not minified.

use crate::report::SkipReason;

/// How much of a file tells whether it is text.
const HEAD: usize = 8192;

/// A file smaller than this is never held to be minified by its content.
const MINIFIED_FLOOR: usize = 2048;

/// Code has at least one byte of white space in so many.
const WHITE_SPACE_SHARE: usize = 14;

/// Mean length of a line, in bytes, from which no human wrote it.
const LINE_LENGTH: usize = 1000;

/// The same where there is little white space. Lists of routes or constants have as little, in lines that can be read.
const DENSE_LINE_LENGTH: usize = 150;

/// Kinds of files that are minified for the web.
const WEB: [&str; 9] = ["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "css"];

/// Why a file with these bytes is not looked at, or `None` if it is. `path` is relative, with `/`.
///
/// * [`SkipReason::Binary`]: a NUL byte within the first 8 KiB, a byte order mark of UTF-16 or
///   UTF-32, or more than three bytes in ten there that are neither UTF-8 nor usual in text.
/// * [`SkipReason::Minified`]: `*.min.js` and the like; JavaScript, TypeScript or CSS of at least
///   2 KiB with lines of more than 1,000 bytes on average, or of more than 150 and less than one byte in 14 of white space.
///   (Semgrep has the same bounds, but leaves out code in short lines too.)
///
/// Not for lockfiles: they may be a single line.
pub fn classify(bytes: &[u8], path: &str) -> Option<SkipReason> {
    if is_binary(bytes) {
        return Some(SkipReason::Binary);
    }
    is_minified(bytes, path).then_some(SkipReason::Minified)
}

fn is_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return true;
    }
    if memchr::memchr(0, head).is_some() {
        return true;
    }
    let odd = match std::str::from_utf8(head) {
        Ok(_) => 0,
        // The head may end within a character.
        Err(error) if error.error_len().is_none() && head.len() < bytes.len() => 0,
        Err(_) => head.utf8_chunks().map(|chunk| chunk.invalid().len()).sum(),
    };
    let control: usize = head.iter().map(|&b| usize::from(is_control(b))).sum();
    (odd + control) * 10 > head.len() * 3
}

/// Control bytes other than tab, line feed, form feed, carriage return, backspace and escape.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | 0x0C | b'\r' | 0x08 | 0x1B) || byte == 0x7F
}

fn is_minified(bytes: &[u8], path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    if !WEB.iter().any(|web| extension.eq_ignore_ascii_case(web)) {
        return false;
    }
    let marked = stem.len() >= 4
        && stem.get(stem.len() - 4..).is_some_and(|end| {
            end.eq_ignore_ascii_case(".min") || end.eq_ignore_ascii_case("-min")
        });
    if marked {
        return true;
    }
    if bytes.len() < MINIFIED_FLOOR {
        return false;
    }
    let mut white = 0;
    let mut lines = 1;
    for chunk in bytes.chunks(255) {
        // Sums that fit a byte per chunk let the compiler use wide registers.
        let (w, l) = chunk.iter().fold((0_u8, 0_u8), |(w, l), &b| {
            let line = u8::from(b == b'\n');
            (
                w + (u8::from(b == b' ') | u8::from(b == b'\t') | u8::from(b == b'\r') | line),
                l + line,
            )
        });
        white += usize::from(w);
        lines += usize::from(l);
    }
    let line = bytes.len() / lines;
    (white * WHITE_SPACE_SHARE < bytes.len() && line > DENSE_LINE_LENGTH) || line > LINE_LENGTH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_binary() {
        let latin: Vec<u8> = b"// r\xe9sum\xe9: caf\xe9\nlet x = 1;\n".repeat(20);
        assert_eq!(classify(&latin, "a.js"), None);
        assert_eq!(
            classify("let 名 = '値';\n".repeat(2000).as_bytes(), "a.js"),
            None
        );
        assert_eq!(classify(b"", "a.js"), None);
        assert_eq!(classify(b"\x1b[31mred\n", "a.txt"), None);
        assert_eq!(classify(b"\x00asm", "a.wasm"), Some(SkipReason::Binary));
        assert_eq!(
            classify(b"\xff\xfel\x00e\x00t\x00", "a.js"),
            Some(SkipReason::Binary)
        );
        assert_eq!(
            classify(b"\x89PNG\r\n\x1a\n\xff\xd8\xe0\x01\x02", "a.js"),
            Some(SkipReason::Binary)
        );
        let late = [&b"x\n".repeat(5000)[..], b"\0"].concat();
        assert_eq!(classify(&late, "a.js"), None);
    }

    #[test]
    fn a_character_cut_by_the_sample_is_no_sign_of_a_binary() {
        for shift in 0..4 {
            let text = format!("{}{}", "x".repeat(shift), "\u{1F600}".repeat(4000));
            assert_eq!(classify(text.as_bytes(), "a.txt"), None);
        }
    }

    #[test]
    fn minified_code_is_told_by_name_and_by_shape() {
        let plain = "function add(a, b) {\n  return a + b;\n}\n".repeat(100);
        let dense = "function add(a,b){return a+b}".repeat(100);
        let one_line = plain.replace('\n', " ");
        assert_eq!(classify(plain.as_bytes(), "a.js"), None);
        let routes =
            "\trouter.get(`/api/${name}/users`,middleware.authenticate,controllers.users.get);\n";
        assert_eq!(classify(routes.repeat(100).as_bytes(), "a.js"), None);
        assert_eq!(
            classify(plain.as_bytes(), "a.min.js"),
            Some(SkipReason::Minified)
        );
        assert_eq!(
            classify(plain.as_bytes(), "x/a.MIN.mjs"),
            Some(SkipReason::Minified)
        );
        assert_eq!(classify(plain.as_bytes(), "admin.js"), None);
        assert_eq!(
            classify(dense.as_bytes(), "a.js"),
            Some(SkipReason::Minified)
        );
        assert_eq!(
            classify(one_line.as_bytes(), "a.ts"),
            Some(SkipReason::Minified)
        );
        assert_eq!(classify(dense.as_bytes(), "a.txt"), None);
        assert_eq!(classify(b"let a=1;f(a)", "a.js"), None);
        let licensed = format!(
            "/*! {} */\n{}",
            "a licence ".repeat(50),
            "x=>y(x);".repeat(3000)
        );
        assert_eq!(
            classify(licensed.as_bytes(), "a.js"),
            Some(SkipReason::Minified)
        );
    }
}
