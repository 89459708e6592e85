//! Going over the values of groups.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::DataType;
use pose_frame::{PoseFrame, PoseTable, Selection, TableError, default_batch_frames};
use rayon::prelude::*;

use crate::StatsProgress;
use crate::group::Group;

/// A table whose groups are gone over, as often as it takes.
pub(crate) struct Scan<'a> {
    pub(crate) table: &'a dyn PoseTable,
    pub(crate) groups: &'a [Group],
    pub(crate) min_likelihood: Option<f64>,
    pub(crate) progress: &'a (dyn Fn(StatsProgress) + Sync),
    pub(crate) passes: usize,
}

/// What was found in a column.
pub(crate) struct Found {
    /// Keys of the values, in the order of the frames.
    pub(crate) keys: Vec<u64>,
    pub(crate) missing: usize,
    pub(crate) left_out: usize,
}

impl Scan<'_> {
    /// Reads the columns of those groups that have a state, and hands each state what is found, column by column. Groups
    /// are worked on side by side.
    pub(crate) fn pass<S: Send>(
        &mut self,
        states: &mut [Option<S>],
        visit: impl Fn(&mut S, Found) + Sync,
    ) -> Result<(), TableError> {
        let members = || {
            let wanted = self.groups.iter().zip(&*states).filter(|(_, state)| state.is_some());
            wanted.flat_map(|(group, _)| &group.members)
        };
        let mut columns: Vec<usize> =
            members().flat_map(|member| [Some(member.column), member.likelihood]).flatten().collect();
        columns.sort_unstable();
        columns.dedup();
        let mut likelihoods: Vec<usize> = members().filter_map(|member| member.likelihood).collect();
        likelihoods.sort_unstable();
        likelihoods.dedup();

        let num_frames = self.table.num_frames();
        let mut frames = 0;
        // Keys take as much again as the values.
        let frames_per_batch = default_batch_frames(&self.table.schema().project(&columns)) / 2;
        let selection = Selection::all().columns(columns.iter().copied());
        for batch in self.table.batches(&selection, frames_per_batch)? {
            let batch = batch?;
            let read = |column: usize| &batch.columns()[columns.partition_point(|other| *other < column)];
            let bound = self.min_likelihood.unwrap_or(0.0);
            let unlikely: HashMap<usize, Vec<bool>> =
                likelihoods.par_iter().map(|column| (*column, unlikely(read(*column), bound))).collect();
            states.par_iter_mut().zip(self.groups).for_each(|(state, group)| {
                let Some(state) = state else { return };
                for member in &group.members {
                    let unlikely = member.likelihood.map(|likelihood| unlikely[&likelihood].as_slice());
                    visit(state, found(group, read(member.column), unlikely));
                }
            });
            frames += batch.num_frames();
            (self.progress)(StatsProgress { passes: self.passes, frames, num_frames });
        }
        self.passes += 1;
        Ok(())
    }
}

fn found(group: &Group, column: &ArrayRef, unlikely: Option<&[bool]>) -> Found {
    let mut keys = Vec::with_capacity(column.len());
    let missing = group.domain.each(column, unlikely, |key| keys.push(key));
    let left_out = unlikely.map_or(0, |unlikely| unlikely.iter().filter(|unlikely| **unlikely).count());
    Found { keys, missing, left_out }
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

/// A table that is gone over several times, kept in memory where it is small.
pub(crate) fn kept(table: &dyn PoseTable, memory_bytes: usize) -> Result<Option<PoseFrame>, TableError> {
    // Half of it is for values that are collected.
    let bytes = table.num_frames().saturating_mul(table.schema().row_bytes());
    Ok(if bytes <= memory_bytes / 2 { Some(table.load()?) } else { None })
}
