//! Where each value of an array stands in the pictures of a segment.
//!
//! A segment is a run of whole time steps. Each of its channels is a sequence of pictures of one size:
//!
//! - **Picture**: the array has pictures of its own, of at least 16 × 16 (`(time, height, width, channel)`). One time step
//!   is one picture of each channel.
//! - **Runs**: it has none, or small ones: a table `(time, channel)`, a list, keypoints `(time, 12, 3)`. Each position
//!   of the small picture is a *track*. A run of up to 4096 time steps of a track is one row of a picture, tracks
//!   stand below each other, and when there are few of them, the next runs stand below again.
//!
//! | axes | meaning |
//! |---|---|
//! | 1 | time |
//! | 2 | time, channel |
//! | 3 | time, height, width |
//! | 4 | time, height, width, channel |
//!
//! Other numbers of axes are refused: what they mean is the caller's to say, by folding them into these four. More than
//! [`MAX_CHANNELS`] channels count as the width of a picture with one channel: they share one set of parameters.

use serde::{Deserialize, Serialize};

use crate::Error;

/// The most channels that have parameters of their own.
pub const MAX_CHANNELS: usize = 4096;

/// The most bytes of one segment. A plan that claims more is refused before memory is asked for.
pub const MAX_SEGMENT_BYTES: usize = 1 << 30;

/// The smallest width and height of a picture: FFV1 damages thinner ones silently.
pub const MIN_SIDE: usize = 16;

/// The most time steps in one row of a picture of runs.
const MAX_RUN: usize = 4096;

/// Rows in a picture of runs, where there are enough time steps.
const RUN_ROWS: usize = 64;

/// The most pixels of a picture of runs in one channel.
const MAX_RUN_PIXELS: usize = 1 << 24;

/// The axes of an array, as time, height, width and channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axes {
    pub(crate) time: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
}

impl Axes {
    /// The axes of a shape, held against what a segment may have.
    pub(crate) fn of(shape: &[usize], element_bytes: usize) -> Result<Self, Error> {
        let [time, height, width, channels] = match *shape {
            [time] => [time, 1, 1, 1],
            [time, channels] => [time, 1, 1, channels],
            [time, height, width] => [time, height, width, 1],
            [time, height, width, channels] => [time, height, width, channels],
            _ => return Err(Error::shape(shape, "arrays have one to four axes")),
        };
        shape
            .iter()
            .map(|length| (*length).max(1))
            .try_fold(element_bytes, usize::checked_mul)
            .filter(|bytes| *bytes <= MAX_SEGMENT_BYTES)
            .ok_or_else(|| Error::shape(shape, "a segment has at most 1 GiB"))?;
        let (width, channels) =
            if channels > MAX_CHANNELS { (width * channels, 1) } else { (width, channels) };
        Ok(Self { time, height, width, channels })
    }

    /// Where the first value of a row stands in an array whose last axis is fastest, and how far it is to the next.
    pub(crate) fn place(self, row: Row, channel: usize) -> (usize, usize) {
        let start =
            ((row.time * self.height + row.height) * self.width + row.width) * self.channels + channel;
        match row.along {
            Along::Width => (start, self.channels),
            Along::Time => (start, self.height * self.width * self.channels),
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.time == 0 || self.height == 0 || self.width == 0 || self.channels == 0
    }
}

/// How the values of one channel become pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Layout {
    /// One time step is one picture.
    Picture,
    /// A row is a run of one track through time.
    Runs {
        /// Time steps in a row.
        run: usize,
        /// How many runs of all tracks stand in one picture.
        stacked: usize,
    },
}

impl Layout {
    pub(crate) fn choose(axes: Axes) -> Self {
        if axes.height >= MIN_SIDE && axes.width >= MIN_SIDE {
            return Self::Picture;
        }
        let tracks = (axes.height * axes.width).max(1);
        let run = axes.time.clamp(1, MAX_RUN).min((MAX_RUN_PIXELS / tracks).max(1));
        let wanted = (RUN_ROWS / (tracks * axes.channels.max(1))).max(1);
        Self::Runs { run, stacked: wanted.min(axes.time.div_ceil(run)).max(1) }
    }

    /// The pictures of one channel.
    pub(crate) fn pictures(self, axes: Axes) -> Result<Pictures, Error> {
        if axes.is_empty() {
            return Ok(Pictures { count: 0, height: 0, width: 0 });
        }
        match self {
            Self::Picture => Ok(Pictures { count: axes.time, height: axes.height, width: axes.width }),
            Self::Runs { run, stacked } => {
                let tracks = axes.height * axes.width;
                let steps = run.checked_mul(stacked).filter(|steps| *steps > 0);
                // No more room than twice what there is to put into it: a plan cannot claim it.
                let fits = |steps: usize| {
                    run <= axes.time && stacked <= axes.time.div_ceil(run) && steps < usize::MAX / tracks
                };
                let steps = steps.filter(|steps| fits(*steps)).ok_or_else(|| {
                    Error::plan(format!("{stacked} runs of {run} do not fit {} time steps", axes.time))
                })?;
                Ok(Pictures { count: axes.time.div_ceil(steps), height: tracks * stacked, width: run })
            }
        }
    }

    /// Where a row of a picture begins in the array.
    pub(crate) fn row(self, axes: Axes, picture: usize, y: usize) -> Row {
        match self {
            Self::Picture => {
                Row { time: picture, height: y, width: 0, length: axes.width, along: Along::Width }
            }
            Self::Runs { run, stacked } => {
                let tracks = axes.height * axes.width;
                let (k, track) = (y / tracks, y % tracks);
                let time = (picture * stacked + k) * run;
                let length = axes.time.saturating_sub(time).min(run);
                Row {
                    time,
                    height: track / axes.width,
                    width: track % axes.width,
                    length,
                    along: Along::Time,
                }
            }
        }
    }
}

/// The pictures of one channel: how many, and their size before padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pictures {
    pub(crate) count: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl Pictures {
    pub(crate) fn pixels(self) -> usize {
        self.height * self.width
    }
}

/// A row of a picture: where its first value is in the array, and how many there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) time: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) length: usize,
    pub(crate) along: Along,
}

/// The axis of the array that a row follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Along {
    Time,
    Width,
}

#[cfg(test)]
mod tests {
    use super::{Along, Axes, Layout};

    #[test]
    fn every_value_has_one_place() {
        let shapes: &[&[usize]] = &[
            &[1],
            &[17],
            &[10_007],
            &[300_000],
            &[5, 3],
            &[4097, 2],
            &[9001, 12, 3],
            &[7, 16, 16],
            &[3, 17, 31, 4],
            &[3, 15, 40, 2],
            &[2, 5000],
            &[4, 1, 1, 1],
            &[1, 1, 1, 1],
            &[70, 4, 1, 30],
        ];
        for shape in shapes {
            let axes = Axes::of(shape, 1).unwrap();
            let layout = Layout::choose(axes);
            let pictures = layout.pictures(axes).unwrap();
            let mut seen = vec![0_u8; axes.time * axes.height * axes.width];
            for picture in 0..pictures.count {
                for y in 0..pictures.height {
                    let row = layout.row(axes, picture, y);
                    assert!(row.length <= pictures.width);
                    for x in 0..row.length {
                        let (t, w) =
                            if row.along == Along::Time { (row.time + x, row.width) } else { (row.time, x) };
                        seen[(t * axes.height + row.height) * axes.width + w] += 1;
                    }
                }
            }
            assert!(seen.iter().all(|count| *count == 1), "{shape:?} {layout:?}");
        }
    }

    #[test]
    fn absurd_shapes_are_refused() {
        assert!(Axes::of(&[], 8).is_err());
        assert!(Axes::of(&[1; 5], 8).is_err());
        assert!(Axes::of(&[usize::MAX, 2], 1).is_err());
        assert!(Axes::of(&[usize::MAX, 0], 1).is_err());
        let axes = Axes::of(&[10], 1).unwrap();
        assert!(Layout::Runs { run: usize::MAX, stacked: 2 }.pictures(axes).is_err());
        assert!(Layout::Runs { run: 0, stacked: 1 }.pictures(axes).is_err());
        assert!(Layout::Runs { run: 10, stacked: 5 }.pictures(axes).is_err());
    }
}
