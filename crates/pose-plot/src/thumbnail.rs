//! A small picture of where points were.

use pose_frame::{PoseTable, TableError};

use crate::PlotOptions;
use crate::sample::Sampling;
use crate::series::SeriesList;
use crate::svg::Svg;
use crate::trail::{CELL_WIDTH, Plane};

/// A small picture, and what was counted while it was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Thumbnail {
    /// SVG to put into a page, without a background; none where no point has a place.
    pub svg: Option<String>,
    /// Points in all frames, of those that are drawn.
    pub points: usize,
    /// How many of them are missing.
    pub missing: usize,
    /// How many are there and not likely enough.
    pub unlikely: usize,
}

const SIZE: (f64, f64) = (150.0, 100.0);
/// Steps of all points, and how many points are drawn: a page has many of these.
const MAX_STEPS: usize = 2400;
const DRAWN: usize = 8;

/// Draws where points were, small, with axes of equal scale and y downwards. The title of the options is not drawn.
///
/// # Errors
///
/// When the selection does not resolve or the table cannot be read.
pub fn thumbnail(table: &dyn PoseTable, options: &PlotOptions) -> Result<Thumbnail, TableError> {
    let resolved = options.selection.resolve(table.schema(), table.num_frames())?;
    let list = SeriesList::of(table.schema(), &resolved.columns);
    let frames = resolved.frames.clone();
    let sampling = Sampling { table, list: &list, options, frames, progress: &|_| {} };
    let extent = sampling.extent()?.drawn(table.schema().metadata());
    let plane = extent.map(|extent| Plane::fitted(extent, (1.0, 1.0), (SIZE.0 - 2.0, SIZE.1 - 2.0)));
    let max_steps = MAX_STEPS / list.series.len().clamp(1, DRAWN);
    let samples = sampling.samples(1, &|_| plane, max_steps)?;
    let svg = plane.map(|plane| {
        let mut svg = Svg::new();
        for (series, sample) in list.series.iter().zip(&samples).take(DRAWN) {
            let Some(trail) = &sample.trail else { continue };
            let (colour, width) = (series.look.colour, list.places.width(1.2));
            if let Some(path) = trail.lines() {
                svg.add(format_args!("<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linecap=\"round\" stroke-linejoin=\"round\" opacity=\"0.8\"/>"));
            } else {
                for (path, opacity) in trail.shades().iter().zip([0.35, 0.65, 1.0]) {
                    svg.add(format_args!("<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{CELL_WIDTH}\" opacity=\"{opacity}\"/>"));
                }
            }
        }
        let (width, height) = (plane.x.length + 2.0, plane.y.length + 2.0);
        format!("<svg viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" fill=\"none\" aria-hidden=\"true\">{}</svg>", svg.into_content())
    });
    let count = |of: fn(&crate::sample::Sample) -> usize| samples.iter().map(of).sum();
    Ok(Thumbnail {
        svg,
        points: list.series.len().saturating_mul(resolved.frames.len()),
        missing: count(|sample| sample.missing),
        unlikely: count(|sample| sample.unlikely),
    })
}
