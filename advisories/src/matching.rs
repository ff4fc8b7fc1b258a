//! Is this version affected? The evaluation of the OSV schema
//! (<https://ossf.github.io/osv-schema/#evaluation>), as a plain function over one record, and as the
//! intervals that the index stores.
//!
//! Points that the schema leaves open, and how they are read here:
//!
//! - **Events at one version.** The schema sorts events by version and says nothing about ties. An
//!   `introduced` and a `fixed` at the same version leave things as they were (`[1, 2)` and `[2, 3)`
//!   touch; `[2, 2)` is empty), and `last_affected` acts after both, since it only concerns versions
//!   above it. So the order in which events are written never matters.
//! - **A version that cannot be ordered** is affected if a `versions` list names it, or if a range covers
//!   every version there can be. Otherwise, if there is a range at all, the answer is
//!   [`Verdict::Unknown`]: not "unaffected".
//! - **A range with an event that cannot be ordered** is skipped as a whole and gives `Unknown`, unless
//!   the version is affected by something else.
//! - `GIT` ranges say nothing about versions and are passed over.

use crate::ecosystem::{Coordinates, Ecosystem, VersionKey};
use crate::osv::{Affected, Package, Range, RangeKind, Record};

/// Whether a version is affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Affected,
    /// It is not.
    Unaffected,
    /// A range speaks of the package, but it or the version could not be ordered.
    Unknown,
}

/// Evaluates a whole record for one package version. A withdrawn record affects nothing.
pub fn evaluate_record(
    record: &Record,
    ecosystem: &dyn Ecosystem,
    name: &str,
    version: &str,
) -> Verdict {
    if record.is_withdrawn() {
        return Verdict::Unaffected;
    }
    let wanted = ecosystem.normalize(name);
    let mut verdict = Verdict::Unaffected;
    for affected in &record.affected {
        let is_it = affected
            .package
            .as_ref()
            .and_then(identify)
            .is_some_and(|(its, name)| {
                its == ecosystem.name() && ecosystem.normalize(&name) == wanted
            });
        if is_it {
            match evaluate(affected, ecosystem, version) {
                Verdict::Affected => return Verdict::Affected,
                Verdict::Unknown => verdict = Verdict::Unknown,
                Verdict::Unaffected => {}
            }
        }
    }
    verdict
}

/// The ecosystem and name of a package in a record. The two fields decide; a record that leaves one of
/// them out is read by its package URL.
pub(crate) fn identify(package: &Package) -> Option<(String, String)> {
    if !package.ecosystem.is_empty() && !package.name.is_empty() {
        return Some((package.ecosystem.clone(), package.name.clone()));
    }
    let at = Coordinates::from_purl(package.purl.as_deref()?)?;
    Some((at.ecosystem.to_owned(), at.name))
}

/// Evaluates one `affected` entry, whose package is taken to be the right one.
pub fn evaluate(affected: &Affected, ecosystem: &dyn Ecosystem, version: &str) -> Verdict {
    if affected.versions.iter().any(|listed| listed == version) {
        return Verdict::Affected;
    }
    let key = ecosystem.key(version);
    let mut verdict = Verdict::Unaffected;
    for range in &affected.ranges {
        match in_range(range, ecosystem, key.as_ref()) {
            Some(true) => return Verdict::Affected,
            Some(false) => {}
            None => verdict = Verdict::Unknown,
        }
    }
    verdict
}

/// The schema's `IncludedInRanges` for one range; none if it cannot be said.
fn in_range(range: &Range, ecosystem: &dyn Ecosystem, key: Option<&VersionKey>) -> Option<bool> {
    if range.kind == RangeKind::Git {
        return Some(false);
    }
    let Some(key) = key else {
        let covers_everything = intervals(range, ecosystem)?
            .iter()
            .any(|it| it.from == VersionKey::FIRST && it.to == End::Never);
        return covers_everything.then_some(true);
    };
    let events = Events::read(range, ecosystem)?;
    if events.limit.as_ref().is_some_and(|limit| key >= limit) {
        return Some(false);
    }
    let mut affected = false;
    for at_one_version in events.groups() {
        if at_one_version[0].key > *key {
            break;
        }
        affected = step(affected, at_one_version);
        let ends = at_one_version
            .iter()
            .any(|turn| turn.what == What::LastAffected);
        if ends && *key > at_one_version[0].key {
            affected = false;
        }
    }
    Some(affected)
}

/// Whether a version is affected at the version of these events, given how it was before.
fn step(before: bool, at_one_version: &[Turn<'_>]) -> bool {
    let has = |what| at_one_version.iter().any(|turn| turn.what == what);
    match (has(What::Introduced), has(What::Fixed)) {
        (true, false) => true,
        (false, true) => false,
        (true, true) | (false, false) => before,
    }
}

/// The events of a range, ready for evaluation.
struct Events<'a> {
    /// Ascending by version.
    turns: Vec<Turn<'a>>,
    /// The highest `limit`; none if there is no limit or one of them is `*`. Being below any limit is
    /// enough, so the highest one decides.
    limit: Option<VersionKey>,
}

struct Turn<'a> {
    key: VersionKey,
    what: What,
    text: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Introduced,
    Fixed,
    LastAffected,
}

impl<'a> Events<'a> {
    /// None if the kind of range or one of its versions cannot be ordered.
    fn read(range: &'a Range, ecosystem: &dyn Ecosystem) -> Option<Self> {
        if !ecosystem.orders(&range.kind) {
            return None;
        }
        let mut turns = Vec::with_capacity(range.events.len());
        let mut limit = None;
        let mut unlimited = false;
        for event in &range.events {
            for (what, text) in [
                (What::Introduced, &event.introduced),
                (What::Fixed, &event.fixed),
                (What::LastAffected, &event.last_affected),
            ] {
                let Some(text) = text else { continue };
                let key = if what == What::Introduced && text == "0" {
                    VersionKey::FIRST
                } else {
                    ecosystem.key(text)?
                };
                turns.push(Turn { key, what, text });
            }
            match event.limit.as_deref() {
                None => {}
                Some("*") => unlimited = true,
                Some(text) => limit = limit.max(Some(ecosystem.key(text)?)),
            }
        }
        turns.sort_by(|a, b| (&a.key, a.text).cmp(&(&b.key, b.text)));
        Some(Self {
            turns,
            limit: limit.filter(|_| !unlimited),
        })
    }

    /// The events at each version, ascending. No group is empty.
    fn groups(&self) -> impl Iterator<Item = &[Turn<'a>]> {
        self.turns.chunk_by(|a, b| a.key == b.key)
    }
}

/// A stretch of affected versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The first affected version.
    pub from: VersionKey,
    /// Where it ends.
    pub to: End,
    /// The version that ends it by mending it, as it was written.
    pub fixed: Option<String>,
}

/// Where an [`Interval`] ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It does not: every later version is affected.
    Never,
    /// Before this version.
    Before(VersionKey),
    /// With this version.
    After(VersionKey),
}

/// The affected versions of a range, as disjoint intervals in ascending order; none if the range cannot
/// be ordered. `GIT` ranges have no intervals.
pub fn intervals(range: &Range, ecosystem: &dyn Ecosystem) -> Option<Vec<Interval>> {
    if range.kind == RangeKind::Git {
        return Some(Vec::new());
    }
    let events = Events::read(range, ecosystem)?;
    let mut intervals = Vec::new();
    let mut open: Option<VersionKey> = None;
    for at_one_version in events.groups() {
        let key = &at_one_version[0].key;
        if step(open.is_some(), at_one_version) {
            let from = open.get_or_insert_with(|| key.clone());
            if at_one_version
                .iter()
                .any(|turn| turn.what == What::LastAffected)
            {
                intervals.push(Interval {
                    from: from.clone(),
                    to: End::After(key.clone()),
                    fixed: None,
                });
                open = None;
            }
        } else if let Some(from) = open.take() {
            let fixed = at_one_version
                .iter()
                .find(|turn| turn.what == What::Fixed)
                .map(|turn| turn.text.to_owned());
            intervals.push(Interval {
                from,
                to: End::Before(key.clone()),
                fixed,
            });
        }
    }
    if let Some(from) = open {
        intervals.push(Interval {
            from,
            to: End::Never,
            fixed: None,
        });
    }
    if let Some(limit) = events.limit {
        intervals.retain(|interval| interval.from < limit);
        for interval in &mut intervals {
            let beyond = match &interval.to {
                End::Never => true,
                End::Before(end) => *end > limit,
                End::After(end) => *end >= limit,
            };
            if beyond {
                interval.to = End::Before(limit.clone());
                interval.fixed = None;
            }
        }
    }
    Some(intervals)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a failed unwrap is a failed test"
    )]
    use super::*;
    use crate::ecosystem;
    use crate::osv::Event;
    use proptest::prelude::*;

    fn npm() -> &'static dyn Ecosystem {
        ecosystem::by_name("npm").unwrap()
    }

    /// `"i1.0 f2.0 l3 x*"` as a range.
    fn range(kind: RangeKind, events: &str) -> Range {
        let events = events
            .split_whitespace()
            .map(|event| {
                let (what, version) = event.split_at(1);
                let version = Some(version.to_owned());
                let mut event = Event::default();
                match what {
                    "i" => event.introduced = version,
                    "f" => event.fixed = version,
                    "l" => event.last_affected = version,
                    "x" => event.limit = version,
                    _ => unreachable!("{what}"),
                }
                event
            })
            .collect();
        Range {
            kind,
            repo: None,
            events,
        }
    }

    fn check(events: &str, affected: &str, unaffected: &str) {
        let range = range(RangeKind::Semver, events);
        let spans = intervals(&range, npm()).unwrap();
        for (versions, expected) in [(affected, true), (unaffected, false)] {
            for version in versions.split_whitespace() {
                let key = npm().key(version).unwrap();
                assert_eq!(
                    in_range(&range, npm(), Some(&key)),
                    Some(expected),
                    "{version} in {events}"
                );
                assert_eq!(
                    spans.iter().any(|i| holds(i, &key)),
                    expected,
                    "{version} in {spans:?}"
                );
            }
        }
    }

    fn holds(interval: &Interval, key: &VersionKey) -> bool {
        interval.from <= *key
            && match &interval.to {
                End::Never => true,
                End::Before(end) => key < end,
                End::After(end) => key <= end,
            }
    }

    #[test]
    fn the_examples_of_the_schema() {
        check("i0", "0.0.0-0 1.0.0 99.0.0", "");
        check("i0 f1.0.2", "0.0.1 1.0.2-rc.1", "1.0.2 1.0.3");
        check(
            "i1.0.0 f1.0.2 i3.0.0 f3.2.5",
            "1.0.0 1.0.1 3.0.0 3.2.4",
            "0.9.0 1.0.0-rc 1.0.2 2.0.0 3.2.5 4.0.0",
        );
        check("i0 l2.1.214", "2.1.214 1.0.0", "2.1.215 2.1.215-0");
    }

    #[test]
    fn events_may_come_in_any_order() {
        check(
            "f3.2.5 i3.0.0 f1.0.2 i1.0.0",
            "1.0.0 1.0.1 3.0.0 3.2.4",
            "0.9.0 1.0.2 2.0.0 3.2.5",
        );
        check("l2.0.0 i1.0.0", "1.0.0 2.0.0", "0.9.0 2.0.1");
    }

    #[test]
    fn events_at_one_version() {
        check("i2.0.0 f2.1.0 i2.1.0 f2.2.0", "2.0.0 2.1.0 2.1.5", "2.2.0");
        check("f2.1.0 i2.1.0 f2.2.0 i2.0.0", "2.0.0 2.1.0 2.1.5", "2.2.0");
        check("i2.0.0 f2.0.0", "", "1.0.0 2.0.0 3.0.0");
        check("f2.0.0 i2.0.0", "", "1.0.0 2.0.0 3.0.0");
        check("i2.1.0-M1 l2.1.0-M1", "2.1.0-M1", "2.1.0 2.1.0-M0 2.1.0-M2");
        check("l2.3.21 i2.3.21", "2.3.21", "2.3.20 2.3.22");
    }

    #[test]
    fn limits() {
        check("i0 x2.0.0", "1.9.9 2.0.0-rc", "2.0.0 3.0.0");
        check("i0 x2.0.0 x4.0.0 f5.0.0", "3.0.0", "4.0.0 5.0.0");
        check("i0 x2.0.0 x* f5.0.0", "3.0.0 4.9.0", "5.0.0");
        check("i3.0.0 x2.0.0", "", "1.0.0 3.0.0");
        check("i1.0.0 l2.0.0 x2.0.0", "1.5.0", "2.0.0");
    }

    #[test]
    fn ranges_without_a_beginning_or_events_affect_nothing() {
        check("", "", "1.0.0");
        check("f2.0.0", "", "1.0.0 2.0.0 3.0.0");
        check("l2.0.0", "", "1.0.0 2.0.0 3.0.0");
        check("i0 f1.0.0 f2.0.0", "0.1.0", "1.0.0 1.5.0 2.0.0");
    }

    #[test]
    fn what_cannot_be_ordered_is_unknown_not_clean() {
        let mut affected = Affected {
            ranges: vec![range(RangeKind::Semver, "i0 f2.0.0")],
            versions: vec!["nightly".into(), "7.0.0".into()],
            ..Affected::default()
        };
        let verdict = |affected: &Affected, version| evaluate(affected, npm(), version);
        assert_eq!(verdict(&affected, "nightly"), Verdict::Affected);
        assert_eq!(verdict(&affected, "7.0.0"), Verdict::Affected);
        assert_eq!(verdict(&affected, "latest"), Verdict::Unknown);
        assert_eq!(verdict(&affected, "2.0.0"), Verdict::Unaffected);

        affected.ranges = vec![range(RangeKind::Ecosystem, "i0")];
        assert_eq!(verdict(&affected, "latest"), Verdict::Affected);

        affected.ranges = vec![range(RangeKind::Semver, "i0 fsoon")];
        assert_eq!(verdict(&affected, "1.0.0"), Verdict::Unknown);
        affected.ranges.push(range(RangeKind::Semver, "i0 f2.0.0"));
        assert_eq!(verdict(&affected, "1.0.0"), Verdict::Affected);
        assert_eq!(verdict(&affected, "3.0.0"), Verdict::Unknown);

        affected.ranges = vec![range(RangeKind::Git, "i0")];
        assert_eq!(verdict(&affected, "1.0.0"), Verdict::Unaffected);
        assert_eq!(verdict(&affected, "latest"), Verdict::Unaffected);
        affected.ranges = vec![range(RangeKind::Other("LUNAR".into()), "i0")];
        assert_eq!(verdict(&affected, "1.0.0"), Verdict::Unknown);
    }

    #[test]
    fn packages_are_known_by_name_and_else_by_package_url() {
        let record = |package: &str| {
            Record::from_json(
                format!(
                    r#"{{"id":"X-1","modified":"","affected":[{{"package":{package},"versions":["1.0.0"]}}]}}"#
                )
                .as_bytes(),
            )
            .unwrap()
        };
        let by_url = record(r#"{"purl":"pkg:npm/%40a/b"}"#);
        assert_eq!(
            evaluate_record(&by_url, npm(), "@a/b", "1.0.0"),
            Verdict::Affected
        );
        let contradictory = record(r#"{"ecosystem":"npm","name":"a","purl":"pkg:npm/b"}"#);
        assert_eq!(
            evaluate_record(&contradictory, npm(), "a", "1.0.0"),
            Verdict::Affected
        );
        assert_eq!(
            evaluate_record(&contradictory, npm(), "b", "1.0.0"),
            Verdict::Unaffected
        );
        let crates = ecosystem::by_name("crates.io").unwrap();
        let underscore = record(r#"{"ecosystem":"crates.io","name":"Foo_bar"}"#);
        assert_eq!(
            evaluate_record(&underscore, crates, "foo-bar", "1.0.0"),
            Verdict::Affected
        );
        assert_eq!(
            evaluate_record(&underscore, npm(), "Foo_bar", "1.0.0"),
            Verdict::Unaffected
        );
    }

    fn version() -> impl Strategy<Value = String> {
        (0_u8..3, 0_u8..3, prop::option::of(0_u8..2)).prop_map(|(major, minor, pre)| match pre {
            Some(pre) => format!("{major}.{minor}.0-{pre}"),
            None => format!("{major}.{minor}.0"),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Intervals are disjoint, ascending, and hold exactly the versions that the evaluation says;
        /// neither depends on the order in which events are written.
        #[test]
        fn intervals_are_the_evaluation(
            mut events in prop::collection::vec(
                (prop::sample::select(vec!["i", "f", "l", "x"]), prop_oneof![9 => version(), 1 => Just("0".to_owned())]),
                0..7,
            ),
            versions in prop::collection::vec(version(), 1..12),
            rotation in 0_usize..7,
        ) {
            let text = |events: &[(&str, String)]| {
                let events: Vec<String> = events.iter().map(|(what, at)| format!("{what}{at}")).collect();
                events.join(" ")
            };
            let first = range(RangeKind::Semver, &text(&events));
            let turn = rotation % events.len().max(1);
            events.rotate_left(turn);
            events.reverse();
            let second = range(RangeKind::Semver, &text(&events));
            let spans = intervals(&first, npm()).unwrap();
            prop_assert_eq!(&spans, &intervals(&second, npm()).unwrap());
            for pair in spans.windows(2) {
                prop_assert!(!holds(&pair[0], &pair[1].from) && pair[0].from < pair[1].from);
            }
            for version in versions {
                let key = npm().key(&version).unwrap();
                let answer = in_range(&first, npm(), Some(&key));
                prop_assert_eq!(answer, in_range(&second, npm(), Some(&key)));
                prop_assert_eq!(answer, Some(spans.iter().any(|span| holds(span, &key))), "{}", version);
            }
        }
    }
}
