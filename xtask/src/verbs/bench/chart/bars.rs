//! The chart of one workload: the time of every side in every operation.

use super::scale::Scale;
use super::svg::{Anchor, GRID, OTHERS, OURS, QUIET, Svg, TEXT};
use crate::verbs::bench::measured::{Cache, Document, Measurement, Role, Workload};
use crate::verbs::bench::quantity;

const WIDTH: f64 = 940.0;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 820.0;
const TOP: f64 = 62.0;
const ROW: f64 = 18.0;
const HEAD: f64 = 30.0;

/// Where the bytes alone are: the nearest there is.
const LIMIT: &str = "#d5dade";

pub(super) fn draw(document: &Document, workload: &Workload, title: &str) -> Option<String> {
    let contests: Vec<_> = document
        .contests(&workload.name)
        .into_iter()
        .map(|contest| {
            (contest, document.sides(contest).filter(|side| side.median.is_some()).collect::<Vec<_>>())
        })
        .filter(|(_, sides)| !sides.is_empty())
        .collect();
    let sides = || contests.iter().flat_map(|(_, sides)| sides.iter());
    let ends = sides().flat_map(|side| side.spread.into_iter().flatten().chain(side.median));
    let scale = Scale::of(ends, LEFT, RIGHT)?;
    let rows: f64 = contests.iter().map(|(_, sides)| HEAD + sides.iter().map(|_| ROW).sum::<f64>()).sum();
    let bottom = TOP + rows + 8.0;
    let mut svg = Svg::new(WIDTH, bottom + 28.0, title);
    svg.bold(16.0, 24.0, title, TEXT, Anchor::Start);
    svg.text(
        16.0,
        42.0,
        "Further left is better; the scale is logarithmic. Lines: from the least to the most.",
        QUIET,
        Anchor::Start,
    );
    for tick in scale.ticks() {
        let x = scale.at(tick);
        svg.line([x, TOP], [x, bottom], GRID, 1.0);
        svg.text(x, bottom + 16.0, &quantity::tick(quantity::seconds(tick)), QUIET, Anchor::Middle);
    }
    let mut y = TOP;
    for (contest, sides) in &contests {
        let cold = if contest.cache == Cache::Cold { ", cold" } else { "" };
        svg.bold(16.0, y + HEAD - 10.0, &format!("{}{cold}", contest.operation), TEXT, Anchor::Start);
        y += HEAD;
        for side in sides {
            draw_side(&mut svg, scale, side, y);
            y += ROW;
        }
    }
    Some(svg.finish())
}

fn draw_side(svg: &mut Svg, scale: Scale, side: &Measurement, y: f64) {
    let Some(median) = side.median else { return };
    let (color, ink) = match side.role() {
        Role::Ours | Role::OursToo => (OURS, OURS),
        Role::Peer | Role::Bare => (OTHERS, TEXT),
        Role::Limit => (LIMIT, QUIET),
    };
    let middle = y + ROW / 2.0;
    svg.text(LEFT - 10.0, middle + 4.0, &side.who, ink, Anchor::End);
    // No bars: on such a scale their lengths would say nothing.
    svg.line([LEFT, middle], [RIGHT, middle], GRID, 1.0);
    let mut end = scale.at(median);
    if let Some([least, most]) = side.spread {
        svg.line([scale.at(least), middle], [scale.at(most), middle], color, 3.0);
        end = end.max(scale.at(most));
    }
    svg.dot(scale.at(median), middle, 4.5, color);
    svg.text(end + 8.0, middle + 4.0, &quantity::seconds(median), ink, Anchor::Start);
}
