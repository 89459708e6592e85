//! Pictures of pose tables.
//!
//! [`plot`] draws where each point was in the image, how likely it was over time, and where it is missing; [`thumbnail`] draws
//! the first of these, small. Both give SVG as text: of a table of any size, in bounded memory, and of a size that browsers
//! open. With the feature `png` the same picture can be had as PNG.
//!
//! # Units
//!
//! Places are pixels of the video, with the origin in the upper left corner: y grows downwards. Time is in seconds where the
//! frame rate is known, and else in frames, counted from 0.
//!
//! # Missing values
//!
//! A point is missing where one of its places is. Points less likely than [`PlotOptions::min_likelihood`] are drawn in no
//! trajectory, and shown apart from missing ones.
//!
//! # What is drawn of many frames
//!
//! A trajectory of more than a few thousand steps is drawn as the cells it went through, three shades for how often, and then
//! each colour has a plane of its own.
//! Likelihoods have a band from the least to the greatest of each pixel's frames, and a line of their means.
//!
//! # Features
//!
//! | feature | by default | what it adds |
//! |---|---|---|
//! | `png` | no | `png`: a picture as PNG, with a font of its own, so that it looks the same on every machine; about 50 crates |
//!
//! # Examples
//!
//! ```
//! use pose_frame::testing;
//! use pose_plot::{PlotOptions, plot};
//!
//! let svg = plot(&testing::predictions(500), &PlotOptions::default().title("mouse1.h5"), &|_| {})?;
//! assert!(svg.starts_with("<svg") && svg.contains("mouse1.h5"));
//! # Ok::<(), pose_frame::TableError>(())
//! ```

mod axis;
mod extent;
mod legend;
mod options;
mod palette;
mod picture;
mod planes;
#[cfg(feature = "png")]
mod png;
mod sample;
mod series;
mod svg;
mod text;
mod thumbnail;
mod trail;

pub use options::{DEFAULT_MIN_LIKELIHOOD, PlotOptions, PlotProgress};
pub use picture::plot;
#[cfg(feature = "png")]
pub use png::{PngError, png};
pub use text::escaped;
pub use thumbnail::{Thumbnail, thumbnail};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
