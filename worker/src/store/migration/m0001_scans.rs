//! The schema. A change is a new file with a new migration; a landed one is never edited.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, double_null, integer, integer_null, json, json_null,
    pk_auto, text, text_null,
};

/// All tables of the scan, SCA and fix side.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[allow(
    elided_lifetimes_in_paths,
    reason = "the trait is declared with an elided lifetime, and another spelling is another signature"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("tenants")
            .col(text("id").primary_key())
            .col(text("name"))
            .col(text("plan"))
            .col(big_integer("last_turn"))
            .col(big_integer("created_at"))
            .to_owned(),
        Table::create()
            .table("tokens")
            .col(text("id").primary_key())
            .col(text("tenant_id"))
            .col(text("name"))
            .col(text("hash"))
            .col(text("shown"))
            .col(json("scopes"))
            .col(text_null("rate_limits"))
            .col(big_integer("created_at"))
            .col(big_integer_null("expires_at"))
            .col(big_integer_null("revoked_at"))
            .col(big_integer_null("last_used_at"))
            .to_owned(),
        Table::create()
            .table("repositories")
            .col(pk_auto("id"))
            .col(text("tenant_id"))
            .col(text("url"))
            .col(text("identity"))
            .col(text("name"))
            .col(text_null("default_branch"))
            .col(json_null("forge"))
            .col(text_null("forge_token"))
            .col(boolean("public_badge"))
            .col(text_null("last_scan_id"))
            .col(big_integer_null("last_scan_at"))
            .col(double_null("score"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .to_owned(),
        Table::create()
            .table("scans")
            .col(text("id").primary_key())
            .col(text("tenant_id"))
            .col(integer("repository_id"))
            .col(text("repo_url"))
            .col(text_null("branch"))
            .col(text_null("commit_id"))
            .col(json("config"))
            .col(text("status"))
            .col(double_null("score"))
            .col(integer_null("issues_count"))
            .col(json_null("severities"))
            .col(text_null("report_key"))
            .col(text_null("note"))
            .col(text_null("error"))
            .col(big_integer("created_at"))
            .col(big_integer_null("started_at"))
            .col(big_integer_null("finished_at"))
            .to_owned(),
        Table::create()
            .table("jobs")
            .col(text("id").primary_key())
            .col(text("tenant_id"))
            .col(text("kind"))
            .col(text("subject"))
            .col(json("payload"))
            .col(text("status"))
            .col(big_integer("turn"))
            .col(integer("attempts"))
            .col(integer("max_attempts"))
            .col(big_integer("run_at"))
            .col(text_null("lease"))
            .col(big_integer_null("lease_until"))
            .col(boolean("cancel_requested"))
            .col(text_null("error"))
            .col(json_null("result"))
            .col(big_integer("created_at"))
            .col(big_integer_null("started_at"))
            .col(big_integer_null("finished_at"))
            .to_owned(),
        Table::create()
            .table("findings")
            .col(pk_auto("id"))
            .col(text("tenant_id"))
            .col(integer("repository_id"))
            .col(text("fingerprint"))
            .col(text("content"))
            .col(text("kind"))
            .col(text("rule_id"))
            .col(text("severity"))
            .col(text("title"))
            .col(text("path"))
            .col(integer("line"))
            .col(text_null("package_name"))
            .col(text_null("package_version"))
            .col(text_null("cve_id"))
            .col(text("digest"))
            .col(json("data"))
            .col(text("triage"))
            .col(text_null("justification"))
            .col(integer_null("assigned_to"))
            .col(boolean("seen"))
            .col(big_integer("first_seen"))
            .col(big_integer("last_seen"))
            .col(text("first_scan"))
            .col(text("last_scan"))
            .col(boolean("breach_sent"))
            .to_owned(),
        Table::create()
            .table("triage_events")
            .col(pk_auto("id"))
            .col(text("tenant_id"))
            .col(integer("finding_id"))
            .col(text("from_status"))
            .col(text("to_status"))
            .col(text_null("justification"))
            .col(integer_null("assigned_to"))
            .col(text("actor"))
            .col(big_integer("at"))
            .to_owned(),
        Table::create()
            .table("comments")
            .col(pk_auto("id"))
            .col(text("tenant_id"))
            .col(integer("finding_id"))
            .col(text("body"))
            .col(text("author"))
            .col(big_integer("at"))
            .to_owned(),
        Table::create()
            .table("webhooks")
            .col(text("id").primary_key())
            .col(text("tenant_id"))
            .col(text("name"))
            .col(text("channel"))
            .col(text("url"))
            .col(json("events"))
            .col(text_null("secret"))
            .col(text_null("previous_secret"))
            .col(big_integer_null("previous_until"))
            .col(boolean("active"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .to_owned(),
        Table::create()
            .table("deliveries")
            .col(text("id").primary_key())
            .col(text("tenant_id"))
            .col(text("webhook_id"))
            .col(text("event_id"))
            .col(text("event"))
            .col(text("body"))
            .col(text("status"))
            .col(integer("attempts"))
            .col(big_integer("created_at"))
            .col(big_integer("next_at"))
            .col(text_null("lease"))
            .col(big_integer_null("finished_at"))
            .to_owned(),
        Table::create()
            .table("delivery_attempts")
            .col(pk_auto("id"))
            .col(text("delivery_id"))
            .col(big_integer("at"))
            .col(integer_null("status"))
            .col(big_integer("duration_ms"))
            .col(text("answer"))
            .col(text_null("error"))
            .to_owned(),
        Table::create()
            .table("sla_policies")
            .col(text("tenant_id").primary_key())
            .col(integer("critical_days"))
            .col(integer("high_days"))
            .col(integer("medium_days"))
            .col(integer("low_days"))
            .col(big_integer("updated_at"))
            .to_owned(),
        Table::create()
            .table("audit_log")
            .col(pk_auto("id"))
            .col(text("tenant_id"))
            .col(text("actor"))
            .col(text("action"))
            .col(text("subject"))
            .col(json("detail"))
            .col(big_integer("at"))
            .to_owned(),
        Table::create()
            .table("idempotency_keys")
            .col(text("id").primary_key())
            .col(text("request"))
            .col(integer_null("status"))
            .col(text_null("content_type"))
            .col(text_null("body"))
            .col(big_integer("created_at"))
            .to_owned(),
        Table::create()
            .table("rate_counters")
            .col(text("id").primary_key())
            .col(big_integer("started_at"))
            .col(big_integer("count"))
            .to_owned(),
        Table::create()
            .table("fix_pulls")
            .col(integer("repository_id").primary_key())
            .col(text("tenant_id"))
            .col(text("branch"))
            .col(big_integer("number"))
            .col(text("url"))
            .col(json("result"))
            .col(big_integer("updated_at"))
            .to_owned(),
    ]
}

/// Table, columns, whether they are unique.
const INDEXES: [(&str, &[&str], bool); 19] = [
    ("tokens", &["hash"], true),
    ("tokens", &["tenant_id"], false),
    ("repositories", &["tenant_id", "identity"], true),
    ("scans", &["tenant_id", "created_at"], false),
    ("scans", &["repository_id", "created_at"], false),
    ("jobs", &["status", "turn", "id"], false),
    ("jobs", &["status", "lease_until"], false),
    ("jobs", &["kind", "subject"], false),
    ("jobs", &["tenant_id", "created_at"], false),
    ("findings", &["repository_id", "fingerprint"], true),
    ("findings", &["tenant_id", "seen"], false),
    ("triage_events", &["finding_id"], false),
    ("comments", &["finding_id"], false),
    ("webhooks", &["tenant_id"], false),
    ("deliveries", &["webhook_id", "event_id"], true),
    ("deliveries", &["status", "next_at"], false),
    ("delivery_attempts", &["delivery_id"], false),
    ("audit_log", &["tenant_id", "at"], false),
    ("idempotency_keys", &["created_at"], false),
];

fn indexes() -> Vec<IndexCreateStatement> {
    INDEXES
        .iter()
        .map(|(table, columns, unique)| {
            let mut index = Index::create();
            index
                .name(format!("{table}_{}", columns.join("_")))
                .table(*table);
            for column in *columns {
                index.col(*column);
            }
            if *unique {
                index.unique();
            }
            index
        })
        .collect()
}
