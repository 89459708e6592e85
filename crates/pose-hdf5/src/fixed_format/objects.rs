//! Pickled arrays of texts.
//!
//! PyTables keeps what HDF5 has no type for as a pickled NumPy array in the only row of a dataset (`ObjectAtom`).

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{Int64Builder, StringBuilder};
use pose_frame::ColumnKey;

use crate::error::unsupported;
use crate::labels::{ColumnLabels, key};
use crate::meta::{Meta, layout};
use crate::{Hdf5Error, Hdf5ErrorKind, PickleError};
use hdf5_file::read::Dataset;
use pickle_data::{Object, Pickle};

/// How much text is read, however little its pickle has.
const ANY_TEXT_BYTES: usize = 1 << 30;

/// How much text is read for each byte of its pickle, which spells out once what is there often.
const TEXT_PER_BYTE: usize = 1032;

/// The columns of texts in a block. Missing texts are null.
pub(super) fn columns(dataset: &Dataset, keys: &[ColumnKey]) -> Result<Vec<ArrayRef>, Hdf5Error> {
    let (pickle, mut left) = decode(dataset)?;
    let array = pickle.root().object_array().map_err(|reason| undecodable(dataset, reason))?;
    if array.rows == 0 || array.columns == 0 {
        // An array without values has the axes of pandas' memory: those of other arrays are swapped.
        return Ok(keys.iter().map(|_| Arc::new(StringBuilder::new().finish()) as ArrayRef).collect());
    }
    if array.columns != keys.len() {
        let found = format!("{} columns", array.columns);
        return Err(layout(dataset.file(), dataset.name(), &format!("{} columns", keys.len()), &found));
    }
    let mut column = |(position, key): (usize, &ColumnKey)| {
        let mut texts = StringBuilder::new();
        for row in 0..array.rows {
            let object = array.at(row, position);
            append(&mut texts, object, &mut left).map_err(|found| {
                let what = format!("{found} among the texts of column {key} (row {row})");
                unsupported(dataset.file(), dataset.name(), what)
            })?;
        }
        Ok(Arc::new(texts.finish()) as ArrayRef)
    };
    keys.iter().enumerate().map(&mut column).collect()
}

/// The labels of an axis: texts, or whole numbers.
pub(super) fn labels(dataset: &Dataset) -> Result<ArrayRef, Hdf5Error> {
    let (pickle, mut left) = decode(dataset)?;
    let array = pickle.root().object_array().map_err(|reason| undecodable(dataset, reason))?;
    let objects = || (0..array.rows).map(|row| array.at(row, 0));
    if array.rows > 0 && array.columns == 1 && objects().all(|object| object.as_integer().is_some()) {
        let mut numbers = Int64Builder::with_capacity(array.rows);
        objects().for_each(|object| numbers.append_option(object.as_integer()));
        return Ok(Arc::new(numbers.finish()));
    }
    let mut texts = StringBuilder::new();
    for (row, object) in objects().enumerate() {
        append(&mut texts, object, &mut left).map_err(|found| {
            unsupported(dataset.file(), dataset.name(), format!("{found} among its labels (row {row})"))
        })?;
    }
    Ok(Arc::new(texts.finish()))
}

/// The labels of columns: texts and whole numbers, in any mixture.
pub(super) fn column_labels(dataset: &Dataset) -> Result<ColumnLabels, Hdf5Error> {
    let meta = Meta::of_dataset(dataset)?;
    let (pickle, _) = decode(dataset)?;
    let array = pickle.root().object_array().map_err(|reason| undecodable(dataset, reason))?;
    let keys = (0..array.rows).map(|row| key(&meta, array.at(row, 0))).collect::<Result<_, _>>()?;
    Ok(ColumnLabels { levels: vec![meta.level_name("name")?], keys })
}

/// Appends a text; `None` and NaN are missing ones. `left` is how much more text there may be in all columns.
fn append(texts: &mut StringBuilder, object: Object<'_>, left: &mut usize) -> Result<(), String> {
    let missing = object.is_none() || object.as_float().is_some_and(f64::is_nan);
    match object.as_text() {
        Some(text) if texts.values_slice().len() + text.len() > i32::MAX as usize => {
            return Err("more than 2 GiB of text".to_owned());
        }
        Some(text) => {
            // The memo of a pickle can hand out a long text a million times.
            *left = left.checked_sub(text.len()).ok_or("more text than its pickle can mean")?;
            texts.append_value(text);
        }
        None if missing => texts.append_null(),
        None => return Err(object.describe().to_owned()),
    }
    Ok(())
}

/// The pickle, and how much text it may hold.
fn decode(dataset: &Dataset) -> Result<(Pickle, usize), Hdf5Error> {
    if dataset.num_rows() != 1 {
        let found = format!("{} rows", dataset.num_rows());
        return Err(layout(dataset.file(), dataset.name(), "one row", &found));
    }
    let bytes = dataset.blob(0)?;
    let pickle = Pickle::decode(&bytes).map_err(|reason| undecodable(dataset, reason))?;
    Ok((pickle, bytes.len().saturating_mul(TEXT_PER_BYTE).max(ANY_TEXT_BYTES)))
}

fn undecodable(dataset: &Dataset, reason: PickleError) -> Hdf5Error {
    let (path, object) = (dataset.file().path().to_owned(), dataset.name().to_owned());
    Hdf5ErrorKind::PickledData { path, object, reason }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_handed_out_again_and_again_has_an_end() {
        // A list that has one text three times, spelt out once.
        let pickle = Pickle::decode(b"(lp0\nVsnout\np1\nag1\nag1\na.").expect("it is data");
        let items = pickle.root().sequence().expect("a list");
        let (mut texts, mut left) = (StringBuilder::new(), 2 * "snout".len());
        let appended: Vec<_> = items.iter().map(|item| append(&mut texts, item, &mut left)).collect();
        assert_eq!(appended[..2], [Ok(()), Ok(())]);
        assert_eq!(appended[2], Err("more text than its pickle can mean".to_owned()));
    }
}
