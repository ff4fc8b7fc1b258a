//! What this surface takes and gives.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::api::scans::views::events;
use crate::error::ServiceError;
use crate::services::repositories::{ForgeInput, RepositorySettings};
use crate::services::webhooks::{self, DeliveryHistory, WebhookInput};
use crate::services::{Core, findings};
use crate::settings::Secret;
use crate::store::entity::{comment, finding, repository, triage_event, webhook};
use crate::time::rfc3339;
use crate::webhooks::{ChannelType, EventKind};

/// A repository to be registered, or changed.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct RepositoryBody {
    /// Clone address.
    #[schema(example = "https://github.com/org/my-app")]
    url: String,
    /// The branch whose scans make up its findings.
    default_branch: Option<String>,
    /// Where pull requests are opened.
    forge: Option<ForgeBody>,
    /// Whether its badge is shown without a credential.
    public_badge: Option<bool>,
}

/// A forge.
#[derive(Deserialize, utoipa::ToSchema)]
struct ForgeBody {
    /// `github`, `gitlab` or `gitea`; by the host without one.
    kind: Option<String>,
    /// Address of its API; by the host without one.
    api_url: Option<String>,
    /// Its token; kept sealed, never shown.
    token: Option<String>,
}

impl From<RepositoryBody> for RepositorySettings {
    fn from(body: RepositoryBody) -> Self {
        Self {
            url: body.url,
            default_branch: body.default_branch,
            forge: body.forge.map(|forge| ForgeInput {
                kind: forge.kind,
                api_url: forge.api_url,
                token: forge.token.map(Secret::new),
            }),
            public_badge: body.public_badge,
        }
    }
}

/// A repository.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct RepositoryView {
    /// `repository_id`.
    id: i32,
    /// Clone address.
    url: String,
    /// `owner/name`.
    name: String,
    /// The branch whose scans make up its findings.
    default_branch: Option<String>,
    /// Where pull requests are opened, without the token.
    forge: Option<serde_json::Value>,
    /// Whether a token for the forge is kept.
    has_forge_token: bool,
    /// Whether its badge is shown without a credential.
    public_badge: bool,
    /// Score of its latest scan, 0 to 100.
    score: Option<f64>,
    /// The scan that its findings come from.
    last_scan_id: Option<String>,
    /// RFC 3339.
    created_at: String,
}

impl From<repository::Model> for RepositoryView {
    fn from(row: repository::Model) -> Self {
        Self {
            id: row.id,
            url: row.url,
            name: row.name,
            default_branch: row.default_branch,
            forge: row.forge,
            has_forge_token: row.forge_token.is_some(),
            public_badge: row.public_badge,
            score: row.score,
            last_scan_id: row.last_scan_id,
            created_at: rfc3339(row.created_at),
        }
    }
}

/// A page of repositories.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct RepositoryList {
    pub(super) repositories: Vec<RepositoryView>,
    /// `cursor` of the next page; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// A finding, as it stands in lists.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct FindingView {
    /// `issue_id`.
    id: i32,
    /// `vulnerability`, `code`, `secret` or `check`.
    kind: String,
    /// The rule, or the advisory.
    rule_id: String,
    /// `critical`, `high`, `medium`, `low` or `info`.
    severity: String,
    /// One line.
    title: String,
    /// The file.
    path: String,
    /// From 1.
    line: i32,
    /// The vulnerable package.
    package_name: Option<String>,
    /// The version in use.
    package_version: Option<String>,
    /// Its CVE, else its advisory.
    cve_id: Option<String>,
    /// Other ids of the same vulnerability.
    aliases: Vec<String>,
    /// The lowest version without a known vulnerability.
    fixed_version: Option<String>,
    /// What was decided of it.
    triage_status: String,
    /// User.
    assigned_to: Option<i32>,
    /// Whether the last scan saw it.
    seen: bool,
    /// Survives line moves.
    fingerprint: String,
    /// RFC 3339.
    first_seen: String,
    /// RFC 3339.
    last_seen: String,
}

impl From<finding::Model> for FindingView {
    fn from(row: finding::Model) -> Self {
        let vulnerability = findings::data(&row).and_then(|finding| finding.vulnerability);
        let (aliases, fixed_version) = vulnerability
            .map(|it| (it.aliases, it.safe_version))
            .unwrap_or_default();
        Self {
            id: row.id,
            kind: row.kind,
            rule_id: row.rule_id,
            severity: row.severity,
            title: row.title,
            path: row.path,
            line: row.line,
            package_name: row.package_name,
            package_version: row.package_version,
            cve_id: row.cve_id,
            aliases,
            fixed_version,
            triage_status: row.triage,
            assigned_to: row.assigned_to,
            seen: row.seen,
            fingerprint: row.fingerprint,
            first_seen: rfc3339(row.first_seen),
            last_seen: rfc3339(row.last_seen),
        }
    }
}

/// A page of findings.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct FindingList {
    pub(super) findings: Vec<FindingView>,
    /// `cursor` of the next page; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// A finding in full.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct DetailView {
    #[serde(flatten)]
    finding: FindingView,
    /// CVSS base score, 0.0 to 10.0.
    cvss_score: Option<f64>,
    /// CVSS vector.
    cvss_vector: Option<String>,
    /// Probability of exploitation within 30 days, 0.0 to 1.0.
    epss_score: Option<f64>,
    /// Listed in CISA's catalogue of known exploited vulnerabilities.
    kev_listed: bool,
    /// What it is.
    description: String,
    /// Further reading.
    references: Vec<String>,
    /// Weaknesses.
    cwe: Vec<String>,
    /// Why it was triaged so.
    justification: Option<String>,
    /// Versions that mend it.
    fixed_versions: Vec<String>,
    /// Ways from a direct dependency to the package.
    dependency_paths: Vec<Vec<String>>,
    /// Whether the project itself names the package.
    direct: Option<bool>,
    /// The repository.
    repository_id: i32,
    /// The scan that saw it last.
    last_scan_id: String,
    /// What was decided of it, oldest first.
    triage_history: Vec<TriageEventView>,
}

impl DetailView {
    pub(super) fn new(core: &Core, row: finding::Model, history: Vec<triage_event::Model>) -> Self {
        let description = findings::description(core, &row);
        let data = findings::data(&row);
        let rule = data
            .as_ref()
            .and_then(|finding| finding.rule.clone())
            .unwrap_or_default();
        let vulnerability = data.and_then(|finding| finding.vulnerability);
        let it = vulnerability.as_ref();
        let mut references = rule.references;
        // A reader of one finding wants at least where the advisory is kept.
        if let (true, Some(it)) = (references.is_empty(), it) {
            references.push(format!("https://osv.dev/vulnerability/{}", it.advisory));
        }
        Self {
            cvss_score: it.and_then(|it| it.cvss_score),
            cvss_vector: it.and_then(|it| it.cvss_vector.clone()),
            epss_score: it.and_then(|it| it.epss),
            kev_listed: it.is_some_and(|it| it.kev),
            description,
            references,
            cwe: rule.cwe,
            justification: row.justification.clone(),
            fixed_versions: it.map(|it| it.fixed_versions.clone()).unwrap_or_default(),
            dependency_paths: it.map(|it| it.paths.clone()).unwrap_or_default(),
            direct: it.map(|it| it.direct),
            repository_id: row.repository_id,
            last_scan_id: row.last_scan.clone(),
            triage_history: history.into_iter().map(Into::into).collect(),
            finding: row.into(),
        }
    }
}

/// One change of a triage status.
#[derive(Serialize, utoipa::ToSchema)]
struct TriageEventView {
    /// Before.
    from: String,
    /// After.
    to: String,
    /// Why.
    justification: Option<String>,
    /// User.
    assigned_to: Option<i32>,
    /// Who.
    by: String,
    /// RFC 3339.
    at: String,
}

impl From<triage_event::Model> for TriageEventView {
    fn from(row: triage_event::Model) -> Self {
        Self {
            from: row.from_status,
            to: row.to_status,
            justification: row.justification,
            assigned_to: row.assigned_to,
            by: row.actor,
            at: rfc3339(row.at),
        }
    }
}

/// A decision on one finding.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct TriageBody {
    /// `open`, `accepted_risk`, `not_applicable`, `false_positive`, `wont_fix`, `in_progress` or `fixed`.
    pub(super) status: String,
    /// Reason for the decision.
    pub(super) justification: Option<String>,
    /// User to assign to.
    pub(super) assigned_to: Option<i32>,
}

/// A decision on several findings: all of them, or none if one is not there.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct BulkTriageBody {
    /// The findings; at most 1,000.
    pub(super) issue_ids: Vec<i32>,
    #[serde(flatten)]
    pub(super) decision: TriageBody,
}

/// How many findings were decided on.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct BulkTriageView {
    pub(super) updated: usize,
    pub(super) status: &'static str,
}

/// How many findings have each status.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct TriageSummary {
    pub(super) open: i64,
    pub(super) accepted_risk: i64,
    pub(super) not_applicable: i64,
    pub(super) false_positive: i64,
    pub(super) wont_fix: i64,
    pub(super) in_progress: i64,
    pub(super) fixed: i64,
}

/// A comment to be added.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct CommentBody {
    /// 1 to 10,000 characters.
    pub(super) comment: String,
}

/// A comment.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct CommentView {
    id: i32,
    /// The finding.
    issue_id: i32,
    /// As written.
    comment: String,
    /// Who.
    author: String,
    /// RFC 3339.
    created_at: String,
}

impl From<comment::Model> for CommentView {
    fn from(row: comment::Model) -> Self {
        Self {
            id: row.id,
            issue_id: row.finding_id,
            comment: row.body,
            author: row.author,
            created_at: rfc3339(row.at),
        }
    }
}

/// The comments, oldest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct CommentList {
    pub(super) comments: Vec<CommentView>,
}

/// A webhook to be made or changed. In a change, what is absent stays.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub(super) struct WebhookBody {
    /// For people.
    name: Option<String>,
    /// `generic`, `slack`, `teams` or `discord`.
    channel_type: Option<String>,
    /// Where to: a public address.
    webhook_url: Option<String>,
    /// What is sent; the `on_…` switches add to it.
    events: Option<Vec<String>>,
    /// A critical vulnerability is new.
    on_critical_vuln: Option<bool>,
    /// A high vulnerability is new.
    on_high_vuln: Option<bool>,
    /// A vulnerability that is known to be exploited is new.
    on_kev_vuln: Option<bool>,
    /// A scan was completed.
    on_scan_complete: Option<bool>,
    /// A scan failed.
    on_scan_failed: Option<bool>,
    /// A deadline was missed.
    on_sla_breach: Option<bool>,
    /// A fix pull request was opened or updated.
    on_fix_opened: Option<bool>,
    /// What it is signed with; in a change the one before signs for another day.
    secret: Option<String>,
    /// Whether anything is sent.
    active: Option<bool>,
}

impl WebhookBody {
    fn switches(&self) -> [(Option<bool>, EventKind); 7] {
        [
            (self.on_critical_vuln, EventKind::VulnerabilityCritical),
            (self.on_high_vuln, EventKind::VulnerabilityHigh),
            (self.on_kev_vuln, EventKind::VulnerabilityKev),
            (self.on_scan_complete, EventKind::ScanCompleted),
            (self.on_scan_failed, EventKind::ScanFailed),
            (self.on_sla_breach, EventKind::SlaBreached),
            (self.on_fix_opened, EventKind::FixOpened),
        ]
    }

    /// `present`: what an existing webhook wants now. A new one that names nothing wants everything.
    pub(super) fn input(
        self,
        present: Option<BTreeSet<EventKind>>,
    ) -> Result<WebhookInput, ServiceError> {
        let switches = self.switches();
        let named = self.events.as_deref().map(events).transpose()?;
        let touched = named.is_some() || switches.iter().any(|(on, _)| on.is_some());
        let is_new = present.is_none();
        let mut wanted = named.or(present).unwrap_or_default();
        for (on, kind) in switches {
            match on {
                Some(true) => {
                    wanted.insert(kind);
                }
                Some(false) => {
                    wanted.remove(&kind);
                }
                None => {}
            }
        }
        let wanted = match (touched, is_new) {
            (true, _) => Some(wanted),
            (false, true) => Some(EventKind::ALL.into_iter().collect()),
            (false, false) => None,
        };
        let channel = self
            .channel_type
            .map(|name| {
                name.parse::<ChannelType>().map_err(|_| {
                    ServiceError::invalid("channel_type", "generic, slack, teams or discord")
                })
            })
            .transpose()?;
        Ok(WebhookInput {
            name: self.name,
            channel,
            url: self.webhook_url,
            events: wanted,
            secret: self.secret,
            active: self.active,
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
    /// `generic`, `slack`, `teams` or `discord`.
    channel_type: String,
    /// Where to.
    webhook_url: String,
    /// What is sent.
    #[schema(value_type = Vec<String>)]
    events: BTreeSet<EventKind>,
    on_critical_vuln: bool,
    on_high_vuln: bool,
    on_kev_vuln: bool,
    on_scan_complete: bool,
    on_scan_failed: bool,
    on_sla_breach: bool,
    on_fix_opened: bool,
    /// Whether what is sent is signed.
    signed: bool,
    /// Whether anything is sent: a receiver that answers 410 turns it off.
    active: bool,
    /// RFC 3339.
    created_at: String,
}

impl From<webhook::Model> for WebhookView {
    fn from(row: webhook::Model) -> Self {
        let events = webhooks::events(&row);
        let on = |kind| events.contains(&kind);
        Self {
            on_critical_vuln: on(EventKind::VulnerabilityCritical),
            on_high_vuln: on(EventKind::VulnerabilityHigh),
            on_kev_vuln: on(EventKind::VulnerabilityKev),
            on_scan_complete: on(EventKind::ScanCompleted),
            on_scan_failed: on(EventKind::ScanFailed),
            on_sla_breach: on(EventKind::SlaBreached),
            on_fix_opened: on(EventKind::FixOpened),
            id: row.id,
            name: row.name,
            channel_type: row.channel,
            webhook_url: row.url,
            signed: row.secret.is_some(),
            active: row.active,
            created_at: rfc3339(row.created_at),
            events,
        }
    }
}

/// The webhooks, oldest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct WebhookList {
    pub(super) webhooks: Vec<WebhookView>,
}

/// A delivery that was queued.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct QueuedView {
    /// `msg_…`.
    pub(super) delivery_id: String,
    /// `pending`.
    pub(super) status: &'static str,
}

/// A delivery with its attempts.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct DeliveryView {
    /// `msg_…`, the `webhook-id` header of every attempt.
    id: String,
    /// Name of the event.
    event: String,
    /// `pending`, `delivered` or `failed`.
    status: String,
    /// HTTP status of the last attempt.
    response_status: Option<i32>,
    /// RFC 3339.
    created_at: String,
    /// When it is tried next, RFC 3339; null when it is over.
    next_attempt_at: Option<String>,
    /// Attempts, oldest first.
    attempts: Vec<AttemptView>,
}

/// One attempt at a delivery.
#[derive(Serialize, utoipa::ToSchema)]
struct AttemptView {
    /// RFC 3339.
    at: String,
    /// HTTP status.
    status: Option<i32>,
    /// Milliseconds.
    duration_ms: i64,
    /// The first KB of the answer.
    response: String,
    /// Why there is no status.
    error: Option<String>,
}

impl From<DeliveryHistory> for DeliveryView {
    fn from(history: DeliveryHistory) -> Self {
        let DeliveryHistory { delivery, attempts } = history;
        Self {
            response_status: attempts.last().and_then(|attempt| attempt.status),
            next_attempt_at: (delivery.status == webhooks::status::PENDING)
                .then(|| rfc3339(delivery.next_at)),
            id: delivery.id,
            event: delivery.event,
            status: delivery.status,
            created_at: rfc3339(delivery.created_at),
            attempts: attempts
                .into_iter()
                .map(|attempt| AttemptView {
                    at: rfc3339(attempt.at),
                    status: attempt.status,
                    duration_ms: attempt.duration_ms,
                    response: attempt.answer,
                    error: attempt.error,
                })
                .collect(),
        }
    }
}

/// A page of deliveries, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct DeliveryList {
    pub(super) deliveries: Vec<DeliveryView>,
    /// `cursor` of the next page; null on the last.
    pub(super) next_cursor: Option<String>,
}

/// What the gate is asked.
#[derive(Deserialize, utoipa::ToSchema)]
pub(super) struct GateBody {
    /// The repository.
    pub(super) repository_id: i32,
    /// `critical`, `high`, `medium`, `low` or `info`; `high` without one.
    pub(super) fail_on: Option<String>,
}
