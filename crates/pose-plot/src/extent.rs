//! Which part of the plane is drawn.

use pose_frame::Metadata;

/// A part of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    pub(crate) x: (f64, f64),
    pub(crate) y: (f64, f64),
}

impl Extent {
    /// One without any place.
    pub(crate) const NONE: Self =
        Self { x: (f64::INFINITY, f64::NEG_INFINITY), y: (f64::INFINITY, f64::NEG_INFINITY) };

    pub(crate) fn include(&mut self, x: f64, y: f64) {
        self.x = (self.x.0.min(x), self.x.1.max(x));
        self.y = (self.y.0.min(y), self.y.1.max(y));
    }

    /// What is drawn of places that lie in this: the frame of the video where it is known and holds them, else the places
    /// with a margin. None without places.
    pub(crate) fn drawn(self, metadata: &Metadata) -> Option<Self> {
        if self.x.0 > self.x.1 {
            return None;
        }
        if let Some(size) = metadata.frame_size {
            let frame = Self { x: (0.0, f64::from(size.width)), y: (0.0, f64::from(size.height)) };
            // Networks guess a little beyond the border; far beyond it the size is of something else.
            let margin = 0.1 * frame.width().max(frame.height());
            if frame.with_margin(margin).holds(self) {
                return Some(frame);
            }
        }
        let margin = (0.03 * self.width().max(self.height())).max(1.0);
        Some(self.with_margin(margin))
    }

    pub(crate) fn width(&self) -> f64 {
        self.x.1 - self.x.0
    }

    pub(crate) fn height(&self) -> f64 {
        self.y.1 - self.y.0
    }

    fn with_margin(self, margin: f64) -> Self {
        Self { x: (self.x.0 - margin, self.x.1 + margin), y: (self.y.0 - margin, self.y.1 + margin) }
    }

    fn holds(self, other: Self) -> bool {
        self.x.0 <= other.x.0 && other.x.1 <= self.x.1 && self.y.0 <= other.y.0 && other.y.1 <= self.y.1
    }
}
