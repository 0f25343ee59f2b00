//! What a check has found.

use std::fmt;

/// One broken promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The probe that found it: one of [`PROBES`](crate::contract::PROBES).
    pub probe: &'static str,
    /// What it saw.
    pub what: String,
}

/// What a check has found; its `Display` is a table.
#[derive(Clone, Debug, Default)]
#[must_use = "a report that nobody reads proves nothing"]
pub struct Report {
    pub(crate) probes: Vec<&'static str>,
    pub(crate) findings: Vec<Finding>,
}

impl Report {
    /// What was found, at most one finding per probe.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The probes that ran.
    pub fn probes(&self) -> &[&'static str] {
        &self.probes
    }

    /// The finding of one probe.
    pub fn found(&self, probe: &str) -> Option<&str> {
        self.findings.iter().find(|finding| finding.probe == probe).map(|it| it.what.as_str())
    }

    /// # Panics
    ///
    /// If anything was found; the message is the table.
    #[track_caller]
    pub fn assert_clean(&self) {
        self.assert_only(&[]);
    }

    /// For a layer whose exceptions are known and written down.
    ///
    /// # Panics
    ///
    /// Unless exactly these probes found something, in any order; the message
    /// is the table.
    #[track_caller]
    pub fn assert_only(&self, expected: &[&str]) {
        let mut found: Vec<_> = self.findings.iter().map(|finding| finding.probe).collect();
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert!(found == expected, "expected findings: {expected:?}, found: {found:?}\n{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.probes.iter().map(|probe| probe.len()).max().unwrap_or(0);
        for probe in &self.probes {
            writeln!(f, "{probe:width$}  {}", self.found(probe).unwrap_or("ok"))?;
        }
        Ok(())
    }
}
