//! Squares of bytes and of bits, turned over.

/// Turns a square of 8 × 8 bytes over: byte `i` of word `j` becomes byte `j` of word `i`.
#[inline]
pub(crate) fn turn_bytes(mut words: [u64; 8]) -> [u64; 8] {
    // Squares of four, then of two, then of one byte change places.
    for (step, shift, mask) in
        [(4, 32, 0x0000_0000_ffff_ffff_u64), (2, 16, 0x0000_ffff_0000_ffff), (1, 8, 0x00ff_00ff_00ff_00ff)]
    {
        for low in (0..8).filter(|word| word & step == 0) {
            let high = low + step;
            let swapped = ((words[low] >> shift) ^ words[high]) & mask;
            words[high] ^= swapped;
            words[low] ^= swapped << shift;
        }
    }
    words
}

/// Turns a square of 8 × 8 bits over: bit `i` of byte `j` becomes bit `j` of byte `i`.
pub(crate) fn turn_bits(mut word: u64) -> u64 {
    for (shift, mask) in
        [(7, 0x00aa_00aa_00aa_00aa_u64), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)]
    {
        let swapped = (word ^ (word >> shift)) & mask;
        word ^= swapped ^ (swapped << shift);
    }
    word
}
