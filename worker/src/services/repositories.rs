//! Repositories: what is scanned, known by its address.

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, NotSet,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use serde_json::json;
use url::Url;

use super::callers::Caller;
use super::page::{Page, PageQuery, place};
use super::{Core, audit};
use crate::error::ServiceError;
use crate::forge::{ForgeKind, default_api_url, project_path};
use crate::guard::UrlKind;
use crate::settings::Secret;
use crate::store::Transaction;
use crate::store::entity::repository;
use crate::time;

/// What a forge token is sealed for.
pub const FORGE_TOKEN: &str = "forge-token";

/// Settings of a repository; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct RepositorySettings {
    /// Clone address.
    pub url: String,
    /// The branch whose scans make up its findings.
    pub default_branch: Option<String>,
    /// Where pull requests are opened.
    pub forge: Option<ForgeInput>,
    /// Whether its badge is shown without a credential.
    pub public_badge: Option<bool>,
}

/// A forge, as given.
#[derive(Clone, Debug, Default)]
pub struct ForgeInput {
    /// `github`, `gitlab`, `gitea`.
    pub kind: Option<String>,
    /// Address of its API; worked out from the repository's without one.
    pub api_url: Option<String>,
    /// Its token.
    pub token: Option<Secret>,
}

/// A clone address that may be cloned: the text for git, and the identity that all its spellings share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneAddress {
    /// Without credentials.
    pub url: String,
    /// Host in lower case, path without slashes at its ends and without `.git`.
    pub identity: String,
    /// `owner/name`.
    pub name: String,
}

/// Judges a clone address.
pub fn address(core: &Core, text: &str) -> Result<CloneAddress, ServiceError> {
    let refuse = |reason: String| ServiceError::invalid("repo_url", reason);
    if text.len() > 2_000 {
        return Err(refuse("at most 2,000 bytes".to_owned()));
    }
    let url = core
        .guard
        .check_url(text, UrlKind::Git)
        .map_err(|error| refuse(error.to_string()))?;
    if url.password().is_some()
        || matches!(url.scheme(), "http" | "https") && !url.username().is_empty()
    {
        return Err(refuse(
            "it holds credentials; give the token with POST /api/sca/repositories instead"
                .to_owned(),
        ));
    }
    let name = url
        .path()
        .trim_matches('/')
        .trim_end_matches(".git")
        .to_owned();
    if name.is_empty() {
        return Err(refuse("it names no repository".to_owned()));
    }
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    Ok(CloneAddress {
        identity: format!("{host}{port}/{name}"),
        url: url.to_string(),
        name,
    })
}

/// The repository at an address, made if it is not there.
pub async fn at(
    transaction: &Transaction,
    tenant_id: &str,
    address: &CloneAddress,
) -> Result<repository::Model, ServiceError> {
    if let Some(found) = find_at(transaction, tenant_id, &address.identity).await? {
        return Ok(found);
    }
    let now = time::now();
    let row = repository::ActiveModel {
        id: NotSet,
        tenant_id: Set(tenant_id.to_owned()),
        url: Set(address.url.clone()),
        identity: Set(address.identity.clone()),
        name: Set(address.name.clone()),
        default_branch: Set(None),
        forge: Set(None),
        forge_token: Set(None),
        public_badge: Set(false),
        last_scan_id: Set(None),
        last_scan_at: Set(None),
        score: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    // Two requests may make it at once on PostgreSQL: the second finds the first's.
    repository::Entity::insert(row)
        .on_conflict(
            sea_orm::sea_query::OnConflict::columns([
                repository::Column::TenantId,
                repository::Column::Identity,
            ])
            .do_nothing()
            .to_owned(),
        )
        .exec_without_returning(transaction.db())
        .await?;
    find_at(transaction, tenant_id, &address.identity)
        .await?
        .ok_or_else(|| ServiceError::Conflict("the repository was deleted just now".to_owned()))
}

async fn find_at(
    transaction: &Transaction,
    tenant_id: &str,
    identity: &str,
) -> Result<Option<repository::Model>, ServiceError> {
    Ok(repository::Entity::find()
        .filter(repository::Column::TenantId.eq(tenant_id))
        .filter(repository::Column::Identity.eq(identity))
        .one(transaction.db())
        .await?)
}

/// Registers a repository, or changes what is known of it. `true`: it is new.
pub async fn register(
    core: &Core,
    caller: &Caller,
    settings: RepositorySettings,
) -> Result<(repository::Model, bool), ServiceError> {
    caller.needs("repositories:write")?;
    let address = address(core, &settings.url).map_err(|error| match error {
        ServiceError::Invalid(mut fields) => {
            for field in &mut fields {
                "url".clone_into(&mut field.field);
            }
            ServiceError::Invalid(fields)
        }
        other => other,
    })?;
    if let Some(branch) = &settings.default_branch {
        check_reference("default_branch", branch)?;
    }
    let forge = settings
        .forge
        .map(|forge| check_forge(core, &address.url, forge))
        .transpose()?;
    let transaction = core.store.write().await?;
    let known = find_at(&transaction, &caller.tenant_id, &address.identity)
        .await?
        .is_some();
    let mut row = at(&transaction, &caller.tenant_id, &address)
        .await?
        .into_active_model();
    if let Some(branch) = settings.default_branch {
        row.default_branch = Set(Some(branch));
    }
    if let Some(public) = settings.public_badge {
        row.public_badge = Set(public);
    }
    if let Some(forge) = forge {
        row.forge = Set(Some(
            json!({"kind": forge.kind, "api_url": forge.api_url.as_str()}),
        ));
        if let Some(token) = forge.token {
            let sealed = core
                .sealer
                .seal(FORGE_TOKEN, token.expose())
                .map_err(|error| ServiceError::Internal(error.to_string()))?;
            row.forge_token = Set(Some(sealed));
        }
    }
    row.updated_at = Set(time::now());
    let row = row.update(transaction.db()).await?;
    let detail = json!({"url": row.url});
    audit::note(
        &transaction,
        caller,
        "repository.register",
        row.id.to_string(),
        detail,
    )
    .await?;
    transaction.commit().await?;
    Ok((row, !known))
}

struct CheckedForge {
    kind: ForgeKind,
    api_url: Url,
    token: Option<Secret>,
}

fn check_forge(core: &Core, clone: &str, forge: ForgeInput) -> Result<CheckedForge, ServiceError> {
    let host = Url::parse(clone)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    let kind = match &forge.kind {
        Some(name) => name
            .parse::<ForgeKind>()
            .map_err(|_| ServiceError::invalid("forge.kind", "github, gitlab or gitea"))?,
        None => ForgeKind::detect(&host).ok_or_else(|| {
            ServiceError::invalid(
                "forge.kind",
                "the host is not a known forge: github, gitlab or gitea",
            )
        })?,
    };
    let api_url = match &forge.api_url {
        Some(text) => text.clone(),
        None => default_api_url(kind, clone)
            .map_err(|error| ServiceError::invalid("forge.api_url", error.to_string()))?
            .to_string(),
    };
    let api_url = core
        .guard
        .check_url(&api_url, UrlKind::Forge)
        .map_err(|error| ServiceError::invalid("forge.api_url", error.to_string()))?;
    project_path(clone).map_err(|error| ServiceError::invalid("url", error.to_string()))?;
    let token = forge.token.filter(|token| !token.expose().is_empty());
    if let Some(token) = &token
        && (token.expose().len() > 4_096 || token.expose().chars().any(char::is_control))
    {
        return Err(ServiceError::invalid(
            "forge.token",
            "at most 4,096 printable characters",
        ));
    }
    Ok(CheckedForge {
        kind,
        api_url,
        token,
    })
}

/// A branch, tag or commit as git would take it, and nothing that could be taken for an option.
pub fn check_reference(field: &str, name: &str) -> Result<(), ServiceError> {
    let good = name.len() <= 255
        && !name.starts_with('-')
        && git2::Reference::is_valid_name(&format!("refs/heads/{name}"));
    if good {
        Ok(())
    } else {
        Err(ServiceError::invalid(
            field,
            "the name of a branch, a tag or a commit",
        ))
    }
}

/// A repository of the caller's tenant.
pub async fn get(core: &Core, caller: &Caller, id: i32) -> Result<repository::Model, ServiceError> {
    caller.needs("repositories:read")?;
    find(core, &caller.tenant_id, id).await
}

/// A repository of a tenant.
pub async fn find(
    core: &Core,
    tenant_id: &str,
    id: i32,
) -> Result<repository::Model, ServiceError> {
    repository::Entity::find_by_id(id)
        .filter(repository::Column::TenantId.eq(tenant_id))
        .one(core.store.db())
        .await?
        .ok_or_else(|| ServiceError::not_found("repository"))
}

/// The tenant's repositories, in the order they became known.
pub async fn list(
    core: &Core,
    caller: &Caller,
    page: &PageQuery,
) -> Result<Page<repository::Model>, ServiceError> {
    caller.needs("repositories:read")?;
    let limit = page.limit()?;
    let mut query = repository::Entity::find()
        .filter(repository::Column::TenantId.eq(&caller.tenant_id))
        .order_by_asc(repository::Column::Id)
        .limit(limit + 1);
    if let Some((after, _)) = page.after()? {
        query = query.filter(repository::Column::Id.gt(after));
    }
    let rows = query.all(core.store.db()).await?;
    Ok(Page::new(rows, limit, |row| place(row.id.into(), "")))
}
