//! Hosts that the operator exempts from the guard: `CORTEX_ALLOW_HOSTS`.

use std::str::FromStr;

/// Names and addresses, compared without regard to case: `git.example.org`, `*.example.org`, `10.0.0.5`, `host:8443`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowHosts(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    host: String,
    /// Whether names below `host` are meant, and not itself.
    below: bool,
    port: Option<u16>,
}

impl FromStr for AllowHosts {
    type Err = String;

    /// Entries separated by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let entries = text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .map(entry);
        Ok(Self(entries.collect::<Result<_, _>>()?))
    }
}

fn entry(text: &str) -> Result<Entry, String> {
    let wrong = || format!("{text}: write a host, an address, *.host or host:port");
    let (below, rest) = match text.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (host, port) = if let Some(inner) = rest.strip_prefix('[') {
        let (host, after) = inner.split_once(']').ok_or_else(wrong)?;
        (host, after.strip_prefix(':'))
    } else if rest.matches(':').count() == 1 {
        let (host, port) = rest.split_once(':').ok_or_else(wrong)?;
        (host, Some(port))
    } else {
        (rest, None)
    };
    let port = port
        .map(|port| port.parse::<u16>().map_err(|_| wrong()))
        .transpose()?;
    let good = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c));
    if !good {
        return Err(wrong());
    }
    Ok(Entry {
        host: bare(host),
        below,
        port,
    })
}

/// Without brackets and the dot at its end, in lower case.
fn bare(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .trim_end_matches('.')
        .to_ascii_lowercase()
}

impl AllowHosts {
    /// Whether a host is exempt on a port.
    pub fn allows(&self, host: &str, port: Option<u16>) -> bool {
        let host = bare(host);
        self.0.iter().any(|entry| {
            let named = if entry.below {
                host.strip_suffix(&entry.host)
                    .is_some_and(|rest| rest.ends_with('.'))
            } else {
                host == entry.host
            };
            named && (entry.port.is_none() || entry.port == port)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn entries_mean_what_they_say_and_no_more() {
        let allowed: AllowHosts = "127.0.0.1, Git.Example.org, *.corp.test, ::1, h:8443"
            .parse()
            .unwrap();
        for (host, port) in [
            ("127.0.0.1", 1),
            ("git.example.ORG.", 1),
            ("a.corp.test", 1),
            ("a.b.corp.test", 1),
            ("[::1]", 1),
            ("h", 8443),
        ] {
            assert!(allowed.allows(host, Some(port)), "{host}");
        }
        for (host, port) in [
            ("127.0.0.2", 1),
            ("evilgit.example.org", 1),
            ("git.example.org.evil.test", 1),
            ("corp.test", 1),
            ("evilcorp.test", 1),
            ("h", 80),
        ] {
            assert!(!allowed.allows(host, Some(port)), "{host}");
        }
        assert!(!AllowHosts::default().allows("a", None));
        assert!("a b".parse::<AllowHosts>().is_err() && "h:x".parse::<AllowHosts>().is_err());
    }
}
