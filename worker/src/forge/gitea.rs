//! Gitea and Forgejo (<https://docs.gitea.com/api/>). Their list of pull requests cannot be asked for one branch, so it is
//! read page by page.

use async_trait::async_trait;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::github::{Pull, Repository};
use super::http::Api;
use super::{Forge, ForgeError, NewPullRequest, PullRequest};

/// Pages of 50 that are read: 1,000 open pull requests.
const PAGES: u32 = 20;
const PAGE: usize = 50;

pub(super) struct Gitea(pub(super) Api);

/// As GitHub has it, with the branches.
#[derive(Deserialize)]
struct Listed {
    #[serde(flatten)]
    pull: Pull,
    head: Option<Branch>,
    base: Option<Branch>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(rename = "ref")]
    name: String,
}

#[async_trait]
impl Forge for Gitea {
    async fn default_branch(&self) -> Result<String, ForgeError> {
        let path = format!("/repos/{}", self.0.project());
        let found: Repository = self.0.call(Method::GET, &path, None).await?;
        Ok(found.default_branch)
    }

    async fn find_open(&self, branch: &str, base: &str) -> Result<Option<PullRequest>, ForgeError> {
        for page in 1..=PAGES {
            let path = format!(
                "/repos/{}/pulls?state=open&sort=recentupdate&limit={PAGE}&page={page}",
                self.0.project()
            );
            let pulls: Vec<Listed> = self.0.call(Method::GET, &path, None).await?;
            let last = pulls.len() < PAGE;
            let named = |side: &Option<Branch>, name: &str| {
                side.as_ref().is_some_and(|side| side.name == name)
            };
            let found = pulls
                .into_iter()
                .find(|pull| named(&pull.head, branch) && named(&pull.base, base));
            if found.is_some() || last {
                return Ok(found.map(|found| found.pull.into()));
            }
        }
        Ok(None)
    }

    async fn open(&self, new: &NewPullRequest) -> Result<PullRequest, ForgeError> {
        let path = format!("/repos/{}/pulls", self.0.project());
        let body = json!({
            "title": new.title, "body": new.body, "head": new.branch, "base": new.base,
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
