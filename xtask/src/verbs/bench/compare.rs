//! What changed between two runs: times that moved further than they spread, and sizes.

use std::fmt;

use anyhow::{Result, bail};

use super::measured::{Document, Measurement, Role};
use super::quantity;

/// Two runs never give the same: less than this is no news, however little each of them spread.
const LEAST_CHANGE: f64 = 1.05;

/// A size is the same in every run, but for what a codec makes of the number of threads.
const LEAST_GROWTH: f64 = 1.01;

/// What changed on our side. What the others took tells how much of it is the machine.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    worse: Vec<String>,
    better: Vec<String>,
    same: usize,
    /// In one run only, or timed once and so without a spread.
    left_out: usize,
    /// The median of how many times as long the others took.
    others: Option<f64>,
}

/// Compares each of our figures with the same one of another run.
pub(super) fn compare(before: &[Document], after: &[Document]) -> Result<Comparison> {
    let mut found = Comparison::default();
    let mut others = Vec::new();
    for now in after {
        let Some(then) = before.iter().find(|then| then.name == now.name) else {
            found.left_out += now.results.iter().filter(|result| is_ours(result)).count();
            continue;
        };
        if then.quick != now.quick {
            bail!("{}: one run was quick and the other was not, so their tables differ", now.name);
        }
        for result in &now.results {
            let same = |old: &&Measurement| old.contest() == result.contest() && old.who == result.who;
            let old = then.results.iter().find(same);
            if is_ours(result) {
                found.weigh(&now.name, old, result);
            } else if let Some((old, new)) = old.and_then(|old| old.median.zip(result.median)) {
                others.push(new / old);
            }
        }
    }
    others.sort_by(f64::total_cmp);
    found.others = others.get(others.len() / 2).copied();
    Ok(found)
}

impl Comparison {
    /// Whether anything got slower or larger.
    pub(super) fn is_worse(&self) -> bool {
        !self.worse.is_empty()
    }

    fn weigh(&mut self, name: &str, old: Option<&Measurement>, new: &Measurement) {
        let Some(old) = old else {
            self.left_out += 1;
            return;
        };
        let what = format!("{name}, {}, {} ({:?}), {}", new.workload, new.operation, new.cache, new.who);
        if let Some((before, after)) = old.size_bytes.zip(new.size_bytes)
            && (after > before * LEAST_GROWTH || before > after * LEAST_GROWTH)
        {
            let line = format!("{what}: {} instead of {}", quantity::bytes(after), quantity::bytes(before));
            if after > before { self.worse.push(line) } else { self.better.push(line) }
        }
        let (Some(was), Some(is)) = (old.timing(), new.timing()) else {
            self.left_out += 1;
            return;
        };
        let times = is.median / was.median;
        let line = || {
            let (before, after) = (quantity::seconds(was.median), quantity::seconds(is.median));
            format!("{what}: {after} instead of {before}, {} times", quantity::times(times))
        };
        if times > LEAST_CHANGE && is.least > was.most {
            self.worse.push(line());
        } else if times < 1.0 / LEAST_CHANGE && is.most < was.least {
            self.better.push(line());
        } else {
            self.same += 1;
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (lines, word) in [(&self.worse, "worse"), (&self.better, "better")] {
            for line in lines {
                writeln!(f, "{word}: {line}")?;
            }
        }
        writeln!(
            f,
            "{} worse, {} better, {} as before within what they spread, {} in one run only or timed once",
            self.worse.len(),
            self.better.len(),
            self.same,
            self.left_out
        )?;
        if let Some(others) = self.others {
            writeln!(
                f,
                "the others took {} times what they took before: about so much is the machine",
                quantity::times(others)
            )?;
        }
        Ok(())
    }
}

struct Timing {
    median: f64,
    least: f64,
    most: f64,
}

impl Measurement {
    /// Its times, if there are enough of them to have a spread.
    fn timing(&self) -> Option<Timing> {
        let ([least, most], median) = self.spread.zip(self.median)?;
        (self.times.len() > 1).then_some(Timing { median, least, most })
    }
}

fn is_ours(result: &Measurement) -> bool {
    matches!(result.role(), Role::Ours | Role::OursToo)
}

#[cfg(test)]
mod tests {
    use super::compare;
    use crate::verbs::bench::measured::Document;
    use crate::verbs::bench::measured::tests::{DOCUMENT, document};

    fn changed(from: &str, to: &str) -> Vec<Document> {
        assert!(DOCUMENT.contains(from));
        Document::parse(&DOCUMENT.replace(from, to)).unwrap()
    }

    const WRITE: &str = r#""median": 0.21, "spread": [0.2, 0.22]"#;

    #[test]
    fn nothing_changed_between_a_run_and_itself() {
        let found = compare(&[document()], &[document()]).unwrap();
        assert!(!found.is_worse());
        assert_eq!((found.better.len(), found.same, found.left_out), (0, 2, 1));
        assert_eq!(found.others.map(f64::to_bits), Some(1.0_f64.to_bits()));
    }

    #[test]
    fn what_moved_beyond_its_spread_is_named() {
        let slower = changed(WRITE, r#""median": 0.25, "spread": [0.23, 0.26]"#);
        let found = compare(&[document()], &slower).unwrap();
        assert!(found.is_worse());
        assert_eq!(found.worse, ["parquet, wide, write (Warm), ours: 250 ms instead of 210 ms, 1.19 times"]);
        let found = compare(&slower, &[document()]).unwrap();
        assert!(!found.is_worse());
        assert_eq!(found.better.len(), 1);
    }

    #[test]
    fn what_moved_within_its_spread_is_not() {
        let wide = changed(WRITE, r#""median": 0.25, "spread": [0.21, 0.3]"#);
        assert!(!compare(&[document()], &wide).unwrap().is_worse());
    }

    #[test]
    fn a_larger_file_is_worse() {
        let larger = changed(r#""size_bytes": 1e8"#, r#""size_bytes": 1.02e8"#);
        assert!(compare(&[document()], &larger).unwrap().is_worse());
    }

    #[test]
    fn a_quick_run_is_compared_with_no_other() {
        assert!(compare(&[document()], &changed(r#""quick": false"#, r#""quick": true"#)).is_err());
    }
}
