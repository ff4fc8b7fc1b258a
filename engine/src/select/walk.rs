//! The walk over a tree of folders, on disk or in git.
//!
//! Breadth first and level by level: no recursion, parallel within a level where the tree allows it,
//! and the same outcome whatever the order in which threads come to their folders.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use super::ignore_files::{self, Include, NAMES, Rules, Stack};
use super::tree::{Kind, Listed, Listing, Start, Tree};
use super::{
    CONFIG_FILE, Globs, MAX_CONFIG_SIZE, MAX_DEPTH, MAX_ENTRIES, MAX_IGNORE_PATTERNS, MAX_PATH,
    Selection,
};
use crate::cancel::Cancel;
use crate::progress::{Progress, Stage};
use crate::report::{FileError, FileErrorKind, SkipReason};
use crate::source::{Candidate, Role, Selected, SourceError};

/// Folders visited between two looks at the bounds.
const CHUNK: usize = 512;

struct Pending<F> {
    path: String,
    folder: F,
    depth: usize,
    /// A folder above matches an include glob.
    included: bool,
    ignores: Stack,
}

/// Walks with several threads.
pub(crate) fn parallel<T: Tree + Sync>(
    tree: &T,
    start: Start<T::Folder>,
    selection: &Selection,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Selected, SourceError> {
    let walk = Walk::new(tree, selection, start.in_repository)?;
    walk.run(start, progress, cancel, |folders| {
        folders
            .par_iter()
            .map_init(Hand::new, |hand, folder| walk.visit(hand, folder))
            .collect()
    })
}

/// Walks on this thread.
pub(crate) fn sequential<T: Tree>(
    tree: &T,
    start: Start<T::Folder>,
    selection: &Selection,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Selected, SourceError> {
    let walk = Walk::new(tree, selection, start.in_repository)?;
    walk.run(start, progress, cancel, |folders| {
        let mut hand = Hand::new();
        let visit = |folder| walk.visit(&mut hand, folder);
        folders.iter().map(visit).collect()
    })
}

struct Walk<'a, T> {
    tree: &'a T,
    selection: &'a Selection,
    include: Globs,
    exclude: Globs,
    in_repository: bool,
    entries: AtomicU64,
    patterns: AtomicU64,
    /// A bound was passed: what is still to be visited need not be.
    exhausted: AtomicBool,
}

struct Visited<F> {
    selected: Selected,
    folders: Vec<Pending<F>>,
    /// How many of the selected files come before each of the folders.
    before: Vec<u32>,
    /// Two entries have the same name, as no folder on disk has them.
    is_damaged: bool,
}

/// What one thread uses for one folder after the other.
struct Hand<T: Tree> {
    place: T::Place,
    listing: Listing<T::Entry>,
}

impl<T: Tree> Hand<T> {
    fn new() -> Self {
        Self {
            place: T::Place::default(),
            listing: Listing::new(),
        }
    }
}

/// The files of a folder and where those of the folders in it belong.
struct Files {
    own: std::vec::IntoIter<Candidate>,
    /// How many of all its files come before each folder.
    before: std::vec::IntoIter<u32>,
    /// How many of them were taken.
    taken: u32,
    /// The first of the folders in it that is still to come, among all.
    next: usize,
}

impl<'a, T: Tree> Walk<'a, T> {
    fn new(
        tree: &'a T,
        selection: &'a Selection,
        in_repository: bool,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            tree,
            selection,
            include: Globs::new(&selection.include)?,
            exclude: Globs::new(&selection.exclude)?,
            in_repository,
            entries: AtomicU64::new(0),
            patterns: AtomicU64::new(0),
            exhausted: AtomicBool::new(false),
        })
    }

    fn run(
        &self,
        start: Start<T::Folder>,
        progress: &dyn Progress,
        cancel: &Cancel,
        visit: impl Fn(&[Pending<T::Folder>]) -> Vec<Visited<T::Folder>>,
    ) -> Result<Selected, SourceError> {
        progress.stage(Stage::Select, None);
        let outcome = self.levels(start, progress, cancel, visit);
        progress.finish(Stage::Select);
        let (mut selected, is_damaged) = outcome?;
        if is_damaged {
            one_for_each_path(&mut selected);
        }
        selected.errors.sort_unstable();
        Ok(selected)
    }

    fn levels(
        &self,
        start: Start<T::Folder>,
        progress: &dyn Progress,
        cancel: &Cancel,
        visit: impl Fn(&[Pending<T::Folder>]) -> Vec<Visited<T::Folder>>,
    ) -> Result<(Selected, bool), SourceError> {
        let mut all = Selected::default();
        let mut is_damaged = false;
        // By folder; put together once, since there may be very many.
        let mut folders: Vec<Files> = Vec::new();
        let mut level = vec![self.root(start, &mut all)];
        while !level.is_empty() {
            let mut next = Vec::new();
            let beyond = folders.len() + level.len();
            for chunk in level.chunks(CHUNK) {
                if cancel.is_cancelled() {
                    return Err(SourceError::Cancelled);
                }
                let mut count = 0;
                for visited in visit(chunk) {
                    count += visited.selected.files.len();
                    folders.push(Files {
                        own: visited.selected.files.into_iter(),
                        before: visited.before.into_iter(),
                        taken: 0,
                        next: beyond + next.len(),
                    });
                    is_damaged |= visited.is_damaged;
                    all.errors.extend(visited.selected.errors);
                    all.config = all.config.or(visited.selected.config);
                    for (reason, count) in visited.selected.skipped {
                        *all.skipped.entry(reason).or_default() += count;
                    }
                    next.extend(visited.folders);
                }
                if self.entries.load(Ordering::Relaxed) > MAX_ENTRIES {
                    return Err(SourceError::TooManyEntries { limit: MAX_ENTRIES });
                }
                if self.patterns.load(Ordering::Relaxed) > MAX_IGNORE_PATTERNS {
                    return Err(SourceError::TooManyIgnorePatterns {
                        limit: MAX_IGNORE_PATTERNS,
                    });
                }
                progress.advance(Stage::Select, count as u64);
            }
            level = next;
        }
        all.files = in_order(folders);
        Ok((all, is_damaged))
    }

    fn root(&self, start: Start<T::Folder>, all: &mut Selected) -> Pending<T::Folder> {
        let mut ignores = Stack::default();
        if self.selection.ignore_files {
            let mut above = start.above.into_iter().peekable();
            while let Some((lead, kind, text)) = above.next() {
                let mut rules = vec![(kind, self.rules(&text, None))];
                while let Some((_, kind, text)) = above.next_if(|(other, ..)| *other == lead) {
                    rules.push((kind, self.rules(&text, None)));
                }
                for (kind, rules) in &mut rules {
                    if let Some(error) = rules.error.take() {
                        let up = "../".repeat(lead.split('/').count());
                        let name = NAMES.get(*kind).copied().unwrap_or_default();
                        all.errors
                            .push(config_error(&format!("{up}{name}"), &error));
                    }
                }
                ignores = ignores.push_above(&lead, rules);
            }
        }
        Pending {
            path: String::new(),
            folder: start.root,
            depth: 0,
            included: false,
            ignores,
        }
    }

    fn rules(&self, text: &[u8], include: Option<Include<'_>>) -> Rules {
        let rules = ignore_files::parse(text, include);
        if self.patterns.fetch_add(rules.patterns, Ordering::Relaxed) + rules.patterns
            > MAX_IGNORE_PATTERNS
        {
            self.exhausted.store(true, Ordering::Relaxed);
        }
        rules
    }

    fn visit(&self, hand: &mut Hand<T>, pending: &Pending<T::Folder>) -> Visited<T::Folder> {
        let mut visited = Visited {
            selected: Selected::default(),
            folders: Vec::new(),
            before: Vec::new(),
            is_damaged: false,
        };
        if self.exhausted.load(Ordering::Relaxed) {
            return visited;
        }
        let out = &mut visited.selected;
        let room = MAX_ENTRIES.saturating_sub(self.entries.load(Ordering::Relaxed));
        let Hand { place, listing } = hand;
        listing.clear();
        if let Err(error) = self.tree.list(place, &pending.folder, room, listing) {
            out.skip(SkipReason::Unreadable);
            out.errors.push(read_error(
                &pending.path,
                &format!("the folder cannot be listed: {error}"),
            ));
            return visited;
        }
        let count = listing.len();
        if self.entries.fetch_add(count, Ordering::Relaxed) + count > MAX_ENTRIES {
            self.exhausted.store(true, Ordering::Relaxed);
            return visited;
        }
        if pending.depth > 0 && listing.is_submodule && self.in_repository {
            out.skip(SkipReason::NotAFile);
            return visited;
        }
        if listing.bad_names > 0 {
            for _ in 0..listing.bad_names {
                out.skip(SkipReason::Unreadable);
            }
            out.errors.push(read_error(
                &pending.path,
                &format!(
                    "{} entries of the folder have names that cannot be used",
                    listing.bad_names
                ),
            ));
        }
        if pending.depth == 0
            && listing
                .iter()
                .any(|e| e.name == CONFIG_FILE && e.kind == Kind::File)
        {
            out.config = self.tree.read_path(CONFIG_FILE, MAX_CONFIG_SIZE);
            if out.config.is_none() {
                out.errors.push(config_error(
                    CONFIG_FILE,
                    &format!("larger than {MAX_CONFIG_SIZE} bytes or not readable; it is not used"),
                ));
            }
        }
        visited.is_damaged = listing.sort();
        let ignores = self.ignores(pending, listing, out);
        let is_file = |listed: &Listed<'_, _>| listed.kind == Kind::File;
        let files = listing.iter().filter(is_file).count();
        visited.selected.files.reserve_exact(files);
        for listed in listing.iter() {
            self.entry(place, pending, &ignores, listed, &mut visited);
        }
        visited
    }

    /// The ignore rules within a folder.
    fn ignores(
        &self,
        pending: &Pending<T::Folder>,
        listing: &Listing<T::Entry>,
        out: &mut Selected,
    ) -> Stack {
        if !self.selection.ignore_files {
            return pending.ignores.clone();
        }
        let mut found = Vec::new();
        for listed in listing.iter() {
            let Some(kind) = NAMES.iter().position(|name| *name == listed.name) else {
                continue;
            };
            if listed.kind != Kind::File {
                continue;
            }
            let path = join(&pending.path, listed.name);
            let Some(text) = self.tree.read_path(&path, ignore_files::MAX_SIZE) else {
                let error = format!(
                    "larger than {} bytes or not readable; it is not honoured",
                    ignore_files::MAX_SIZE
                );
                out.errors.push(config_error(&path, &error));
                continue;
            };
            let read = |name: &str| self.tree.read_path(name, ignore_files::MAX_SIZE);
            let include: Option<Include<'_>> = (pending.depth == 0 && kind == 1).then_some(&read);
            let mut rules = self.rules(&text, include);
            if let Some(error) = rules.error.take() {
                out.errors.push(config_error(&path, &error));
            }
            found.push((kind, rules));
        }
        let stack = pending.ignores.push(&pending.path, found);
        if pending.depth == 0 && self.selection.default_ignores {
            stack.with_defaults()
        } else {
            stack
        }
    }

    fn entry(
        &self,
        place: &T::Place,
        parent: &Pending<T::Folder>,
        ignores: &Stack,
        listed: Listed<'_, T::Entry>,
        visited: &mut Visited<T::Folder>,
    ) {
        if listed.name == ".git" {
            return;
        }
        let out = &mut visited.selected;
        let path = join(&parent.path, listed.name);
        if path.len() > MAX_PATH {
            out.skip(SkipReason::Unreadable);
            out.errors.push(read_error(
                &parent.path,
                &format!("the path of an entry is longer than {MAX_PATH} bytes"),
            ));
            return;
        }
        let is_folder = matches!(listed.kind, Kind::Folder | Kind::Submodule);
        if ignores.is_ignored(&path, is_folder) {
            return out.skip(SkipReason::Ignored);
        }
        if self.exclude.matches_entry(&path, is_folder) {
            return out.skip(SkipReason::Excluded);
        }
        match listed.kind {
            Kind::Submodule | Kind::Other => out.skip(SkipReason::NotAFile),
            Kind::Folder if parent.depth >= MAX_DEPTH => {
                out.skip(SkipReason::Unreadable);
                out.errors.push(read_error(
                    &path,
                    &format!("more than {MAX_DEPTH} folders deep; not looked into"),
                ));
            }
            Kind::Folder => {
                let included = parent.included || self.include.matches_entry(&path, true);
                visited.before.push(out.files.len() as u32);
                visited.folders.push(Pending {
                    folder: self.tree.folder(&parent.folder, listed),
                    depth: parent.depth + 1,
                    included,
                    ignores: ignores.clone(),
                    path,
                });
            }
            Kind::File => self.file(place, parent.included, path, listed, out),
        }
    }

    fn file(
        &self,
        place: &T::Place,
        included: bool,
        path: String,
        listed: Listed<'_, T::Entry>,
        out: &mut Selected,
    ) {
        let role = if (self.selection.is_lockfile)(&path) {
            Role::Lockfile
        } else {
            Role::Source
        };
        if role == Role::Source
            && !included
            && !self.include.is_empty()
            && !self.include.matches_entry(&path, false)
        {
            return out.skip(SkipReason::NotIncluded);
        }
        match self.tree.stat(place, listed) {
            Ok((size, content)) => admit(
                self.selection,
                Candidate {
                    path,
                    size,
                    content,
                    role,
                },
                out,
            ),
            Err(error) => {
                out.skip(SkipReason::Unreadable);
                out.errors.push(read_error(&path, &error));
            }
        }
    }
}

/// The files of all folders in the order of their paths.
fn in_order(mut folders: Vec<Files>) -> Vec<Candidate> {
    let count = folders.iter().map(|folder| folder.own.len()).sum();
    let mut files = Vec::with_capacity(count);
    let mut way = vec![0];
    while let Some(&at) = way.last() {
        let Some(here) = folders.get_mut(at) else {
            break;
        };
        if let Some(before) = here.before.next() {
            let missing = (before - here.taken) as usize;
            here.taken = before;
            files.extend(here.own.by_ref().take(missing));
            way.push(here.next);
            here.next += 1;
        } else {
            files.extend(here.own.by_ref());
            way.pop();
        }
    }
    files
}

/// Keeps one file for each path: a damaged git tree can name one entry twice.
fn one_for_each_path(selected: &mut Selected) {
    let Selected { files, errors, .. } = selected;
    files.par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let before = files.len();
    files.dedup_by(|later, first| {
        let same = later.path == first.path;
        if same {
            errors.push(read_error(
                &later.path,
                "its folder holds two entries of this name; one is scanned",
            ));
        }
        same
    });
    for _ in files.len()..before {
        selected.skip(SkipReason::Unreadable);
    }
}

/// Takes a file in unless it is too large.
pub(crate) fn admit(selection: &Selection, file: Candidate, out: &mut Selected) {
    match file.role {
        Role::Source if file.size > selection.max_file_size => out.skip(SkipReason::TooLarge),
        Role::Lockfile if file.size > selection.max_lockfile_size => {
            out.skip(SkipReason::TooLarge);
            out.errors.push(FileError {
                kind: FileErrorKind::Lockfile,
                message: format!(
                    "larger than {} bytes; its packages are not checked",
                    selection.max_lockfile_size
                ),
                path: file.path,
            });
        }
        _ => out.files.push(file),
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        return name.to_owned();
    }
    let mut path = String::with_capacity(folder.len() + 1 + name.len());
    path.push_str(folder);
    path.push('/');
    path.push_str(name);
    path
}

fn read_error(path: &str, message: &str) -> FileError {
    FileError {
        path: if path.is_empty() { "." } else { path }.to_owned(),
        kind: FileErrorKind::Read,
        message: message.to_owned(),
    }
}

fn config_error(path: &str, message: &str) -> FileError {
    FileError {
        path: path.to_owned(),
        kind: FileErrorKind::Config,
        message: message.to_owned(),
    }
}
