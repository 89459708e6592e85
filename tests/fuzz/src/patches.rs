//! Damage, as a list of patches to a fixture.
//!
//! A file is mostly zeros and values; what matters are a few hundred words that say where things are and how large.
//! So an input is small: which fixture, and what happens to which of its words that are not zero.

/// Bytes of a patch: what is done, where in its word, which word, and with what.
pub const PATCH_BYTES: usize = 8;

/// Sizes, counts and addresses that ask for more than there is, or lie at an edge.
const SPECIAL: [u64; 14] = [
    0,
    1,
    0x7f,
    0xff,
    0xffff,
    1 << 20,
    1 << 28,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 40,
    u64::MAX >> 1,
    u64::MAX - 1,
    u64::MAX,
];

/// A file that patches are applied to.
pub struct Base {
    bytes: Vec<u8>,
    /// Where its words of eight bytes are that are not zero.
    words: Vec<usize>,
    /// The values of its attributes: where each begins, and its bytes.
    attributes: Vec<(usize, usize)>,
}

impl Base {
    /// Looks at a file.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        let words = (0..bytes.len() / 8).map(|word| word * 8);
        let words = words.filter(|&at| bytes[at..at + 8] != [0; 8]).collect();
        let attributes = attributes(&bytes);
        Self { bytes, words, attributes }
    }

    /// The file with these patches. Bytes that are no whole patch are left.
    #[must_use]
    pub fn patched(&self, patches: &[u8]) -> Vec<u8> {
        let mut out = self.bytes.clone();
        for patch in patches.chunks_exact(PATCH_BYTES) {
            let number =
                |bytes: &[u8]| bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
            let (kind, within) = (patch[0], usize::from(patch[1] & 7));
            let (word, value) = (position(number(&patch[2..4])), number(&patch[4..8]));
            let Some(&at) = self.words.get(word % self.words.len().max(1)) else { break };
            match kind >> 4 {
                // Cut off.
                15 => out.truncate(at + within),
                // A word of elsewhere in the file.
                14 => {
                    let from = self.words[position(value) % self.words.len()];
                    let word = self.bytes[from..from + 8].to_vec();
                    put(&mut out, at, &word);
                }
                // The contents of two attributes exchanged, as far as the shorter one goes.
                13 if self.attributes.len() > 1 => {
                    let pick = |number: usize| self.attributes[number % self.attributes.len()];
                    let (one, other) = (pick(word), pick(position(value)));
                    let len = one.1.min(other.1);
                    let saved = out.get(one.0..one.0 + len).map(<[u8]>::to_vec).unwrap_or_default();
                    let moved = out.get(other.0..other.0 + len).map(<[u8]>::to_vec).unwrap_or_default();
                    put(&mut out, one.0, &moved);
                    put(&mut out, other.0, &saved);
                }
                _ => {
                    let width = 1 << (kind & 3);
                    let value = if kind & 4 == 0 { value } else { SPECIAL[position(value) % SPECIAL.len()] };
                    let mut bytes = value.to_le_bytes()[..width].to_vec();
                    let at = at + within;
                    if kind & 8 != 0 {
                        let old = out.iter().skip(at);
                        bytes.iter_mut().zip(old).for_each(|(byte, old)| *byte ^= old);
                    }
                    put(&mut out, at, &bytes);
                }
            }
        }
        out
    }
}

fn position(number: u64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    for (target, byte) in out.iter_mut().skip(at).zip(bytes) {
        *target = *byte;
    }
}

/// The values of attributes in headers of version 1, told by how their messages begin.
fn attributes(bytes: &[u8]) -> Vec<(usize, usize)> {
    let short = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let mut found = Vec::new();
    for at in (0..bytes.len().saturating_sub(16)).step_by(8) {
        let (kind, size) = (short(at), short(at + 2));
        let (version, name) = (bytes[at + 8], short(at + 10));
        let (datatype, dataspace) = (short(at + 12), short(at + 14));
        if kind != 0x0c || version != 1 || !size.is_multiple_of(8) || !(2..=256).contains(&name) {
            continue;
        }
        let head = 8 + [name, datatype, dataspace].iter().map(|part| part.next_multiple_of(8)).sum::<usize>();
        if head < size && at + 8 + size <= bytes.len() {
            found.push((at + 8 + head, size - head));
        }
    }
    found
}
