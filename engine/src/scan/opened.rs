//! An open target: its source, its own configuration, and which of its files are to be scanned.

use super::{ScanError, ScanRequest};
use crate::cancel::Cancel;
use crate::config::Config;
use crate::progress::Progress;
use crate::report::FileError;
use crate::select::Selection;
use crate::source::{self, Source, SourceSpec};

/// An open target.
pub(super) struct Opened {
    pub(super) source: Box<dyn Source>,
    /// Which of its files the request and its own configuration choose.
    pub(super) selection: Selection,
    /// Its own configuration, or what is wrong with that.
    pub(super) config: Option<Result<Config, FileError>>,
}

impl Opened {
    pub(super) fn new(
        spec: &SourceSpec,
        request: &ScanRequest,
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Self, ScanError> {
        let source = open(spec, request, progress, cancel)?;
        let mut selection = Selection {
            include: request.include.clone(),
            exclude: request.exclude.clone(),
            max_file_size: request.max_file_size,
            is_lockfile: crate::dependencies::is_lockfile,
            ignore_files: request.ignore_files,
            default_ignores: request.ignore_files,
            ..Selection::default()
        };
        let mut config = None;
        if request.use_config
            && let Some(bytes) = source.config()?
        {
            let parsed = Config::parse(&bytes);
            if let Ok(config) = &parsed {
                config.apply(&mut selection);
            }
            config = Some(parsed.map_err(Into::into));
        }
        Ok(Self {
            source,
            selection,
            config,
        })
    }
}

/// Opens a source, unless the request forbids what it takes.
pub(super) fn open(
    spec: &SourceSpec,
    request: &ScanRequest,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Box<dyn Source>, ScanError> {
    if let (SourceSpec::Remote { url, .. }, true) = (spec, request.offline) {
        return Err(ScanError::Offline(url.to_string()));
    }
    Ok(source::open_with(spec, &request.clone, progress, cancel)?)
}
