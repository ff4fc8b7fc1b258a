//! Surface `sca`, under `/api/sca`: repositories, vulnerabilities, triage, webhooks, deadlines, the CI gate, fixes.

mod views;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::views::{
    BulkTriageBody, BulkTriageView, CommentBody, CommentList, CommentView, DeliveryList,
    DeliveryView, DetailView, FindingList, GateBody, QueuedView, RepositoryBody, RepositoryList,
    RepositoryView, TriageBody, TriageSummary, WebhookBody, WebhookList, WebhookView,
};
use super::Api;
use super::extract::{Body, OptionalBody, Path, Query};
use super::scans::error::Errors;
use crate::error::ServiceError;
use crate::services::callers::Caller;
use crate::services::findings::FindingFilter;
use crate::services::fixes::{self, FixAnswer, FixBody};
use crate::services::gate::{self, GateResult};
use crate::services::page::PageQuery;
use crate::services::sla::{self, Policy, SlaStatus};
use crate::services::triage::{self, Decision};
use crate::services::{badge, comments, findings, repositories, webhooks};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(register_repository, list_repositories))
        .routes(routes!(get_repository))
        .routes(routes!(list_findings))
        .routes(routes!(vulnerability))
        .routes(routes!(set_triage))
        .routes(routes!(bulk_triage))
        .routes(routes!(triage_summary))
        .routes(routes!(add_comment, list_comments))
        .routes(routes!(create_webhook, list_webhooks))
        .routes(routes!(update_webhook, delete_webhook))
        .routes(routes!(test_webhook))
        .routes(routes!(list_deliveries))
        .routes(routes!(redeliver))
        .routes(routes!(get_policy, set_policy))
        .routes(routes!(sla_status))
        .routes(routes!(check))
        .routes(routes!(auto_pr))
}

/// What needs no credential: the badge decides by itself.
pub(super) fn open_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(badge))
}

/// Registers a repository, or changes what is known of it: the same address is the same repository.
#[utoipa::path(post, path = "/repositories", tag = "sca", request_body = RepositoryBody,
    responses((status = 200, body = RepositoryView), (status = 201, body = RepositoryView), Errors))]
async fn register_repository(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<RepositoryBody>,
) -> Result<(StatusCode, Json<RepositoryView>), ServiceError> {
    let (row, is_new) = repositories::register(&api.core, &caller, body.into()).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(row.into())))
}

/// The repositories.
#[utoipa::path(get, path = "/repositories", tag = "sca", params(PageQuery),
    responses((status = 200, body = RepositoryList), Errors))]
async fn list_repositories(
    State(api): State<Api>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<RepositoryList>, ServiceError> {
    let page = repositories::list(&api.core, &caller, &page).await?;
    Ok(Json(RepositoryList {
        repositories: page.items.into_iter().map(Into::into).collect(),
        next_cursor: page.next,
    }))
}

/// A repository.
#[utoipa::path(get, path = "/repositories/{repository_id}", tag = "sca", params(("repository_id" = i32, Path)),
    responses((status = 200, body = RepositoryView), Errors))]
async fn get_repository(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<i32>,
) -> Result<Json<RepositoryView>, ServiceError> {
    Ok(Json(
        repositories::get(&api.core, &caller, id).await?.into(),
    ))
}

/// The findings of a repository, in the order they were first found.
#[utoipa::path(get, path = "/repositories/{repository_id}/findings", tag = "sca",
    params(("repository_id" = i32, Path), FindingFilter, PageQuery),
    responses((status = 200, body = FindingList), Errors))]
async fn list_findings(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<i32>,
    Query(filter): Query<FindingFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<FindingList>, ServiceError> {
    let page = findings::list(&api.core, &caller, id, &filter, &page).await?;
    Ok(Json(FindingList {
        findings: page.items.into_iter().map(Into::into).collect(),
        next_cursor: page.next,
    }))
}

async fn detail(api: &Api, caller: &Caller, id: i32) -> Result<Json<DetailView>, ServiceError> {
    let row = findings::get(&api.core, caller, id).await?;
    let history = triage::history(&api.core, caller, id).await?;
    Ok(Json(DetailView::new(&api.core, row, history)))
}

/// A finding in full.
#[utoipa::path(get, path = "/vulnerability/{issue_id}", tag = "sca", params(("issue_id" = i32, Path)),
    responses((status = 200, body = DetailView), Errors))]
async fn vulnerability(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<i32>,
) -> Result<Json<DetailView>, ServiceError> {
    detail(&api, &caller, id).await
}

fn decision(body: TriageBody) -> Result<Decision, ServiceError> {
    Ok(Decision {
        status: body
            .status
            .parse()
            .map_err(|()| findings::wrong_status("status"))?,
        justification: body.justification,
        assigned_to: body.assigned_to,
    })
}

/// Decides on a finding.
#[utoipa::path(put, path = "/triage/{issue_id}", tag = "sca", params(("issue_id" = i32, Path)),
    request_body = TriageBody, responses((status = 200, body = DetailView), Errors))]
async fn set_triage(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<i32>,
    Body(body): Body<TriageBody>,
) -> Result<Json<DetailView>, ServiceError> {
    triage::decide(&api.core, &caller, &[id], &decision(body)?).await?;
    detail(&api, &caller, id).await
}

/// Decides on several findings.
#[utoipa::path(post, path = "/triage/bulk", tag = "sca", request_body = BulkTriageBody,
    responses((status = 200, body = BulkTriageView), Errors))]
async fn bulk_triage(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<BulkTriageBody>,
) -> Result<Json<BulkTriageView>, ServiceError> {
    let decision = decision(body.decision)?;
    let updated = triage::decide(&api.core, &caller, &body.issue_ids, &decision).await?;
    Ok(Json(BulkTriageView {
        updated,
        status: decision.status.as_str(),
    }))
}

/// How many findings of a repository have each status.
#[utoipa::path(get, path = "/triage/summary/{repository_id}", tag = "sca", params(("repository_id" = i32, Path)),
    responses((status = 200, body = TriageSummary), Errors))]
async fn triage_summary(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<i32>,
) -> Result<Json<TriageSummary>, ServiceError> {
    let counts = triage::summary(&api.core, &caller, id).await?;
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    Ok(Json(TriageSummary {
        open: count("open"),
        accepted_risk: count("accepted_risk"),
        not_applicable: count("not_applicable"),
        false_positive: count("false_positive"),
        wont_fix: count("wont_fix"),
        in_progress: count("in_progress"),
        fixed: count("fixed"),
    }))
}

/// Adds a comment to a finding.
#[utoipa::path(post, path = "/comments/{issue_id}", tag = "sca", params(("issue_id" = i32, Path)),
    request_body = CommentBody, responses((status = 201, body = CommentView), Errors))]
async fn add_comment(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<i32>,
    Body(body): Body<CommentBody>,
) -> Result<(StatusCode, Json<CommentView>), ServiceError> {
    let row = comments::add(&api.core, &caller, id, &body.comment).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// The comments of a finding.
#[utoipa::path(get, path = "/comments/{issue_id}", tag = "sca", params(("issue_id" = i32, Path)),
    responses((status = 200, body = CommentList), Errors))]
async fn list_comments(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<i32>,
) -> Result<Json<CommentList>, ServiceError> {
    let rows = comments::list(&api.core, &caller, id).await?;
    Ok(Json(CommentList {
        comments: rows.into_iter().map(Into::into).collect(),
    }))
}

/// Registers a webhook.
#[utoipa::path(post, path = "/webhooks", tag = "sca", request_body = WebhookBody,
    responses((status = 201, body = WebhookView), Errors))]
async fn create_webhook(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<WebhookBody>,
) -> Result<(StatusCode, Json<WebhookView>), ServiceError> {
    let row = webhooks::create(&api.core, &caller, body.input(None)?).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// The webhooks.
#[utoipa::path(get, path = "/webhooks", tag = "sca", responses((status = 200, body = WebhookList), Errors))]
async fn list_webhooks(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<WebhookList>, ServiceError> {
    let rows = webhooks::list(&api.core, &caller).await?;
    Ok(Json(WebhookList {
        webhooks: rows.into_iter().map(Into::into).collect(),
    }))
}

/// Changes a webhook.
#[utoipa::path(put, path = "/webhooks/{webhook_id}", tag = "sca", params(("webhook_id" = String, Path)),
    request_body = WebhookBody, responses((status = 200, body = WebhookView), Errors))]
async fn update_webhook(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<WebhookBody>,
) -> Result<Json<WebhookView>, ServiceError> {
    let present = webhooks::get(&api.core, &caller, &id).await?;
    let input = body.input(Some(webhooks::events(&present)))?;
    Ok(Json(
        webhooks::update(&api.core, &caller, &id, input)
            .await?
            .into(),
    ))
}

/// Removes a webhook.
#[utoipa::path(delete, path = "/webhooks/{webhook_id}", tag = "sca", params(("webhook_id" = String, Path)),
    responses((status = 204), Errors))]
async fn delete_webhook(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ServiceError> {
    webhooks::delete(&api.core, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test payload.
#[utoipa::path(post, path = "/webhooks/{webhook_id}/test", tag = "sca", params(("webhook_id" = String, Path)),
    responses((status = 202, body = QueuedView), Errors))]
async fn test_webhook(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<QueuedView>), ServiceError> {
    let delivery_id = webhooks::test(&api.core, &caller, &id).await?;
    let view = QueuedView {
        delivery_id,
        status: webhooks::status::PENDING,
    };
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// The deliveries of a webhook with their attempts, newest first.
#[utoipa::path(get, path = "/webhooks/{webhook_id}/deliveries", tag = "sca",
    params(("webhook_id" = String, Path), PageQuery), responses((status = 200, body = DeliveryList), Errors))]
async fn list_deliveries(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<DeliveryList>, ServiceError> {
    let page = webhooks::deliveries(&api.core, &caller, &id, &page).await?;
    Ok(Json(DeliveryList {
        deliveries: page.items.into_iter().map(DeliveryView::from).collect(),
        next_cursor: page.next,
    }))
}

/// Sends a delivery anew.
#[utoipa::path(post, path = "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", tag = "sca",
    params(("webhook_id" = String, Path), ("delivery_id" = String, Path)),
    responses((status = 202, body = QueuedView), Errors))]
async fn redeliver(
    State(api): State<Api>,
    caller: Caller,
    Path((webhook, delivery)): Path<(String, String)>,
) -> Result<(StatusCode, Json<QueuedView>), ServiceError> {
    let row = webhooks::redeliver(&api.core, &caller, &webhook, &delivery).await?;
    let view = QueuedView {
        delivery_id: row.id,
        status: webhooks::status::PENDING,
    };
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// The deadlines.
#[utoipa::path(get, path = "/sla-policy", tag = "sca", responses((status = 200, body = Policy), Errors))]
async fn get_policy(State(api): State<Api>, caller: Caller) -> Result<Json<Policy>, ServiceError> {
    Ok(Json(sla::policy(&api.core, &caller).await?))
}

/// Sets the deadlines.
#[utoipa::path(post, path = "/sla-policy", tag = "sca", request_body = Policy,
    responses((status = 200, body = Policy), Errors))]
async fn set_policy(
    State(api): State<Api>,
    caller: Caller,
    Body(policy): Body<Policy>,
) -> Result<Json<Policy>, ServiceError> {
    Ok(Json(sla::set_policy(&api.core, &caller, policy).await?))
}

/// Whether a repository keeps its deadlines.
#[utoipa::path(get, path = "/sla-status/{repository_id}", tag = "sca", params(("repository_id" = i32, Path)),
    responses((status = 200, body = SlaStatus), Errors))]
async fn sla_status(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<i32>,
) -> Result<Json<SlaStatus>, ServiceError> {
    Ok(Json(sla::status(&api.core, &caller, id).await?))
}

/// Passes or fails a pipeline by what is open in a repository.
#[utoipa::path(post, path = "/cicd/check", tag = "sca", request_body = GateBody,
    responses((status = 200, body = GateResult), Errors))]
async fn check(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<GateBody>,
) -> Result<Json<GateResult>, ServiceError> {
    let fail_on = findings::severity("fail_on", body.fail_on.as_deref().unwrap_or("high"))?;
    Ok(Json(
        gate::check(&api.core, &caller, body.repository_id, fail_on).await?,
    ))
}

/// An SVG badge. Without a credential where the repository was registered with `public_badge`.
#[utoipa::path(get, path = "/cicd/badge/{repository_id}", tag = "sca", params(("repository_id" = i32, Path)),
    responses((status = 200, content_type = "image/svg+xml", body = String), Errors))]
async fn badge(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<i32>,
) -> Result<impl IntoResponse, ServiceError> {
    let caller = super::credentials::caller(&api, &headers).await?;
    let svg = badge::badge(&api.core, caller.as_ref(), id).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "no-cache"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
    ];
    Ok((headers, svg))
}

/// Opens a pull request that upgrades vulnerable dependencies, or updates the one that is open.
#[utoipa::path(post, path = "/auto-pr/{repository_id}", tag = "sca", params(("repository_id" = i32, Path)),
    request_body(content = FixBody, description = "May be left out"),
    responses((status = 200, body = FixAnswer), (status = 202, body = FixAnswer), Errors))]
async fn auto_pr(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<i32>,
    OptionalBody(body): OptionalBody<FixBody>,
) -> Result<(StatusCode, Json<FixAnswer>), ServiceError> {
    let answer = fixes::request(&api.core, &caller, id, &body).await?;
    let status = if answer.is_over() {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok((status, Json(answer)))
}
