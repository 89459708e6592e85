//! The picture of a table: trajectories, likelihood over time, what is missing.

use std::fmt::Write as _;

use pose_frame::{PoseTable, TableError};

use crate::axis::{Axis, Clock, short};
use crate::legend::{LINE, legend};
use crate::palette::{MISSING, UNLIKELY};
use crate::planes::{Length, Planes};
use crate::sample::{Bin, Sample, Sampling};
use crate::series::{Places, Series, SeriesList};
use crate::svg::{Anchor, FAINT, Svg, Type, cut};
use crate::trail::{CELL_WIDTH, Plane};
use crate::{PlotOptions, PlotProgress};

const WIDTH: f64 = 1000.0;
const MARGIN: f64 = 24.0;
/// Room for the names of rows.
const GUTTER: f64 = 130.0;
/// Steps of all trajectories before cells are canvas.
const MAX_STEPS: usize = 60_000;
/// The ends of the axis of a strip.
const SMALL: Type = Type { size: 8, anchor: Anchor::Start, ..Type::TICK };
const GRID: &str = "#dfe3e8";

/// Draws a table, as SVG. See the [crate](crate) for what is canvas.
///
/// The table is read twice, or once where no point has a place. `progress` is called after each batch.
///
/// # Errors
///
/// When the selection does not resolve or the table cannot be read.
pub fn plot(
    table: &dyn PoseTable,
    options: &PlotOptions,
    progress: &(dyn Fn(PlotProgress) + Sync),
) -> Result<String, TableError> {
    let resolved = options.selection.resolve(table.schema(), table.num_frames())?;
    let list = SeriesList::of(table.schema(), &resolved.columns);
    let reading = Sampling { table, list: &list, options, frames: resolved.frames.clone(), progress };
    let metadata = table.schema().metadata();
    let frame_rate_hz = options.frame_rate_hz.or(metadata.frame_rate_hz);
    let extent = reading.extent()?.drawn(metadata);
    let time = Axis { from: 0.0, to: 0.0, start: MARGIN + GUTTER, length: WIDTH - 2.0 * MARGIN - GUTTER };
    let max_steps = MAX_STEPS / list.series.len().max(1);
    let num_bins = whole(time.length).min(resolved.frames.len().max(1));
    let length = if resolved.frames.len() > max_steps { Length::Long } else { Length::Short };
    let planes = extent.map(|extent| Planes::of(extent, list.colours.len(), length));
    let plane_of = |series: &Series| planes.as_ref().map(|planes| planes.of_colour(series.colour));
    let samples = reading.samples(num_bins, &plane_of, max_steps)?;
    let clock = Clock::of(frame_rate_hz, resolved.frames.len());
    let (start, end) = (float(resolved.frames.start), float(resolved.frames.end));
    let time = Axis { from: start / clock.frames, to: end / clock.frames, ..time };

    let mut canvas = Picture { svg: Svg::new(), list: &list, samples, time, clock, options, below: 76.0 };
    canvas.title(resolved.frames.len(), frame_rate_hz);
    if let Some(planes) = &planes {
        canvas.trajectories(planes);
    }
    if list.series.iter().any(|series| series.likelihood.is_some()) {
        canvas.likelihoods();
    }
    if !list.series.is_empty() {
        canvas.missing();
    }
    let name = if options.title.is_empty() { "a pose table" } else { &options.title };
    Ok(canvas.svg.finish((WIDTH, canvas.below), &format!("plot of {name}")))
}

struct Picture<'a> {
    svg: Svg,
    list: &'a SeriesList,
    samples: Vec<Sample>,
    time: Axis,
    clock: Clock,
    options: &'a PlotOptions,
    /// Where the next panel begins.
    below: f64,
}

impl Picture<'_> {
    fn title(&mut self, num_frames: usize, frame_rate_hz: Option<f64>) {
        self.svg.text(MARGIN, 34.0, Type::TITLE, &cut(&self.options.title, 100));
        let mut parts = vec![counted(num_frames, "frame")];
        if let Some(rate) = frame_rate_hz.filter(|rate| *rate > 0.0) {
            parts.push(format!("{} at {rate} Hz", duration(float(num_frames) / rate)));
        }
        let (shown, all) = (self.list.series.len(), self.list.num_points);
        parts.push(if shown < all {
            format!("the first {shown} of {all} points")
        } else {
            counted(all, "point")
        });
        self.svg.text(MARGIN, 54.0, Type::LABEL.faint(), &parts.join(" · "));
    }

    fn trajectories(&mut self, planes: &Planes) {
        let judged = self.list.series.iter().any(|series| series.likelihood.is_some());
        let heading = if judged && self.options.min_likelihood > 0.0 {
            format!("Trajectories (likelihood of at least {})", self.options.min_likelihood)
        } else {
            match self.list.places {
                Places::Joined => "Trajectories".to_owned(),
                Places::Apart => "Places".to_owned(),
            }
        };
        self.svg.text(MARGIN, 84.0, Type::HEADING, &heading);
        match planes {
            Planes::Shared(plane) => self.axes(*plane, (70.0, 50.0)),
            Planes::Apart(planes) => {
                for (plane, name) in planes.iter().zip(&self.list.colours) {
                    self.axes(*plane, (50.0, 40.0));
                    self.svg.text(plane.x.start, plane.y.start - 5.0, Type::LABEL, &cut(name, 36));
                }
            }
        }
        for (series, sample) in self.list.series.iter().zip(&self.samples) {
            trail(&mut self.svg, series, sample, self.list.places);
        }
        match planes {
            Planes::Shared(plane) => self.legend_beside(*plane),
            Planes::Apart(planes) => {
                self.below = planes.last().map_or(96.0, |plane| plane.y.start + plane.y.length) + 58.0;
            }
        }
    }

    fn legend_beside(&mut self, Plane { x, y }: Plane) {
        let left = x.start + x.length + 28.0;
        let room = (WIDTH - MARGIN - left, y.length.max(LINE * 6.0));
        legend(&mut self.svg, (left, y.start), room, &self.list.colours);
        let legend_rows =
            if room.0 > 330.0 { 0.0 } else { float(self.list.colours.len().min(whole(room.1 / LINE))) };
        self.below = y.start + y.length.max(legend_rows * LINE) + 58.0;
    }

    /// A frame with axes, whose ticks are so far apart.
    fn axes(&mut self, Plane { x, y }: Plane, (across, down): (f64, f64)) {
        self.svg.rect(
            (x.start, y.start),
            (x.length, y.length),
            &format!("fill=\"#fbfcfd\" stroke=\"{GRID}\""),
        );
        for (at, text) in x.ticks(across) {
            self.svg.line((at, y.start), (at, y.start + y.length), GRID);
            self.svg.text(at, y.start + y.length + 14.0, Type::TICK, &text);
        }
        for (at, text) in y.ticks(down) {
            self.svg.line((x.start, at), (x.start + x.length, at), GRID);
            self.svg.text(x.start - 6.0, at + 3.5, Type::TICK.end(), &text);
        }
        self.svg.text(x.start + x.length / 2.0, y.start + y.length + 30.0, Type::TICK, "x, pixels");
        let (left, middle) = (x.start - 36.0, y.start + y.length / 2.0);
        self.svg.add(format_args!("<text transform=\"translate({left:.1} {middle:.1}) rotate(-90)\" font-size=\"10\" text-anchor=\"middle\" fill=\"{FAINT}\">y, pixels</text>"));
    }

    fn likelihoods(&mut self) {
        self.heading("Likelihood over time (line: mean, band: from least to greatest)");
        let with: Vec<usize> =
            (0..self.list.series.len()).filter(|at| self.list.series[*at].likelihood.is_some()).collect();
        let height = (420.0 / float(with.len())).clamp(14.0, 34.0);
        for at in with {
            let (series, bins) = (&self.list.series[at], &self.samples[at].bins);
            let (top, tall) = (self.below, height - 4.0);
            let up = |likelihood: f64| top + (1.0 - likelihood.clamp(0.0, 1.0)) * tall;
            self.svg.rect((self.time.start, top), (self.time.length, tall), "fill=\"#f4f6f8\"");
            let colour = series.look.colour;
            let (band, line) = strip(bins, self.time, up);
            self.svg.add(format_args!("<path d=\"{band}\" fill=\"{colour}\" fill-opacity=\"0.28\"/>"));
            self.svg.add(format_args!("<path d=\"{line}\" stroke=\"{colour}\" stroke-width=\"1.2\" stroke-linejoin=\"round\" fill=\"none\"/>"));
            if self.options.min_likelihood > 0.0 {
                let at = up(self.options.min_likelihood);
                self.svg.add(format_args!("<path d=\"M{:.1} {at:.1}h{:.1}\" stroke=\"{FAINT}\" stroke-width=\"0.7\" stroke-dasharray=\"3 3\" fill=\"none\"/>", self.time.start, self.time.length));
            }
            self.row_name(series, top + tall / 2.0 + 3.5);
            if height >= 24.0 {
                self.svg.text(self.time.start + self.time.length + 4.0, top + 7.0, SMALL, "1");
                self.svg.text(self.time.start + self.time.length + 4.0, top + tall, SMALL, "0");
            }
            self.below += height;
        }
        self.time_axis();
    }

    fn missing(&mut self) {
        self.heading("Missing and unlikely points over time");
        let key_at = self.below - 12.0;
        let height = (360.0 / float(self.list.series.len())).clamp(9.0, 18.0);
        let percent = |of: fn(&Sample) -> usize| {
            let all: usize =
                self.samples.iter().flat_map(|sample| &sample.bins).map(|bin| bin.frames as usize).sum();
            100.0 * float(self.samples.iter().map(of).sum()) / float(all.max(1))
        };
        let marks = [
            (MISSING, "missing", percent(|sample| sample.missing)),
            (UNLIKELY, "unlikely", percent(|sample| sample.unlikely)),
        ];
        for (mark, (colour, says, percent)) in marks.into_iter().enumerate() {
            let x = WIDTH - MARGIN - 250.0 + float(mark) * 130.0;
            self.svg.rect((x, key_at - 9.0), (10.0, 10.0), &format!("fill=\"{colour}\""));
            self.svg.text(x + 15.0, key_at, Type::LABEL.faint(), &format!("{says}: {percent:.2} %"));
        }
        for (series, sample) in self.list.series.iter().zip(&self.samples) {
            let (top, tall) = (self.below, height - 2.0);
            self.svg.rect((self.time.start, top), (self.time.length, tall), "fill=\"#f4f6f8\"");
            for (colour, of) in [(UNLIKELY, unlikely as fn(&Bin) -> u32), (MISSING, missing)] {
                for (level, path) in runs(&sample.bins, self.time, (top, tall), of).iter().enumerate() {
                    if !path.is_empty() {
                        let opacity = [0.18, 0.4, 0.7, 1.0][level];
                        self.svg.add(format_args!(
                            "<path d=\"{path}\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>"
                        ));
                    }
                }
            }
            let size = if height < 12.0 { 8 } else { 10 };
            let name = cut(&series.name, 22);
            self.svg.text(
                self.time.start - 8.0,
                top + tall / 2.0 + 3.0,
                Type { size, ..Type::LABEL }.end(),
                &name,
            );
            self.below += height;
        }
        self.time_axis();
        self.below -= 18.0;
    }

    fn heading(&mut self, text: &str) {
        self.below += 8.0;
        self.svg.text(MARGIN, self.below, Type::HEADING, text);
        self.below += 12.0;
    }

    fn row_name(&mut self, series: &Series, y: f64) {
        self.svg.text(
            self.time.start - 8.0,
            y,
            Type { size: 10, ..Type::LABEL }.end(),
            &cut(&series.name, 22),
        );
    }

    fn time_axis(&mut self) {
        for (at, text) in self.time.ticks(80.0) {
            self.svg.line((at, self.below), (at, self.below + 4.0), FAINT);
            self.svg.text(at, self.below + 15.0, Type::TICK, &text);
        }
        self.svg.text(self.time.start - 8.0, self.below + 15.0, Type::TICK.end(), self.clock.name);
        self.below += 44.0;
    }
}

fn trail(svg: &mut Svg, series: &Series, sample: &Sample, places: Places) {
    let Some(trail) = &sample.trail else { return };
    let colour = series.look.colour;
    if let Some(path) = trail.lines() {
        let (dash, width) = (series.look.dash, places.width(1.1));
        svg.add(format_args!("<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{width:.1}\" stroke-dasharray=\"{dash}\" stroke-linecap=\"round\" stroke-linejoin=\"round\" stroke-opacity=\"0.75\" fill=\"none\"/>"));
        return;
    }
    for (path, opacity) in trail.shades().iter().zip([0.3, 0.6, 0.95]) {
        if !path.is_empty() {
            svg.add(format_args!("<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{CELL_WIDTH}\" stroke-opacity=\"{opacity}\" fill=\"none\"/>"));
        }
    }
}

/// Path data of the band of likelihoods and of the line of their means; both are broken where there are none.
fn strip(bins: &[Bin], time: Axis, up: impl Fn(f64) -> f64) -> (String, String) {
    let width = time.length / float(bins.len().max(1));
    let (mut band, mut line) = (String::new(), String::new());
    let mut is_open = false;
    for (at, bin) in bins.iter().enumerate() {
        let Some(mean) = bin.mean() else {
            is_open = false;
            continue;
        };
        let x = time.start + float(at) * width;
        let (high, low) = (up(bin.greatest), up(bin.least));
        if low - high > 0.2 {
            let _ = write!(band, "M{x:.1} {high:.1}h{width:.2}V{low:.1}h-{width:.2}z");
        }
        let _ = write!(line, "{}{:.1} {:.1}", if is_open { "L" } else { "M" }, x + width / 2.0, up(mean));
        if !is_open && bins.get(at + 1).is_none_or(|next| next.mean().is_none()) {
            // An only one is as wide as its pixel.
            let _ = write!(line, "m{:.1} 0h{width:.2}", -width / 2.0);
        }
        is_open = true;
    }
    (band, line)
}

fn missing(bin: &Bin) -> u32 {
    bin.missing
}

fn unlikely(bin: &Bin) -> u32 {
    bin.unlikely
}

/// Path data of the pixels in which some, more, most and all frames are so.
fn runs(bins: &[Bin], time: Axis, (top, tall): (f64, f64), of: fn(&Bin) -> u32) -> [String; 4] {
    let width = time.length / float(bins.len().max(1));
    let level = |bin: &Bin| match (of(bin), bin.frames) {
        (0, _) | (_, 0) => None,
        (some, all) if some == all => Some(3),
        (some, all) => match f64::from(some) / f64::from(all) {
            ..0.05 => Some(0),
            ..0.35 => Some(1),
            _ => Some(2),
        },
    };
    let mut paths = [const { String::new() }; 4];
    let mut at = 0;
    while at < bins.len() {
        let found = level(&bins[at]);
        let run = bins[at..].iter().take_while(|bin| level(bin) == found).count();
        if let Some(found) = found {
            let (x, long) = (time.start + float(at) * width, float(run) * width);
            let _ = write!(paths[found], "M{x:.1} {top:.1}h{long:.2}v{tall:.1}h-{long:.2}z");
        }
        at += run;
    }
    paths
}

fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", short(float(count), 0), if count == 1 { "" } else { "s" })
}

fn duration(seconds: f64) -> String {
    let whole = whole(seconds.round());
    match whole {
        0..100 => format!("{seconds:.1} s"),
        100..6000 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a picture")]
fn whole(value: f64) -> usize {
    value.max(0.0) as usize
}

#[allow(clippy::cast_precision_loss, reason = "pixels of a picture")]
fn float(value: usize) -> f64 {
    value as f64
}
