//! Who is ahead by how much: of every contest ours, and the best of the others.

use super::measured::{Cache, Contest, Document, Measurement, Role};
use super::quantity;

/// What counts in a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Time,
    Size,
    Memory,
}

/// A contest with its outcome.
pub(super) struct Outcome<'a> {
    pub(super) benchmark: &'a str,
    pub(super) contest: Contest<'a>,
    measure: Measure,
    pub(super) ours: &'a Measurement,
    pub(super) best: &'a Measurement,
    /// By how much ours is ahead: above one it is, below it is behind.
    pub(super) ahead: f64,
    /// Whether the times of both overlap.
    is_close: bool,
}

/// What README quotes: benchmark, workload, operation, what counts, and what it is called there.
const HEADLINES: [(&str, &str, &str, Measure, &str); 12] = [
    ("migrate", "folder", "migrate", Measure::Time, "migrate a folder of short videos, verified"),
    ("parquet", "wide", "write", Measure::Time, "write Parquet, 1,000,000 × 36"),
    ("parquet", "wide", "read", Measure::Time, "read it"),
    ("parquet", "wide", "read one bodypart", Measure::Time, "read one bodypart of it"),
    ("parquet", "wide", "write", Measure::Size, "its size"),
    ("parquet", "short", "read", Measure::Time, "read a short video's Parquet"),
    ("hdf5", "wide", "read table", Measure::Time, "read pandas' HDF5, 1,000,000 × 36"),
    ("hdf5", "wide", "write table", Measure::Time, "write it"),
    ("nwb", "short", "write", Measure::Time, "write a short video's NWB"),
    ("nwb", "wide", "write", Measure::Time, "write NWB, 1,000,000 × 36"),
    ("csv", "missing", "read", Measure::Time, "read CSV, 100,000 × 36"),
    (
        "query",
        "wide",
        "filter and aggregate",
        Measure::Time,
        "filter by likelihood and sum up, 1,000,000 × 36",
    ),
];

/// Of every contest of ours with others its outcome; `rivals` says who counts as one of the others.
pub(super) fn outcomes(
    documents: &[Document],
    measure: Measure,
    rivals: impl Fn(Role) -> bool,
) -> Vec<Outcome<'_>> {
    let mut found = Vec::new();
    for document in documents {
        let names = document.workloads().unwrap_or_default();
        for contest in names.iter().flat_map(|workload| document.contests(&workload.name)) {
            let sides = || document.sides(contest).filter(|side| measure.of(side).is_some());
            let ours = sides().find(|side| side.role() == Role::Ours);
            // Where ours has none of its own name (ours in two ways), the first stands for it.
            let Some(ours) = ours.or_else(|| sides().find(|side| side.role() == Role::OursToo)) else {
                continue;
            };
            // Whoever loses more is in no contest with ours.
            let error = |side: &Measurement| side.max_error.unwrap_or(0.0);
            let others = sides().filter(|side| rivals(side.role()) && error(side) <= error(ours));
            let ahead = |side: &Measurement| measure.ahead(ours, side);
            let Some(best) = others.min_by(|a, b| ahead(a).total_cmp(&ahead(b))) else { continue };
            let is_close = measure == Measure::Time && overlap(ours, best);
            let benchmark = document.name.as_str();
            found.push(Outcome { benchmark, contest, measure, ours, best, ahead: ahead(best), is_close });
        }
    }
    found
}

/// Other programs that keep the same, and those that keep numbers alone.
pub(super) fn anyone(role: Role) -> bool {
    matches!(role, Role::Peer | Role::Bare)
}

/// Other programs that keep the same.
pub(super) fn peers(role: Role) -> bool {
    role == Role::Peer
}

/// The lines that README quotes, with the head of their table; nothing where nothing was measured, or in a quick run: its
/// tables are not those that are named here.
pub(super) fn headlines(documents: &[Document]) -> Vec<String> {
    if documents.iter().any(|document| document.quick) {
        return Vec::new();
    }
    let found = HEADLINES.iter().filter_map(|(benchmark, workload, operation, measure, words)| {
        let outcomes = outcomes(documents, *measure, peers);
        let wanted = Contest { workload, operation, cache: Cache::Warm };
        let outcome = outcomes
            .into_iter()
            .find(|outcome| outcome.benchmark == *benchmark && outcome.contest == wanted)?;
        Some(outcome.row(words))
    });
    let rows: Vec<String> = found.collect();
    if rows.is_empty() { rows } else { [vec![HEAD.to_owned(), RULE.to_owned()], rows].concat() }
}

pub(super) const HEAD: &str = "| | ours | the best of the others | ours is |";
pub(super) const RULE: &str = "|---|---|---|---|";

impl Outcome<'_> {
    /// A row of a table under [`HEAD`].
    pub(super) fn row(&self, words: &str) -> String {
        let said = |side: &Measurement| {
            self.measure.of(side).map_or(String::new(), |value| self.measure.said(value))
        };
        format!(
            "| {words} | {} | {}, {} | {} |",
            said(self.ours),
            said(self.best),
            self.best.who,
            self.verdict()
        )
    }

    /// What it is called where its benchmark is not named.
    pub(super) fn words(&self) -> String {
        let Contest { workload, operation, cache } = self.contest;
        let cold = if cache == Cache::Cold { ", cold" } else { "" };
        format!("{} · {workload}: {operation}{cold}", self.benchmark)
    }

    /// Whether someone else is ahead, and not by chance.
    pub(super) fn is_lost(&self) -> bool {
        self.ahead < 0.98 && !self.is_close
    }

    fn verdict(&self) -> String {
        let [more, less] = match self.measure {
            Measure::Time => ["times as fast", "times as slow"],
            Measure::Size => ["times smaller", "times larger"],
            Measure::Memory => ["times less", "times more"],
        };
        if self.is_close || (0.98..1.02).contains(&self.ahead) {
            "even".to_owned()
        } else if self.ahead >= 1.0 {
            format!("{} {more}", quantity::times(self.ahead))
        } else {
            format!("**{} {less}**", quantity::times(1.0 / self.ahead))
        }
    }
}

impl Measure {
    pub(super) fn of(self, side: &Measurement) -> Option<f64> {
        match self {
            Self::Time => side.median,
            Self::Size => side.size_bytes,
            Self::Memory => side.peak_bytes,
        }
    }

    pub(super) fn said(self, value: f64) -> String {
        match self {
            Self::Time => quantity::seconds(value),
            Self::Size | Self::Memory => quantity::bytes(value),
        }
    }

    /// Times are compared round by round, where that was done.
    fn ahead(self, ours: &Measurement, other: &Measurement) -> f64 {
        let plain = self.of(other).zip(self.of(ours)).map_or(f64::NAN, |(other, ours)| other / ours);
        match (self, other.ratio, ours.ratio) {
            (Self::Time, Some(other), Some(own)) if own > 0.0 => other / own,
            _ => plain,
        }
    }
}

fn overlap(a: &Measurement, b: &Measurement) -> bool {
    a.spread
        .zip(b.spread)
        .is_some_and(|([a_low, a_high], [b_low, b_high])| a_low <= b_high && b_low <= a_high)
}

#[cfg(test)]
mod tests {
    use super::{Measure, anyone, headlines, outcomes};
    use crate::verbs::bench::measured::tests::document;

    #[test]
    fn who_is_ahead_is_said_both_ways() {
        let documents = [document()];
        let found = outcomes(&documents, Measure::Time, anyone);
        let said: Vec<_> = found.iter().map(|outcome| outcome.row(&outcome.words())).collect();
        assert_eq!(
            said,
            [
                "| parquet · wide: write | 210 ms | 2.10 s, pandas | 10 times as fast |",
                "| parquet · wide: read | 100 ms | 50.0 ms, quick & <small> | **2.00 times as slow** |",
            ]
        );
        assert_eq!(found.iter().map(super::Outcome::is_lost).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn what_is_quoted_is_what_was_measured() {
        let lines = headlines(&[document()]);
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[4], "| its size | 100 MB | 200 MB, pandas | 2.00 times smaller |");
        assert!(headlines(&[]).is_empty());
        let mut quick = document();
        quick.quick = true;
        assert!(headlines(&[quick]).is_empty());
    }

    #[test]
    fn who_loses_numbers_wins_nothing() {
        let mut document = document();
        document
            .results
            .iter_mut()
            .filter(|side| side.who != "ours")
            .for_each(|side| side.max_error = Some(639.0));
        assert!(outcomes(&[document], Measure::Time, anyone).is_empty());
    }
}
