//! The chart of growth: what a frame costs in short tables and long ones.

use super::scale::Scale;
use super::svg::{Anchor, GRID, OURS, QUIET, Svg, TEXT};
use crate::verbs::bench::glance::Measure;
use crate::verbs::bench::measured::{Cache, Contest, Document, Workload};
use crate::verbs::bench::quantity;

const WIDTH: f64 = 940.0;
const PANEL: f64 = 230.0;
const TOP: f64 = 96.0;
const LEFT: f64 = 80.0;
const GAP: f64 = 90.0;

/// Told apart also by those who do not see all colours, and by their names at the top.
const OTHERS: [&str; 4] = ["#c8501e", "#6a8f2f", "#8b5fa8", "#8a6d00"];

/// A line: what each frame costs one side.
struct Line<'a> {
    who: &'a str,
    points: Vec<[f64; 2]>,
}

pub(super) fn draw(document: &Document, workloads: &[Workload], title: &str) -> Option<String> {
    let mut operations: Vec<&str> = Vec::new();
    let mut whos: Vec<&str> = Vec::new();
    for result in document.results.iter().filter(|result| result.cache == Cache::Warm) {
        if !operations.contains(&result.operation.as_str()) {
            operations.push(&result.operation);
        }
        if !whos.contains(&result.who.as_str()) {
            whos.push(&result.who);
        }
    }
    let panels: f64 = operations.iter().map(|_| PANEL + 70.0).sum();
    let mut svg = Svg::new(WIDTH, TOP + panels, title);
    svg.bold(16.0, 24.0, title, TEXT, Anchor::Start);
    svg.text(
        16.0,
        43.0,
        "By the number of frames. Flat is as it should be; falling is a cost that is paid once. Both scales are logarithmic.",
        QUIET,
        Anchor::Start,
    );
    let mut x = 16.0;
    for (number, who) in whos.iter().enumerate() {
        let color = color(who, number);
        svg.line([x, 62.0], [x + 20.0, 62.0], color, 3.0);
        svg.text(x + 26.0, 66.0, who, color, Anchor::Start);
        x += 190.0;
    }
    let width = (WIDTH - 2.0 * LEFT - GAP) / 2.0 + 20.0;
    let mut y = TOP;
    for operation in operations {
        let measures = [
            (Measure::Time, "time for each frame", LEFT),
            (Measure::Memory, "memory for each frame", LEFT + width + GAP),
        ];
        for (measure, words, left) in measures {
            let lines = lines(document, workloads, &whos, operation, measure);
            panel(&mut svg, &lines, &whos, measure, &format!("{operation}: {words}"), [left, y, width]);
        }
        y += PANEL + 70.0;
    }
    (!whos.is_empty()).then(|| svg.finish())
}

fn lines<'a>(
    document: &'a Document,
    workloads: &[Workload],
    whos: &[&'a str],
    operation: &str,
    measure: Measure,
) -> Vec<Line<'a>> {
    let line = |who: &&'a str| {
        let points = workloads.iter().filter_map(|workload| {
            let contest = Contest { workload: &workload.name, operation, cache: Cache::Warm };
            let side =
                document.results.iter().find(|result| result.contest() == contest && result.who == **who)?;
            Some([workload.rows, measure.of(side)? / workload.rows])
        });
        Line { who, points: points.collect() }
    };
    whos.iter().map(line).filter(|line| !line.points.is_empty()).collect()
}

fn panel(
    svg: &mut Svg,
    lines: &[Line<'_>],
    whos: &[&str],
    measure: Measure,
    title: &str,
    [left, top, width]: [f64; 3],
) {
    let points = || lines.iter().flat_map(|line| line.points.iter());
    let (Some(across), Some(up)) = (
        Scale::of(points().map(|[frames, _]| *frames), left, left + width),
        Scale::of(points().map(|[_, cost]| *cost), top + PANEL, top + 22.0),
    ) else {
        return;
    };
    svg.bold(left, top + 8.0, title, TEXT, Anchor::Start);
    for tick in up.ticks() {
        svg.line([left, up.at(tick)], [left + width, up.at(tick)], GRID, 1.0);
        svg.text(left - 8.0, up.at(tick) + 4.0, &cost(measure, tick), QUIET, Anchor::End);
    }
    for tick in across.ticks() {
        svg.text(across.at(tick), top + PANEL + 18.0, &frames(tick), QUIET, Anchor::Middle);
    }
    for line in lines {
        let number = whos.iter().position(|who| *who == line.who).unwrap_or(0);
        let placed: Vec<[f64; 2]> = line.points.iter().map(|[x, y]| [across.at(*x), up.at(*y)]).collect();
        svg.path(&placed, color(line.who, number));
        for [x, y] in placed {
            svg.dot(x, y, 3.0, color(line.who, number));
        }
    }
}

fn color(who: &str, number: usize) -> &'static str {
    if who.starts_with("ours") { OURS } else { OTHERS[number % OTHERS.len()] }
}

/// What a frame costs: less than microseconds, too.
fn cost(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Time if value < 0.9995e-6 => format!("{:.0} ns", value * 1e9),
        _ => quantity::tick(measure.said(value)),
    }
}

fn frames(tick: f64) -> String {
    match tick {
        frames if frames >= 1e6 => format!("{:.0} M", frames / 1e6),
        frames if frames >= 1e3 => format!("{:.0} k", frames / 1e3),
        frames => format!("{frames:.0}"),
    }
}
