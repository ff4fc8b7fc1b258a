//! Forges: pull requests over GitHub, GitLab and Gitea, and the git push before them.
//!
//! A forge is one file that implements [`Forge`], and its line in [`connect`].

mod body;
mod gitea;
mod github;
mod gitlab;
mod http;
mod kind;
mod push;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::body::{NotFixedRow, UpgradeRow, describe, title};
pub use self::kind::{ForgeKind, Project, default_api_url, project_path};
pub use self::push::{PushError, PushRequest, Pushed, push};
use crate::settings::Secret;

/// What a forge did not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeError {
    /// The name of no software that is known.
    #[error("{0}: no such forge; there are github, gitlab and gitea")]
    UnknownKind(String),
    /// The clone address has no owner and name.
    #[error("the clone address does not end in owner/name")]
    NoProject,
    /// The token does not hold.
    #[error("the forge refuses the token; register the repository again with a new one")]
    Unauthorized,
    /// The token may not do this, or too much was asked.
    #[error(
        "the forge forbids it: {message}; the token must be allowed to write contents and pull requests"
    )]
    Forbidden {
        /// The forge's words.
        message: String,
        /// When to ask again, if it is only that too much was asked.
        retry_after: Option<Duration>,
    },
    /// There is no such repository, or the token does not see it.
    #[error("the forge knows no such repository, or the token does not see it")]
    NotFound,
    /// The request is not to its liking.
    #[error("the forge rejects it: {0}")]
    Rejected(String),
    /// Too much was asked.
    #[error("the forge's rate limit is reached")]
    RateLimited {
        /// When to ask again.
        retry_after: Option<Duration>,
    },
    /// It cannot be reached, or has a fault of its own.
    #[error("the forge cannot be reached: {0}")]
    Unavailable(String),
    /// Its answer is not what its reference says.
    #[error("the forge's answer cannot be read: {0}")]
    Malformed(String),
}

impl ForgeError {
    /// Whether asking again later may help, and how long to wait at least.
    pub fn retry(&self) -> Option<Duration> {
        match self {
            Self::Forbidden {
                retry_after: Some(after),
                ..
            } => Some(*after),
            Self::RateLimited { retry_after } => {
                Some(retry_after.unwrap_or(Duration::from_mins(1)))
            }
            Self::Unavailable(_) => Some(Duration::from_secs(5)),
            _ => None,
        }
    }
}

/// Where a repository is, and with which credential.
#[derive(Clone, Debug)]
pub struct ForgeSettings {
    /// Its software.
    pub kind: ForgeKind,
    /// Its API.
    pub api_url: Url,
    /// Its token.
    pub token: Secret,
    /// The repository.
    pub project: Project,
}

/// A pull request (GitLab: a merge request).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: i64,
    /// Its page.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
}

/// A pull request to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPullRequest {
    /// The branch with the change.
    pub branch: String,
    /// The branch that it is for.
    pub base: String,
    /// Its title.
    pub title: String,
    /// Its text, Markdown.
    pub body: String,
}

/// What Cortex needs of a forge.
#[async_trait]
pub trait Forge: Send + Sync {
    /// The branch that pull requests are for, unless someone says otherwise.
    async fn default_branch(&self) -> Result<String, ForgeError>;
    /// The open pull request of a branch, if there is one.
    async fn find_open(&self, branch: &str, base: &str) -> Result<Option<PullRequest>, ForgeError>;
    /// Opens one.
    async fn open(&self, new: &NewPullRequest) -> Result<PullRequest, ForgeError>;
    /// Changes the title and text of one.
    async fn update(&self, number: i64, new: &NewPullRequest) -> Result<PullRequest, ForgeError>;
}

/// The forge at an address. `client` is the guard's.
pub fn connect(settings: ForgeSettings, client: reqwest::Client) -> Box<dyn Forge> {
    let kind = settings.kind;
    let api = http::Api::new(settings, client);
    match kind {
        ForgeKind::Github => Box::new(github::Github(api)),
        ForgeKind::Gitlab => Box::new(gitlab::Gitlab(api)),
        ForgeKind::Gitea => Box::new(gitea::Gitea(api)),
    }
}

/// Brings a pull request about, or up to date: there is one afterwards, however often this is asked and wherever it was
/// broken off before.
pub async fn publish(forge: &dyn Forge, new: &NewPullRequest) -> Result<PullRequest, ForgeError> {
    if let Some(found) = forge.find_open(&new.branch, &new.base).await? {
        return bring_up_to_date(forge, found, new).await;
    }
    match forge.open(new).await {
        // Another may have opened it in between, or the answer of a request before was lost.
        Err(ForgeError::Rejected(message)) => {
            match forge.find_open(&new.branch, &new.base).await? {
                Some(found) => bring_up_to_date(forge, found, new).await,
                None => Err(ForgeError::Rejected(message)),
            }
        }
        outcome => outcome,
    }
}

async fn bring_up_to_date(
    forge: &dyn Forge,
    found: PullRequest,
    new: &NewPullRequest,
) -> Result<PullRequest, ForgeError> {
    if found.title == new.title && found.body == new.body {
        return Ok(found);
    }
    forge.update(found.number, new).await
}
