//! Loading rule sets: from files, folders and archives, or the pack that is built in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::archive::ArchiveKind;
use super::parse::{Parsed, RuleError, RuleIssue, parse};
use super::rule::Rule;

/// Largest rule file, in bytes.
pub(super) const LARGEST_FILE: u64 = 10 << 20;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// Rules from one or more files.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// The rules, in the order of their files.
    pub rules: Vec<Arc<Rule>>,
    /// Rules that are left out, and why.
    pub issues: Vec<RuleIssue>,
    /// BLAKE3 of the files' texts.
    pub hash: [u8; 32],
}

/// Rules that could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A path does not exist or cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is too large to be a rule file.
    #[error("{}: larger than {LARGEST_FILE} bytes; a rule file is smaller", path.display())]
    TooLarge {
        /// The path.
        path: PathBuf,
    },
    /// An archive is damaged or out of bounds.
    #[error("{}: cannot read the rules in this archive: {source}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// No rule file was found.
    #[error("{}: no rule file (*.yaml, *.yml) found", path.display())]
    Nothing {
        /// The path.
        path: PathBuf,
    },
    /// Files hold mistakes.
    #[error("{}", list(errors))]
    Rules {
        /// All of them.
        errors: Vec<RuleError>,
    },
}

fn list(errors: &[RuleError]) -> String {
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rules that are built in.
pub fn built_in() -> Result<RuleSet, LoadError> {
    let mut texts = Vec::new();
    collect_built_in(&BUILT_IN, &mut texts);
    texts.sort();
    assemble(&texts)
}

fn collect_built_in(dir: &Dir<'_>, texts: &mut Vec<(PathBuf, String)>) {
    for file in dir.files() {
        if is_rule_file(file.path())
            && let Some(text) = file.contents_utf8()
        {
            texts.push((Path::new("built-in").join(file.path()), text.to_owned()));
        }
    }
    for dir in dir.dirs() {
        collect_built_in(dir, texts);
    }
}

/// The rules of files, folders and archives (`.zip`, `.tar.gz`, `.tgz`). Folders and archives are searched for rule
/// files at any depth.
pub fn load(paths: &[PathBuf]) -> Result<RuleSet, LoadError> {
    let mut texts = Vec::new();
    for path in paths {
        if let Some(kind) = ArchiveKind::of(path)
            && path.is_file()
        {
            let files = kind.rule_files(path).map_err(|source| LoadError::Archive {
                path: path.clone(),
                source,
            })?;
            if files.is_empty() {
                return Err(LoadError::Nothing { path: path.clone() });
            }
            texts.extend(files);
            continue;
        }
        let read: Result<Vec<_>, _> = rule_files(path)?.into_par_iter().map(read).collect();
        texts.extend(read?);
    }
    assemble(&texts)
}

fn read(file: PathBuf) -> Result<(PathBuf, String), LoadError> {
    let io = |source| LoadError::Io {
        path: file.clone(),
        source,
    };
    if std::fs::metadata(&file).map_err(io)?.len() > LARGEST_FILE {
        return Err(LoadError::TooLarge { path: file });
    }
    let bytes = std::fs::read(&file).map_err(io)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok((file, text))
}

/// The rule files that a path stands for, sorted: itself, or those in the folder.
pub fn rule_files(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let io = |source| LoadError::Io {
        path: path.to_path_buf(),
        source,
    };
    if std::fs::metadata(path).map_err(io)?.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for entry in ignore::WalkBuilder::new(path)
        .standard_filters(false)
        .hidden(true)
        .build()
    {
        let entry = entry.map_err(|error| io(std::io::Error::other(error)))?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) && is_rule_file(entry.path()) {
            files.push(entry.into_path());
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(LoadError::Nothing {
            path: path.to_path_buf(),
        });
    }
    Ok(files)
}

pub(super) fn is_rule_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ending = path
        .extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml");
    ending && !name.contains(".test.") && !name.contains(".fixed.") && !name.starts_with('.')
}

fn assemble(texts: &[(PathBuf, String)]) -> Result<RuleSet, LoadError> {
    let parsed: Vec<Parsed> = texts
        .par_iter()
        .map(|(file, text)| parse(text, file))
        .collect();
    let mut hasher = blake3::Hasher::new();
    for (_, text) in texts {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    let mut set = RuleSet {
        hash: hasher.finalize().into(),
        ..RuleSet::default()
    };
    let mut errors = Vec::new();
    for file in parsed {
        set.rules.extend(file.rules.into_iter().map(Arc::new));
        set.issues.extend(file.issues);
        errors.extend(file.errors);
    }
    // Shared packs tell rules of one id apart by their folder, so both are kept; it is worth knowing.
    let mut seen: FxHashMap<&str, u32> = FxHashMap::default();
    for rule in &set.rules {
        let count = seen.entry(&rule.id).or_default();
        *count += 1;
        if *count == 2 {
            set.issues.push(RuleIssue {
                rule: rule.id.clone(),
                origin: rule.origin.clone(),
                message: "another file has a rule of this id; both are used".to_owned(),
                left_out: false,
            });
        }
    }
    if errors.is_empty() {
        Ok(set)
    } else {
        Err(LoadError::Rules { errors })
    }
}
