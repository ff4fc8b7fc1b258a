//! GitHub (<https://docs.github.com/en/rest/pulls/pulls>).

use async_trait::async_trait;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::http::Api;
use super::{Forge, ForgeError, NewPullRequest, PullRequest};

pub(super) struct Github(pub(super) Api);

#[derive(Deserialize)]
pub(super) struct Repository {
    pub(super) default_branch: String,
}

#[derive(Deserialize)]
pub(super) struct Pull {
    number: i64,
    html_url: String,
    #[serde(default)]
    title: String,
    body: Option<String>,
}

impl From<Pull> for PullRequest {
    fn from(pull: Pull) -> Self {
        Self {
            number: pull.number,
            url: pull.html_url,
            title: pull.title,
            body: pull.body.unwrap_or_default(),
        }
    }
}

#[async_trait]
impl Forge for Github {
    async fn default_branch(&self) -> Result<String, ForgeError> {
        let path = format!("/repos/{}", self.0.project());
        let found: Repository = self.0.call(Method::GET, &path, None).await?;
        Ok(found.default_branch)
    }

    async fn find_open(&self, branch: &str, base: &str) -> Result<Option<PullRequest>, ForgeError> {
        let project = self.0.project();
        let path = format!(
            "/repos/{project}/pulls?state=open&head={}%3A{}&base={}",
            encode(&project.owner),
            encode(branch),
            encode(base)
        );
        let pulls: Vec<Pull> = self.0.call(Method::GET, &path, None).await?;
        Ok(pulls.into_iter().next().map(Into::into))
    }

    async fn open(&self, new: &NewPullRequest) -> Result<PullRequest, ForgeError> {
        let path = format!("/repos/{}/pulls", self.0.project());
        let body = json!({
            "title": new.title, "body": new.body, "head": new.branch, "base": new.base,
            "maintainer_can_modify": true,
        });
        let pull: Pull = self.0.call(Method::POST, &path, Some(&body)).await?;
        Ok(pull.into())
    }

    async fn update(&self, number: i64, new: &NewPullRequest) -> Result<PullRequest, ForgeError> {
        let path = format!("/repos/{}/pulls/{number}", self.0.project());
        let body = json!({"title": new.title, "body": new.body});
        let pull: Pull = self.0.call(Method::PATCH, &path, Some(&body)).await?;
        Ok(pull.into())
    }
}

/// A value of a query.
pub(super) fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
