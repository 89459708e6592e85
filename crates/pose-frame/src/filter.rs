//! What is left of a table.

mod kept;
mod mask;
mod rows;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::DataType;

use self::kept::Kept;
use self::mask::masked;
use self::rows::Rows;
use crate::{
    IndexField, IndexSchema, Point, PoseFrame, PoseSchema, PoseTable, ResolvedSelection, RowIndex, Selection,
    TableError, TableErrorKind, default_batch_frames,
};

/// What to leave of a table.
///
/// # Units
///
/// A likelihood goes from 0 to 1.
///
/// # Missing values
///
/// A point whose likelihood is missing is unlikely, whatever the threshold.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Filter {
    /// Which columns of which frames.
    pub selection: Selection,
    /// From which likelihood on a point counts; without it every point does.
    pub min_likelihood: Option<f64>,
    /// What becomes of a point that is less likely.
    pub unlikely: Unlikely,
}

impl Filter {
    /// What is selected, whatever its likelihood.
    #[must_use]
    pub fn select(selection: Selection) -> Self {
        Self { selection, ..Self::default() }
    }

    /// The same, of the points that are at least this likely.
    #[must_use]
    pub fn min_likelihood(mut self, likelihood: f64, unlikely: Unlikely) -> Self {
        self.min_likelihood = Some(likelihood);
        self.unlikely = unlikely;
        self
    }
}

/// What becomes of a point that is not likely enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unlikely {
    /// Its places are missing; its likelihood stays, and so do the frames. movement's `filter_by_confidence` does the same.
    #[default]
    Mask,
    /// Frames go, with their labels; what is left stays as it is.
    DropFrames(DropWhen),
}

/// Which frames go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DropWhen {
    /// Those in which any of the selected points is unlikely, so that every point that is left counts. It is what pandas'
    /// `dropna` does by default.
    #[default]
    AnyPoint,
    /// Those in which all of the selected points are.
    EveryPoint,
}

/// A table without what a [`Filter`] leaves out.
///
/// Making one reads the likelihoods of the selected points once where frames are dropped, and keeps a bit of each frame.
/// Everything else is read as it is asked for.
///
/// # Shape
///
/// Columns come in the order of the table. Where frames are dropped and rows were counted, they are labelled by what they
/// were counted as.
///
/// # Missing values
///
/// What is masked is NaN, or null where it is no float. What was missing before keeps its bits.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use pose_frame::{DropWhen, Filter, FilteredTable, PoseTable, Selection, Unlikely, testing};
///
/// let table = testing::predictions(100);
/// let tail = Filter::select(Selection::all().bodypart("tail base"));
/// let masked = FilteredTable::new(&table, &tail.clone().min_likelihood(0.9, Unlikely::Mask))?;
/// assert_eq!((masked.num_frames(), masked.schema().columns().len()), (100, 3));
///
/// let drop = Unlikely::DropFrames(DropWhen::AnyPoint);
/// let likely = FilteredTable::new(&table, &tail.min_likelihood(0.9, drop))?;
/// assert!(likely.num_frames() < 100);
/// # }
/// # Ok::<(), pose_frame::TableError>(())
/// ```
pub struct FilteredTable<T> {
    table: T,
    schema: Arc<PoseSchema>,
    /// Positions of the columns in the table.
    columns: Vec<usize>,
    /// Which frames of the table there are.
    frames: Frames,
    /// For each column the position of the one in the table that decides whether its values are masked.
    masks: Vec<Option<usize>>,
    min_likelihood: f64,
}

/// Which frames of a table are left.
enum Frames {
    /// Those from the first on.
    From {
        first: usize,
        count: usize,
    },
    Kept(Kept),
}

impl<T: PoseTable> FilteredTable<T> {
    /// What the filter leaves of a table.
    ///
    /// # Errors
    ///
    /// When the selection does not resolve, a likelihood is asked for and the table has none, the likelihoods are no
    /// floats, or the table cannot be read.
    pub fn new(table: T, filter: &Filter) -> Result<Self, TableError> {
        let ResolvedSelection { columns, frames } =
            filter.selection.resolve(table.schema(), table.num_frames())?;
        let schema = table.schema().project(&columns);
        let mut masks = vec![None; columns.len()];
        let mut from = Frames::From { first: frames.start, count: frames.len() };
        let mut index = schema.index().clone();
        if let Some(bound) = filter.min_likelihood {
            let judged = Judged::of(table.schema(), &columns)?;
            match filter.unlikely {
                Unlikely::Mask => masks = judged.of_column,
                Unlikely::DropFrames(when) => {
                    let selection = Selection::all().columns(judged.likelihoods).frames(frames.clone());
                    let mut kept = Kept::starting_at(frames.start);
                    let batch_frames = default_batch_frames(&table.schema().project(&columns));
                    for batch in table.batches(&selection, batch_frames)? {
                        kept.push(&likely_frames(&batch?, bound, when));
                    }
                    from = Frames::Kept(kept);
                    if let IndexSchema::Range { name } = index {
                        index = IndexSchema::Labels(IndexField { name, data_type: DataType::Int64 });
                    }
                }
            }
        }
        let schema = Arc::new(schema.with_index(index));
        let min_likelihood = filter.min_likelihood.unwrap_or(0.0);
        Ok(Self { table, schema, columns, frames: from, masks, min_likelihood })
    }

    /// The selected columns of frames of the table, masked; `positions` are those within `columns`.
    fn read_masked(&self, positions: &[usize], selection: &Selection) -> Result<Masked, TableError> {
        // The likelihoods may be among those that are wanted, or not.
        let mut wanted: Vec<usize> = positions.iter().map(|&at| self.columns[at]).collect();
        wanted.extend(positions.iter().filter_map(|&at| self.masks[at]));
        wanted.sort_unstable();
        wanted.dedup();
        let frame = self.table.read(&selection.clone().columns(wanted.iter().copied()))?;
        let read = |column: usize| &frame.columns()[wanted.partition_point(|other| *other < column)];
        let columns = positions.iter().map(|&at| {
            let values = read(self.columns[at]);
            match self.masks[at] {
                None => Ok(Arc::clone(values)),
                Some(likelihood) => masked(values, &unlikely(read(likelihood), self.min_likelihood)),
            }
        });
        Ok(Masked { index: frame.index().clone(), columns: columns.collect::<Result<_, _>>()? })
    }
}

/// A part of a table as it is left.
struct Masked {
    index: RowIndex,
    columns: Vec<ArrayRef>,
}

/// Reading costs what the frames between the first and the last one cost that are read: where few are left, that is more
/// than what comes out. They are read a [batch](default_batch_frames) at a time, and those without any that is left are
/// passed over.
impl<T: PoseTable> PoseTable for FilteredTable<T> {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        match &self.frames {
            Frames::From { count, .. } => *count,
            Frames::Kept(kept) => kept.len(),
        }
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let ResolvedSelection { columns, frames } = selection.resolve(&self.schema, self.num_frames())?;
        let all_columns = columns.len() == self.columns.len();
        let schema =
            if all_columns { Arc::clone(&self.schema) } else { Arc::new(self.schema.project(&columns)) };
        let kept = match &self.frames {
            Frames::From { first, .. } => {
                let frames = first + frames.start..first + frames.end;
                let Masked { index, columns } =
                    self.read_masked(&columns, &Selection::all().frames(frames))?;
                return PoseFrame::new(schema, index, columns);
            }
            Frames::Kept(kept) => kept,
        };
        let mut rows = Rows::of(&schema);
        let batch_frames = default_batch_frames(&schema);
        let mut next = frames.start;
        while next < frames.end {
            let piece = kept.piece(next..frames.end, batch_frames);
            next += piece.num_kept();
            let part = self.read_masked(&columns, &Selection::all().frames(piece.frames()))?;
            rows.add(&part.index, &part.columns, &piece.runs())?;
        }
        if frames.is_empty() {
            let part = self.read_masked(&columns, &Selection::all().frames(0..0))?;
            rows.add(&part.index, &part.columns, &[])?;
        }
        let (index, columns) = rows.finish(&schema)?;
        PoseFrame::new(schema, index, columns)
    }
}

/// Which likelihoods decide.
struct Judged {
    /// Positions of them in the table, ascending.
    likelihoods: Vec<usize>,
    /// For each of the selected columns the one that decides whether its values are masked.
    of_column: Vec<Option<usize>>,
}

impl Judged {
    fn of(schema: &PoseSchema, columns: &[usize]) -> Result<Self, TableError> {
        let (mut likelihoods, mut of_column) = (Vec::new(), vec![None; columns.len()]);
        for (coord, column, point) in
            schema.points().iter().flat_map(|point| point.coords().iter().map(move |(c, at)| (c, *at, point)))
        {
            let (Ok(at), Some(likelihood)) = (columns.binary_search(&column), point.likelihood_of(coord))
            else {
                continue;
            };
            // A further guess of a point says nothing against its first one.
            if Some(likelihood) == point.likelihood() {
                likelihoods.push(likelihood);
            }
            if !Point::is_likelihood(coord) {
                of_column[at] = Some(likelihood);
            }
        }
        likelihoods.sort_unstable();
        likelihoods.dedup();
        if likelihoods.is_empty() {
            return Err(TableErrorKind::NoLikelihood.into());
        }
        for likelihood in likelihoods.iter().chain(of_column.iter().flatten()) {
            let column = &schema.columns()[*likelihood];
            if !matches!(column.data_type, DataType::Float32 | DataType::Float64) {
                let (key, data_type) = (column.key.clone(), column.data_type.clone());
                return Err(TableErrorKind::LikelihoodType { key, data_type }.into());
            }
        }
        Ok(Self { likelihoods, of_column })
    }
}

/// Which frames stay, by the likelihoods in them.
fn likely_frames(likelihoods: &PoseFrame, bound: f64, when: DropWhen) -> Vec<bool> {
    let mut stays = vec![when == DropWhen::AnyPoint; likelihoods.num_frames()];
    for column in likelihoods.columns() {
        for (stays, unlikely) in stays.iter_mut().zip(unlikely(column, bound)) {
            match when {
                DropWhen::AnyPoint => *stays &= !unlikely,
                DropWhen::EveryPoint => *stays |= !unlikely,
            }
        }
    }
    stays
}

/// For each value whether it is no likelihood of at least `bound`. NaN is none.
#[allow(clippy::neg_cmp_op_on_partial_ord, reason = "NaN is not at least anything")]
fn unlikely(likelihoods: &ArrayRef, bound: f64) -> Vec<bool> {
    if *likelihoods.data_type() == DataType::Float32 {
        let values = likelihoods.as_primitive::<Float32Type>().values();
        return values.iter().map(|likelihood| !(f64::from(*likelihood) >= bound)).collect();
    }
    let values = likelihoods.as_primitive::<Float64Type>().values();
    values.iter().map(|likelihood| !(*likelihood >= bound)).collect()
}
