//! Credentials for git servers: a token, git's credential helpers, the ssh agent.
//!
//! A token goes only to the server of the address that the user gave, over TLS (or to this very
//! machine): a redirect to another server gets none. Nothing here is ever printed.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use git2::{Config, Cred, CredentialType};

use crate::source::RemoteUrl;

/// The environment variable that holds a token.
const TOKEN_VARIABLE: &str = "CORTEX_GIT_TOKEN";

/// The user that forges expect with a token, where the address names none.
const TOKEN_USER: &str = "x-access-token";

/// What may be shown to a git server.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Sent as the password.
    token: Option<String>,
    /// Ask git's credential helpers and the ssh agent.
    helpers: bool,
}

impl Credentials {
    /// `CORTEX_GIT_TOKEN`, git's credential helpers as the user has set them up, and the ssh agent.
    pub fn from_environment() -> Self {
        Self {
            token: std::env::var(TOKEN_VARIABLE)
                .ok()
                .map(|token| token.trim().to_owned())
                .filter(|token| !token.is_empty()),
            helpers: true,
        }
    }

    /// A token only.
    pub fn token(token: impl Into<String>) -> Self {
        Self {
            token: Some(token.into()),
            helpers: false,
        }
    }

    /// What must not appear in any text.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.token.as_deref().into_iter()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("token", &self.token.as_ref().map(|_| "…"))
            .field("helpers", &self.helpers)
            .finish()
    }
}

/// Answers a server's questions, each way of answering once: libgit2 asks until it is given up on.
pub(super) struct Answers<'a> {
    credentials: &'a Credentials,
    url: &'a RemoteUrl,
    /// Raised while a helper runs: it may wait for a person.
    busy: &'a AtomicBool,
    token_tried: bool,
    helper_tried: bool,
    agent_tried: bool,
}

impl<'a> Answers<'a> {
    pub(super) fn new(
        credentials: &'a Credentials,
        url: &'a RemoteUrl,
        busy: &'a AtomicBool,
    ) -> Self {
        Self {
            credentials,
            url,
            busy,
            token_tried: false,
            helper_tried: false,
            agent_tried: false,
        }
    }

    /// One answer, to the server at `asking`.
    pub(super) fn next(
        &mut self,
        asking: &str,
        username: Option<&str>,
        allowed: CredentialType,
    ) -> Result<Cred, git2::Error> {
        let ssh_user = username.or(self.url.username()).unwrap_or("git");
        if allowed.contains(CredentialType::USERNAME) {
            return Cred::username(ssh_user);
        }
        if allowed.contains(CredentialType::USER_PASS_PLAINTEXT) && self.url.same_server(asking) {
            if let Some(token) = &self.credentials.token
                && self.url.is_private()
                && !std::mem::replace(&mut self.token_tried, true)
            {
                let user = self.url.username().unwrap_or(TOKEN_USER);
                return Cred::userpass_plaintext(user, token);
            }
            if self.credentials.helpers && !std::mem::replace(&mut self.helper_tried, true) {
                self.busy.store(true, Ordering::Relaxed);
                let answer = Config::open_default().and_then(|config| {
                    Cred::credential_helper(&config, asking, self.url.username())
                });
                self.busy.store(false, Ordering::Relaxed);
                if answer.is_ok() {
                    return answer;
                }
            }
        }
        if allowed.contains(CredentialType::SSH_KEY)
            && self.credentials.helpers
            && !std::mem::replace(&mut self.agent_tried, true)
        {
            return Cred::ssh_key_from_agent(ssh_user);
        }
        Err(git2::Error::new(
            git2::ErrorCode::Auth,
            git2::ErrorClass::Callback,
            if self.token_tried || self.helper_tried || self.agent_tried {
                "those given were refused"
            } else {
                "none were given"
            },
        ))
    }
}
