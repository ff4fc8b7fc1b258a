//! `cortex fix`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use cortex_advisories::DatabaseKind;
use cortex_engine::cancel::Cancel;
use cortex_engine::dependencies::{ProjectFiles as _, SourceFiles};
use cortex_engine::fix::{self, Edit, FixOptions, FixPlan, NpmRegistry};
use cortex_engine::progress::Silent;
use cortex_engine::source::{self, CloneOptions, SourceSpec};
use serde_json::json;

use crate::args::FixArguments;
use crate::{Outcome, notice, output};

pub(crate) fn run(arguments: &FixArguments) -> anyhow::Result<Outcome> {
    let root = &arguments.target;
    if !root.is_dir() {
        anyhow::bail!("{}: a folder is expected", root.display());
    }
    let database = super::scan::database()?;
    if database.info().kind == DatabaseKind::Sample {
        notice::warning(
            "only the built-in sample of advisories is consulted; `cortex db update` gets all",
        );
    }
    let spec = SourceSpec::Directory(root.clone());
    let source = source::open_with(&spec, &CloneOptions::default(), &Silent, &Cancel::default())?;
    let files = SourceFiles::of(source.as_ref())?;
    let registry = NpmRegistry::from_environment()?;
    let options = FixOptions {
        allow_major: arguments.allow_major,
        ..FixOptions::default()
    };
    let plan = fix::plan(&files, &database, &registry, &options)?;
    let before: Vec<Option<Vec<u8>>> = plan
        .edits
        .iter()
        .map(|edit| files.read(&edit.path))
        .collect();
    drop(files);
    if !arguments.dry_run {
        for edit in &plan.edits {
            write(root, edit)?;
        }
    }
    if arguments.format == "json" {
        output::print(&format!("{:#}", view(&plan)))?;
    } else {
        let mut text = describe(&plan, arguments.dry_run);
        if arguments.dry_run {
            for (edit, before) in plan.edits.iter().zip(before) {
                text.push_str(&diff(edit, before.as_deref().unwrap_or_default()));
            }
        }
        output::print(&text)?;
    }
    Ok(Outcome::Done)
}

fn write(root: &Path, edit: &Edit) -> anyhow::Result<()> {
    let path = root.join(&edit.path);
    output::to_file(&path, |_, file| file.write_all(&edit.bytes))
        .with_context(|| format!("{}: the fix could not be written", path.display()))
}

fn view(plan: &FixPlan) -> serde_json::Value {
    let files: Vec<&str> = plan.edits.iter().map(|edit| edit.path.as_str()).collect();
    json!({
        "before": plan.before,
        "after": plan.after,
        "upgrades": plan.upgrades,
        "not_fixed": plan.not_fixed,
        "files": files,
    })
}

fn describe(plan: &FixPlan, dry_run: bool) -> String {
    let mut text = String::new();
    if plan.before == 0 {
        return "No vulnerable dependencies.\n".to_owned();
    }
    for upgrade in &plan.upgrades {
        let breaking = if upgrade.breaking { ", may break" } else { "" };
        let _ = writeln!(
            text,
            "{:<8} {} {} -> {} ({}{breaking}) {}",
            upgrade.severity.as_str(),
            upgrade.package,
            upgrade.from,
            upgrade.target(),
            upgrade.kind.describe(),
            upgrade.advisories.join(" "),
        );
    }
    if !plan.not_fixed.is_empty() {
        text.push_str("\nNot fixed:\n");
        for left in &plan.not_fixed {
            let _ = writeln!(
                text,
                "{:<8} {} {} in {}: {} ({})",
                left.severity.as_str(),
                left.package,
                left.version,
                left.lockfile,
                left.reason,
                left.advisories.join(" "),
            );
        }
    }
    let _ = writeln!(
        text,
        "\n{} vulnerabilities before, {} after.",
        plan.before, plan.after
    );
    let verb = if dry_run { "would be" } else { "was" };
    for edit in &plan.edits {
        let _ = writeln!(text, "{} {verb} written.", edit.path);
    }
    text
}

/// The changes of a manifest. A lockfile's are thousands of lines that nobody reads.
fn diff(edit: &Edit, before: &[u8]) -> String {
    if !edit.path.ends_with("package.json") {
        return String::new();
    }
    let (old, new) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(&edit.bytes),
    );
    format!(
        "\n{}",
        similar::TextDiff::from_lines(old.as_ref(), new.as_ref())
            .unified_diff()
            .context_radius(2)
            .header(&format!("a/{}", edit.path), &format!("b/{}", edit.path))
    )
}
