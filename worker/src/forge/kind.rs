//! Kinds of forges, and where a repository is on one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::ForgeError;

/// Software that a forge runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForgeKind {
    /// GitHub, also Enterprise.
    Github,
    /// GitLab.
    Gitlab,
    /// Gitea and Forgejo.
    #[serde(alias = "forgejo")]
    Gitea,
}

impl ForgeKind {
    /// Of a well-known host.
    pub fn detect(host: &str) -> Option<Self> {
        match host.to_ascii_lowercase().trim_start_matches("www.") {
            "github.com" => Some(Self::Github),
            "gitlab.com" => Some(Self::Gitlab),
            "codeberg.org" | "gitea.com" => Some(Self::Gitea),
            _ => None,
        }
    }

    /// The user name that goes with a token when git asks for a password.
    pub fn token_user(self) -> &'static str {
        match self {
            Self::Github => "x-access-token",
            Self::Gitlab => "oauth2",
            Self::Gitea => "cortex",
        }
    }
}

impl fmt::Display for ForgeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Gitea => "gitea",
        })
    }
}

impl FromStr for ForgeKind {
    type Err = ForgeError;

    fn from_str(text: &str) -> Result<Self, ForgeError> {
        match text.to_ascii_lowercase().as_str() {
            "github" => Ok(Self::Github),
            "gitlab" => Ok(Self::Gitlab),
            "gitea" | "forgejo" => Ok(Self::Gitea),
            _ => Err(ForgeError::UnknownKind(text.to_owned())),
        }
    }
}

/// A repository on a forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// User, organisation, or groups with slashes between them.
    pub owner: String,
    /// Its name, without `.git`.
    pub name: String,
}

impl fmt::Display for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// The repository that a clone address names.
pub fn project_path(clone: &str) -> Result<Project, ForgeError> {
    let wrong = || ForgeError::NoProject;
    let url = Url::parse(clone).map_err(|_| wrong())?;
    let path = url.path().trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, name) = path.rsplit_once('/').ok_or_else(wrong)?;
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
    };
    if !owner.split('/').all(plain) || !plain(name) {
        return Err(wrong());
    }
    Ok(Project {
        owner: owner.to_owned(),
        name: name.to_owned(),
    })
}

/// Where the API of the forge at a clone address is, as its software has it by default.
pub fn default_api_url(kind: ForgeKind, clone: &str) -> Result<Url, ForgeError> {
    let url = Url::parse(clone).map_err(|_| ForgeError::NoProject)?;
    let host = url.host_str().ok_or(ForgeError::NoProject)?;
    let scheme = if url.scheme() == "http" {
        "http"
    } else {
        "https"
    };
    // The port of ssh says nothing of the port of the API.
    let port = match (url.scheme(), url.port()) {
        ("http" | "https", Some(port)) => format!(":{port}"),
        _ => String::new(),
    };
    let text = match kind {
        ForgeKind::Github if host == "github.com" => "https://api.github.com".to_owned(),
        ForgeKind::Github => format!("{scheme}://{host}{port}/api/v3"),
        ForgeKind::Gitlab => format!("{scheme}://{host}{port}/api/v4"),
        ForgeKind::Gitea => format!("{scheme}://{host}{port}/api/v1"),
    };
    Url::parse(&text).map_err(|_| ForgeError::NoProject)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_clone_address_names_a_project() {
        for (clone, project) in [
            ("https://github.com/org/app.git", "org/app"),
            ("https://gitlab.com/group/sub/app", "group/sub/app"),
            ("ssh://git@example.org/org/app.git/", "org/app"),
        ] {
            assert_eq!(project_path(clone).unwrap().to_string(), project);
        }
        for clone in [
            "https://github.com/",
            "https://github.com/one",
            "https://h/a/../b",
            "https://h/a/b%2fc",
            "x",
        ] {
            assert!(project_path(clone).is_err(), "{clone}");
        }
    }

    #[test]
    fn the_api_is_where_the_software_has_it() {
        let api = |kind, clone| default_api_url(kind, clone).unwrap().to_string();
        assert_eq!(
            api(ForgeKind::Github, "https://github.com/o/a"),
            "https://api.github.com/"
        );
        assert_eq!(
            api(ForgeKind::Github, "https://git.corp.test:8443/o/a"),
            "https://git.corp.test:8443/api/v3"
        );
        assert_eq!(
            api(ForgeKind::Gitlab, "ssh://git@h.test:2222/o/a"),
            "https://h.test/api/v4"
        );
        assert_eq!(
            api(ForgeKind::Gitea, "http://h.test/o/a"),
            "http://h.test/api/v1"
        );
        assert_eq!("Forgejo".parse::<ForgeKind>().unwrap(), ForgeKind::Gitea);
    }
}
