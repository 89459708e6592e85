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

    fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Flips up to four bits.
pub(crate) fn flip(numbers: &mut Numbers, bytes: &mut [u8]) {
    for _ in 0..=numbers.below(4) {
        let position = numbers.below(bytes.len());
        bytes[position] ^= 1 << numbers.below(8);
    }
}

/// Cuts the file off anywhere.
pub(crate) fn cut(numbers: &mut Numbers, bytes: &mut Vec<u8>) {
    bytes.truncate(numbers.below(bytes.len()));
}

/// Sets a word to what is too much of anything. Sizes, counts and addresses are words of 8 bytes or less.
pub(crate) fn huge_word(numbers: &mut Numbers, bytes: &mut [u8]) {
    let position = numbers.below(bytes.len() / 8 - 1) * 8;
    let word: u64 = *numbers.one_of(&[1 << 40, 1 << 31, u64::MAX, u64::MAX >> 1, 1 << 20]);
    bytes[position..position + 8].copy_from_slice(&word.to_le_bytes());
}

/// Exchanges the contents of two attributes, as far as the shorter one goes; or two whole messages of equal size.
pub(crate) fn swap_attributes(numbers: &mut Numbers, bytes: &mut [u8]) {
    let found: Vec<Message> = messages(bytes).filter(|message| message.kind == ATTRIBUTE).collect();
    assert!(found.len() > 5, "a file of pandas has attributes");
    let one = numbers.one_of(&found).clone();
    let alike: Vec<&Message> = found.iter().filter(|other| other.body.len() == one.body.len()).collect();
    let (one, other) = if numbers.below(2) == 0 && alike.len() > 1 {
        (one.body, numbers.one_of(&alike).body.clone())
    } else {
        let value = |message: &Message| message.body.start + value_of(bytes, &message.body)..message.body.end;
        (value(&one), value(numbers.one_of(&found)))
    };
    let len = one.len().min(other.len());
    let (one, other) = (one.start..one.start + len, other.start..other.start + len);
    let (saved, moved) = (bytes[one.clone()].to_vec(), bytes[other.clone()].to_vec());
    bytes[one].copy_from_slice(&moved);
    bytes[other].copy_from_slice(&saved);
}

/// Declares more than there is: in the shape of a dataset or an attribute, of its chunks, in the size of a type, or in
/// an attribute that counts.
pub(crate) fn declare(numbers: &mut Numbers, bytes: &mut [u8]) {
    let fields: Vec<Range<usize>> = messages(bytes)
        .flat_map(|message| sizes(bytes, &message))
        .filter(|field| field.end <= bytes.len())
        .collect();
    assert!(fields.len() > 10, "a file of pandas declares shapes");
    for _ in 0..=numbers.below(2) {
        let field = numbers.one_of(&fields).clone();
        let old = bytes[field.clone()].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
        let more = [
            1 << 20,
            1 << 28,
            1 << 31,
            1 << 40,
            1 << 62,
            u64::MAX,
            old.saturating_mul(1000),
            old.wrapping_add(1),
        ];
        let new = numbers.one_of(&more).to_le_bytes();
        let len = field.len();
        bytes[field].copy_from_slice(&new[..len]);
    }
}

/// A message of an object header of version 1.
#[derive(Clone, Debug)]
struct Message {
    kind: usize,
    body: Range<usize>,
}

const DATASPACE: usize = 0x01;
const DATATYPE: usize = 0x03;
const LAYOUT: usize = 0x08;
const ATTRIBUTE: usize = 0x0c;

/// The messages in a file, told by how they begin.
fn messages(bytes: &[u8]) -> impl Iterator<Item = Message> {
    (0..bytes.len().saturating_sub(16)).step_by(8).filter_map(|at| {
        let (kind, size) = (short(bytes, at), short(bytes, at + 2));
        let body = at + 8..at + 8 + size;
        let begins = bytes.get(body.clone()).filter(|body| body.len() >= 8)?;
        let is_one = bytes[at + 5..at + 8] == [0; 3]
            && size.is_multiple_of(8)
            && match kind {
                DATASPACE => {
                    begins[0] == 1 && begins[1] < 4 && begins.len() >= 8 + 8 * usize::from(begins[1])
                }
                DATATYPE => begins[0] >> 4 == 1,
                LAYOUT => begins[0] == 3 && begins[1] < 3 && begins.len() >= 16,
                ATTRIBUTE => begins[0] == 1 && value_of(bytes, &body) < size,
                _ => false,
            };
        is_one.then_some(Message { kind, body })
    })
}

/// Where in the body of an attribute its value begins.
fn value_of(bytes: &[u8], body: &Range<usize>) -> usize {
    let part = |position: usize| short(bytes, body.start + position).next_multiple_of(8);
    8 + part(2) + part(4) + part(6)
}

/// Where a message says how large something is.
fn sizes(bytes: &[u8], message: &Message) -> Vec<Range<usize>> {
    let start = message.body.start;
    let words = |from: usize, count: usize| (0..count).map(move |word| from + 8 * word..from + 8 * word + 8);
    match message.kind {
        DATASPACE => words(start + 8, usize::from(bytes[start + 1])).collect(),
        // The size of the whole, and of whatever it is made of.
        DATATYPE => (start + 4..message.body.end - 4).step_by(4).map(|at| at..at + 4).collect(),
        // The address and the lengths of a chunk, or the address and the size of a whole dataset.
        LAYOUT if bytes[start + 1] == 2 => {
            let axes = usize::from(bytes[start + 2]);
            let lengths = (0..axes).map(|axis| start + 11 + 4 * axis..start + 15 + 4 * axis);
            lengths.chain(words(start + 3, 1)).filter(|field| field.end <= message.body.end).collect()
        }
        LAYOUT => words(start + 2, 2).collect(),
        _ => {
            let value = start + value_of(bytes, &message.body);
            let part = |position: usize| short(bytes, start + position).next_multiple_of(8);
            let datatype = start + 8 + part(2);
            let of_type = std::iter::once(datatype + 4..datatype + 8);
            // A number, such as the one of the rows, or the beginning of something else.
            let number = (value + 8 <= message.body.end).then_some(value..value + 8);
            of_type.chain(number).collect()
        }
    }
}

fn short(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}
