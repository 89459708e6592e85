//! The chart at a glance: of every operation, how far ahead of each of the others ours is.

use super::GROWTH;
use super::scale::Scale;
use super::svg::{Anchor, BEHIND, GRID, OTHERS, OURS, QUIET, Svg, TEXT};
use crate::verbs::bench::measured::{Cache, Contest, Document, Measurement, Role};
use crate::verbs::bench::quantity;

const WIDTH: f64 = 980.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 730.0;
const TOP: f64 = 74.0;
const ROW: f64 = 21.0;

/// One operation: the ratio of each peer, as many times as ours takes.
struct Row<'a> {
    words: String,
    /// Whether the benchmark before had another name.
    is_first: bool,
    cache: Cache,
    ratios: Vec<(&'a str, f64)>,
}

pub(super) fn draw(documents: &[Document], title: &str) -> Option<String> {
    let rows = rows(documents);
    let ratios = rows.iter().flat_map(|row| row.ratios.iter().map(|(_, ratio)| *ratio));
    let scale = Scale::of(ratios.chain([1.0]), LEFT, RIGHT)?;
    if rows.is_empty() {
        return None;
    }
    let ys: Vec<f64> = rows.iter().scan(TOP, |y, row| Some(next(y, row.is_first))).collect();
    let bottom = ys.last().copied().unwrap_or(TOP) + ROW;
    let mut svg = Svg::new(WIDTH, bottom + 34.0, title);
    svg.bold(16.0, 24.0, title, TEXT, Anchor::Start);
    let legend = "One dot for each other program; the nearest has its name. Right of the line ours is ahead. Rings: cold files.";
    svg.text(16.0, 43.0, legend, QUIET, Anchor::Start);
    for tick in scale.ticks() {
        let x = scale.at(tick);
        svg.line([x, TOP - 8.0], [x, bottom], GRID, 1.0);
        for y in [TOP - 14.0, bottom + 16.0] {
            svg.text(x, y, &said(tick), QUIET, Anchor::Middle);
        }
    }
    svg.line([scale.at(1.0), TOP - 8.0], [scale.at(1.0), bottom], TEXT, 1.5);
    for (row, y) in rows.iter().zip(ys) {
        draw_row(&mut svg, scale, row, y);
    }
    Some(svg.finish())
}

fn draw_row(svg: &mut Svg, scale: Scale, row: &Row<'_>, y: f64) {
    svg.text(LEFT - 14.0, y + 4.0, &row.words, TEXT, Anchor::End);
    let Some((who, nearest)) = row.ratios.iter().min_by(|a, b| a.1.total_cmp(&b.1)) else { return };
    let color = if *nearest < 1.0 { BEHIND } else { OURS };
    svg.line([scale.at(1.0), y], [scale.at(*nearest), y], color, 2.0);
    let mark = |svg: &mut Svg, ratio: f64, radius: f64, color: &str| match row.cache {
        Cache::Warm => svg.dot(scale.at(ratio), y, radius, color),
        Cache::Cold => svg.ring(scale.at(ratio), y, radius, color),
    };
    for (_, ratio) in &row.ratios {
        mark(svg, *ratio, 3.0, OTHERS);
    }
    mark(svg, *nearest, 4.5, color);
    let by = format!("{} × {who}", said(*nearest));
    svg.text(RIGHT + 14.0, y + 4.0, &by, color, Anchor::Start);
}

fn rows(documents: &[Document]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for document in documents.iter().filter(|document| document.name != GROWTH) {
        let mut is_first = true;
        for workload in document.workloads().unwrap_or_default() {
            for contest in document.contests(&workload.name) {
                let Some(row) = row(document, contest, is_first) else { continue };
                is_first = false;
                rows.push(row);
            }
        }
    }
    rows
}

fn row<'a>(document: &'a Document, contest: Contest<'a>, is_first: bool) -> Option<Row<'a>> {
    let ours = document.sides(contest).find(|side| side.role() == Role::Ours)?;
    let ratio = |side: &'a Measurement| {
        let own = ours.ratio.filter(|own| *own > 0.0)?;
        Some((side.who.as_str(), side.ratio? / own))
    };
    let peers = document.sides(contest).filter(|side| side.role() == Role::Peer);
    let ratios: Vec<_> = peers.filter_map(ratio).collect();
    let cold = if contest.cache == Cache::Cold { ", cold" } else { "" };
    let words = format!("{} · {}: {}{cold}", document.name, contest.workload, contest.operation);
    (!ratios.is_empty()).then_some(Row { words, is_first, cache: contest.cache, ratios })
}

/// Where a row stands: benchmarks are a little apart.
fn next(y: &mut f64, is_first: bool) -> f64 {
    *y += if is_first { ROW * 0.5 } else { 0.0 };
    let at = *y;
    *y += ROW;
    at
}

fn said(ratio: f64) -> String {
    if ratio < 0.995 {
        format!("{ratio:.2}")
    } else {
        quantity::times(ratio).trim_end_matches(".00").to_owned()
    }
}
