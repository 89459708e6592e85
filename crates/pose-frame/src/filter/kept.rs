//! Which frames are kept, a bit for each.

use std::ops::Range;

/// Which frames of a table are kept.
#[derive(Debug)]
pub(super) struct Kept {
    /// The position of the frame of the first bit.
    first: usize,
    /// How many frames there are bits of.
    frames: usize,
    words: Vec<u64>,
    /// How many frames are kept before each word.
    before: Vec<usize>,
    count: usize,
}

/// Some frames of a table, of which some are kept.
pub(super) struct Piece<'a> {
    kept: &'a Kept,
    /// Positions of the bits, from a kept one to the one after a kept one.
    bits: Range<usize>,
    num_kept: usize,
}

const BITS: usize = u64::BITS as usize;

impl Kept {
    /// Of a table whose frames are looked at from this one on.
    pub(super) fn starting_at(first: usize) -> Self {
        Self { first, frames: 0, words: Vec::new(), before: Vec::new(), count: 0 }
    }

    /// Adds frames: whether each is kept.
    pub(super) fn push(&mut self, kept: &[bool]) {
        for kept in kept {
            let bit = self.frames % BITS;
            if bit == 0 {
                self.words.push(0);
                self.before.push(self.count);
            }
            if let Some(word) = self.words.last_mut() {
                *word |= u64::from(*kept) << bit;
            }
            self.count += usize::from(*kept);
            self.frames += 1;
        }
    }

    /// How many frames are kept.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The first of these kept frames, which is one at least, and those after it that lie within `within` frames of the
    /// table.
    pub(super) fn piece(&self, wanted: Range<usize>, within: usize) -> Piece<'_> {
        let start = self.bit_of(wanted.start);
        let mut end = start.saturating_add(within.max(1)).min(self.frames);
        if self.rank(end) > wanted.end {
            end = self.bit_of(wanted.end - 1) + 1;
        }
        let num_kept = self.rank(end) - wanted.start;
        // Nothing is read for the frames behind the last one.
        let end = self.bit_of(wanted.start + num_kept - 1) + 1;
        Piece { kept: self, bits: start..end, num_kept }
    }

    /// The bit of a kept frame.
    fn bit_of(&self, kept: usize) -> usize {
        let at = self.before.partition_point(|before| *before <= kept) - 1;
        let mut word = self.words[at];
        for _ in 0..kept - self.before[at] {
            word &= word - 1;
        }
        at * BITS + word.trailing_zeros() as usize
    }

    /// How many frames are kept before a bit.
    fn rank(&self, bit: usize) -> usize {
        let Some(&word) = self.words.get(bit / BITS) else { return self.count };
        let mask = (1_u64 << (bit % BITS)) - 1;
        self.before[bit / BITS] + (word & mask).count_ones() as usize
    }

    fn holds(&self, bit: usize) -> bool {
        self.words[bit / BITS] >> (bit % BITS) & 1 == 1
    }
}

impl Piece<'_> {
    /// Positions of the frames in the table.
    pub(super) fn frames(&self) -> Range<usize> {
        self.kept.first + self.bits.start..self.kept.first + self.bits.end
    }

    pub(super) fn num_kept(&self) -> usize {
        self.num_kept
    }

    /// The kept ones among the frames, as runs; counted from the first frame.
    pub(super) fn runs(&self) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for at in 0..self.bits.len() {
            if !self.kept.holds(self.bits.start + at) {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.end == at => run.end += 1,
                _ => runs.push(at..at + 1),
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_every_kept_frame_once() {
        // Runs, gaps of more than a word, and a kept last frame.
        let stays =
            |frame: usize| (frame / 7).is_multiple_of(3) && !(100..300).contains(&frame) || frame == 499;
        let stays: Vec<bool> = (0..500).map(stays).collect();
        let mut kept = Kept::starting_at(1000);
        stays.chunks(33).for_each(|chunk| kept.push(chunk));
        let expected: Vec<usize> = (0..500).filter(|frame| stays[*frame]).map(|frame| frame + 1000).collect();
        assert_eq!(kept.len(), expected.len());
        for (start, end, within) in
            [(0, expected.len(), 1), (0, expected.len(), 64), (3, 80, 10), (5, 6, 0), (0, 9, 9999)]
        {
            let (mut next, mut found) = (start, Vec::new());
            while next < end {
                let piece = kept.piece(next..end, within);
                assert!(piece.frames().len() <= within.max(1) && piece.num_kept() > 0);
                let first = piece.frames().start;
                found.extend(piece.runs().into_iter().flatten().map(|at| first + at));
                next += piece.num_kept();
            }
            assert_eq!(found, expected[start..end], "{start}..{end} within {within}");
        }
    }
}
