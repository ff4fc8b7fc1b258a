//! Shapes of payloads, one file a channel. Adding one: a file here, and a line in each `match` below.

mod discord;
mod generic;
mod slack;
mod teams;

use std::str::FromStr;

use serde_json::Value;

use super::Event;
use super::event::UnknownEvent;

/// Who receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelType {
    /// A program: the facts as they are.
    Generic,
    /// Slack's incoming webhooks.
    Slack,
    /// Microsoft Teams' workflows.
    Teams,
    /// Discord's webhooks.
    Discord,
}

impl ChannelType {
    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Discord => "discord",
        }
    }

    /// The payload of an event.
    pub fn body(self, event: &Event) -> Value {
        match self {
            Self::Generic => generic::body(event),
            Self::Slack => slack::body(event),
            Self::Teams => teams::body(event),
            Self::Discord => discord::body(event),
        }
    }
}

impl FromStr for ChannelType {
    type Err = UnknownEvent;

    fn from_str(text: &str) -> Result<Self, UnknownEvent> {
        [Self::Generic, Self::Slack, Self::Teams, Self::Discord]
            .into_iter()
            .find(|channel| channel.as_str() == text)
            .ok_or(UnknownEvent)
    }
}

/// At most `most` characters, on one line, without control characters; what is cut ends in an ellipsis.
fn brief(text: &str, most: usize) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if clean.chars().count() <= most {
        return clean;
    }
    let mut cut: String = clean.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::*;
    use crate::webhooks::EventKind;

    fn event(data: Value) -> Event {
        Event {
            id: "evt_1".to_owned(),
            kind: EventKind::ScanCompleted,
            at: "2026-06-02T11:42:00Z".parse().unwrap(),
            data,
        }
    }

    const ALL: [ChannelType; 4] = [
        ChannelType::Generic,
        ChannelType::Slack,
        ChannelType::Teams,
        ChannelType::Discord,
    ];

    #[test]
    fn each_channel_has_its_shape() {
        let event = event(json!({"repository": "org/app", "score": 85.0}));
        let body = |channel: ChannelType| channel.body(&event);
        assert_eq!(body(ChannelType::Generic)["event"], "scan.completed");
        assert_eq!(body(ChannelType::Generic)["score"], 85.0);
        assert_eq!(body(ChannelType::Generic)["at"], "2026-06-02T11:42:00Z");
        assert!(body(ChannelType::Slack)["blocks"].is_array());
        assert!(body(ChannelType::Slack)["text"].is_string());
        let card = &body(ChannelType::Teams)["attachments"][0];
        assert_eq!(
            card["contentType"],
            "application/vnd.microsoft.card.adaptive"
        );
        assert_eq!(
            body(ChannelType::Discord)["allowed_mentions"]["parse"],
            json!([])
        );
        for channel in ALL {
            assert!(body(channel).to_string().contains("org/app"));
            assert_eq!(channel.as_str().parse::<ChannelType>().unwrap(), channel);
        }
    }

    #[test]
    fn a_strangers_text_is_neither_markup_nor_a_mention_nor_endless() {
        let name = format!(
            "<!channel> @everyone [x](http://evil.test) *b* `c`\n# d {}",
            "x".repeat(100_000)
        );
        let event = event(json!({"repository": name}));
        let slack = ChannelType::Slack.body(&event).to_string();
        assert!(!slack.contains("<!channel>") && slack.contains("&lt;!channel&gt;"));
        for channel in [ChannelType::Teams, ChannelType::Discord] {
            assert!(
                !channel.body(&event).to_string().contains("[x](http"),
                "{channel:?}"
            );
        }
        assert!(
            !ChannelType::Discord
                .body(&event)
                .to_string()
                .contains("@everyone")
        );
        for channel in [ChannelType::Slack, ChannelType::Teams, ChannelType::Discord] {
            assert!(channel.body(&event).to_string().len() < 6_000);
        }
    }
}
