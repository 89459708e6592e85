//! Which values of a page are there: definition levels of one bit.

use parquet::errors::{ParquetError, Result};

/// The levels of a page, decoded.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// A bit for each value, the lowest first; what is behind the last is not set.
    words: Vec<u64>,
}

/// Takes levels that begin with their length off the front of a page.
pub(super) fn take_length(page: &[u8]) -> Result<(&[u8], &[u8])> {
    let split = page
        .split_first_chunk::<4>()
        .and_then(|(length, rest)| rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?));
    split.ok_or_else(|| ParquetError::General("levels reach past their page".to_owned()))
}

impl Levels {
    /// Decodes runs and packed bits, and says how many of the values are there.
    pub(super) fn decode(&mut self, mut bytes: &[u8], values: usize) -> Result<usize> {
        self.words.clear();
        // The usual page, of which nothing is missing, needs no bits.
        if let Some((header, &[1])) = take_varint(bytes)
            && header == (values as u64) << 1
        {
            return Ok(values);
        }
        let mut decoded = 0;
        while decoded < values {
            let (header, rest) = take_varint(bytes).ok_or_else(|| wrong("end too early"))?;
            let left = values - decoded;
            let length = usize::try_from(header >> 1).unwrap_or(usize::MAX);
            if header & 1 == 0 {
                let (&level, rest) = rest.split_first().ok_or_else(|| wrong("end too early"))?;
                if length == 0 || level > 1 {
                    return Err(wrong("hold a run that cannot be"));
                }
                let count = length.min(left);
                // Memory comes with what is decoded: a run says how long it is, not that it is there.
                self.words.resize((decoded + count).div_ceil(64), 0);
                if level == 1 {
                    self.set(decoded, count);
                }
                decoded += count;
                bytes = rest;
            } else {
                let count = length.saturating_mul(8).min(left);
                let packed = rest.get(..count.div_ceil(8)).filter(|packed| !packed.is_empty());
                let packed = packed.ok_or_else(|| wrong("end too early"))?;
                self.words.resize((decoded + count).div_ceil(64), 0);
                for (eight, &byte) in packed.iter().enumerate() {
                    let bits = (count - eight * 8).min(8);
                    let byte = if bits < 8 { byte & ((1 << bits) - 1) } else { byte };
                    self.put(decoded + eight * 8, byte);
                }
                decoded += count;
                bytes = rest.get(length..).unwrap_or(&[]);
            }
        }
        Ok(self.count_present(values))
    }

    /// Whether the value in this row is there.
    pub(super) fn is_present(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    /// How many of the values before this row are there.
    pub(super) fn count_present(&self, row: usize) -> usize {
        let whole: u32 = self.words[..row / 64].iter().map(|word| word.count_ones()).sum();
        let last = self.words.get(row / 64).map_or(0, |word| (word & ((1 << (row % 64)) - 1)).count_ones());
        (whole + last) as usize
    }

    fn set(&mut self, start: usize, count: usize) {
        let mut row = start;
        while row < start + count {
            let bits = (64 - row % 64).min(start + count - row);
            let ones = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
            self.words[row / 64] |= ones << (row % 64);
            row += bits;
        }
    }

    fn put(&mut self, start: usize, byte: u8) {
        let (word, shift) = (start / 64, start % 64);
        self.words[word] |= u64::from(byte) << shift;
        if shift > 56
            && let Some(next) = self.words.get_mut(word + 1)
        {
            *next |= u64::from(byte) >> (64 - shift);
        }
    }
}

/// For fuzzing: how many values are there, and the same counted one by one.
#[cfg(fuzzing)]
pub(super) fn decode_and_count(bytes: &[u8], rows: usize) -> Result<(usize, usize)> {
    let mut levels = Levels::default();
    let present = levels.decode(bytes, rows)?;
    let one_by_one = match levels.words.as_slice() {
        [] => rows,
        _ => (0..rows).filter(|row| levels.is_present(*row)).count(),
    };
    Ok((present, one_by_one))
}

/// Takes a number off the front.
pub(super) fn take_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (position, &byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[position + 1..]));
        }
    }
    None
}

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(format!("the levels of a page {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], values: usize) -> Result<(usize, Vec<bool>)> {
        let mut levels = Levels::default();
        let present = levels.decode(bytes, values)?;
        let bits = if levels.words.is_empty() {
            vec![true; values]
        } else {
            (0..values).map(|row| levels.is_present(row)).collect()
        };
        Ok((present, bits))
    }

    #[test]
    fn runs_and_packed_bits_follow_each_other_at_any_place() {
        // 3 missing, 65 there, 8 packed, 3 of a packed eight.
        let bytes = [3 << 1, 0, 0x82, 0x01, 1, 2 << 1 | 1, 0b1010_0101, 0b1111_1010];
        let (present, bits) = decoded(&bytes, 79).unwrap();
        let packed = [true, false, true, false, false, true, false, true, false, true, false];
        let expected = [&[false; 3][..], &[true; 65], &packed].concat();
        assert_eq!(bits, expected);
        assert_eq!(present, expected.iter().filter(|present| **present).count());
        let mut levels = Levels::default();
        levels.decode(&bytes, 79).unwrap();
        for row in 0..=79 {
            let before = expected[..row].iter().filter(|present| **present).count();
            assert_eq!(levels.count_present(row), before, "before row {row}");
        }
    }

    #[test]
    fn a_page_without_nulls_takes_no_memory() {
        let mut levels = Levels::default();
        assert_eq!(levels.decode(&[0xd8, 0x04, 1], 300).unwrap(), 300);
        assert!(levels.words.is_empty());
        assert_eq!(levels.decode(&[0x80, 1, 1, 2, 0], 65).unwrap(), 64);
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        for bytes in
            [&[][..], &[0], &[0, 1], &[2], &[2, 2], &[1], &[3], &[0xff; 12], &[5, 0], &[2, 1], &[0x80; 9]]
        {
            assert!(decoded(bytes, 9).is_err(), "{bytes:?}");
        }
        assert_eq!(decoded(&[], 0).unwrap(), (0, Vec::new()));
    }
}
