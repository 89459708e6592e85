//! Ways in which a file is damaged.

use std::ops::Range;

/// The same numbers in every run: xorshift.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("a position")
    }

    pub(crate) fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Where the footer is, without its length.
pub(crate) fn footer(bytes: &[u8]) -> Range<usize> {
    let end = bytes.len() - 8;
    let length = u32::from_le_bytes(bytes[end..end + 4].try_into().expect("four bytes"));
    end - usize::try_from(length).expect("a length")..end
}

/// Flips up to four bits.
pub(crate) fn flip(numbers: &mut Numbers, bytes: &mut [u8]) {
    for _ in 0..=numbers.below(4) {
        let position = numbers.below(bytes.len());
        bytes[position] ^= 1 << numbers.below(8);
    }
}

/// Flips up to four bits of the footer, where most of what is read first stands.
pub(crate) fn flip_footer(numbers: &mut Numbers, bytes: &mut [u8]) {
    let footer = footer(bytes);
    flip(numbers, &mut bytes[footer]);
}

/// Cuts the file off anywhere.
pub(crate) fn cut(numbers: &mut Numbers, bytes: &mut Vec<u8>) {
    bytes.truncate(numbers.below(bytes.len()));
}

/// Puts a number that is too large for anything in the place of one byte, in the footer or anywhere; the footer's
/// length is corrected, so that it is reached.
pub(crate) fn huge_number(numbers: &mut Numbers, bytes: &mut Vec<u8>) {
    let footer = footer(bytes);
    let position = match numbers.below(3) {
        0 => numbers.below(bytes.len() - 8),
        _ => footer.start + numbers.below(footer.len()),
    };
    let number = *numbers.one_of(&[1 << 20, 1 << 32, 1 << 41, u64::MAX, u64::MAX >> 1, 1 << 31]);
    let varint = varint(number);
    let grown = varint.len() - 1;
    bytes.splice(position..=position, varint);
    if position >= footer.start {
        let length = u32::try_from(footer.len() + grown).expect("a length");
        let end = bytes.len() - 8;
        bytes[end..end + 4].copy_from_slice(&length.to_le_bytes());
    }
}

/// Puts bytes of the file into another place of it.
pub(crate) fn repeat(numbers: &mut Numbers, bytes: &mut [u8]) {
    let length = 1 + numbers.below(24);
    let (from, to) = (numbers.below(bytes.len() - length - 8), numbers.below(bytes.len() - length - 8));
    bytes.copy_within(from..from + length, to);
}

/// A number as Thrift writes it.
pub(crate) fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = u8::try_from(value & 0x7f).expect("seven bits");
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}
