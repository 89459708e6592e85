//! What is left of the codes of a channel, in as few bytes as hold it.

use crate::transform::predict::Range;
use crate::transform::split::Slot;
use crate::transform::vectors::with_widest;

#[derive(Debug)]
pub(crate) enum Rests {
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
}

impl Rests {
    pub(crate) fn new(range: Range, values: usize) -> Self {
        // Where bits are dropped, a rest may need two bits more than the codes have left.
        let bits = if range.dropped == 0 { range.bits } else { range.bits - range.dropped + 2 };
        if bits <= 32 {
            Self::Narrow(Vec::with_capacity(values))
        } else {
            Self::Wide(Vec::with_capacity(values))
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "narrow rests have at most 32 bits")]
    pub(crate) fn extend(&mut self, row: &[i64]) {
        match self {
            Self::Narrow(rests) => rests.extend(row.iter().map(|rest| *rest as i32)),
            Self::Wide(rests) => rests.extend_from_slice(row),
        }
    }

    /// How many bits any of them has. Of signed ones, one is the sign.
    pub(crate) fn bits(&self, signed: bool) -> u8 {
        let fold = |all: (u64, u64), rest: i64| {
            (all.0 | (rest ^ (rest >> 63)).cast_unsigned(), all.1 | rest.cast_unsigned())
        };
        let (magnitudes, any) = with_widest(
            #[inline(always)]
            || match self {
                Self::Narrow(rests) => rests.iter().map(|rest| i64::from(*rest)).fold((0, 0), fold),
                Self::Wide(rests) => rests.iter().copied().fold((0, 0), fold),
            },
        );
        let bits = match (any, signed) {
            (0, _) => 0,
            (_, true) => 65 - magnitudes.leading_zeros(),
            (any, false) => 64 - any.leading_zeros(),
        };
        u8::try_from(bits).unwrap_or(64)
    }

    /// How many need more than so many bits, of which one is the sign.
    pub(crate) fn beyond(&self, bits: u8) -> usize {
        let is_beyond = |rest: i64| (rest ^ (rest >> 63)) >> bits.clamp(1, 63).saturating_sub(1) != 0;
        with_widest(
            #[inline(always)]
            || match self {
                Self::Narrow(rests) => rests.iter().filter(|rest| is_beyond(i64::from(**rest))).count(),
                Self::Wide(rests) => rests.iter().filter(|rest| is_beyond(**rest)).count(),
            },
        )
    }

    /// Appends the samples of all rows.
    pub(crate) fn write(&self, slot: Slot, width: usize, out: &mut Vec<u8>) {
        match self {
            Self::Narrow(rests) => rests.chunks_exact(width).for_each(|row| slot.write(row, out)),
            Self::Wide(rests) => rests.chunks_exact(width).for_each(|row| slot.write(row, out)),
        }
    }
}
