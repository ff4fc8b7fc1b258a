//! The badge of a repository: a small SVG with what is open, drawn here so that a README asks nobody else.

use sea_orm::EntityTrait as _;

use super::callers::Caller;
use super::{Core, gate};
use crate::error::ServiceError;
use crate::store::entity::repository;

/// Width of a character of the badge's font, in tenths of a pixel: Verdana at 11 px, on average.
const CHARACTER: usize = 68;

/// The badge of a repository: to a caller of its tenant, or to anyone if the repository says so.
pub async fn badge(
    core: &Core,
    caller: Option<&Caller>,
    repository_id: i32,
) -> Result<String, ServiceError> {
    let found = repository::Entity::find_by_id(repository_id)
        .one(core.store.db())
        .await?;
    let Some(found) = found.filter(|found| {
        found.public_badge
            || caller.is_some_and(|caller| {
                caller.tenant_id == found.tenant_id && caller.may("findings:read")
            })
    }) else {
        return Err(match caller {
            Some(_) => ServiceError::not_found("repository"),
            None => ServiceError::Unauthorized(
                "the badge is not public: send an API key, or register the repository with public_badge",
            ),
        });
    };
    if found.last_scan_id.is_none() {
        return Ok(draw("not scanned", "#9f9f9f"));
    }
    let counts = gate::open_findings(core, found.id).await?;
    let worst = [
        ("critical", "#c0392b"),
        ("high", "#d35400"),
        ("medium", "#b7950b"),
        ("low", "#1f618d"),
    ]
    .into_iter()
    .find_map(|(name, colour)| {
        let count = counts.get(name).copied().filter(|count| *count > 0)?;
        Some((format!("{count} {name}"), colour))
    });
    Ok(match worst {
        Some((text, colour)) => draw(&text, colour),
        None => draw("nothing open", "#1e8449"),
    })
}

fn draw(text: &str, colour: &str) -> String {
    let width = |text: &str| (text.len() * CHARACTER).div_ceil(10) + 10;
    let label = "cortex";
    let (left, right) = (width(label), width(text));
    let whole = left + right;
    let (middle_left, middle_right) = (left / 2, left + right / 2);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"20\" role=\"img\" aria-label=\"{label}: {text}\">\
         <title>{label}: {text}</title>\
         <clipPath id=\"r\"><rect width=\"{whole}\" height=\"20\" rx=\"3\"/></clipPath>\
         <g clip-path=\"url(#r)\"><rect width=\"{left}\" height=\"20\" fill=\"#444\"/>\
         <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{colour}\"/></g>\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,Geneva,DejaVu Sans,sans-serif\" font-size=\"11\">\
         <text x=\"{middle_left}\" y=\"14\">{label}</text><text x=\"{middle_right}\" y=\"14\">{text}</text></g></svg>\n"
    )
}
