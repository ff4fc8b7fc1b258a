//! The `cortex` command as users run it: arguments, streams, files, exit codes. No network, no data of the user.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a failed unwrap is a failed test; a test says why it is skipped"
)]

mod arguments;
mod autofix;
mod database;
mod determinism;
mod fix;
#[path = "../../engine/tests/sources/forge.rs"]
#[allow(dead_code, reason = "shared with the tests of sources")]
mod forge;
#[path = "../../engine/tests/sources/git.rs"]
#[allow(
    dead_code,
    clippy::print_stderr,
    reason = "shared with the tests of sources"
)]
mod git;
mod hostile;
#[path = "../service/local_forge.rs"]
#[allow(
    dead_code,
    clippy::indexing_slicing,
    reason = "shared with the tests of the service"
)]
mod local_forge;
mod printed;
mod remote;
mod scan;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder to scan, and folders of data and cache that belong to nobody else.
struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        for folder in ["data", "cache", "app"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes a file of the folder that is scanned.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path("app").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// The command, in the folder that is scanned, with no settings of whoever runs the tests.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cortex"));
        command
            .args(arguments)
            .current_dir(self.path("app"))
            .stdin(Stdio::null())
            .env("CORTEX_DATA_DIR", self.path("data"))
            .env("CORTEX_CACHE_DIR", self.path("cache"));
        for variable in [
            "CORTEX_OSV_URL",
            "CORTEX_EPSS_URL",
            "CORTEX_KEV_URL",
            "CORTEX_GIT_TOKEN",
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
        ] {
            command.env_remove(variable);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(self.command(arguments).output().unwrap())
    }
}

/// What a command did.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code, not a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks the exit code, and shows what was said if it is another.
    #[track_caller]
    fn exits_with(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "{text:?} is not in:\n{}",
            self.stderr
        );
        self
    }
}

/// A file of the repository.
fn of_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
