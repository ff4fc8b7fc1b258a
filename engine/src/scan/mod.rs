//! A scan, from targets to a report.
//!
//! Each target is opened, its files are selected, and then travel through the pipeline on a pool of threads: a file
//! is read once, scanned, and dropped; what stays is what the report needs. Results are put together in the order of
//! their paths, so the number of threads never shows.

mod assemble;
mod autofix;
mod dependencies;
mod file;
mod interprocedural;
mod opened;
mod queue;
mod request;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use cortex_advisories::Database;
use rayon::prelude::*;

use self::assemble::Assembly;
pub(crate) use self::assemble::fingerprint;
pub use self::autofix::FixedFile;
use self::file::{FileOptions, FileResult, scan_file};
use self::opened::{Opened, open};
pub use self::request::{RuleChoice, ScanError, ScanRequest};
use crate::cache::{Cache, Lookup, blob_key, content_key};
use crate::cancel::Cancel;
use crate::config::Config;
use crate::finding::Finding;
use crate::language::Dialect;
use crate::matching::{CompiledRules, FileScanner};
use crate::progress::{Progress, Silent, Stage};
use crate::project::{Outline, Trees};
use crate::report::{FileError, FileErrorKind, Report, SkipReason};
use crate::rules::rule::Rule;
use crate::rules::{self, RuleIssue};
use crate::source::{Candidate, ContentRef, Reader, Role, Selected, Source, SourceSpec};
use crate::tree::Parser;

/// Stack of each thread. The lowering recurses at most [`crate::tree::MAX_DEPTH`] levels; this leaves room for ten
/// times what it needs.
const STACK_SIZE: usize = 32 << 20;

/// The engine: advisory data, and scans with it.
#[derive(Clone)]
pub struct Engine {
    database: Option<Database>,
}

impl Engine {
    /// An engine that matches dependencies against `database`; without one, lockfiles are listed as not checked.
    pub fn new(database: Option<Database>) -> Self {
        Self { database }
    }

    /// Scans, and reports what was found.
    pub fn scan(
        &self,
        request: &ScanRequest,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Report, ScanError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(request.jobs.unwrap_or(0))
            .stack_size(STACK_SIZE)
            .thread_name(|number| format!("cortex-{number}"))
            .start_handler({
                let background = request.background;
                move |_| {
                    if background {
                        give_way();
                    }
                }
            })
            .build()
            .map_err(|error| ScanError::Threads(error.to_string()))?;
        pool.install(|| self.scan_here(request, progress, cancel))
    }

    fn scan_here(
        &self,
        request: &ScanRequest,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Report, ScanError> {
        let mut assembly = Assembly::new(self.database.as_ref(), request.now);
        let mut chosen = None;
        let several = request.targets.len() > 1;
        for spec in &request.targets {
            if matches!(spec, SourceSpec::Remote { .. }) {
                // A clone waits until the rules are known to be right.
                choose(&mut chosen, request, &mut assembly)?;
            }
            let opened = Opened::new(spec, request, progress, cancel)?;
            let began = SystemTime::now();
            // What is on this machine is listed while the rules and what is remembered are read.
            let (prepared, selected) = rayon::join(
                || {
                    let chosen = choose(&mut chosen, request, &mut assembly)?;
                    let target = Target::prepare(&opened, chosen, &mut assembly)?;
                    let cache = target.cache(request, began);
                    Ok::<_, ScanError>((target, cache))
                },
                || opened.source.select(&opened.selection, progress),
            );
            let ((target, cache), selected) = (prepared?, selected?);
            let database = self.database.as_ref();
            let findings = target.scan(
                selected,
                cache.as_ref(),
                database,
                request,
                progress,
                &mut assembly,
            )?;
            let findings = match &request.baseline {
                None => findings,
                Some(reference) => {
                    progress.stage(Stage::Baseline, None);
                    let base = open(&base(spec, reference)?, request, progress, cancel)?;
                    let selected = base.select(&opened.selection, &Silent)?;
                    let base = target.at(base.as_ref());
                    let known = self.fingerprints(&base, selected, request)?;
                    progress.finish(Stage::Baseline);
                    assembly.subtract(findings, known)
                }
            };
            let prefix = several.then(|| opened.source.target().location);
            let today = request.now.to_zoned(jiff::tz::TimeZone::UTC).date();
            assembly.add(
                opened.source.target(),
                findings,
                target.config.map(|config| &config.ignores),
                today,
                prefix.as_deref(),
            );
        }
        Ok(assembly.finish())
    }

    /// Those of the findings in a target.
    fn fingerprints(
        &self,
        target: &Target<'_>,
        selected: Selected,
        request: &ScanRequest,
    ) -> Result<Vec<String>, ScanError> {
        let database = self.database.as_ref();
        let mut assembly = Assembly::new(database, request.now);
        // A commit has no stamps, whenever it was listed.
        let cache = target.cache(request, SystemTime::now());
        let findings = target.scan(
            selected,
            cache.as_ref(),
            database,
            request,
            &Silent,
            &mut assembly,
        )?;
        let fingerprints = findings.into_iter().map(|finding| finding.fingerprint);
        Ok(fingerprints.collect())
    }
}

/// The state of a target that its findings are compared with.
fn base(spec: &SourceSpec, reference: &str) -> Result<SourceSpec, ScanError> {
    match spec {
        SourceSpec::Directory(path) | SourceSpec::Local { path, .. } => Ok(SourceSpec::Local {
            path: path.clone(),
            reference: reference.to_owned(),
        }),
        SourceSpec::Remote { url, .. } => Ok(SourceSpec::Remote {
            url: url.clone(),
            reference: Some(reference.to_owned()),
        }),
        SourceSpec::File(path) => Err(ScanError::NoBaseline(path.display().to_string())),
    }
}

/// Rules before a target's own are added.
struct Chosen {
    rules: Vec<Arc<Rule>>,
    issues: Vec<RuleIssue>,
    hash: [u8; 32],
    compiled: Arc<CompiledRules>,
}

impl Chosen {
    /// Tells what of the rules is not as written.
    fn warn(&self, assembly: &mut Assembly) {
        for issue in &self.issues {
            assembly.warn(format!(
                "{}:{}: rule {:?}{}: {}",
                issue.origin.file.display(),
                issue.origin.line,
                issue.rule,
                if issue.left_out { " is left out" } else { "" },
                issue.message
            ));
        }
    }
}

/// The rules of a scan, read when they are first asked for.
fn choose<'c>(
    chosen: &'c mut Option<Arc<Chosen>>,
    request: &ScanRequest,
    assembly: &mut Assembly,
) -> Result<&'c Chosen, ScanError> {
    let known = chosen.take().map_or_else(
        || {
            let read = load_rules(&request.rules)?;
            read.warn(assembly);
            Ok::<_, ScanError>(read)
        },
        Ok,
    )?;
    Ok(chosen.insert(known))
}

fn load_rules(choice: &RuleChoice) -> Result<Arc<Chosen>, ScanError> {
    // The same for every scan of the process.
    static BUILT_IN: OnceLock<Arc<Chosen>> = OnceLock::new();
    let set = match choice {
        RuleChoice::BuiltIn => match BUILT_IN.get() {
            Some(known) => return Ok(Arc::clone(known)),
            None => rules::built_in()?,
        },
        RuleChoice::Paths(paths) => rules::load(paths)?,
        RuleChoice::None => rules::RuleSet::default(),
    };
    let (compiled, errors) = CompiledRules::compile(&set.rules);
    if !errors.is_empty() {
        return Err(ScanError::Compile(
            errors.iter().map(ToString::to_string).collect(),
        ));
    }
    let chosen = Arc::new(Chosen {
        rules: set.rules,
        issues: set.issues,
        hash: set.hash,
        compiled: Arc::new(compiled),
    });
    if matches!(choice, RuleChoice::BuiltIn) {
        return Ok(Arc::clone(BUILT_IN.get_or_init(|| chosen)));
    }
    Ok(chosen)
}

/// A target with its own configuration applied.
struct Target<'s> {
    source: &'s dyn Source,
    rules: Arc<CompiledRules>,
    rule_hash: [u8; 32],
    config: Option<&'s Config>,
}

impl<'s> Target<'s> {
    fn prepare(
        opened: &'s Opened,
        chosen: &Chosen,
        assembly: &mut Assembly,
    ) -> Result<Self, ScanError> {
        let mut target = Self {
            source: opened.source.as_ref(),
            rules: Arc::clone(&chosen.compiled),
            rule_hash: chosen.hash,
            config: None,
        };
        match &opened.config {
            Some(Ok(config)) => {
                target.add_rules(config, chosen, assembly)?;
                target.config = Some(config);
            }
            Some(Err(error)) => assembly.error(error.clone()),
            None => {}
        }
        Ok(target)
    }

    /// The same in another state.
    fn at<'o>(&self, source: &'o dyn Source) -> Target<'o> {
        Target {
            source,
            rules: Arc::clone(&self.rules),
            rule_hash: self.rule_hash,
            config: None,
        }
    }

    /// Adds the rule files that the repository's configuration names. They add to the chosen rules: a repository
    /// cannot switch off the rules it is scanned with.
    fn add_rules(
        &mut self,
        config: &Config,
        chosen: &Chosen,
        assembly: &mut Assembly,
    ) -> Result<(), ScanError> {
        if config.rules.is_empty() {
            return Ok(());
        }
        let mut all = chosen.rules.clone();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&chosen.hash);
        let mut reader = self.source.reader()?;
        for path in &config.rules {
            let Some(bytes) = reader.read_path(path, 10 << 20) else {
                assembly.error(FileError {
                    path: path.clone(),
                    kind: FileErrorKind::Config,
                    message: "`rules` of cortex.toml names this, and there is no such file"
                        .to_owned(),
                });
                continue;
            };
            hasher.update(&bytes);
            let parsed = rules::parse(&String::from_utf8_lossy(&bytes), path.as_ref());
            for error in parsed.errors {
                assembly.error(FileError {
                    path: path.clone(),
                    kind: FileErrorKind::Config,
                    message: error.to_string(),
                });
            }
            all.extend(parsed.rules.into_iter().map(Arc::new));
        }
        let (compiled, errors) = CompiledRules::compile(&all);
        for error in errors {
            assembly.error(FileError {
                path: error.origin.file.display().to_string(),
                kind: FileErrorKind::Config,
                message: error.to_string(),
            });
        }
        self.rules = Arc::new(compiled);
        self.rule_hash = hasher.finalize().into();
        Ok(())
    }

    /// What earlier scans remembered, if it is to be used. Files are listed from `began` on.
    fn cache(&self, request: &ScanRequest, began: SystemTime) -> Option<Cache> {
        let folder = request.cache_dir.as_deref()?;
        Some(Cache::open(folder, self.cache_key(request)).with_stamps_since(began))
    }

    /// Scans all files and lockfiles of the target.
    fn scan(
        &self,
        selected: Selected,
        cache: Option<&Cache>,
        database: Option<&Database>,
        request: &ScanRequest,
        progress: &dyn Progress,
        assembly: &mut Assembly,
    ) -> Result<Vec<Finding>, ScanError> {
        assembly.skipped(&selected.skipped);
        for error in selected.errors {
            assembly.error(error);
        }
        let mut files = selected.files;
        let lockfiles: Vec<Candidate> = files
            .extract_if(.., |file| file.role == Role::Lockfile)
            .collect();
        progress.stage(Stage::Scan, Some(files.len() as u64));
        let trees = Trees::default();
        let mut results = self.remembered(cache, &files, progress);
        queue::largest_first(
            &files,
            &mut results,
            || Worker::new(self, cache, request, &trees),
            |worker, file| {
                let result = worker.run(file);
                progress.advance(Stage::Scan, 1);
                result
            },
        );
        let mut results: Vec<FileResult> =
            results.into_iter().map(Option::unwrap_or_default).collect();
        progress.finish(Stage::Scan);
        if request.interprocedural {
            interprocedural::apply(self, request, &files, &mut results, &trees);
        }
        if let Some(cache) = cache
            && let Err(error) = cache.save()
        {
            assembly.warn(format!(
                "the cache of results could not be written: {error}"
            ));
        }
        let mut findings = assembly.files(&files, results, &self.rules);
        progress.stage(Stage::Dependencies, Some(lockfiles.len() as u64));
        findings.extend(dependencies::scan(
            self.source,
            &lockfiles,
            &files,
            database,
            assembly,
            progress,
        )?);
        progress.finish(Stage::Dependencies);
        Ok(findings)
    }

    /// The results of files that are, as far as can be told without reading them, as they were when the cache was written.
    /// Asked in the order of paths, which is that of their memory.
    fn remembered<'c>(
        &'c self,
        cache: Option<&'c Cache>,
        files: &[Candidate],
        progress: &dyn Progress,
    ) -> Vec<Option<FileResult>> {
        let Some(cache) = cache else {
            return files.iter().map(|_| None).collect();
        };
        let lookup = || Some(cache.lookup(self.source.stamp_root()?));
        let value = |lookup: &mut Option<Lookup<'c>>, file: &Candidate| match &file.content {
            ContentRef::Blob { oid } if self.rules.any_for(&file.path) => {
                cache.get(&blob_key(*oid), self.salt(&file.path))
            }
            ContentRef::Blob { .. } => None,
            ContentRef::Disk { stamp } => lookup.as_mut()?.get(&file.path, stamp),
        };
        let result = |lookup: &mut Option<Lookup<'c>>, file: &Candidate| {
            let result = match value(lookup, file) {
                Some(bytes) => postcard::from_bytes(bytes).ok()?,
                // Nothing is remembered of these, and there are many.
                None => self.without_rules(&file.path)?,
            };
            progress.advance(Stage::Scan, 1);
            Some(result)
        };
        files.par_iter().map_init(lookup, result).collect()
    }

    /// The result of a file that no rule looks at.
    fn without_rules(&self, path: &str) -> Option<FileResult> {
        (!self.rules.any_for(path)).then(|| FileResult {
            skip: Some(SkipReason::NoRules),
            ..FileResult::default()
        })
    }

    /// What the path says that the content does not: the language, and which rules look at it.
    fn salt(&self, path: &str) -> u64 {
        let dialect = match Dialect::of_path(path) {
            Some(dialect) => dialect as u64 + 1,
            None if Dialect::may_be_script(path) => 15,
            None => 0,
        };
        let minified = u64::from(path.contains(".min."));
        self.rules.path_salt(path) << 8 | minified << 4 | dialect
    }

    /// What results depend on beside a file's content and path.
    fn cache_key(&self, request: &ScanRequest) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
        hasher.update(env!("CORTEX_ENGINE_SOURCES").as_bytes());
        hasher.update(&self.rule_hash);
        hasher.update(format!("{:?}", request.file_limits).as_bytes());
        hasher.update(&[
            u8::from(request.interprocedural),
            u8::from(request.minified),
        ]);
        hasher.finalize().into()
    }
}

/// One thread's part of a scan.
struct Worker<'w> {
    target: &'w Target<'w>,
    cache: Option<&'w Cache>,
    request: &'w ScanRequest,
    reader: Result<Box<dyn Reader + 'w>, String>,
    scanner: FileScanner,
    buffer: Vec<u8>,
    trees: &'w Trees,
}

impl<'w> Worker<'w> {
    fn new(
        target: &'w Target<'w>,
        cache: Option<&'w Cache>,
        request: &'w ScanRequest,
        trees: &'w Trees,
    ) -> Self {
        Self {
            target,
            cache,
            request,
            reader: target.source.reader().map_err(|error| error.to_string()),
            scanner: file_scanner(request),
            buffer: Vec::new(),
            trees,
        }
    }

    /// The result of a file that is not remembered.
    fn run(&mut self, file: &Candidate) -> FileResult {
        if let Some(result) = self.target.without_rules(&file.path) {
            return result;
        }
        let reader = match &mut self.reader {
            Ok(reader) => reader,
            Err(message) => return unreadable(message.clone()),
        };
        if let Err(error) = reader.read(
            file,
            self.request.max_file_size.max(file.size),
            &mut self.buffer,
        ) {
            return unreadable(error.to_string());
        }
        let Some(cache) = self.cache else {
            return self.scan(file);
        };
        let salt = self.target.salt(&file.path);
        let key = match &file.content {
            ContentRef::Blob { oid } => blob_key(*oid),
            ContentRef::Disk { stamp } => {
                let key = content_key(&self.buffer);
                if let Some(root) = self.target.source.stamp_root() {
                    cache.stamp(root, &file.path, *stamp, key, salt);
                }
                // The same content may have been met elsewhere, or at another time.
                if let Some(bytes) = cache.get(&key, salt)
                    && let Ok(result) = postcard::from_bytes(bytes)
                {
                    return result;
                }
                key
            }
        };
        let result = self.scan(file);
        // A result that a time limit cut short may be whole the next time.
        let final_result = result.problems.iter().all(|(kind, _)| {
            !matches!(
                kind,
                FileErrorKind::Internal | FileErrorKind::ParseLimit | FileErrorKind::MatchLimit
            )
        });
        if final_result && let Ok(bytes) = postcard::to_stdvec(&result) {
            cache.put(key, salt, bytes);
        }
        result
    }

    fn scan(&mut self, file: &Candidate) -> FileResult {
        let (scanner, target, buffer) = (&mut self.scanner, self.target, &self.buffer);
        let options = FileOptions {
            limits: &self.request.file_limits,
            outlined: self.request.interprocedural,
            minified: self.request.minified,
        };
        let scanned = catch_unwind(AssertUnwindSafe(|| {
            scan_file(scanner, &target.rules, &file.path, buffer, options)
        }));
        let outline = scanned
            .as_ref()
            .ok()
            .and_then(|result| result.outline.as_deref());
        if outline.is_some_and(Outline::has_parts) {
            self.trees.keep(&file.path, &self.buffer, &mut self.scanner);
        }
        scanned.unwrap_or_else(|_| {
            // What the panic left behind is not to be trusted.
            self.scanner = file_scanner(self.request);
            FileResult {
                problems: vec![failure()],
                ..FileResult::default()
            }
        })
    }
}

/// What is said of a file on which the analysis panics.
fn failure() -> (FileErrorKind, String) {
    (
        FileErrorKind::Internal,
        "the analysis failed inside Cortex; please report this file".to_owned(),
    )
}

fn unreadable(message: String) -> FileResult {
    FileResult {
        skip: Some(SkipReason::Unreadable),
        problems: vec![(FileErrorKind::Read, message)],
        ..FileResult::default()
    }
}

/// Lowers the priority of the thread that calls it. Where the system refuses, all threads are alike, as before.
fn give_way() {
    // Elsewhere this is the priority of the whole process.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, 10);
}

fn file_scanner(request: &ScanRequest) -> FileScanner {
    let parser = if request.only_tree_sitter {
        Parser::only_tree_sitter()
    } else {
        Parser::new()
    };
    FileScanner::with(parser, request.profile.clone())
}
