//! GitLab (<https://docs.gitlab.com/api/merge_requests/>): a pull request is a merge request, its number the `iid`.

use async_trait::async_trait;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::github::encode;
use super::http::Api;
use super::{Forge, ForgeError, NewPullRequest, PullRequest};

pub(super) struct Gitlab(pub(super) Api);

#[derive(Deserialize)]
struct Repository {
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct MergeRequest {
    iid: i64,
    web_url: String,
    #[serde(default)]
    title: String,
    description: Option<String>,
}

impl From<MergeRequest> for PullRequest {
    fn from(it: MergeRequest) -> Self {
        Self {
            number: it.iid,
            url: it.web_url,
            title: it.title,
            body: it.description.unwrap_or_default(),
        }
    }
}

impl Gitlab {
    /// The project by its path, whose slashes are encoded.
    fn requests(&self) -> String {
        format!(
            "/projects/{}/merge_requests",
            encode(&self.0.project().to_string())
        )
    }
}

#[async_trait]
impl Forge for Gitlab {
    async fn default_branch(&self) -> Result<String, ForgeError> {
        let path = format!("/projects/{}", encode(&self.0.project().to_string()));
        let found: Repository = self.0.call(Method::GET, &path, None).await?;
        found
            .default_branch
            .ok_or_else(|| ForgeError::Malformed("the project has no default branch".to_owned()))
    }

    async fn find_open(&self, branch: &str, base: &str) -> Result<Option<PullRequest>, ForgeError> {
        let path = format!(
            "{}?state=opened&source_branch={}&target_branch={}",
            self.requests(),
            encode(branch),
            encode(base)
        );
        let found: Vec<MergeRequest> = self.0.call(Method::GET, &path, None).await?;
        Ok(found.into_iter().next().map(Into::into))
    }

    async fn open(&self, new: &NewPullRequest) -> Result<PullRequest, ForgeError> {
        let body = json!({
            "title": new.title, "description": new.body, "source_branch": new.branch,
            "target_branch": new.base, "remove_source_branch": true,
        });
        let made: MergeRequest = self
            .0
            .call(Method::POST, &self.requests(), Some(&body))
            .await?;
        Ok(made.into())
    }

    async fn update(&self, number: i64, new: &NewPullRequest) -> Result<PullRequest, ForgeError> {
        let path = format!("{}/{number}", self.requests());
        let body = json!({"title": new.title, "description": new.body});
        let changed: MergeRequest = self.0.call(Method::PUT, &path, Some(&body)).await?;
        Ok(changed.into())
    }
}
