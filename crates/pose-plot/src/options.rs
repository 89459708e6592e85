//! What to draw.

use pose_frame::Selection;

/// From which likelihood on a point is drawn where the caller has no wish: 0.6, as in DeepLabCut's own plots.
pub const DEFAULT_MIN_LIKELIHOOD: f64 = 0.6;

/// What to draw.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlotOptions {
    /// What stands above it: the name of the file, mostly.
    pub title: String,
    /// Which points of which frames.
    pub selection: Selection,
    /// From which likelihood on a point is drawn; 0 draws all that have one.
    pub min_likelihood: f64,
    /// Frames per second, where the table does not know.
    pub frame_rate_hz: Option<f64>,
}

impl Default for PlotOptions {
    fn default() -> Self {
        Self {
            title: String::new(),
            selection: Selection::all(),
            min_likelihood: DEFAULT_MIN_LIKELIHOOD,
            frame_rate_hz: None,
        }
    }
}

impl PlotOptions {
    /// Puts this above the picture.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Draws these points of these frames.
    #[must_use]
    pub fn selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Draws points of at least this likelihood.
    #[must_use]
    pub fn min_likelihood(mut self, likelihood: f64) -> Self {
        self.min_likelihood = likelihood;
        self
    }

    /// Takes this for the frame rate, whatever the table says.
    #[must_use]
    pub fn frame_rate_hz(mut self, rate: Option<f64>) -> Self {
        self.frame_rate_hz = rate;
        self
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlotProgress {
    /// Frames that were read, of both times that the table is read.
    pub frames: usize,
    /// Frames that are read in all.
    pub num_frames: usize,
}
