//! `cortex token`: API tokens, straight in the service's database.

use cortex_worker::services::Core;
use cortex_worker::services::callers::Caller;
use cortex_worker::services::tokens::{self, NewToken};
use cortex_worker::time::{DAY, now, rfc3339};

use super::service::{block_on, file_settings, settings};
use crate::args::{TokenArguments, TokenCommand};
use crate::{Outcome, notice, output};

pub(crate) fn run(arguments: &TokenArguments) -> anyhow::Result<Outcome> {
    let file = file_settings(arguments.service.config.as_deref())?;
    let settings = settings(&arguments.service, &file)?;
    block_on(async move {
        let core = Core::start(settings).await?;
        let tenant = tokens::local_tenant(&core, arguments.tenant.as_deref()).await?;
        let caller = Caller::system(&tenant);
        match &arguments.command {
            TokenCommand::Create {
                name,
                scopes,
                expires,
                rate_limits,
            } => {
                let limits = rate_limits
                    .as_deref()
                    .map(str::parse)
                    .transpose()
                    .map_err(|error| anyhow::anyhow!("--rate-limits: {error}"))?;
                let new = NewToken {
                    name: name.clone(),
                    scopes: scopes.clone(),
                    expires_at: expires.map(|days| now() + i64::from(days) * DAY),
                    rate_limits: limits,
                };
                let made = tokens::create(&core, &caller, new).await?;
                notice::note(&format!(
                    "tenant {tenant}, {}: it is shown this once",
                    made.row.id
                ));
                output::print(&made.text)?;
            }
            TokenCommand::List => {
                let mut text = String::new();
                for row in tokens::list(&core, &caller).await? {
                    let scopes: Vec<&str> = row
                        .scopes
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(|scope| scope.as_str())
                        .collect();
                    let expires = row.expires_at.map_or_else(|| "never".to_owned(), rfc3339);
                    text.push_str(&format!(
                        "{}  {}…  {}  {}  made {}  expires {expires}\n",
                        row.id,
                        row.shown,
                        row.name,
                        scopes.join(","),
                        rfc3339(row.created_at),
                    ));
                }
                output::print(&text)?;
            }
            TokenCommand::Revoke { id } => {
                tokens::revoke(&core, &caller, id).await?;
                output::print(&format!("{id} is revoked"))?;
            }
        }
        Ok(Outcome::Done)
    })
}
