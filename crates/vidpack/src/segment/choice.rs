//! What is done with each channel, chosen by looking at a sample.

use super::grid::Grid;
use super::{Rests, sample};
use crate::array::Number;
use crate::choose::{self, Survey};
use crate::layout::Pictures;
use crate::plan::Bits;
use crate::transform::predict::Range;
use crate::transform::split::{self, MAX_PIXELS};
use crate::transform::{Predictor, Scheme, fit};
use crate::{Above, ChannelPlan, Contract, Error, Options};

/// One value of so many may have bits above the first samples for these to be kept in the side data, and one of so many where it
/// was so in the segment before.
const FEW: usize = 64;
const STILL_FEW: usize = 16;

/// What was found best for one channel.
pub(super) struct Choice {
    pub(super) scheme: Scheme,
    pub(super) range: Range,
    pub(super) predictor: Predictor,
    pub(super) bound: Option<f64>,
    /// What the predictor left in the sample.
    pub(super) left: Vec<f64>,
    pub(super) patches: Vec<fit::Patch>,
    pub(super) cost: f64,
    /// The same when the predictor was fitted, which may be some segments ago.
    pub(super) fitted_cost: f64,
}

impl Choice {
    pub(super) fn plan(
        self,
        rests: &Rests,
        exceptions: u64,
        pictures: Pictures,
        before: Option<&ChannelPlan>,
        options: &Options,
    ) -> ChannelPlan {
        let signed = self.predictor != Predictor::None;
        let rest_bits = match rests.bits(signed) {
            0 => 0,
            _ if !signed && self.range.dropped == 0 => self.range.bits,
            bits => bits,
        };
        // Pictures this large leave no room for rows of noise that are several times as wide.
        let most = if pictures.pixels() > MAX_PIXELS / 8 { 8 } else { 56 };
        let (noise_bits, sample_bits) = match signed {
            true => choose::noise(
                &self.left,
                self.range.dropped,
                rest_bits,
                most,
                before.map(|plan| (plan.noise_bits, plan.sample_bits)),
            ),
            false if rest_bits <= 16 => (0, rest_bits.max(1)),
            false => (0, 8),
        };
        let above = match options.above {
            Some(above) => above,
            None if signed => {
                let (first, most) =
                    (noise_bits.saturating_add(sample_bits), pictures.count * pictures.pixels());
                let known = before.filter(|plan| {
                    (plan.noise_bits, plan.sample_bits) == (noise_bits, sample_bits) && plan.rest_bits > first
                });
                match known.map(|plan| plan.above) {
                    Some(Above::Side) if rests.beyond(first) <= most / STILL_FEW => Above::Side,
                    None if rests.beyond(first) <= most / FEW => Above::Side,
                    // Too many, or there is a video for them already.
                    _ => Above::Videos,
                }
            }
            None => Above::Videos,
        };
        ChannelPlan {
            scheme: self.scheme,
            bits: self.range.bits,
            dropped: self.range.dropped,
            predictor: self.predictor,
            rest_bits: if signed {
                split::filled(rest_bits, noise_bits, sample_bits, before)
            } else {
                rest_bits
            },
            noise_bits,
            sample_bits,
            exceptions,
            above,
        }
    }
}

/// A scheme, the bits of its codes, how many of these are dropped, and the bound that it keeps.
type Candidate = (Scheme, u8, u8, Option<f64>);

/// What was done with the channel in the segment before, where it serves as well as when it was fitted.
fn again<T: Number>(
    grid: &Grid<'_, T>,
    spots: &[sample::Spot<T>],
    neighbours: Option<&[fit::Patch]>,
    (scheme, bits, dropped, bound): Candidate,
    known: &ChannelPlan,
    fitted_cost: f64,
) -> Option<Choice> {
    let is_same = std::mem::discriminant(&scheme) == std::mem::discriminant(&known.scheme);
    let Predictor::Weighted { first, rest } = &known.predictor else { return None };
    if !is_same || dropped != known.dropped {
        return None;
    }
    let patches: Vec<_> = spots.iter().map(|spot| spot.codes(&scheme)).collect();
    if patches.iter().flat_map(|patch| &patch.kept).any(|kept| !*kept) {
        return None;
    }
    let left = fit::left(grid.layout, &patches, neighbours, dropped, (first, rest));
    let cost = weighted_cost(&left, dropped);
    // Each segment has a sample of its own: what costs less is as good as what costs as much.
    let serves = !left.is_empty() && cost <= fitted_cost * choose::NEARLY;
    let range = Range { bits, dropped };
    let predictor = known.predictor.clone();
    serves.then_some(Choice { scheme, range, predictor, bound, left, patches, cost, fitted_cost })
}

/// What is weighed well is hardly to be predicted again, and codecs do just that.
fn weighted_cost(left: &[f64], dropped: u8) -> f64 {
    choose::cost(left, dropped) * 1.03 + 0.02
}

#[expect(clippy::cast_precision_loss, reason = "of counts of a sample, which decide only what is chosen")]
pub(super) fn choose<T: Number>(
    grid: &Grid<'_, T>,
    channel: usize,
    contract: &Contract,
    bound: Option<f64>,
    before: Option<&Choice>,
    options: &Options,
) -> Result<Choice, Error> {
    let Pictures { count, height, .. } = grid.pictures;
    let mut survey = Survey::new();
    let mut row = Vec::new();
    for picture in 0..count {
        for y in 0..height {
            grid.row(channel, picture, y, &mut row);
            survey.add(&row);
        }
    }
    let plain = |scheme, bits| Choice {
        scheme,
        range: Range { bits, dropped: 0 },
        predictor: Predictor::None,
        bound: None,
        left: Vec::new(),
        patches: Vec::new(),
        cost: 0.0,
        fitted_cost: 0.0,
    };
    if let Some(scheme) = survey.constant() {
        return Ok(plain(scheme, 0));
    }
    if let Contract::Quality { bits, .. } = *contract {
        let Some((low, high)) = survey.range().filter(|(low, high)| low < high) else {
            return Ok(plain(
                Scheme::Order {
                    origin: Bits::of_i64(survey.range().map_or(0, |range| range.0.key())),
                    shift: 0,
                },
                0,
            ));
        };
        if let Some(unit) = options.unit {
            return Ok(plain(Scheme::Steps { origin: Bits(low.bits()), unit }, bits));
        }
        if !high.above(low).is_finite() {
            return Err(Error::contract("the values of a channel range over more than an f64 holds"));
        }
        return Ok(plain(Scheme::Range { low: Bits(low.bits()), high: Bits(high.bits()), bits }, bits));
    }
    let spots = sample::spots(grid, channel, options.sampled_values);
    let values: Vec<T> = spots.iter().flat_map(sample::Spot::values).copied().collect();
    let mut candidates: Vec<_> =
        survey.exact(&values).into_iter().map(|(scheme, bits)| (scheme, bits, 0, None)).collect();
    if let Some((scheme, bits, dropped)) = bound.and_then(|bound| survey.steps(bound)) {
        candidates.push((scheme, bits, dropped, bound));
    }
    let known = grid.before.and_then(|before| before.plan.channels.get(channel));
    let neighbours = before.map(|before| &*before.patches);
    let fitted_cost = grid.before.and_then(|before| before.costs.get(channel).copied());
    if let (Some(known), Some(fitted_cost)) = (known, fitted_cost) {
        for candidate in &candidates {
            if let Some(choice) = again(grid, &spots, neighbours, *candidate, known, fitted_cost) {
                return Ok(choice);
            }
        }
    }
    let is_same =
        |one: &Predictor, other: &Predictor| std::mem::discriminant(one) == std::mem::discriminant(other);
    let mut best: Option<Choice> = None;
    for (scheme, bits, dropped, bound) in candidates {
        let patches: Vec<_> = spots.iter().map(|spot| spot.codes(&scheme)).collect();
        let lost = patches.iter().flat_map(|patch| &patch.kept).filter(|kept| !**kept).count();
        let exceptions = 8.0 * T::TYPE.bytes() as f64 * lost as f64 / values.len().max(1) as f64;
        let (weighted, left) = fit::fit(grid.layout, &patches, neighbours, dropped);
        let weighted = (weighted_cost(&left, dropped), weighted, left);
        let others = [Predictor::None, Predictor::Previous].map(|predictor| {
            let left = choose::plain(&patches, &predictor, dropped);
            (choose::cost(&left, dropped), predictor, left)
        });
        for (fitted_cost, predictor, left) in others.into_iter().chain([weighted]) {
            let cost = fitted_cost;
            let stays =
                known.is_some_and(|known| known.dropped == dropped && is_same(&known.predictor, &predictor));
            let cost = (cost + exceptions) / if stays { choose::NEARLY } else { 1.0 };
            if !left.is_empty() && best.as_ref().is_none_or(|best| cost < best.cost) {
                let range = Range { bits, dropped };
                let patches = patches.clone();
                best = Some(Choice { scheme, range, predictor, bound, left, patches, cost, fitted_cost });
            } else if best.is_none() {
                best = Some(Choice { cost: f64::INFINITY, bound, ..plain(scheme, bits) });
            }
        }
    }
    // There is always a candidate that keeps everything.
    best.ok_or_else(|| Error::contract("nothing fits"))
}
