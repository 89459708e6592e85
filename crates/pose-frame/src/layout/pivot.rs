//! Long tables of any program, in any order of rows: where each value of the wide table is.

mod rate;
mod roles;
mod scan;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use arrow_schema::DataType;

use self::roles::Roles;
use self::scan::Scan;
use super::gather::{Picks, gather};
use super::{LayoutErrorKind, LongNames};
use crate::{
    Column, ColumnKey, DEFAULT_BATCH_BYTES, IndexLevel, Label, PoseFrame, PoseSchema, PoseTable, RowIndex,
    Selection, TableError,
};

/// Where each value of the wide table is in the long one.
pub(super) struct Pivot {
    wide: PoseSchema,
    index: RowIndex,
    /// The columns of the long table that hold coords.
    coords: Vec<usize>,
    points: usize,
    /// By frame, and in it by point.
    cells: Vec<Cell>,
    /// For each frame where its cells start, and where the last ones end.
    starts: Vec<usize>,
}

/// The row of a point of a frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    frame: u32,
    point: u32,
    row: u32,
}

impl Pivot {
    /// Reads what says which row is of what.
    pub(super) fn of(long: &dyn PoseTable, names: &LongNames) -> Result<Self, TableError> {
        let mut roles = Roles::of(long.schema(), names)?;
        let scan = Scan::of(long, &roles)?;
        let mut metadata = long.schema().metadata().clone();
        match (scan.frame_rate_hz, roles.time) {
            (Some(rate), _) => metadata.frame_rate_hz = Some(rate),
            // Times that are no multiples of a frame's are values like others.
            (None, Some(time)) => roles.add_coord(long.schema(), time, names),
            (None, None) => {}
        }
        let (of_rows, of_points): (Vec<usize>, Vec<usize>) = (0..roles.labels.len())
            .partition(|&label| roles.labels[label].role.is_none() && scan.is_of_frames(label));
        // What has a role comes first, as in DeepLabCut's tables.
        let levels = of_points;
        let (points, point_of_row) = points(&scan, &levels);
        let frames = scan.frames_in_order();
        let cells = cells(&scan, &frames, &point_of_row);
        if let Some(pair) =
            cells.windows(2).find(|pair| (pair[0].frame, pair[0].point) == (pair[1].frame, pair[1].point))
        {
            let labels = points[pair[0].point as usize].iter().zip(&levels);
            let labels = labels.map(|(id, label)| scan.label(*label, *id).to_string()).collect::<Vec<_>>();
            let point = if labels.is_empty() { "its only point".to_owned() } else { labels.join("/") };
            let frame = frames.text(pair[0].frame as usize);
            let (first, second) = (pair[0].row as usize, pair[1].row as usize);
            return Err(LayoutErrorKind::Repeated { frame, point, first, second }.into());
        }

        let level_names = levels.iter().map(|&label| Some(roles.labels[label].level_name.as_str().into()));
        let level_names = level_names.chain([Some("coords".into())]).collect();
        let mut columns = Vec::new();
        for ids in &points {
            let labels: Vec<Label> =
                ids.iter().zip(&levels).map(|(id, label)| scan.label(*label, *id).clone()).collect();
            columns.extend(roles.coords.iter().map(|coord| {
                let key = labels.iter().cloned().chain([coord.label.clone()]);
                Column::new(ColumnKey::new(key), coord.data_type.clone())
            }));
        }
        let mut index: Vec<IndexLevel> = Vec::new();
        if of_rows.is_empty() || !frames.are_positions() {
            let name = if of_rows.is_empty() { None } else { Some(roles.frame_name.as_str().into()) };
            index.push(IndexLevel::new(name, frames.labels()));
        }
        for label in of_rows {
            let texts = frames.first_rows().map(|row| scan.label(label, scan.id(label, row)).to_string());
            let name = &roles.labels[label].level_name;
            let name = Some(name.as_str()).filter(|name| !is_placeholder(name)).map(Into::into);
            index.push(IndexLevel::new(name, Arc::new(StringArray::from_iter_values(texts)) as ArrayRef));
        }
        let index = match <[IndexLevel; 1]>::try_from(index) {
            Ok([level]) => RowIndex::Labels(level),
            Err(levels) => RowIndex::Multi(levels),
        };
        let wide = PoseSchema::new(level_names, columns, index.schema())?.with_metadata(metadata);
        let mut starts = vec![0; frames.len() + 1];
        for cell in &cells {
            starts[cell.frame as usize + 1] += 1;
        }
        (1..starts.len()).for_each(|frame| starts[frame] += starts[frame - 1]);
        let coords = roles.coords.iter().map(|coord| coord.column).collect();
        Ok(Self { wide, index, coords, points: points.len(), cells, starts })
    }

    pub(super) fn schema(&self) -> &PoseSchema {
        &self.wide
    }

    pub(super) fn num_frames(&self) -> usize {
        self.index.len()
    }

    /// Reads the selected columns of the selected frames: of the long table the rows from the first to the last that is of
    /// them.
    pub(super) fn read(&self, long: &dyn PoseTable, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.wide, self.num_frames())?;
        let coords = self.coords.len();
        let mut wanted: Vec<usize> =
            resolved.columns.iter().map(|column| self.coords[column % coords]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let types = resolved.columns.iter().map(|&column| &self.wide.columns()[column].data_type);
        let mut gathered: Vec<_> = types.map(|data_type| gather(data_type, 0)).collect();
        let row_bytes = long.schema().project(&wanted).row_bytes();
        for frames in self.pieces(&resolved.frames, row_bytes) {
            if wanted.is_empty() {
                break;
            }
            let cells = &self.cells[self.starts[frames.start]..self.starts[frames.end]];
            let rows = span(cells);
            let read = long.read(&Selection::all().columns(wanted.iter().copied()).frames(rows.clone()))?;
            let mut picks: HashMap<u32, Vec<Option<usize>>> = resolved
                .columns
                .iter()
                .map(|column| (point_of(*column, coords), vec![None; frames.len()]))
                .collect();
            for cell in cells {
                if let Some(picks) = picks.get_mut(&cell.point) {
                    picks[cell.frame as usize - frames.start] = Some(cell.row as usize - rows.start);
                }
            }
            for (gathered, column) in gathered.iter_mut().zip(&resolved.columns) {
                let source = wanted.partition_point(|other| *other < self.coords[column % coords]);
                let picks = picks.get(&point_of(*column, coords)).map_or(&[][..], Vec::as_slice);
                gathered.add(&read.columns()[source], Picks::These(picks));
            }
        }
        let too_much =
            || LayoutErrorKind::TooMuchText { rows: resolved.frames.len(), points: self.points }.into();
        let columns = gathered.into_iter().map(|mut gathered| gathered.finish().ok_or_else(too_much));
        let columns = columns.collect::<Result<Vec<_>, TableError>>()?;
        let schema = Arc::new(self.wide.project(&resolved.columns));
        PoseFrame::new(schema, self.index.slice(resolved.frames), columns)
    }

    /// Frames to read at once: few where their rows are close together, else all.
    fn pieces(&self, frames: &Range<usize>, row_bytes: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        /// How many times the rows that are wanted may be read.
        const MAX_WASTE: usize = 4;

        let at_once = (DEFAULT_BATCH_BYTES / row_bytes.max(1) / self.points.max(1)).max(1);
        let pieces =
            frames.clone().step_by(at_once).map(|first| first..frames.end.min(first.saturating_add(at_once)));
        let pieces: Vec<Range<usize>> = pieces.collect();
        let rows = |frames: &Range<usize>| {
            span(&self.cells[self.starts[frames.start]..self.starts[frames.end]]).len()
        };
        let read: usize = pieces.iter().map(rows).sum();
        let close = read <= rows(frames).saturating_mul(MAX_WASTE);
        let pieces = if close { pieces } else { vec![frames.clone()] };
        pieces.into_iter()
    }
}

/// The rows from the first of some cells to the last.
fn span(cells: &[Cell]) -> Range<usize> {
    let rows = cells.iter().map(|cell| cell.row as usize);
    rows.clone().min().map_or(0..0, |first| first..rows.max().unwrap_or(first) + 1)
}

fn point_of(column: usize, coords: usize) -> u32 {
    counted(column / coords)
}

/// Rows are counted by 32 bits, which is looked at first, and there is at most one of anything for each.
#[allow(clippy::cast_possible_truncation, reason = "the number of rows is looked at")]
fn counted(number: usize) -> u32 {
    number as u32
}

/// The points, by what labels them in each level, and the point of every row. Labels are numbered in the order of their
/// first row, and points come in the order of their labels.
fn points(scan: &Scan, levels: &[usize]) -> (Vec<Vec<u32>>, Vec<u32>) {
    let mut of_rows = vec![0; scan.num_rows()];
    let mut points: Vec<Vec<u32>> = if of_rows.is_empty() { Vec::new() } else { vec![Vec::new()] };
    for &level in levels {
        let mut finer: Vec<Vec<u32>> = Vec::new();
        let mut seen: HashMap<(u32, u32), u32> = HashMap::new();
        for (row, point) in of_rows.iter_mut().enumerate() {
            let id = scan.id(level, row);
            *point = *seen.entry((*point, id)).or_insert_with(|| {
                finer.push([&points[*point as usize][..], &[id]].concat());
                counted(finer.len() - 1)
            });
        }
        points = finer;
    }
    let mut order: Vec<u32> = (0..counted(points.len())).collect();
    order.sort_unstable_by_key(|point| &points[*point as usize]);
    let mut positions = vec![0; order.len()];
    order.iter().zip(0..).for_each(|(point, position)| positions[*point as usize] = position);
    for point in &mut of_rows {
        *point = positions[*point as usize];
    }
    points.sort_unstable();
    (points, of_rows)
}

fn cells(scan: &Scan, frames: &scan::Frames, point_of_row: &[u32]) -> Vec<Cell> {
    let rows = (0..).zip(scan.frame_of_rows()).zip(point_of_row);
    let mut cells: Vec<Cell> = rows
        .map(|((row, frame), point)| Cell { frame: frames.position(*frame), point: *point, row })
        .collect();
    // A table in the order of its frames and points is sorted already, which costs one look at it.
    cells.sort_unstable();
    cells
}

/// Whether a long table of ours calls a level of row labels so that has no name.
fn is_placeholder(name: &str) -> bool {
    let level = name.strip_prefix("row_label_");
    level.is_some_and(|level| !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the labels of frames can be of this type.
fn numbers_frames(data_type: &DataType) -> bool {
    data_type.is_integer() || matches!(data_type, DataType::Float32 | DataType::Float64)
}
