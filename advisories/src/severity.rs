//! How bad a thing is, in the five words used everywhere in Cortex.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The severity of a finding or an advisory. Ordered: `Info < Low < Medium < High < Critical`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// CVSS 0.0, or a note.
    Info,
    /// CVSS 0.1 to 3.9.
    Low,
    /// CVSS 4.0 to 6.9.
    Medium,
    /// CVSS 7.0 to 8.9.
    High,
    /// CVSS 9.0 to 10.0.
    Critical,
}

impl Severity {
    /// All severities, the worst first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Info,
    ];

    /// The severity of a CVSS base score (0.0 to 10.0), by the bounds of the CVSS v3.1
    /// specification, section 5.
    pub fn from_cvss(score: f64) -> Self {
        match score {
            s if s >= 9.0 => Self::Critical,
            s if s >= 7.0 => Self::High,
            s if s >= 4.0 => Self::Medium,
            s if s >= 0.1 => Self::Low,
            _ => Self::Info,
        }
    }

    /// The lower-case word, as reports print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The word is none of the known severities.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a severity; use critical, high, medium, low or info")]
pub struct UnknownSeverity(pub String);

impl FromStr for Severity {
    type Err = UnknownSeverity;

    /// Reads the words of Cortex, of GitHub (`moderate`) and of Semgrep rules (`error`, `warning`,
    /// `inventory`, `experiment`), in any case.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.to_ascii_lowercase().as_str() {
            "critical" => Ok(Self::Critical),
            "high" | "error" | "important" => Ok(Self::High),
            "medium" | "moderate" | "warning" => Ok(Self::Medium),
            "low" => Ok(Self::Low),
            "info" | "none" | "informational" | "inventory" | "experiment" | "negligible" => {
                Ok(Self::Info)
            }
            _ => Err(UnknownSeverity(word.to_owned())),
        }
    }
}
