//! A table out of what any program wrote.

use arrow_schema::DataType;
use hdf5_file::read::Dataset;
use pose_frame::{Column, ColumnKey, FrameSize, Metadata, RangeIndex};
use std::path::Path;
use std::sync::Arc;

use super::estimates::{Estimates, Series};
use super::source::{Source, Stored};
use super::{Found, Index};
use crate::{NwbError, NwbErrorKind};

/// A table of one or several individuals.
pub(crate) fn of_estimates(path: &Path, all: Vec<Estimates>) -> Result<Found, NwbError> {
    let rows = same_frames(path, &all)?;
    let has_scorers = all.iter().any(|estimates| estimates.scorer.is_some());
    let several = all.len() > 1;
    let has_individuals = several
        || all.iter().any(|estimates| estimates.series.iter().any(|series| series.individual.is_some()));
    let names =
        [(has_scorers, "scorer"), (has_individuals, "individuals"), (true, "bodyparts"), (true, "coords")];
    let levels =
        names.iter().filter(|(is_there, _)| *is_there).map(|(_, name)| Some((*name).into())).collect();
    let (mut columns, mut sources) = (Vec::new(), Vec::new());
    for estimates in &all {
        for series in &estimates.series {
            let individual = series.individual.as_deref().unwrap_or(&estimates.name);
            let mut put = |coord: &str, dataset: &Arc<Dataset>, axis| {
                let labels = [
                    (has_scorers, estimates.scorer.as_deref().unwrap_or_default()),
                    (has_individuals, individual),
                    (true, series.bodypart.as_str()),
                    (true, coord),
                ];
                let labels = labels.iter().filter(|(is_there, _)| *is_there).map(|(_, label)| *label);
                let stored = Stored::numbers(Arc::clone(dataset), axis)?;
                let data_type: DataType = stored.data_type.clone();
                columns.push(Column::new(ColumnKey::new(labels), data_type));
                sources.push(Source::Stored(stored));
                Ok::<(), NwbError>(())
            };
            for (axis, coord) in ["x", "y", "z"].into_iter().take(series.axes).enumerate() {
                put(coord, &series.data, axis)?;
            }
            if let Some(confidence) = &series.confidence {
                put("likelihood", confidence, 0)?;
            }
        }
    }
    let first = all.iter().flat_map(|estimates| &estimates.series).next();
    let mut metadata = Metadata::default();
    let index = match first {
        None => Index::Range(RangeIndex { name: None, start: 0, step: 1, len: 0 }),
        Some(series) => {
            let (index, rate) = series.times.labels(&series.data)?;
            metadata.frame_rate_hz = rate;
            index
        }
    };
    for estimates in &all {
        metadata.video = metadata.video.take().or_else(|| estimates.video.clone());
        let size = estimates.frame_size.map(|(width, height)| FrameSize { width, height });
        metadata.frame_size = metadata.frame_size.or(size);
        for edge in &estimates.edges {
            if !metadata.skeleton_edges.contains(edge) {
                metadata.skeleton_edges.push(edge.clone());
            }
        }
    }
    let notes = all.into_iter().flat_map(|estimates| estimates.notes).collect();
    Ok(Found { levels, columns, sources, index, rows, metadata, notes })
}

/// Checks that all series have the same frames, and says how many.
fn same_frames(path: &Path, all: &[Estimates]) -> Result<u64, NwbError> {
    let mut series = all.iter().flat_map(|estimates| &estimates.series);
    let Some(first) = series.next() else { return Ok(0) };
    for other in series {
        if first.data.num_rows() != other.data.num_rows() {
            return Err(NwbErrorKind::Lengths {
                path: path.to_owned(),
                first: first.path.clone(),
                first_rows: first.data.num_rows(),
                other: other.path.clone(),
                other_rows: other.data.num_rows(),
            }
            .into());
        }
        if !Series::same_times(first, other)? {
            let (first, other) = (first.path.clone(), other.path.clone());
            return Err(NwbErrorKind::TimeBases { path: path.to_owned(), first, other }.into());
        }
    }
    Ok(first.data.num_rows())
}

impl Series {
    fn same_times(first: &Self, other: &Self) -> Result<bool, NwbError> {
        first.times.same_as(&other.times)
    }
}
