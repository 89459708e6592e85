//! Recipes that follow from a table alone: an array for the numbers of each type.

use pose_frame::{PoseSchema, PoseTable, Selection, default_batch_frames};

use super::{ArrayRecipe, Codec, Columns, Contract, NumberType, Recipe, check_coords};
use crate::{Result, check};

impl Recipe {
    /// The recipe that brings every bit back without a video: an array of the numbers of each type, by pco. Columns of integers with
    /// missing values are left to Parquet; the table is read once to find them, where it has integers.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn lossless(table: &dyn PoseTable) -> Result<Self> {
        Self::within(table, &Contract::Lossless)
    }

    /// The recipe that brings every finite float back to within a bound, and everything else exactly, without a video.
    ///
    /// # Errors
    ///
    /// When the table cannot be read, or has no column of a coord that has a bound of its own.
    pub fn within(table: &dyn PoseTable, contract: &Contract) -> Result<Self> {
        let schema = table.schema();
        if let Contract::MaxError { coords, .. } = contract {
            check_coords(coords, schema, "contract.max_error")?;
        }
        let facts = Facts::of(table, Wanted::Nulls)?;
        Ok(Self::by_type(schema, &facts, |number, columns| {
            let own = || contract.of_columns(schema, columns.positions);
            let contract = if number.is_float() { own() } else { Contract::Lossless };
            ArrayRecipe::new(number.name(), columns.selected, Codec::pco()).with_contract(contract)
        }))
    }

    /// An array for each type of number, of the columns in which nothing is missing.
    pub(crate) fn by_type(
        schema: &PoseSchema,
        facts: &Facts,
        make: impl Fn(NumberType, OfType<'_>) -> ArrayRecipe,
    ) -> Self {
        let mut arrays = Vec::new();
        for number in NumberType::ALL {
            let is_one = |column: &usize| schema.columns()[*column].data_type == number.data_type();
            let (missing, whole): (Vec<usize>, Vec<usize>) =
                (0..schema.columns().len()).filter(is_one).partition(|column| facts.has_nulls[*column]);
            if whole.is_empty() {
                continue;
            }
            let selected =
                if missing.is_empty() { Columns::of_type(number) } else { Columns::at(schema, &whole) };
            arrays.push(make(number, OfType { positions: &whole, selected }));
        }
        Self::new(arrays)
    }
}

/// The columns of one type.
pub(crate) struct OfType<'a> {
    pub(crate) positions: &'a [usize],
    /// What a recipe says of them.
    pub(crate) selected: Columns,
}

/// What is to be known of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// In which columns of integers values are missing.
    Nulls,
    /// That, and the ranges of floats.
    Ranges,
}

/// What is known of the columns of a table once it has been read.
pub(crate) struct Facts {
    /// Whether an integer is missing.
    pub(crate) has_nulls: Vec<bool>,
    /// The least and the greatest finite float, where there is one.
    pub(crate) ranges: Vec<Option<(f64, f64)>>,
}

impl Facts {
    /// Reads the columns that it takes, in batches.
    pub(crate) fn of(table: &dyn PoseTable, wanted: Wanted) -> Result<Self> {
        let schema = table.schema();
        let count = schema.columns().len();
        let is_wanted = |column: &usize| {
            let number = NumberType::of(&schema.columns()[*column].data_type);
            number.is_some_and(|number| !number.is_float() || wanted == Wanted::Ranges)
        };
        let columns: Vec<usize> = (0..count).filter(is_wanted).collect();
        let mut facts = Self { has_nulls: vec![false; count], ranges: vec![None; count] };
        if columns.is_empty() {
            return Ok(facts);
        }
        let selection = Selection::all().columns(columns.iter().copied());
        for batch in table.batches(&selection, default_batch_frames(schema))? {
            for (array, column) in batch?.columns().iter().zip(&columns) {
                facts.has_nulls[*column] |= array.null_count() > 0;
                facts.ranges[*column] = check::range(array, facts.ranges[*column]);
            }
        }
        Ok(facts)
    }
}
