//! Progress: how long-running work tells whoever watches how far it is.
//!
//! The engine never prints. A front end implements [`Progress`]; [`Silent`] is for those who do not
//! want to hear.

/// A part of a scan that takes long enough to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Receiving objects from a git server; counts objects.
    Clone,
    /// Receiving advisories; counts bytes.
    Download,
    /// Listing folders; counts files.
    Select,
    /// Analysing source files; counts files.
    Scan,
    /// Matching packages against advisories; counts packages.
    Dependencies,
    /// Scanning what the target is compared with; counts files.
    Baseline,
}

/// Hears how far the work is. Called from several threads.
pub trait Progress: Sync {
    /// `stage` begins, or its size has become known. `total` is in the units of the stage.
    fn stage(&self, stage: Stage, total: Option<u64>);

    /// `by` more units of `stage` are done.
    fn advance(&self, stage: Stage, by: u64);

    /// Something worth a line. May hold text of a stranger: neutralise it before it reaches a
    /// terminal.
    fn message(&self, text: &str);

    /// `stage` has ended, well or badly.
    fn finish(&self, stage: Stage);
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: Stage, _: Option<u64>) {}
    fn advance(&self, _: Stage, _: u64) {}
    fn message(&self, _: &str) {}
    fn finish(&self, _: Stage) {}
}
