//! For Discord (<https://discord.com/developers/docs/resources/webhook#execute-webhook>): an embed, and no mention of
//! anyone. An embed has at most 25 fields of 1,024 characters.

use serde_json::{Value, json};

use super::brief;
use crate::webhooks::Event;

/// Discord reads Markdown; a backslash makes its characters plain. A zero-width space breaks mentions, which
/// `allowed_mentions` forbids as well.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in brief(text, 300).chars() {
        if "\\`*_{}[]()<>#+!|~:".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
        if c == '@' {
            escaped.push('\u{200b}');
        }
    }
    escaped
}

pub(super) fn body(event: &Event) -> Value {
    let fields: Vec<Value> = event
        .lines()
        .into_iter()
        .take(12)
        .map(|(label, value)| {
            let value = escape(&value);
            let shown = if value.is_empty() {
                "-".to_owned()
            } else {
                value
            };
            json!({"name": label, "value": shown, "inline": true})
        })
        .collect();
    json!({
        "username": "Cortex",
        "content": "",
        "embeds": [{
            "title": event.kind.headline(),
            "timestamp": event.at.to_string(),
            "fields": fields,
        }],
        "allowed_mentions": {"parse": []},
    })
}
