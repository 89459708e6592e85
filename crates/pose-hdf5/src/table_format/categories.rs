//! Columns of categories: the table keeps a code per row, and a table of its own, in the group `meta/<field>/meta`,
//! keeps what each code stands for.

use std::sync::{Arc, OnceLock};

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::DataType;

use super::TableFormat;
use crate::Hdf5Error;
use crate::codes;
use crate::meta::{Meta, layout};
use crate::opened::Opened;
use hdf5_file::read::{Dataset, Group};

/// What the codes of a field stand for. Read when first asked for.
pub(super) struct Categories {
    /// None where there are no categories: pandas writes no table of nothing.
    stored: Option<Box<Opened<TableFormat>>>,
    loaded: OnceLock<ArrayRef>,
}

impl Categories {
    /// Opens the categories of a field of the table in a group.
    pub(super) fn open(group: &Group, field: &str) -> Result<Self, Hdf5Error> {
        let mut found = Some(group.clone());
        for part in ["meta", field, "meta"] {
            found = match found {
                Some(group) => group.group(part)?,
                None => None,
            };
        }
        let Some(found) = found else { return Ok(Self { stored: None, loaded: OnceLock::new() }) };
        let meta = Meta::of_group(&found)?;
        // One kind only: a table of categories has no categories in turn, however the file links its groups.
        if meta.text("table_type") != Some("appendable_series") {
            return Err(meta.wrong("table_type", "appendable_series"));
        }
        let opened = TableFormat::open_plain(&found, &meta)?;
        match opened.columns.as_slice() {
            [_] => Ok(Self { stored: Some(Box::new(opened)), loaded: OnceLock::new() }),
            columns => {
                let count = format!("{} columns", columns.len());
                Err(layout(found.file(), found.name(), "one column of categories", &count))
            }
        }
    }

    /// The type of the categories. pandas has none of the type float where there are none.
    pub(super) fn data_type(&self) -> DataType {
        self.stored.as_ref().map_or(DataType::Float64, |opened| opened.columns[0].data_type.clone())
    }

    /// The categories that these codes of a field stand for.
    pub(super) fn apply(
        &self,
        codes: &ArrayRef,
        dataset: &Dataset,
        field: &str,
    ) -> Result<ArrayRef, Hdf5Error> {
        codes::decode(codes, self.load()?).map_err(|wrong| {
            let object = format!("field {field} of {}", dataset.name());
            let expected = format!("codes below {}", wrong.count);
            layout(dataset.file(), &object, &expected, &wrong.code.to_string())
        })
    }

    fn load(&self) -> Result<&ArrayRef, Hdf5Error> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(loaded);
        }
        let labels: ArrayRef = match &self.stored {
            None => Arc::new(Float64Array::from(Vec::<f64>::new())),
            Some(opened) => opened.format.read(&[0], 0..opened.num_rows)?.1.remove(0),
        };
        Ok(self.loaded.get_or_init(|| labels))
    }
}
