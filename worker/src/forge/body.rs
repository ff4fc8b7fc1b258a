//! Title and text of a fix pull request. Names and reasons come from strangers: nothing of them acts as Markdown, and
//! nobody is mentioned.

use std::fmt::Write as _;

/// Longest text, in characters: GitHub takes 65,536.
const LONGEST: usize = 60_000;
/// What cuts rows off says so in at most so many characters.
const ROOM: usize = 200;

/// An upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeRow {
    /// The package.
    pub package: String,
    /// The version before.
    pub from: String,
    /// The version after.
    pub to: String,
    /// How: the range raised, the lockfile moved, an override.
    pub how: String,
    /// What it resolves.
    pub advisories: Vec<String>,
    /// The worst of it.
    pub severity: String,
    /// Whether the new version is not compatible by its number.
    pub breaking: bool,
}

/// What stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFixedRow {
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Its advisories.
    pub advisories: Vec<String>,
    /// What is in the way.
    pub reason: String,
}

/// The title.
pub fn title(upgrades: &[UpgradeRow]) -> String {
    match upgrades {
        [only] => format!(
            "Upgrade {} from {} to {} to fix known vulnerabilities",
            plain(&only.package),
            plain(&only.from),
            plain(&only.to)
        ),
        many => format!("Upgrade {} vulnerable dependencies", many.len()),
    }
}

/// The text.
pub fn describe(
    upgrades: &[UpgradeRow],
    not_fixed: &[NotFixedRow],
    before: usize,
    after: usize,
) -> String {
    let mut text = format!(
        "These upgrades take the known vulnerabilities of this repository's dependencies from {before} to {after}. \
         The lockfile was written without running a package manager or any code of a package.\n\n"
    );
    let header = "| Package | From | To | How | Severity | Resolves |\n| --- | --- | --- | --- | --- | --- |\n";
    let rows = upgrades.iter().map(|row| {
        let resolves: Vec<String> = row.advisories.iter().map(|id| plain(id)).collect();
        let warning = if row.breaking { ", **may break**" } else { "" };
        format!(
            "| {} | {} | {} | {}{warning} | {} | {} |\n",
            plain(&row.package),
            plain(&row.from),
            plain(&row.to),
            plain(&row.how),
            plain(&row.severity),
            resolves.join(", ")
        )
    });
    table(&mut text, header, rows, upgrades.len());
    if !not_fixed.is_empty() {
        text.push_str("\n### Not fixed\n\n");
        let header = "| Package | Version | Advisories | Why |\n| --- | --- | --- | --- |\n";
        let rows = not_fixed.iter().map(|row| {
            let advisories: Vec<String> = row.advisories.iter().map(|id| plain(id)).collect();
            format!(
                "| {} | {} | {} | {} |\n",
                plain(&row.package),
                plain(&row.version),
                advisories.join(", "),
                plain(&row.reason)
            )
        });
        table(&mut text, header, rows, not_fixed.len());
    }
    text.push_str(
        "\nCortex made this branch and writes it anew when it is asked again. Commits of others on it are left alone.\n",
    );
    text
}

fn table(text: &mut String, header: &str, rows: impl Iterator<Item = String>, count: usize) {
    text.push_str(header);
    let mut length = text.chars().count();
    for (index, row) in rows.enumerate() {
        length += row.chars().count();
        if length > LONGEST - ROOM {
            let _ = writeln!(text, "\n… and {} more.", count - index);
            return;
        }
        text.push_str(&row);
    }
}

/// A stranger's text as one cell: on one line, of bearable length, its markup escaped; mentions, issue numbers and
/// addresses are broken with a zero-width space, since forges link those wherever they stand.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(500) {
        match c {
            c if c.is_control() => out.push(' '),
            '@' | '#' | '!' => {
                out.push('\u{200b}');
                out.push(c);
                out.push('\u{200b}');
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            ':' => out.push_str(":\u{200b}"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgrade(package: &str) -> UpgradeRow {
        UpgradeRow {
            package: package.to_owned(),
            from: "1.0.0".to_owned(),
            to: "1.0.1".to_owned(),
            how: "range raised".to_owned(),
            advisories: vec!["CVE-2021-23337".to_owned()],
            severity: "high".to_owned(),
            breaking: false,
        }
    }

    #[test]
    fn names_of_strangers_are_text() {
        let evil = "x|y](https://evil.test) @everyone <img src=x> #1\n# h `c`";
        let row = NotFixedRow {
            package: evil.to_owned(),
            version: "1".to_owned(),
            advisories: vec![],
            reason: evil.to_owned(),
        };
        let text = describe(&[upgrade(evil)], &[row], 3, 1);
        for bad in ["](https", "@everyone", "<img", " #1", "https://", "x|y"] {
            assert!(!text.contains(bad), "{bad}: {text}");
        }
        assert!(text.contains("| high | CVE-2021-23337 |") && text.contains("from 3 to 1"));
    }

    #[test]
    fn a_long_list_is_cut_with_a_count() {
        let rows = vec![upgrade("package"); 5_000];
        let text = describe(&rows, &[], 5_000, 0);
        assert!(text.chars().count() < 65_536 && text.contains(" more."));
        assert_eq!(title(&rows), "Upgrade 5000 vulnerable dependencies");
    }
}
