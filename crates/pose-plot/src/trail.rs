//! Where a point went, in no more than so many steps.

use std::fmt::Write as _;

use crate::axis::Axis;
use crate::extent::Extent;

/// A part of the plane on pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plane {
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Plane {
    /// An extent as large as it gets in a box, with pixels as high as they are wide.
    pub(crate) fn fitted(extent: Extent, (left, top): (f64, f64), (width, height): (f64, f64)) -> Self {
        let scale = (width / extent.width()).min(height / extent.height());
        let x = Axis { from: extent.x.0, to: extent.x.1, start: left, length: extent.width() * scale };
        // Downwards, as in the image.
        let y = Axis { from: extent.y.0, to: extent.y.1, start: top, length: extent.height() * scale };
        Self { x, y }
    }
}

/// The way of a point.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    plane: Plane,
    /// How many steps are kept before only cells are.
    max_steps: usize,
    /// Lines, as long as there are few steps.
    lines: Option<Vec<Vec<(f64, f64)>>>,
    steps: usize,
    is_broken: bool,
    /// How often each cell was gone through.
    cells: Vec<u32>,
    cells_across: usize,
    last_cell: Option<usize>,
}

/// Pixels across a cell.
const CELL: f64 = 1.5;

impl Trail {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a plane has some hundred pixels"
    )]
    pub(crate) fn new(plane: Plane, max_steps: usize) -> Self {
        let across = |axis: &Axis| (axis.length / CELL).ceil() as usize + 1;
        let (cells_across, down) = (across(&plane.x), across(&plane.y));
        let cells = vec![0; cells_across * down];
        Self {
            plane,
            max_steps,
            lines: Some(Vec::new()),
            steps: 0,
            is_broken: true,
            cells,
            cells_across,
            last_cell: None,
        }
    }

    /// Adds a place; none where the point is not drawn.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies within the plane")]
    pub(crate) fn push(&mut self, place: Option<(f64, f64)>) {
        let Some((x, y)) = place.map(|(x, y)| (self.plane.x.at(x), self.plane.y.at(y))) else {
            self.is_broken = true;
            return;
        };
        let (Axis { start: left, length: width, .. }, Axis { start: top, length: height, .. }) =
            (self.plane.x, self.plane.y);
        let within = (left..=left + width).contains(&x) && (top..=top + height).contains(&y);
        if within {
            let cell = ((y - top) / CELL) as usize * self.cells_across + ((x - left) / CELL) as usize;
            // Standing still is no traffic.
            if self.last_cell != Some(cell) || self.is_broken {
                self.cells[cell] = self.cells[cell].saturating_add(1);
            }
            self.last_cell = Some(cell);
        }
        if let Some(lines) = &mut self.lines {
            if self.is_broken || lines.is_empty() {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut() {
                // Steps that nobody sees are none.
                let is_step = line.last().is_none_or(|(a, b)| (a - x).abs() + (b - y).abs() >= 0.3);
                if is_step {
                    line.push((x, y));
                    self.steps += 1;
                }
            }
        }
        self.is_broken = false;
        if self.steps > self.max_steps {
            self.lines = None;
        }
    }

    /// Path data of the lines and of places between gaps, where there are few steps.
    pub(crate) fn lines(&self) -> Option<String> {
        let mut path = String::new();
        for line in self.lines.as_ref()? {
            for (at, (x, y)) in line.iter().enumerate() {
                let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
            }
            if line.len() == 1 {
                // A round cap makes a dot of it.
                path.push_str("h0");
            }
        }
        Some(path)
    }

    /// Path data of the cells, in three shades by how often they were gone through.
    pub(crate) fn shades(&self) -> [String; 3] {
        let mut shades = [String::new(), String::new(), String::new()];
        let visited = self.cells.iter().filter(|count| **count > 0);
        let (cells, visits) =
            visited.fold((0_u64, 0_u64), |(cells, visits), count| (cells + 1, visits + u64::from(*count)));
        // Against the mean of the cells that were gone through at all.
        let often = |count: u32| match u64::from(count) * cells {
            0 => None,
            often if often * 2 < visits => Some(0),
            often if often < visits * 2 => Some(1),
            _ => Some(2),
        };
        for (row, cells) in self.cells.chunks(self.cells_across).enumerate() {
            let (Axis { start: left, .. }, Axis { start: top, .. }) = (self.plane.x, self.plane.y);
            let mut at = 0;
            while at < cells.len() {
                let shade = often(cells[at]);
                let run = cells[at..].iter().take_while(|count| often(**count) == shade).count();
                if let Some(shade) = shade {
                    let (x, y) = (left + pixels(at), top + pixels(row) + CELL / 2.0);
                    let _ = write!(shades[shade], "M{x:.1} {y:.1}h{:.1}", pixels(run));
                }
                at += run;
            }
        }
        shades
    }
}

#[allow(clippy::cast_precision_loss, reason = "a plane has some hundred cells")]
fn pixels(cells: usize) -> f64 {
    cells as f64 * CELL
}

pub(crate) const CELL_WIDTH: f64 = CELL;
