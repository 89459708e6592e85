//! Where trajectories are drawn.

use crate::extent::Extent;
use crate::trail::Plane;

/// Where trajectories are drawn.
pub(crate) enum Planes {
    /// All over each other.
    Shared(Plane),
    /// One for each colour: where nearly every place was gone through, the last drawn would hide the others.
    Apart(Vec<Plane>),
}

/// The upper left corner of what is drawn, and how large it may be.
const CORNER: (f64, f64) = (64.0, 96.0);
const SHARED: (f64, f64) = (640.0, 480.0);
const APART: (f64, f64) = (250.0, 230.0);

impl Planes {
    /// Planes for so many colours, of a recording that is drawn as lines or one that is too long for them.
    pub(crate) fn of(extent: Extent, num_colours: usize, length: Length) -> Self {
        const ACROSS: usize = 3;
        // Names above, ticks and their axis below.
        const GAPS: (f64, f64) = (60.0, 66.0);
        if length == Length::Short || num_colours < 2 {
            return Self::Shared(Plane::fitted(extent, CORNER, SHARED));
        }
        let high = Plane::fitted(extent, CORNER, APART).y.length;
        let mut planes = Vec::with_capacity(num_colours);
        let mut top = CORNER.1 + 14.0;
        while planes.len() < num_colours {
            let mut left = CORNER.0;
            for _ in 0..ACROSS.min(num_colours - planes.len()) {
                planes.push(Plane::fitted(extent, (left, top), APART));
                left += APART.0 + GAPS.0;
            }
            top += high + GAPS.1;
        }
        Self::Apart(planes)
    }

    pub(crate) fn of_colour(&self, colour: usize) -> Plane {
        match self {
            Self::Shared(plane) => *plane,
            Self::Apart(planes) => planes[colour],
        }
    }
}

/// Whether a recording can be drawn as lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Short,
    Long,
}
