//! API tokens and JWT bearers.
//!
//! A token is `csk_` and 40 random hex digits. Only its SHA-256 is kept: the text has 160 bits of its own, so a slow
//! password hash would add nothing, and a look-up by hash tells a listener nothing about the text.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, Set, sea_query::Expr,
};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::callers::{Caller, SCOPES};
use super::{Core, StartError, audit};
use crate::error::{FieldError, ServiceError};
use crate::settings::RateLimits;
use crate::store::entity::{tenant, token};
use crate::time::{self, MINUTE, Millis};
use crate::{id, queue};

/// What every token begins with.
pub const PREFIX: &str = "csk_";

/// A token to be made.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    /// For people.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// From when it no longer holds, milliseconds since 1970.
    pub expires_at: Option<Millis>,
    /// Limits of its own.
    pub rate_limits: Option<RateLimits>,
}

/// A token that was made: the only time its text is known.
#[derive(Clone, Debug)]
pub struct MadeToken {
    /// The row.
    pub row: token::Model,
    /// The token.
    pub text: String,
}

/// SHA-256 in hex.
fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Makes a token.
pub async fn create(
    core: &Core,
    caller: &Caller,
    new: NewToken,
) -> Result<MadeToken, ServiceError> {
    caller.needs("tokens:write")?;
    let mut wrong = Vec::new();
    if new.name.trim().is_empty() || new.name.chars().count() > 100 {
        wrong.push(FieldError::new("name", "1 to 100 characters"));
    }
    if new.scopes.is_empty() {
        wrong.push(FieldError::new("scopes", "at least one scope"));
    }
    for scope in &new.scopes {
        if !SCOPES.contains(&scope.as_str()) {
            wrong.push(FieldError::new(
                "scopes",
                format!("no such scope; there are {}", SCOPES.join(", ")),
            ));
        } else if !caller.may(scope) {
            return Err(ServiceError::Forbidden(scope.clone()));
        }
    }
    if new.expires_at.is_some_and(|at| at <= time::now()) {
        wrong.push(FieldError::new("expires_at", "a time to come"));
    }
    if !wrong.is_empty() {
        return Err(ServiceError::Invalid(wrong));
    }
    let text = format!("{PREFIX}{}", hex::encode(rand::random::<[u8; 20]>()));
    let transaction = core.store.write().await?;
    let row = row(&caller.tenant_id, &text, &new)
        .insert(transaction.db())
        .await?;
    let detail = json!({"name": row.name, "scopes": row.scopes});
    audit::note(&transaction, caller, "token.create", &row.id, detail).await?;
    transaction.commit().await?;
    Ok(MadeToken { row, text })
}

fn row(tenant_id: &str, text: &str, new: &NewToken) -> token::ActiveModel {
    token::ActiveModel {
        id: Set(id::fresh("tok")),
        tenant_id: Set(tenant_id.to_owned()),
        name: Set(new.name.clone()),
        hash: Set(hash(text)),
        shown: Set(text.chars().take(PREFIX.len() + 6).collect()),
        scopes: Set(json!(new.scopes)),
        rate_limits: Set(new.rate_limits.as_ref().map(ToString::to_string)),
        created_at: Set(time::now()),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
        last_used_at: Set(None),
    }
}

/// The tokens of the caller's tenant, newest first; without those that were revoked.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<token::Model>, ServiceError> {
    caller.needs("tokens:read")?;
    Ok(token::Entity::find()
        .filter(token::Column::TenantId.eq(&caller.tenant_id))
        .filter(token::Column::RevokedAt.is_null())
        .order_by_desc(token::Column::CreatedAt)
        .all(core.store.db())
        .await?)
}

/// Revokes a token: it holds no longer.
pub async fn revoke(core: &Core, caller: &Caller, token_id: &str) -> Result<(), ServiceError> {
    caller.needs("tokens:write")?;
    let transaction = core.store.write().await?;
    let done = token::Entity::update_many()
        .col_expr(token::Column::RevokedAt, Expr::value(time::now()))
        .filter(token::Column::Id.eq(token_id))
        .filter(token::Column::TenantId.eq(&caller.tenant_id))
        .filter(token::Column::RevokedAt.is_null())
        .exec(transaction.db())
        .await?;
    if done.rows_affected == 0 {
        return Err(ServiceError::not_found("token"));
    }
    audit::note(&transaction, caller, "token.revoke", token_id, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whose credential this is: a token, or a JWT where a secret for them is set.
pub async fn authenticate(core: &Core, credential: &str) -> Result<Caller, ServiceError> {
    if credential.starts_with(PREFIX) {
        by_token(core, credential).await
    } else {
        by_jwt(core, credential).await
    }
}

async fn by_token(core: &Core, text: &str) -> Result<Caller, ServiceError> {
    const WRONG: ServiceError = ServiceError::Unauthorized("the API key is not valid");
    let wanted = hash(text);
    let found = token::Entity::find()
        .filter(token::Column::Hash.eq(&wanted))
        .one(core.store.db())
        .await?
        .ok_or(WRONG)?;
    let now = time::now();
    let same: bool = found.hash.as_bytes().ct_eq(wanted.as_bytes()).into();
    if !same || found.revoked_at.is_some() {
        return Err(WRONG);
    }
    if found.expires_at.is_some_and(|at| at <= now) {
        return Err(ServiceError::Unauthorized("the API key has expired"));
    }
    if found.last_used_at.is_none_or(|at| at < now - MINUTE) {
        let transaction = core.store.write().await?;
        token::Entity::update_many()
            .col_expr(token::Column::LastUsedAt, Expr::value(now))
            .filter(token::Column::Id.eq(&found.id))
            .exec(transaction.db())
            .await?;
        transaction.commit().await?;
    }
    let scopes = found
        .scopes
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|scope| scope.as_str().map(str::to_owned))
        .collect();
    Ok(Caller {
        tenant_id: found.tenant_id,
        actor: format!("token:{}", found.name),
        scopes,
        counter: found.id,
        rate_limits: found.rate_limits.and_then(|limits| limits.parse().ok()),
    })
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    tenant: String,
    #[serde(default)]
    scope: String,
}

async fn by_jwt(core: &Core, text: &str) -> Result<Caller, ServiceError> {
    const WRONG: ServiceError = ServiceError::Unauthorized("the credential is not valid");
    let secret = core.settings.jwt_secret.as_ref().ok_or(WRONG)?;
    // HS256 alone, whatever the header says; `exp` must be there and ahead.
    let mut validation = Validation::new(Algorithm::HS256);
    validation.leeway = 5;
    validation.validate_aud = false;
    validation.set_required_spec_claims(&["exp"]);
    let key = DecodingKey::from_secret(secret.expose().as_bytes());
    let claims = jsonwebtoken::decode::<Claims>(text, &key, &validation)
        .map_err(|_| WRONG)?
        .claims;
    tenant::Entity::find_by_id(claims.tenant.clone())
        .one(core.store.db())
        .await?
        .ok_or(WRONG)?;
    Ok(Caller {
        counter: format!("jwt:{}:{}", claims.tenant, claims.sub),
        tenant_id: claims.tenant,
        actor: format!("user:{}", claims.sub),
        scopes: claims.scope.split_whitespace().map(str::to_owned).collect(),
        rate_limits: None,
    })
}

/// Makes the first tenant and its token, as the settings say, in a database that has no tenant yet.
pub(super) async fn bootstrap(core: &Core) -> Result<(), StartError> {
    let Some(text) = &core.settings.bootstrap_token else {
        return Ok(());
    };
    let weak = !text.expose().starts_with(PREFIX) || text.expose().len() < PREFIX.len() + 20;
    if weak {
        return Err(StartError::Setting(
            "CORTEX_BOOTSTRAP_TOKEN is `csk_` and at least 20 more characters; make them with `openssl rand -hex 20`".to_owned(),
        ));
    }
    let tenant_id = match &core.settings.bootstrap_tenant {
        Some(id) => uuid::Uuid::parse_str(id)
            .map_err(|_| StartError::Setting(format!("CORTEX_BOOTSTRAP_TENANT: {id}: not a UUID")))?
            .to_string(),
        None => uuid::Uuid::new_v4().to_string(),
    };
    // Of processes that start together the second waits here, and then finds a tenant.
    let transaction = core.store.write_alone().await?;
    if tenant::Entity::find().count(transaction.db()).await? > 0 {
        return Ok(());
    }
    queue::ensure_tenant(&transaction, &tenant_id, "default").await?;
    let new = NewToken {
        name: "bootstrap".to_owned(),
        scopes: vec!["admin".to_owned()],
        ..NewToken::default()
    };
    row(&tenant_id, text.expose(), &new)
        .insert(transaction.db())
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// The tenant that the command line works for: the one named, the only one, or a new one in an empty database.
pub async fn local_tenant(core: &Core, wanted: Option<&str>) -> Result<String, ServiceError> {
    let transaction = core.store.write_alone().await?;
    let tenants = tenant::Entity::find()
        .order_by_asc(tenant::Column::CreatedAt)
        .all(transaction.db())
        .await?;
    let id = match (wanted, tenants.as_slice()) {
        (Some(wanted), _) => uuid::Uuid::parse_str(wanted)
            .map_err(|_| ServiceError::invalid("tenant", "a UUID"))?
            .to_string(),
        (None, []) => uuid::Uuid::new_v4().to_string(),
        (None, [only]) => only.id.clone(),
        (None, _) => {
            return Err(ServiceError::invalid(
                "tenant",
                "there are several; name one with --tenant",
            ));
        }
    };
    queue::ensure_tenant(&transaction, &id, "default").await?;
    transaction.commit().await?;
    Ok(id)
}
