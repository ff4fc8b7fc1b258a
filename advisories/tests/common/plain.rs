//! The evaluation of OSV records as the schema's pseudocode has it, over JSON: slow, plain, and independent of the crate.

use semver::Version;
use serde_json::Value;

/// The schema's `IsVulnerable` for one record.
pub(crate) fn is_vulnerable(record: &Value, ecosystem: &str, name: &str, version: &str) -> bool {
    if record.get("withdrawn").is_some_and(Value::is_string) {
        return false;
    }
    let empty = Vec::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for affected in record["affected"].as_array().unwrap_or(&empty) {
        let package = &affected["package"];
        if package["ecosystem"] != ecosystem || package["name"] != name {
            continue;
        }
        if list(&affected["versions"]).iter().any(|it| it == version) {
            return true;
        }
        let Ok(version) = Version::parse(version) else {
            continue;
        };
        for range in list(&affected["ranges"]) {
            if range["type"] != "GIT" && in_range(&list(&range["events"]), &version) {
                return true;
            }
        }
    }
    false
}

pub(crate) fn in_range(events: &[Value], version: &Version) -> bool {
    let limits: Vec<&str> = events
        .iter()
        .filter_map(|it| it["limit"].as_str())
        .collect();
    let before_limits = limits.is_empty()
        || limits
            .iter()
            .any(|limit| *limit == "*" || version.cmp_precedence(&parse(limit)).is_lt());
    if !before_limits {
        return false;
    }
    // At one version: what ends first, then what begins, then what only concerns later versions.
    let mut sorted: Vec<(Option<Version>, u8)> = Vec::new();
    for event in events {
        for (field, rank) in [("fixed", 0), ("introduced", 1), ("last_affected", 2)] {
            if let Some(text) = event[field].as_str() {
                let first = field == "introduced" && text == "0";
                sorted.push(((!first).then(|| parse(text)), rank));
            }
        }
    }
    sorted.sort_by(|a, b| match (&a.0, &b.0) {
        (None, None) => a.1.cmp(&b.1),
        (None, _) => std::cmp::Ordering::Less,
        (_, None) => std::cmp::Ordering::Greater,
        (Some(x), Some(y)) => x.cmp_precedence(y).then(a.1.cmp(&b.1)),
    });
    let mut vulnerable = false;
    for (at, rank) in sorted {
        let order = at.map_or(std::cmp::Ordering::Greater, |at| {
            version.cmp_precedence(&at)
        });
        match rank {
            0 if order.is_ge() => vulnerable = false,
            1 if order.is_ge() => vulnerable = true,
            2 if order.is_gt() => vulnerable = false,
            _ => {}
        }
    }
    vulnerable
}

pub(crate) fn parse(text: &str) -> Version {
    Version::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
