//! The report for people: findings in code with their lines, vulnerable dependencies with what mends them, what was not
//! looked at, a summary. The worst comes first; the summary stands last, where a terminal leaves it in sight.

mod code;
mod dependencies;
mod frame;
mod line;
mod notes;
mod summary;

use std::io;

use self::line::Printer;
use super::{Report, Style};
use crate::finding::{Finding, FindingKind};

/// Writes the report.
pub(super) fn write(report: &Report, style: Style, output: &mut dyn io::Write) -> io::Result<()> {
    let mut printer = Printer::new(output, style);
    let of = |kind: FindingKind| -> Vec<&Finding> {
        report
            .findings
            .iter()
            .filter(|finding| finding.kind == kind && finding.vulnerability.is_none())
            .collect()
    };
    code::write(&mut printer, "Secrets", &of(FindingKind::Secret))?;
    code::write(&mut printer, "Code", &of(FindingKind::Code))?;
    code::write(&mut printer, "Checks", &of(FindingKind::Check))?;
    let vulnerable: Vec<_> = report
        .findings
        .iter()
        .filter_map(|finding| Some((finding, finding.vulnerability.as_ref()?)))
        .collect();
    dependencies::write(&mut printer, &vulnerable)?;
    notes::write(&mut printer, report)?;
    summary::write(&mut printer, report)
}
