//! The lockfiles of a scan: read, matched, and each accounted for. Missing data is never taken for a clean verdict.

use cortex_advisories::{Database, DatabaseKind};

use super::assemble::Assembly;
use super::request::ScanError;
use crate::dependencies::{self, Detected, LARGEST_LOCKFILE, SourceFiles};
use crate::finding::Finding;
use crate::progress::{Progress, Stage};
use crate::report::{FileError, FileErrorKind, LockedPackage, LockfileReport, LockfileStatus};
use crate::source::{Candidate, Source};

pub(super) fn scan(
    source: &dyn Source,
    lockfiles: &[Candidate],
    files: &[Candidate],
    database: Option<&Database>,
    assembly: &mut Assembly,
    progress: &dyn Progress,
) -> Result<Vec<Finding>, ScanError> {
    let mut findings = Vec::new();
    if lockfiles.is_empty() {
        return Ok(findings);
    }
    let manifests = files
        .iter()
        .map(|file| &file.path)
        .filter(|path| path.ends_with("package.json") || path.ends_with("Cargo.toml"))
        .cloned()
        .collect();
    let project = SourceFiles::with_paths(source, manifests)?;
    let mut buffer = Vec::new();
    for candidate in lockfiles {
        progress.advance(Stage::Dependencies, 1);
        let format = match dependencies::detect(&candidate.path) {
            Some(Detected::Supported(format)) => format,
            Some(Detected::Unsupported(kind)) => {
                assembly.lockfile(
                    LockfileReport {
                        path: candidate.path.clone(),
                        kind: kind.to_owned(),
                        ecosystem: None,
                        packages: 0,
                        status: LockfileStatus::Unsupported,
                        note: Some(
                            "this kind of lockfile is not read; its packages were not checked"
                                .to_owned(),
                        ),
                    },
                    Vec::new(),
                );
                continue;
            }
            None => continue,
        };
        let broken = |assembly: &mut Assembly, kind: FileErrorKind, message: String| {
            assembly.error(FileError {
                path: candidate.path.clone(),
                kind,
                message,
            });
            assembly.lockfile(
                LockfileReport {
                    path: candidate.path.clone(),
                    kind: format.name().to_owned(),
                    ecosystem: Some(format.ecosystem().to_owned()),
                    packages: 0,
                    status: LockfileStatus::Broken,
                    note: Some("it could not be read; its packages were not checked".to_owned()),
                },
                Vec::new(),
            );
        };
        let read = project
            .reader()
            .borrow_mut()
            .read(candidate, LARGEST_LOCKFILE, &mut buffer);
        if let Err(error) = read {
            broken(assembly, FileErrorKind::Read, error.to_string());
            continue;
        }
        let lockfile = match dependencies::parse(format, &candidate.path, &buffer, &project) {
            Ok(lockfile) => lockfile,
            Err(error) => {
                broken(assembly, FileErrorKind::Lockfile, error.to_string());
                continue;
            }
        };
        for warning in &lockfile.warnings {
            assembly.warn(warning.clone());
        }
        let (status, note) = match database {
            Some(database) if database.covers(lockfile.ecosystem) => {
                let (found, warnings) =
                    dependencies::vulnerabilities(&candidate.path, &lockfile, database);
                findings.extend(found);
                for warning in warnings {
                    assembly.warn(warning);
                }
                if database.info().kind == DatabaseKind::Sample {
                    let note = "held against the built-in sample only; `cortex db update` fetches the full data";
                    (LockfileStatus::SampleOnly, Some(note.to_owned()))
                } else {
                    (LockfileStatus::Checked, None)
                }
            }
            _ => (
                LockfileStatus::NotChecked,
                Some(format!(
                    "there is no advisory data for {}; `cortex db update` fetches it",
                    lockfile.ecosystem
                )),
            ),
        };
        let packages = lockfile
            .packages
            .into_iter()
            .map(|package| LockedPackage {
                lockfile: candidate.path.clone(),
                package,
            })
            .collect::<Vec<_>>();
        assembly.lockfile(
            LockfileReport {
                path: candidate.path.clone(),
                kind: lockfile.kind,
                ecosystem: Some(lockfile.ecosystem.to_owned()),
                packages: packages.len() as u64,
                status,
                note,
            },
            packages,
        );
    }
    Ok(findings)
}
