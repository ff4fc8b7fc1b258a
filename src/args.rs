//! The arguments of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use cortex_engine::finding::Severity;
use cortex_engine::report::FORMATS;

const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 findings at or above --fail-on, 2 the scan could not be done.";

const ENVIRONMENT: &str = "\
Environment:
  CORTEX_DATA_DIR   where the advisory data is kept [default: the platform's data folder]
  CORTEX_CACHE_DIR  where results of unchanged files are kept [default: the platform's cache folder]
  CORTEX_OSV_URL    the OSV bucket that `cortex db update` reads, as --url
  CORTEX_EPSS_URL   the EPSS scores that it reads, as --epss-url
  CORTEX_KEV_URL    the KEV catalogue that it reads, as --kev-url
  CORTEX_GIT_TOKEN  the token that repositories are cloned with; git's credential helpers are asked as well
  NO_COLOR          no colours; CLICOLOR_FORCE=1 for colours where there is no terminal";

/// Finds what is unsafe in a source repository, says how bad it is, and how to mend it.
#[derive(Debug, Parser)]
#[command(name = "cortex", version, propagate_version = true)]
#[command(after_help = EXIT_CODES, after_long_help = format!("{EXIT_CODES}\n\n{ENVIRONMENT}"))]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan folders, files and repositories
    Scan(Box<ScanArguments>),
    /// Upgrade vulnerable dependencies: write manifests and lockfiles
    Fix(FixArguments),
    /// The advisory database
    #[command(subcommand)]
    Db(DbCommand),
    /// Rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Run the service: HTTP API and workers
    Serve(Box<ServeArguments>),
    /// Run workers alone, beside `cortex serve` on the same database
    Work(Box<WorkArguments>),
    /// API tokens of the service's database
    Token(Box<TokenArguments>),
    /// Print the JSON schema of the report
    Schema,
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print a manual page
    Man {
        /// The command it is of, as in `cortex man db update` [default: cortex itself]
        command: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FixArguments {
    /// The project
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) target: PathBuf,
    /// Say what would be done, with a diff of the manifests, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Also upgrade to versions that are not compatible by their number, where no other helps
    #[arg(long)]
    pub(crate) allow_major: bool,
    /// How the plan is printed: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub(crate) format: String,
}

#[derive(Debug, Args)]
pub(crate) struct ScanArguments {
    /// Folders, files or git addresses (https, ssh, git)
    #[arg(value_name = "DIR|FILE|URL", default_value = ".")]
    pub(crate) targets: Vec<String>,
    /// Branch, tag or commit to scan, without touching the work tree
    #[arg(long = "ref", value_name = "REF")]
    pub(crate) reference: Option<String>,
    /// Rule file, folder or archive (.zip, .tar.gz), in place of the built-in rules
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Vec<PathBuf>,
    /// Scan only source files that match this glob
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Leave out files and folders that match this glob
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Form of the report
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format_names())]
    pub(crate) format: String,
    /// Write the report to a file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Exit with 1 if there is a finding this bad: critical, high, medium, low, info
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Severity>,
    /// Report only findings that this branch, tag or commit does not have
    #[arg(long, value_name = "REF")]
    pub(crate) baseline: Option<String>,
    /// Use no network
    #[arg(long)]
    pub(crate) offline: bool,
    /// Threads [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) jobs: Option<u16>,
    /// Keep and use no results of earlier scans
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Write what the rules' `fix` and `fix-regex` propose into the files of a local folder
    #[arg(long, conflicts_with_all = ["reference", "baseline"])]
    pub(crate) autofix: bool,
    /// With --autofix: write nothing, and print the changes as a diff in place of the report
    #[arg(long, requires = "autofix")]
    pub(crate) dry_run: bool,
    /// Follow data from function to function and from file to file, beyond what Semgrep's community edition does
    #[arg(long)]
    pub(crate) interprocedural: bool,
    /// Show on standard error which rules and files took the longest; scans without results of earlier scans
    #[arg(long)]
    pub(crate) profile_rules: bool,
    /// Leave out larger source files (bytes, or 1MB, 512KiB)
    #[arg(long, value_name = "SIZE", default_value = "1MB", value_parser = size)]
    pub(crate) max_file_size: u64,
    /// Age from which advisory data is too old, in days
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) max_db_age: u64,
    /// Heed no cortex.toml in what is scanned
    #[arg(long)]
    pub(crate) no_config: bool,
    /// Heed no ignore files in what is scanned, and ignore nothing by default
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// Scan minified files too
    #[arg(long)]
    pub(crate) minified: bool,
    /// Show no progress
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Download what is new and build the index
    Update(UpdateArguments),
    /// Say what is held and how old it is
    Status,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// Base address of an OSV bucket, https:// or file:// [default: the public one]
    #[arg(
        long,
        value_name = "URL",
        env = "CORTEX_OSV_URL",
        hide_env_values = true
    )]
    pub(crate) url: Option<String>,
    /// Address of the EPSS scores, gzipped CSV [default: the public one, unless --url names a bucket]
    #[arg(
        long,
        value_name = "URL",
        env = "CORTEX_EPSS_URL",
        hide_env_values = true
    )]
    pub(crate) epss_url: Option<String>,
    /// Address of the KEV catalogue, JSON [default: the public one, unless --url names a bucket]
    #[arg(
        long,
        value_name = "URL",
        env = "CORTEX_KEV_URL",
        hide_env_values = true
    )]
    pub(crate) kev_url: Option<String>,
    /// Download everything, whatever is held
    #[arg(long)]
    pub(crate) full: bool,
    /// Show no progress
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// What the commands of the service share. Each may stand in the table `[service]` of the configuration file as well.
#[derive(Debug, Args)]
pub(crate) struct ServiceArguments {
    /// SQLite file, advisory index, artifacts [default: the platform's data folder]
    #[arg(long, value_name = "DIR", env = "CORTEX_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// sqlite://… or postgres://… [default: SQLite in the data folder]
    #[arg(
        long,
        value_name = "URL",
        env = "CORTEX_DATABASE_URL",
        hide_env_values = true
    )]
    pub(crate) database_url: Option<String>,
    /// file://… or s3://… for reports [default: the data folder]
    #[arg(long, value_name = "URL", env = "CORTEX_ARTIFACTS_URL")]
    pub(crate) artifacts_url: Option<String>,
    /// Hosts exempt from the guard against private addresses, comma-separated
    #[arg(long, value_name = "HOSTS", env = "CORTEX_ALLOW_HOSTS")]
    pub(crate) allow_hosts: Option<String>,
    /// Key that secrets in the database are sealed with [default: a file in the data folder]
    #[arg(
        long,
        value_name = "TEXT",
        env = "CORTEX_SECRET_KEY",
        hide_env_values = true
    )]
    pub(crate) secret_key: Option<String>,
    /// Base address of an OSV bucket, https:// or file:// [default: the public one]
    #[arg(
        long,
        value_name = "URL",
        env = "CORTEX_OSV_URL",
        hide_env_values = true
    )]
    pub(crate) osv_url: Option<String>,
    /// Address of the EPSS scores [default: the public one, unless --osv-url names a bucket]
    #[arg(
        long,
        value_name = "URL",
        env = "CORTEX_EPSS_URL",
        hide_env_values = true
    )]
    pub(crate) epss_url: Option<String>,
    /// Address of the KEV catalogue [default: the public one, unless --osv-url names a bucket]
    #[arg(
        long,
        value_name = "URL",
        env = "CORTEX_KEV_URL",
        hide_env_values = true
    )]
    pub(crate) kev_url: Option<String>,
    /// Use the advisory data that is there and fetch none
    #[arg(long)]
    pub(crate) offline: bool,
    /// Where users reach the service, for links
    #[arg(long, value_name = "URL", env = "CORTEX_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// Threads of one scan [default: 2]
    #[arg(long, value_name = "N", env = "CORTEX_SCAN_THREADS")]
    pub(crate) scan_threads: Option<std::num::NonZeroUsize>,
    /// Configuration file [default: cortex.toml in this folder, if it is there]
    #[arg(long, value_name = "FILE", env = "CORTEX_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, or a filter as `cortex_worker=debug`
    #[arg(
        long,
        value_name = "FILTER",
        env = "CORTEX_LOG",
        default_value = "info"
    )]
    pub(crate) log: String,
    /// Log lines as JSON
    #[arg(long, env = "CORTEX_LOG_JSON")]
    pub(crate) log_json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT", env = "CORTEX_LISTEN")]
    pub(crate) listen: Option<String>,
    /// Jobs at a time in this process, 0 for none [default: half of the processors]
    #[arg(long, value_name = "N", env = "CORTEX_WORKERS")]
    pub(crate) workers: Option<usize>,
    /// Requests per token [default: 100/min,1000/h,10000/day]
    #[arg(long, value_name = "LIMITS", env = "CORTEX_RATE_LIMITS")]
    pub(crate) rate_limits: Option<String>,
    /// First token (csk_…), made when the database is empty
    #[arg(
        long,
        value_name = "TOKEN",
        env = "CORTEX_BOOTSTRAP_TOKEN",
        hide_env_values = true
    )]
    pub(crate) bootstrap_token: Option<String>,
    /// Tenant of the first token, a UUID
    #[arg(long, value_name = "UUID", env = "CORTEX_BOOTSTRAP_TENANT")]
    pub(crate) bootstrap_tenant: Option<String>,
    /// HS256 secret of JWT bearers [default: they are refused]
    #[arg(
        long,
        value_name = "TEXT",
        env = "CORTEX_JWT_SECRET",
        hide_env_values = true
    )]
    pub(crate) jwt_secret: Option<String>,
    /// Print the settings in force, without secrets, and end
    #[arg(long)]
    pub(crate) print_config: bool,
    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

#[derive(Debug, Args)]
pub(crate) struct WorkArguments {
    /// Jobs at a time [default: half of the processors]
    #[arg(long, value_name = "N", env = "CORTEX_WORKERS")]
    pub(crate) workers: Option<std::num::NonZeroUsize>,
    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    #[command(subcommand)]
    pub(crate) command: TokenCommand,
    /// Tenant, a UUID [default: the only one, made if there is none]
    #[arg(long, value_name = "UUID", global = true)]
    pub(crate) tenant: Option<String>,
    #[command(flatten)]
    pub(crate) service: ServiceArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print it: it is shown this once
    Create {
        /// For people
        #[arg(long, value_name = "NAME", default_value = "cli")]
        name: String,
        /// What it may do, comma-separated
        #[arg(
            long,
            value_name = "SCOPES",
            value_delimiter = ',',
            default_value = "admin"
        )]
        scopes: Vec<String>,
        /// Days after which it no longer holds
        #[arg(long, value_name = "DAYS")]
        expires: Option<u32>,
        /// Limits of its own, as 100/min,1000/h
        #[arg(long, value_name = "LIMITS")]
        rate_limits: Option<String>,
    },
    /// List the tokens
    List,
    /// Revoke a token
    Revoke {
        /// `tok_…`, as listed
        id: String,
    },
}

/// Form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Text,
    /// With all metadata
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules that a scan would use
    List {
        /// Rule files, folders or archives (.zip, .tar.gz), in place of the built-in rules
        #[arg(long, value_name = "PATH")]
        rules: Vec<PathBuf>,
        /// Form of the list
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: ListFormat,
    },
    /// Check rule files
    Validate {
        /// Rule files, folders or archives
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Run rules on the annotated samples beside them
    Test {
        /// Rule files or folders
        #[arg(required = true, value_name = "DIR")]
        paths: Vec<PathBuf>,
    },
}

fn format_names() -> clap::builder::PossibleValuesParser {
    FORMATS
        .iter()
        .map(|format| clap::builder::PossibleValue::new(format.name).help(format.about))
        .collect::<Vec<_>>()
        .into()
}

/// A number of bytes: `1000000`, `1MB`, `512KiB`.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "k" => 1_000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => {
            return Err(format!(
                "{unit:?} is not a unit; kB, MB, KiB or MiB is expected"
            ));
        }
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "a number of bytes is expected".to_owned())?;
    let bytes = number.checked_mul(factor).ok_or("too large")?;
    // Offsets in a file are 32 bits.
    if bytes > 1 << 30 {
        Err("at most 1GiB".to_owned())
    } else {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes() {
        assert_eq!(size("1000"), Ok(1000));
        assert_eq!(size("1MB"), Ok(1_000_000));
        assert_eq!(size("2KiB"), Ok(2048));
        assert!(size("x").is_err() && size("1XB").is_err() && size("5GiB").is_err());
    }

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory as _;
        super::Arguments::command().debug_assert();
    }
}
