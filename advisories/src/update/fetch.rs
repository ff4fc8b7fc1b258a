//! Reading files from `https://`, `http://` and `file://`, with bounds on time and bytes.
//!
//! Addresses may hold credentials (`https://user:password@…`, a token in the query). They are sent where
//! they belong and never shown: see [`shown`].

use std::fs::File;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use url::Url;

use super::{Progress, UpdateError, UpdateOptions};

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 5;

const OTHER_SCHEME: &str = "redirected to an address of another scheme, or to none";

/// What came of asking for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Absent,
}

/// Reads an address; the schemes are those that can be fetched.
pub(super) fn parse(text: &str) -> Result<Url, UpdateError> {
    let url: Url = text.parse().map_err(|error| UpdateError::Url {
        // Not parsed, so it cannot be said what in it is a secret.
        url: "the address".to_owned(),
        reason: format!("{error}"),
    })?;
    if matches!(url.scheme(), "https" | "http" | "file") {
        Ok(url)
    } else {
        Err(UpdateError::Url {
            url: shown(&url),
            reason: format!("{:?} is not a scheme that can be read", url.scheme()),
        })
    }
}

/// As [`parse`], for the base of a bucket.
pub(super) fn parse_base(text: &str) -> Result<Url, UpdateError> {
    let url = parse(text)?;
    if url.cannot_be_a_base() {
        return Err(UpdateError::Url {
            url: shown(&url),
            reason: "files cannot be named below it".to_owned(),
        });
    }
    Ok(url)
}

/// The address of a file below a base. Names are escaped; `.` and `..` are left out.
pub(super) fn join(base: &Url, names: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(names);
    }
    url
}

/// An address without user, password, query and fragment.
pub(super) fn shown(url: &Url) -> String {
    if url.cannot_be_a_base() {
        return format!("{}:…", url.scheme());
    }
    let mut url = url.clone();
    // These fail for addresses that cannot have credentials in the first place.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    let text = url.to_string();
    text.strip_suffix('/').unwrap_or(&text).to_owned()
}

/// Fetches files and counts their bytes.
pub(super) struct Fetcher {
    client: Client,
    time: Duration,
    received: u64,
}

impl Fetcher {
    pub(super) fn new(options: &UpdateOptions) -> Result<Self, UpdateError> {
        let same_scheme = Policy::custom(|attempt| {
            let from = attempt.previous().last().map(|url| url.scheme().to_owned());
            if attempt.previous().len() > MAX_REDIRECTS {
                attempt.error("too many redirects")
            } else if from.as_deref() == Some(attempt.url().scheme()) {
                attempt.follow()
            } else {
                attempt.error(OTHER_SCHEME)
            }
        });
        let client = Client::builder()
            .user_agent(concat!("cortex/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.timeout.min(Duration::from_secs(20)))
            .timeout(options.timeout)
            .redirect(same_scheme)
            .build()
            .map_err(|error| UpdateError::Fetch {
                url: "the client".to_owned(),
                reason: explain(error),
            })?;
        Ok(Self {
            client,
            time: options.limits.download_time,
            received: 0,
        })
    }

    /// Bytes read so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Copies a file to `out`. `name` is what progress calls it.
    pub(super) fn fetch(
        &mut self,
        url: &Url,
        name: &str,
        limit: u64,
        out: &mut dyn Write,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Outcome, UpdateError> {
        let failed = |reason: String| UpdateError::Fetch {
            url: shown(url),
            reason,
        };
        let (mut body, total): (Box<dyn Read>, Option<u64>) = if url.scheme() == "file" {
            let path = url
                .to_file_path()
                .map_err(|()| failed("not the address of a local file".to_owned()))?;
            // A named pipe would block for ever.
            match path.metadata() {
                Ok(meta) if meta.is_file() => {}
                Ok(_) => return Err(failed("not a file".to_owned())),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Ok(Outcome::Absent);
                }
                Err(error) => return Err(failed(error.to_string())),
            }
            let file = File::open(path).map_err(|error| failed(error.to_string()))?;
            let length = file.metadata().ok().map(|meta| meta.len());
            (Box::new(file), length)
        } else {
            let response = self
                .client
                .get(url.clone())
                .send()
                .map_err(|error| failed(explain(error)))?;
            let status = response.status();
            if matches!(status.as_u16(), 404 | 410) {
                return Ok(Outcome::Absent);
            }
            if status.is_redirection() {
                // The client itself refuses schemes that it does not speak, and hands over the answer.
                return Err(failed(OTHER_SCHEME.to_owned()));
            }
            if !status.is_success() {
                return Err(failed(format!("the server answered {status}")));
            }
            let length = response.content_length();
            (Box::new(response), length)
        };

        let started = Instant::now();
        let mut received = 0_u64;
        let mut buffer = vec![0; 64 << 10];
        loop {
            progress(Progress::Download {
                file: name,
                received,
                total,
            });
            let count = match body.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(format!("the transfer broke off: {error}"))),
            };
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            received += count as u64;
            self.received += count as u64;
            if received > limit {
                return Err(UpdateError::TooLarge {
                    url: shown(url),
                    limit,
                });
            }
            if started.elapsed() > self.time {
                return Err(failed(format!(
                    "not finished within {} seconds",
                    self.time.as_secs()
                )));
            }
            out.write_all(bytes)
                .map_err(|error| failed(format!("cannot be stored: {error}")))?;
        }
        Ok(Outcome::Done)
    }
}

/// An error with its causes, without the address, which may hold credentials.
fn explain(error: reqwest::Error) -> String {
    use std::error::Error;
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;

    #[test]
    fn names_stay_below_the_base() {
        let base = parse_base("file:///data/osv/").unwrap();
        assert_eq!(
            join(&base, &["crates.io", "all.zip"]).as_str(),
            "file:///data/osv/crates.io/all.zip"
        );
        let hostile = join(&base, &["npm", "..", "../../etc/passwd"]);
        assert!(
            hostile.path().starts_with("/data/osv/npm/..%2F..%2Fetc"),
            "{hostile}"
        );
    }

    #[test]
    fn credentials_are_not_shown() {
        let url = parse("https://me:secret@example.org/osv/?token=secret#secret").unwrap();
        assert_eq!(shown(&url), "https://example.org/osv");
        for text in [
            "ftp://me:secret@example.org",
            "not an address: secret",
            "data:secret",
        ] {
            let error = parse_base(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
