//! The statistics of a table.

use std::collections::BTreeMap;

use pose_frame::{PoseTable, TableError};
use serde::Serialize;

use crate::group::{Group, Groups};
use crate::moments::Moments;
use crate::number::{Number, optional_float};
use crate::ordered::Domain;
use crate::quantiles::{Wanted, keys_at};
use crate::scan::{Found, Scan, kept};
use crate::{GroupBy, StatsError, StatsErrorKind, StatsOptions, StatsProgress};

/// The statistics of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Rows of the table.
    pub frames: usize,
    /// What was taken together.
    pub by: GroupBy,
    /// From which likelihood on points were taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_likelihood: Option<f64>,
    /// Names of the levels of keys, outermost first.
    pub levels: Vec<Option<String>>,
    /// What was taken together, in the order of the first column.
    pub groups: Vec<GroupStats>,
}

/// The statistics of what was taken together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GroupStats {
    /// Its labels, outermost level first.
    pub key: Vec<String>,
    /// How many values are there and were taken.
    pub count: usize,
    /// How many are missing: null or NaN.
    pub missing: usize,
    /// How many are of points that were not likely enough; whether they are missing is not looked at.
    pub left_out: usize,
    /// The mean; none without values, of texts, and between infinities.
    #[serde(serialize_with = "optional_float")]
    pub mean: Option<f64>,
    /// The standard deviation, with one degree of freedom less than there are values; none of fewer than two, of texts, and
    /// where a value is infinite.
    #[serde(serialize_with = "optional_float")]
    pub std: Option<f64>,
    /// The least value.
    pub min: Option<Number>,
    /// The quantiles, as they were asked for; none without values and of texts.
    pub quantiles: Vec<Quantile>,
    /// The greatest value.
    pub max: Option<Number>,
}

/// A value that a part of the values does not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Quantile {
    /// How large the part is, from 0 to 1.
    pub quantile: f64,
    /// The value, interpolated between the two nearest.
    #[serde(serialize_with = "optional_float")]
    pub value: Option<f64>,
}

/// Takes the statistics of a table; see the [crate](crate) for what they are and what they cost.
///
/// `progress` is called after each batch.
///
/// # Errors
///
/// When the table cannot be read, has no such level or no likelihoods, or a quantile is none.
pub fn stats(
    table: &dyn PoseTable,
    options: &StatsOptions,
    progress: &(dyn Fn(StatsProgress) + Sync),
) -> Result<Stats, StatsError> {
    if let Some(&quantile) = options.quantiles.iter().find(|quantile| !(0.0..=1.0).contains(*quantile)) {
        return Err(StatsErrorKind::Quantile { quantile }.into());
    }
    let Groups { groups, levels } = Groups::of(table.schema(), options.by, options.min_likelihood.is_some())?;
    let frame = kept(table, options.memory_bytes)?;
    let table = frame.as_ref().map_or(table, |frame| frame as &dyn PoseTable);
    let mut scan =
        Scan { table, groups: &groups, min_likelihood: options.min_likelihood, progress, passes: 0 };
    let mut totals: Vec<Option<Totals>> = groups.iter().map(|group| Some(Totals::of(group.domain))).collect();
    scan.pass(&mut totals, Totals::add)?;
    let totals: Vec<Totals> = totals.into_iter().flatten().collect();
    let keys = if options.quantiles.is_empty() {
        vec![BTreeMap::new(); groups.len()]
    } else {
        ranked(&mut scan, &totals, options)?
    };
    let rows = groups.iter().zip(totals).zip(keys);
    Ok(Stats {
        frames: table.num_frames(),
        by: options.by,
        min_likelihood: options.min_likelihood,
        levels: levels.iter().map(|name| name.as_deref().map(str::to_owned)).collect(),
        groups: rows.map(|((group, totals), keys)| row(group, &totals, &keys, &options.quantiles)).collect(),
    })
}

/// What one pass tells.
struct Totals {
    domain: Domain,
    moments: Moments,
    missing: usize,
    left_out: usize,
    low: u64,
    high: u64,
}

impl Totals {
    fn of(domain: Domain) -> Self {
        Self { domain, moments: Moments::default(), missing: 0, left_out: 0, low: u64::MAX, high: 0 }
    }

    fn add(&mut self, found: Found) {
        let Found { keys, missing, left_out } = found;
        self.missing += missing;
        self.left_out += left_out;
        self.low = keys.iter().copied().min().unwrap_or(self.low).min(self.low);
        self.high = keys.iter().copied().max().unwrap_or(self.high).max(self.high);
        self.moments.add(keys.iter().map(|key| self.domain.float(*key)));
    }
}

fn ranked(
    scan: &mut Scan<'_>,
    totals: &[Totals],
    options: &StatsOptions,
) -> Result<Vec<BTreeMap<usize, u64>>, TableError> {
    let wanted = totals.iter().map(|totals| {
        let count = totals.moments.count;
        let ranks = options.quantiles.iter().flat_map(|quantile| {
            let (below, above, _) = place(*quantile, count);
            [below, above]
        });
        let has_ranks = count > 0 && totals.domain != Domain::Text;
        has_ranks.then(|| Wanted { ranks: ranks.collect(), count, low: totals.low, high: totals.high })
    });
    keys_at(scan, wanted.collect(), options.memory_bytes / 2)
}

/// Between which two ranks a quantile lies, and how far from the first.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "there are fewer than 2^53 values"
)]
fn place(quantile: f64, count: usize) -> (usize, usize, f64) {
    let last = count.saturating_sub(1);
    let at = quantile * last as f64;
    let below = (at.floor() as usize).min(last);
    (below, (below + 1).min(last), at - below as f64)
}

/// As NumPy does it, whose quantiles pandas has: from the nearer end, so that neither is overshot.
fn between(below: f64, above: f64, part: f64) -> f64 {
    if part <= 0.0 || below.to_bits() == above.to_bits() {
        return below;
    }
    let apart = above - below;
    if part < 0.5 { below + apart * part } else { above - apart * (1.0 - part) }
}

fn row(group: &Group, totals: &Totals, keys: &BTreeMap<usize, u64>, quantiles: &[f64]) -> GroupStats {
    let count = totals.moments.count;
    let has_numbers = count > 0 && group.domain != Domain::Text;
    let number = |value: f64| Some(value).filter(|value| has_numbers && !value.is_nan());
    let quantile = |quantile: &f64| {
        let (below, above, part) = place(*quantile, count);
        let float = |rank: usize| keys.get(&rank).map(|key| group.domain.float(*key));
        let value =
            float(below).zip(float(above)).and_then(|(below, above)| number(between(below, above, part)));
        Quantile { quantile: *quantile, value }
    };
    GroupStats {
        key: group.key.iter().map(ToString::to_string).collect(),
        count,
        missing: totals.missing,
        left_out: totals.left_out,
        mean: number(totals.moments.mean()),
        std: number(totals.moments.deviation()),
        min: has_numbers.then(|| group.domain.number(totals.low)),
        quantiles: quantiles.iter().map(quantile).collect(),
        max: has_numbers.then(|| group.domain.number(totals.high)),
    }
}
