//! The neighbours that a value is predicted from.

use crate::Layout;

/// A neighbour: so many pictures before, rows above, columns to the left, and in this or the channel before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tap {
    pub(crate) channel: Source,
    pub(crate) picture: usize,
    pub(crate) above: isize,
    pub(crate) left: isize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    This,
    Before,
}

const fn tap(channel: Source, picture: usize, above: isize, left: isize) -> Tap {
    Tap { channel, picture, above, left }
}

use Source::{Before, This};

/// The neighbours on the same row come first: these are the ones that are not known before the row is.
const PICTURE: [Tap; 21] = [
    tap(This, 0, 0, 1),
    tap(This, 0, 0, 2),
    tap(This, 0, 1, 0),
    tap(This, 0, 1, 1),
    tap(This, 0, 1, -1),
    tap(This, 0, 2, 0),
    tap(This, 1, 0, 0),
    tap(This, 1, 0, 1),
    tap(This, 1, 0, -1),
    tap(This, 1, 1, 0),
    tap(This, 1, -1, 0),
    tap(This, 1, 1, 1),
    tap(This, 1, 1, -1),
    tap(This, 1, -1, 1),
    tap(This, 1, -1, -1),
    tap(This, 1, 0, 2),
    tap(This, 1, 2, 0),
    tap(Before, 0, 0, 0),
    tap(Before, 0, 0, 1),
    tap(Before, 0, 1, 0),
    tap(Before, 1, 0, 0),
];

/// The most that a value has.
pub(crate) const MOST: usize = PICTURE.len();

const RUNS: [Tap; 6] = [
    tap(This, 0, 0, 1),
    tap(This, 0, 0, 2),
    tap(This, 0, 1, 0),
    tap(This, 0, 1, 1),
    tap(Before, 0, 0, 0),
    tap(Before, 0, 0, 1),
];

/// The neighbours that weights belong to.
pub(crate) fn taps(layout: Layout) -> &'static [Tap] {
    match layout {
        Layout::Picture => &PICTURE,
        Layout::Runs { .. } => &RUNS,
    }
}

impl Tap {
    pub(crate) fn usable(self, channel: usize, first: bool) -> bool {
        (channel > 0 || self.channel == This) && !(first && self.picture > 0)
    }
}
