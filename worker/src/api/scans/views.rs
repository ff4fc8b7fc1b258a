//! What this surface takes and gives.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::ServiceError;
use crate::services::scans::{NewScan, ScanConfig};
use crate::services::webhooks;
use crate::services::webhooks::WebhookInput;
use crate::store::entity::{scan, webhook};
use crate::time::rfc3339;
use crate::webhooks::EventKind;

/// A scan to be made.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct ScanBody {
    /// Clone address: https, ssh or git.
    #[schema(example = "https://github.com/user/repo")]
    repo_url: String,
    /// Branch, tag or commit; the default branch without one.
    branch: Option<String>,
    /// What it looks at.
    config: Option<ScanConfig>,
}

impl From<ScanBody> for NewScan {
    fn from(body: ScanBody) -> Self {
        Self {
            repo_url: body.repo_url,
            branch: body.branch.filter(|branch| !branch.is_empty()),
            config: body.config.unwrap_or_default(),
        }
    }
}

/// A scan.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ScanView {
    /// `scan_…`.
    id: String,
    /// `queued`, `running`, `completed`, `failed` or `cancelled`.
    status: String,
    /// 0 to 100, where it is completed.
    score: Option<f64>,
    /// Findings.
    issues_count: Option<i32>,
    /// Findings by severity.
    severities: Option<Value>,
    /// Its repository.
    repository_id: i32,
    /// Clone address.
    repo_url: String,
    /// Branch, tag or commit that was asked for.
    branch: Option<String>,
    /// Commit that was read.
    commit: Option<String>,
    /// What it looks at.
    config: Value,
    /// What was not checked, if anything: it must not be taken for clean.
    note: Option<String>,
    /// Why it failed.
    error: Option<ScanFailure>,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    started_at: Option<String>,
    /// RFC 3339.
    finished_at: Option<String>,
    /// The report, where the scan is completed: the schema of `cortex schema`. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    results: Option<Results>,
}

/// A report as it was kept.
struct Results(Arc<RawValue>);

impl Serialize for Results {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Why a scan failed.
#[derive(Serialize, utoipa::ToSchema)]
struct ScanFailure {
    /// `SCAN_FAILED`.
    code: &'static str,
    /// For people.
    message: String,
}

impl ScanView {
    pub(super) fn new(scan: scan::Model, results: Option<Arc<RawValue>>) -> Self {
        Self {
            id: scan.id,
            status: scan.status,
            score: scan.score,
            issues_count: scan.issues_count,
            severities: scan.severities,
            repository_id: scan.repository_id,
            repo_url: scan.repo_url,
            branch: scan.branch,
            commit: scan.commit_id,
            config: scan.config,
            note: scan.note,
            error: scan.error.map(|message| ScanFailure {
                code: "SCAN_FAILED",
                message,
            }),
            created_at: rfc3339(scan.created_at),
            started_at: scan.started_at.map(rfc3339),
            finished_at: scan.finished_at.map(rfc3339),
            results: results.map(Results),
        }
    }
}

/// A page of scans, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ScanList {
    pub(super) scans: Vec<ScanView>,
    /// `cursor` of the next page; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// A webhook to be made.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct WebhookBody {
    /// Where to: a public address.
    url: String,
    /// What is sent: `scan.completed`, `scan.failed` and the like.
    #[schema(example = json!(["scan.completed", "scan.failed"]))]
    events: Vec<String>,
    /// What it is signed with.
    secret: Option<String>,
    /// For people.
    name: Option<String>,
}

/// Reads names of events.
pub(crate) fn events(names: &[String]) -> Result<BTreeSet<EventKind>, ServiceError> {
    names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            name.parse().map_err(|_| {
                let all: Vec<String> = EventKind::ALL.iter().map(ToString::to_string).collect();
                ServiceError::invalid(format!("events[{index}]"), all.join(", "))
            })
        })
        .collect()
}

impl WebhookBody {
    pub(super) fn input(self) -> Result<WebhookInput, ServiceError> {
        Ok(WebhookInput {
            name: self.name,
            channel: None,
            url: Some(self.url),
            events: Some(events(&self.events)?),
            secret: self.secret,
            active: None,
        })
    }
}

/// A webhook. Its secret is not shown.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct WebhookView {
    /// `wh_…`.
    id: String,
    /// For people.
    name: String,
    /// Where to.
    url: String,
    /// What is sent.
    #[schema(value_type = Vec<String>)]
    events: BTreeSet<EventKind>,
    /// Whether anything is sent: a receiver that answers 410 turns it off.
    active: bool,
    /// RFC 3339.
    created_at: String,
}

impl From<webhook::Model> for WebhookView {
    fn from(row: webhook::Model) -> Self {
        Self {
            events: webhooks::events(&row),
            id: row.id,
            name: row.name,
            url: row.url,
            active: row.active,
            created_at: rfc3339(row.created_at),
        }
    }
}

/// The webhooks, oldest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct WebhookList {
    pub(super) webhooks: Vec<WebhookView>,
}
