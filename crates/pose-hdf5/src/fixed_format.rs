//! `format="fixed"`: one dataset per block of columns of one type, one per axis.
//!
//! Facts from `pandas/io/pytables.py` of pandas 0.20 to 3.1 (`GenericFixed`, `BlockManagerFixed`): `axis0` holds
//! the labels of the columns, `axis1` those of the rows, `blockN_items` and `blockN_values` a block. Values are
//! stored row by row (`transposed`), which is how pandas' own memory looks from the side.

mod axis;
mod objects;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use pose_frame::{Column, ColumnKey, Label, RowIndex};

use crate::Hdf5Error;
use crate::error::unsupported;
use crate::labels::list;
use crate::meta::{Meta, layout, required_dataset};
use crate::opened::Opened;
use crate::text::TextCodec;
use crate::values::{self, FillError, Item, Slot};
use axis::RowAxis;
use hdf5_file::read::{Dataset, Element, Group};

/// Where the values of a table in fixed format are.
pub(crate) struct FixedFormat {
    rows: RowAxis,
    blocks: Vec<Block>,
    /// Block and position in it, for each column.
    places: Vec<(usize, usize)>,
}

/// Columns of one type.
struct Block {
    dataset: Dataset,
    keys: Vec<ColumnKey>,
    values: BlockValues,
}

enum BlockValues {
    /// A row of the dataset is a frame.
    ByRow(Item),
    /// A row of the dataset is a column.
    ByColumn(Item),
    /// There are none.
    Empty(Item),
    /// A pickled array of texts; decoded when first asked for.
    Objects(OnceLock<Vec<ArrayRef>>),
}

impl FixedFormat {
    /// Reads the description of the table in a group.
    pub(crate) fn open(group: &Group, meta: &Meta) -> Result<Opened<Self>, Hdf5Error> {
        if meta.text("pandas_type") == Some("series") {
            return Self::open_series(group, meta);
        }
        let codec = meta.codec()?;
        let labels = axis::column_labels(group, meta, &codec, "axis0")?;
        let rows = RowAxis::open(group, meta, &codec, "axis1")?;
        let mut blocks = Vec::new();
        let mut found = HashMap::new();
        for number in 0..meta.required_count("nblocks")? {
            let items = axis::column_labels(group, meta, &codec, &format!("block{number}_items"))?;
            let block = Block::open(group, &format!("block{number}_values"), items.keys, rows.len(), &codec)?;
            for (position, key) in block.keys.iter().enumerate() {
                found.insert(key.clone(), (number, position));
            }
            blocks.push(block);
        }
        let mut columns = Vec::with_capacity(labels.keys.len());
        let mut places = Vec::with_capacity(labels.keys.len());
        for key in labels.keys {
            let place = found.get(&key).ok_or_else(|| {
                layout(group.file(), group.name(), &format!("values of column {key}"), "none")
            })?;
            columns.push(Column::new(key, blocks[place.0].data_type()));
            places.push(*place);
        }
        let num_rows = rows.len();
        let index = rows.schema();
        let format = Self { rows, blocks, places };
        Ok(Opened { levels: labels.levels, columns, index, num_rows, format })
    }

    /// Reads the description of a series in a group: a table of one column.
    fn open_series(group: &Group, meta: &Meta) -> Result<Opened<Self>, Hdf5Error> {
        let codec = meta.codec()?;
        let rows = RowAxis::open(group, meta, &codec, "index")?;
        // What pandas calls the column when it makes a frame of a series without a name.
        let label = meta.level_name("name")?.map_or(Label::Integer(0), Label::Text);
        let key = ColumnKey::new([label]);
        let block = Block::open(group, "values", vec![key.clone()], rows.len(), &codec)?;
        let columns = vec![Column::new(key, block.data_type())];
        let (num_rows, index) = (rows.len(), rows.schema());
        let format = Self { rows, blocks: vec![block], places: vec![(0, 0)] };
        Ok(Opened { levels: vec![None], columns, index, num_rows, format })
    }

    /// Reads these columns of these rows.
    pub(crate) fn read(
        &self,
        columns: &[usize],
        rows: Range<u64>,
    ) -> Result<(RowIndex, Vec<ArrayRef>), Hdf5Error> {
        let mut arrays: Vec<Option<ArrayRef>> = vec![None; columns.len()];
        for (number, block) in self.blocks.iter().enumerate() {
            let wanted = columns.iter().enumerate().filter_map(|(target, &column)| {
                let (block, position) = self.places[column];
                (block == number).then_some((target, position))
            });
            let (targets, positions): (Vec<usize>, Vec<usize>) = wanted.unzip();
            if positions.is_empty() {
                continue;
            }
            for (target, array) in targets.into_iter().zip(block.read(&positions, rows.clone())?) {
                arrays[target] = Some(array);
            }
        }
        let arrays = arrays.into_iter().map(|array| array.expect("every column has its block"));
        Ok((self.rows.read(rows)?, arrays.collect()))
    }
}

impl Block {
    fn open(
        group: &Group,
        name: &str,
        keys: Vec<ColumnKey>,
        num_rows: u64,
        codec: &TextCodec,
    ) -> Result<Self, Hdf5Error> {
        let dataset = required_dataset(group, name)?;
        let meta = Meta::of_dataset(&dataset)?;
        let refuse = |what: &str| {
            unsupported(dataset.file(), dataset.name(), format!("columns of {what} ({})", list(&keys)))
        };
        let value_type = meta.text("value_type").unwrap_or_default();
        if ["datetime64", "timedelta64", "period", "category"].iter().any(|odd| value_type.starts_with(odd)) {
            return Err(refuse(value_type));
        }
        let expect = |rows: u64, columns: u64| {
            if rows == num_rows && columns == keys.len() as u64 {
                return Ok(());
            }
            let expected = format!("{num_rows} rows of {} columns", keys.len());
            let found = format!("{rows} of {columns}");
            Err(layout(dataset.file(), dataset.name(), &expected, &found))
        };
        let item = |element: &Element| Item::of(element, codec).ok_or_else(|| refuse(&element.to_string()));
        let values = if let Some(shape) = meta.empty_shape()? {
            // Written as it lay in memory: columns first.
            let (&columns, &rows) = match shape.as_slice() {
                [columns, rows] => (columns, rows),
                [rows] => (&1, rows),
                _ => return Err(meta.wrong("shape", "the lengths of two axes")),
            };
            expect(rows, columns)?;
            if rows != 0 && columns != 0 {
                return Err(meta.wrong("shape", "an axis of length 0"));
            }
            BlockValues::Empty(axis::item_of_dtype(value_type, codec).ok_or_else(|| refuse(value_type))?)
        } else if *dataset.element() == Element::Blob {
            BlockValues::Objects(OnceLock::new())
        } else {
            let by_row = meta.is_true("transposed");
            match (dataset.shape(), by_row) {
                (&[rows], _) => expect(rows, 1)?,
                (&[rows, columns], true) | (&[columns, rows], false) => expect(rows, columns)?,
                (shape, _) => {
                    let found = format!("{} axes", shape.len());
                    return Err(layout(dataset.file(), dataset.name(), "two axes", &found));
                }
            }
            let item = item(dataset.element())?;
            let is_flat = dataset.shape().len() == 1;
            if by_row || is_flat { BlockValues::ByRow(item) } else { BlockValues::ByColumn(item) }
        };
        Ok(Self { dataset, keys, values })
    }

    fn data_type(&self) -> DataType {
        match &self.values {
            BlockValues::ByRow(item) | BlockValues::ByColumn(item) | BlockValues::Empty(item) => {
                item.data_type()
            }
            BlockValues::Objects(_) => DataType::Utf8,
        }
    }

    /// Reads the columns at these positions of the block.
    fn read(&self, positions: &[usize], rows: Range<u64>) -> Result<Vec<ArrayRef>, Hdf5Error> {
        let dataset = &self.dataset;
        match &self.values {
            BlockValues::ByRow(item) => {
                let slots: Vec<Slot> = positions
                    .iter()
                    .map(|position| Slot { offset: position * item.size(), item: item.clone() })
                    .collect();
                values::read(dataset, rows, &slots)
            }
            BlockValues::ByColumn(item) => {
                let failed = |error: FillError| error.within(dataset, rows.start);
                let slot = Slot { offset: 0, item: item.clone() };
                let at = |row: u64| usize::try_from(row).unwrap_or(usize::MAX) * item.size();
                let read = |&position: &usize| {
                    let mut array = None;
                    let column = position as u64;
                    dataset.visit::<Hdf5Error>(column..column + 1, &mut |column| {
                        let wanted = &column[at(rows.start)..at(rows.end)];
                        array = Some(values::take(wanted, item.size(), &slot).map_err(failed)?);
                        Ok(())
                    })?;
                    array.map_or_else(|| values::take(&[], item.size(), &slot).map_err(failed), Ok)
                };
                positions.iter().map(read).collect()
            }
            BlockValues::Empty(item) => {
                let slot = Slot { offset: 0, item: item.clone() };
                let none = values::take(&[], item.size(), &slot).map_err(|error| error.within(dataset, 0))?;
                Ok(positions.iter().map(|_| Arc::clone(&none)).collect())
            }
            BlockValues::Objects(decoded) => {
                let columns = if let Some(columns) = decoded.get() {
                    columns
                } else {
                    let columns = objects::columns(dataset, &self.keys)?;
                    decoded.get_or_init(|| columns)
                };
                let at = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
                if columns.first().is_some_and(|column| column.len() < at(rows.end)) {
                    let found = columns[0].len().to_string();
                    return Err(layout(
                        dataset.file(),
                        dataset.name(),
                        &format!("{} rows", rows.end),
                        &found,
                    ));
                }
                let cut =
                    |&position: &usize| columns[position].slice(at(rows.start), at(rows.end - rows.start));
                Ok(positions.iter().map(cut).collect())
            }
        }
    }
}
