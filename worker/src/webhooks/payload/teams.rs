//! For Microsoft Teams: an Adaptive Card in a message, as workflows take it
//! (<https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>).

use serde_json::{Value, json};

use super::brief;
use crate::webhooks::Event;

/// Cards read some Markdown; a backslash makes its characters plain.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in brief(text, 300).chars() {
        if "\\`*_{}[]()<>#+!|~".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

pub(super) fn body(event: &Event) -> Value {
    let facts: Vec<Value> = event
        .lines()
        .into_iter()
        .take(12)
        .map(|(label, value)| json!({"title": label, "value": escape(&value)}))
        .collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [
                    {"type": "TextBlock", "size": "Medium", "weight": "Bolder", "wrap": true,
                     "text": format!("Cortex: {}", event.kind.headline())},
                    {"type": "FactSet", "facts": facts},
                ],
            },
        }],
    })
}
