//! Values by their rank, exactly and in bounded memory.

use std::collections::BTreeMap;

use pose_frame::TableError;

use crate::scan::{Found, Scan};

/// What is looked for in a group: the values of these ranks, which are smaller than `count`.
pub(crate) struct Wanted {
    pub(crate) ranks: Vec<usize>,
    pub(crate) count: usize,
    /// The least and the greatest key.
    pub(crate) low: u64,
    pub(crate) high: u64,
}

/// Keys from `low` to `high`, among which those of some ranks are.
#[derive(Debug)]
struct Interval {
    low: u64,
    high: u64,
    /// How many keys are less than `low`, and how many are in it.
    before: usize,
    count: usize,
    /// Ranks in the whole group, ascending.
    ranks: Vec<usize>,
    how: How,
}

/// What is done with the keys in an interval.
#[derive(Debug)]
enum How {
    /// They are kept, to be sorted.
    Collect(Vec<u64>),
    /// They are counted by their upper bits.
    Count { shift: u32, bins: Vec<usize> },
}

/// For each group the keys of the ranks that are looked for.
///
/// Keys are counted in bins; the bins in which ranks lie are intervals of their own in the next pass, until the keys in them
/// fit in memory or are all the same. Bins are of equal width in the order of keys, which for floats are equal steps
/// between powers of two, so that very large and very small values are told apart as well.
pub(crate) fn keys_at(
    scan: &mut Scan<'_>,
    wanted: Vec<Option<Wanted>>,
    memory_bytes: usize,
) -> Result<Vec<BTreeMap<usize, u64>>, TableError> {
    let mut found: Vec<BTreeMap<usize, u64>> = wanted.iter().map(|_| BTreeMap::new()).collect();
    let mut open: Vec<Vec<Interval>> =
        wanted.into_iter().map(|wanted| wanted.into_iter().map(Interval::of).collect()).collect();
    loop {
        for (found, open) in found.iter_mut().zip(&mut open) {
            open.retain(|interval| {
                let is_one_key = interval.low == interval.high;
                if is_one_key {
                    found.extend(interval.ranks.iter().map(|rank| (*rank, interval.low)));
                }
                !is_one_key && !interval.ranks.is_empty()
            });
        }
        if open.iter().all(Vec::is_empty) {
            return Ok(found);
        }
        plan(&mut open, memory_bytes / size_of::<u64>());
        let mut states: Vec<Option<Vec<Interval>>> =
            open.drain(..).map(|intervals| (!intervals.is_empty()).then_some(intervals)).collect();
        scan.pass(&mut states, |intervals, found| add(intervals, &found))?;
        for (found, state) in found.iter_mut().zip(states) {
            let next = state.into_iter().flatten().flat_map(|interval| interval.narrowed(found));
            open.push(next.collect());
        }
    }
}

/// Decides what is done with each interval, so that no more than so many numbers are kept.
fn plan(open: &mut [Vec<Interval>], room: usize) {
    const MAX_BITS: u32 = 16;
    let mut all: Vec<&mut Interval> = open.iter_mut().flatten().collect();
    all.sort_by_key(|interval| interval.count);
    let mut left = room / 2;
    let mut to_count = Vec::new();
    for interval in all {
        if interval.count <= left {
            left -= interval.count;
            interval.how = How::Collect(Vec::with_capacity(interval.count));
        } else {
            to_count.push(interval);
        }
    }
    // One bit at least, so that every pass halves what is looked at.
    let sharp = (room / 2 / to_count.len().max(1)).checked_ilog2().unwrap_or(0).clamp(1, MAX_BITS);
    for interval in to_count {
        let width = interval.high - interval.low;
        let shift = (u64::BITS - width.leading_zeros()).saturating_sub(sharp);
        let bins = usize::try_from((width >> shift) + 1).unwrap_or(usize::MAX);
        interval.how = How::Count { shift, bins: vec![0; bins] };
    }
}

/// Adds keys to the intervals of their group, which lie apart and in order.
fn add(intervals: &mut [Interval], found: &Found) {
    for &key in &found.keys {
        let at = intervals.partition_point(|interval| interval.high < key);
        let Some(interval) = intervals.get_mut(at).filter(|interval| interval.low <= key) else { continue };
        let above = key - interval.low;
        match &mut interval.how {
            How::Collect(keys) => keys.push(key),
            How::Count { shift, bins } => bins[usize::try_from(above >> *shift).unwrap_or(usize::MAX)] += 1,
        }
    }
}

impl Interval {
    fn of(wanted: Wanted) -> Self {
        let Wanted { mut ranks, count, low, high } = wanted;
        ranks.sort_unstable();
        ranks.dedup();
        Self { low, high, before: 0, count, ranks, how: How::Collect(Vec::new()) }
    }

    /// What is still to be looked at; keys whose ranks are known go to `found`.
    fn narrowed(self, found: &mut BTreeMap<usize, u64>) -> Vec<Self> {
        let Self { low, high, mut before, ranks, how, .. } = self;
        let (shift, bins) = match how {
            How::Count { shift, bins } => (shift, bins),
            How::Collect(mut keys) => {
                let mut rest = keys.as_mut_slice();
                for rank in ranks {
                    // A table that changes while it is read has other keys the second time.
                    if rank - before >= rest.len() {
                        break;
                    }
                    let (_, key, above) = rest.select_nth_unstable(rank - before);
                    found.insert(rank, *key);
                    // The next rank is a greater one.
                    (rest, before) = (above, rank + 1);
                }
                return Vec::new();
            }
        };
        let mut ranks = ranks.into_iter().peekable();
        let mut narrowed = Vec::new();
        for (bin, count) in bins.into_iter().enumerate() {
            let mut inside = Vec::new();
            while let Some(rank) = ranks.next_if(|rank| *rank < before + count) {
                inside.push(rank);
            }
            if !inside.is_empty() {
                let from = low + ((bin as u64) << shift);
                let to = high.min(from.saturating_add((1 << shift) - 1));
                let how = How::Collect(Vec::new());
                narrowed.push(Self { low: from, high: to, before, count, ranks: inside, how });
            }
            before += count;
        }
        narrowed
    }
}
