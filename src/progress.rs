//! Progress on standard error, where it is a terminal.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cortex_engine::progress::{Progress, Stage};
use cortex_engine::report::neutralise;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a bar without an end shows that it is alive.
const TICK: Duration = Duration::from_millis(120);

/// Bars for the stages of a scan.
pub(crate) struct Bars {
    all: MultiProgress,
    bars: Mutex<HashMap<Stage, ProgressBar>>,
}

impl Bars {
    /// Bars that show nothing if `quiet`, or if standard error is no terminal.
    pub(crate) fn new(quiet: bool) -> Self {
        let target = if quiet || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        };
        Self {
            all: MultiProgress::with_draw_target(target),
            bars: Mutex::default(),
        }
    }

    /// A bar of its own, for a download.
    pub(crate) fn download(&self, name: &'static str) -> ProgressBar {
        let bar = self.all.add(ProgressBar::no_length());
        bar.set_style(style(
            "{prefix:>12} {bar:30} {bytes}/{total_bytes} {wide_msg}",
        ));
        bar.set_prefix(name);
        bar
    }
}

impl Drop for Bars {
    /// Whatever way the work ended, nothing of it is left on the terminal.
    fn drop(&mut self) {
        // A terminal that is gone needs no clearing.
        let _ = self.all.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Bars {
    fn stage(&self, stage: Stage, total: Option<u64>) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bars
            .entry(stage)
            .or_insert_with(|| self.all.add(ProgressBar::no_length()));
        let (name, unit) = match stage {
            Stage::Clone => ("Cloning", "objects"),
            Stage::Download => ("Downloading", "bytes"),
            Stage::Select => ("Listing", "files"),
            Stage::Scan => ("Scanning", "files"),
            Stage::Dependencies => ("Dependencies", "lockfiles"),
            Stage::Baseline => ("Baseline", "files"),
        };
        bar.set_prefix(name);
        bar.set_message(unit);
        if let Some(total) = total {
            bar.set_length(total);
            bar.set_style(style("{prefix:>12} {bar:30} {pos}/{len} {msg}"));
        } else {
            bar.set_style(style("{prefix:>12} {spinner} {pos} {msg}"));
            bar.enable_steady_tick(TICK);
        }
    }

    fn advance(&self, stage: Stage, by: u64) {
        // Nobody looks: no lock for each file.
        if self.all.is_hidden() {
            return;
        }
        let bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bars.get(&stage) {
            bar.inc(by);
        }
    }

    fn message(&self, text: &str) {
        // Not shown without a terminal, as progress is.
        let _ = self.all.println(neutralise::log_line(text));
    }

    fn finish(&self, stage: Stage) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bars.remove(&stage) {
            bar.finish_and_clear();
        }
    }
}
