//! Addresses of git servers, which print without the credentials they may hold.

use std::fmt;

use url::Url;

use super::SourceError;

/// Schemes that a clone may use.
const SCHEMES: [&str; 4] = ["https", "http", "ssh", "git"];

/// The address of a git repository on a server. `Display` and `Debug` leave the credentials out.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteUrl {
    full: String,
    shown: String,
    host: String,
    port: Option<u16>,
    scheme: String,
    username: Option<String>,
    secrets: Vec<String>,
}

impl RemoteUrl {
    /// Reads `scheme://…` or `[user@]host:path`.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        if text.contains("://") {
            Self::parse_url(text)
        } else {
            Self::parse_scp(text).ok_or_else(|| SourceError::NoSuchTarget(redact(text)))
        }
    }

    fn parse_url(text: &str) -> Result<Self, SourceError> {
        let bad = |reason: &str| SourceError::BadAddress {
            address: redact(text),
            reason: reason.to_owned(),
        };
        let url = Url::parse(text).map_err(|e| bad(&format!("not an address ({e})")))?;
        if !SCHEMES.contains(&url.scheme()) {
            return Err(bad(&format!("the scheme {} is not allowed", url.scheme())));
        }
        let Some(host) = url.host_str().filter(|h| !h.is_empty()) else {
            return Err(bad("it has no host"));
        };
        // A credential helper reads lines: an encoded line end in an address would let it be asked
        // for another host's credentials.
        let lower = text.to_ascii_lowercase();
        if text.chars().any(char::is_control)
            || ["%00", "%0a", "%0d"]
                .iter()
                .any(|code| lower.contains(code))
        {
            return Err(bad("it holds control characters"));
        }
        let mut shown = url.clone();
        let web = matches!(url.scheme(), "http" | "https");
        // The user of an ssh address is part of where it leads; that of a web address may be a token.
        if web {
            let _ = shown.set_username("");
        }
        let _ = shown.set_password(None);
        shown.set_query(None);
        shown.set_fragment(None);
        let mut secrets = Vec::new();
        for part in url
            .password()
            .into_iter()
            .chain(web.then(|| url.username()))
        {
            secrets.push(part.to_owned());
            secrets.push(decode(part));
        }
        secrets.retain(|s| !s.is_empty());
        secrets.dedup();
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port: url.port_or_known_default(),
            scheme: url.scheme().to_owned(),
            username: Some(decode(url.username())).filter(|u| !u.is_empty()),
            shown: shown.into(),
            full: url.into(),
            secrets,
        })
    }

    /// `user@host:path` as ssh clients read it: a colon before any slash.
    fn parse_scp(text: &str) -> Option<Self> {
        let (place, path) = text.split_once(':')?;
        let (user, host) = match place.split_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, place),
        };
        let plain = |s: &str| {
            !s.is_empty()
                && !s.starts_with('-')
                && s.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
        };
        // One letter before the colon is a drive on Windows; `ext::command` is git's way to start a
        // program.
        let good = host.len() > 1
            && plain(host)
            && user.is_none_or(plain)
            && !path.is_empty()
            && !path.starts_with(':')
            && !path.chars().any(char::is_control);
        good.then(|| Self {
            full: text.to_owned(),
            shown: text.to_owned(),
            host: host.to_ascii_lowercase(),
            port: Some(22),
            scheme: "ssh".to_owned(),
            username: user.map(str::to_owned),
            secrets: Vec::new(),
        })
    }

    /// With credentials, for the transport only.
    pub(crate) fn expose(&self) -> &str {
        &self.full
    }

    /// The user named in it.
    pub(crate) fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// What must not appear in any text.
    pub(crate) fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// Whether `other`, an address that the transport came to, is on the same server.
    pub(crate) fn same_server(&self, other: &str) -> bool {
        Self::parse(other)
            .is_ok_and(|o| o.scheme == self.scheme && o.host == self.host && o.port == self.port)
    }

    /// Whether a secret sent there cannot be read on the way: TLS, or this very machine.
    pub(crate) fn is_private(&self) -> bool {
        match self.scheme.as_str() {
            "https" => true,
            "http" => {
                let bare = self.host.trim_start_matches('[').trim_end_matches(']');
                bare == "localhost"
                    || bare
                        .parse::<std::net::IpAddr>()
                        .is_ok_and(|address| address.is_loopback())
            }
            _ => false,
        }
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}

impl fmt::Debug for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteUrl({:?})", self.shown)
    }
}

/// An address that may not even parse, without what stands before the last `@` of its authority.
fn redact(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return match text.rsplit_once('@') {
            Some((user, place)) if user.contains(':') => place.to_owned(),
            _ => text.to_owned(),
        };
    };
    // Everything up to the last `@`, even past a slash: a password may hold an unencoded one.
    match rest.rsplit_once('@') {
        Some((_, place)) => format!("{scheme}://{place}"),
        None => text.to_owned(),
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        if let Some(byte) = after.get(..2).and_then(|d| u8::from_str_radix(d, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(b'%');
            rest = after;
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test fails by panicking"
    )]

    use super::*;

    #[test]
    fn credentials_are_never_shown() {
        for (text, shown) in [
            (
                "https://u:s3cret@example.org/a.git",
                "https://example.org/a.git",
            ),
            (
                "https://s3cret@example.org:8443/a",
                "https://example.org:8443/a",
            ),
            ("ssh://git:s3cret@example.org/a", "ssh://git@example.org/a"),
            (
                "git@example.org:owner/name.git",
                "git@example.org:owner/name.git",
            ),
        ] {
            let url = RemoteUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{url:?}").contains("s3cret"));
        }
        for text in [
            "ftp://u:s3cret@example.org/a",
            "https://u:s3cret@exa mple.org/a",
            "https://u:s3cret@example.org/a%0ahost=other",
            "https://u:s3/cret@example.org:x/a",
        ] {
            let error = RemoteUrl::parse(text).unwrap_err().to_string();
            assert!(!error.contains("s3"), "{error}");
        }
    }

    #[test]
    fn only_known_schemes_and_scp_forms_are_addresses() {
        for text in [
            "ext::sh -c id",
            "C:\\code",
            "nowhere",
            "-oProxyCommand=x:y",
            "host:",
            "file://x/y",
        ] {
            assert!(RemoteUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_private_only_under_tls_or_on_this_machine() {
        for (text, private) in [
            ("https://example.org/a", true),
            ("http://127.0.0.1:80/a", true),
            ("http://[::1]/a", true),
            ("http://localhost/a", true),
            ("http://example.org/a", false),
            ("http://127.0.0.1.example.org/a", false),
            ("git://127.0.0.1/a", false),
        ] {
            assert_eq!(
                RemoteUrl::parse(text).unwrap().is_private(),
                private,
                "{text}"
            );
        }
        let url = RemoteUrl::parse("https://u@example.org/a").unwrap();
        assert!(url.same_server("https://example.org:443/b"));
        assert!(!url.same_server("https://example.org.evil.test/a"));
        assert!(!url.same_server("http://example.org/a"));
        assert!(!url.same_server("https://example.org:444/a"));
    }
}
