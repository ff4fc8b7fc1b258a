//! For Slack (<https://api.slack.com/reference/block-kit>): `text` for notifications, `blocks` for the message. Fields
//! hold at most 2,000 characters, a section at most ten of them.

use serde_json::{Value, json};

use super::brief;
use crate::webhooks::Event;

/// `&`, `<` and `>` are all that Slack reads as markup of links and mentions; the zero-width space keeps `*`, `_`, `~`
/// and backticks from pairing up.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in brief(text, 300).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '*' | '_' | '~' | '`' => {
                escaped.push('\u{200b}');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

pub(super) fn body(event: &Event) -> Value {
    let headline = event.kind.headline();
    let about = event.fact("repository").map(|name| escape(&name));
    let text = match &about {
        Some(name) => format!("Cortex: {headline}: {name}"),
        None => format!("Cortex: {headline}"),
    };
    let fields: Vec<Value> = event
        .lines()
        .into_iter()
        .take(10)
        .map(|(label, value)| json!({"type": "mrkdwn", "text": format!("*{label}*\n{}", escape(&value))}))
        .collect();
    let mut blocks = vec![json!({
        "type": "header",
        "text": {"type": "plain_text", "text": format!("Cortex: {headline}"), "emoji": false},
    })];
    if !fields.is_empty() {
        blocks.push(json!({"type": "section", "fields": fields}));
    }
    json!({"text": text, "blocks": blocks})
}
