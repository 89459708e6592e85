//! Values that are kept exactly: a bit for each value of a channel, and the bits of those that are marked.
//!
//! Infinite values and all kinds of NaN are among them in every contract, and whatever a scheme does not give back.

use crate::array::Number;
use crate::{ElementType, Error};

/// How many bytes the exceptions of a channel take in the side data.
pub(crate) fn bytes(values: usize, exceptions: u64, element: ElementType) -> u64 {
    if exceptions == 0 {
        return 0;
    }
    (values as u64).div_ceil(8).saturating_add(exceptions.saturating_mul(element.bytes() as u64))
}

/// The exceptions of one channel, as they are found.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    marks: Vec<u8>,
    values: Vec<u8>,
    count: u64,
}

impl Mask {
    /// Marks one value: the `place`-th of the channel.
    pub(crate) fn mark<T: Number>(&mut self, place: usize, value: T) {
        if self.marks.len() <= place / 8 {
            self.marks.resize(place / 8 + 1, 0);
        }
        self.marks[place / 8] |= 1 << (place % 8);
        self.values.extend_from_slice(&value.bits().to_le_bytes()[..T::TYPE.bytes()]);
        self.count += 1;
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Appends marks and values to the side data.
    pub(crate) fn write(mut self, values: usize, side: &mut Vec<u8>) {
        if self.count > 0 {
            self.marks.resize(values.div_ceil(8), 0);
            side.append(&mut self.marks);
            side.append(&mut self.values);
        }
    }
}

/// The exceptions of one channel, read in their order.
#[derive(Debug)]
pub(crate) struct Marked<'a> {
    marks: &'a [u8],
    values: &'a [u8],
}

impl<'a> Marked<'a> {
    /// Takes those of one channel from the side data.
    pub(crate) fn take(
        side: &mut &'a [u8],
        values: usize,
        exceptions: u64,
        element: ElementType,
    ) -> Result<Self, Error> {
        if exceptions == 0 {
            return Ok(Self { marks: &[], values: &[] });
        }
        let length = usize::try_from(exceptions).ok().and_then(|count| count.checked_mul(element.bytes()));
        let (Some((marks, rest)), Some(length)) = (side.split_at_checked(values.div_ceil(8)), length) else {
            return Err(Error::side("they end within a mask"));
        };
        let Some((values, rest)) = rest.split_at_checked(length) else {
            return Err(Error::side("they end within the exceptions"));
        };
        let marked: u64 = marks.iter().map(|byte| u64::from(byte.count_ones())).sum();
        if marked != exceptions {
            return Err(Error::side(format!("{marked} values are marked where {exceptions} should be")));
        }
        *side = rest;
        Ok(Self { marks, values })
    }

    /// Puts the marked ones of a row in their places. `place` is that of the row's first value.
    pub(crate) fn apply<T: Number>(&mut self, place: usize, row: &mut [T]) {
        if self.marks.is_empty() {
            return;
        }
        let mut x = 0;
        while x < row.len() {
            let at = place + x;
            let byte = self.marks.get(at / 8).copied().unwrap_or(0) >> (at % 8);
            if byte == 0 {
                x += 8 - at % 8;
                continue;
            }
            x += byte.trailing_zeros() as usize;
            let Some((value, rest)) = self.values.split_at_checked(T::TYPE.bytes()) else { return };
            if x >= row.len() {
                return;
            }
            let mut bits = [0; 8];
            bits[..value.len()].copy_from_slice(value);
            row[x] = T::of_bits(u64::from_le_bytes(bits));
            self.values = rest;
            x += 1;
        }
    }
}
