//! `modified_id.csv`: `<modified>,<ID>` per line, the newest first.

use super::store::EcosystemState;
use crate::osv::is_id;

/// A record that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) id: String,
    /// As the listing writes it.
    pub(super) modified: String,
}

/// The records that a listing has in a newer version than `held`, or none if there are more than `most`.
///
/// Reading stops at the first line that is older than what is held. Lines of exactly that time are
/// looked at, since several records may change at once. Lines that make no sense are passed over, and so
/// are records whose listed version is known to be missing or broken.
pub(super) fn newer(listing: &[u8], held: &EcosystemState, most: usize) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    for line in listing.split(|byte| *byte == b'\n') {
        let Some((time, id)) = std::str::from_utf8(line)
            .ok()
            .and_then(|line| line.trim().split_once(','))
        else {
            continue;
        };
        let Ok(modified) = time.parse::<jiff::Timestamp>() else {
            continue;
        };
        if !is_id(id) {
            continue;
        }
        if held.newest.is_some_and(|newest| modified < newest) {
            break;
        }
        let same = held.newest == Some(modified) && held.at_newest.contains(id);
        if same || held.passed_over.get(id).is_some_and(|known| known == time) {
            continue;
        }
        if changes.len() == most {
            return None;
        }
        changes.push(Change {
            id: id.to_owned(),
            modified: time.to_owned(),
        });
    }
    Some(changes)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;

    const LISTING: &[u8] = b"2024-03-03T00:00:00.5Z,A-4\n2024-03-03T00:00:00Z,A-3\nnonsense\n\
        2024-03-02T00:00:00Z,../../x\n2024-03-02T00:00:00Z,A-2\n2024-03-02T00:00:00Z,A-1\n\
        2024-01-01T00:00:00Z,A-0\n2025-01-01T00:00:00Z,A-9\n";

    fn ids(held: &EcosystemState) -> Vec<String> {
        let changes = newer(LISTING, held, 100).unwrap();
        changes.into_iter().map(|change| change.id).collect()
    }

    #[test]
    fn reading_stops_at_what_is_held() {
        let mut held = EcosystemState {
            newest: "2024-03-02T00:00:00Z".parse().ok(),
            at_newest: ["A-1".to_owned()].into(),
            ..EcosystemState::default()
        };
        assert_eq!(ids(&held), ["A-4", "A-3", "A-2"]);
        held.passed_over
            .insert("A-3".into(), "2024-03-03T00:00:00Z".into());
        held.passed_over
            .insert("A-4".into(), "2023-01-01T00:00:00Z".into());
        assert_eq!(ids(&held), ["A-4", "A-2"]);
        held.newest = "2024-03-04T00:00:00Z".parse().ok();
        assert!(ids(&held).is_empty());
    }

    #[test]
    fn too_many_changes_are_none() {
        let held = EcosystemState::default();
        assert_eq!(newer(LISTING, &held, 6).map(|it| it.len()), Some(6));
        assert_eq!(newer(LISTING, &held, 5), None);
    }
}
