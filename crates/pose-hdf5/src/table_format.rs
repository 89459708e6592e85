//! `format="table"`: one dataset of compounds, a row per frame.
//!
//! Facts from `pandas/io/pytables.py` of pandas 0.20 to 3.1 (`Table`, `AppendableFrameTable`,
//! `AppendableMultiFrameTable`): a field for the row labels, or one per level of them, fields of several columns
//! each (`values_block_N`), and a field for each column that can be queried on disk. Which columns a field
//! holds, and in which order they come, stands in pickled attributes.

mod categories;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use pose_frame::{Column, ColumnKey, IndexField, IndexLevel, IndexSchema, Label, LevelName, RowIndex};

use crate::Hdf5Error;
use crate::error::unsupported;
use crate::index::Meaning;
use crate::labels::{ColumnLabels, keys_in, level_names, list};
use crate::meta::{Meta, layout, required_dataset};
use crate::opened::Opened;
use crate::text::TextCodec;
use crate::values::{self, Item, Slot};
use categories::Categories;
use hdf5_file::read::{Dataset, Element, Field, Group};
use pickle_data::Object;

/// Where the values of a table are in its rows.
pub(crate) struct TableFormat {
    dataset: Dataset,
    columns: Vec<Place>,
    index: Vec<IndexPlace>,
    is_multi: bool,
}

/// Where the values of a column are, and what they mean.
#[derive(Clone)]
struct Place {
    /// The field, which may hold several columns.
    field: Arc<str>,
    slot: Slot,
    meaning: Meaning,
    /// What the values stand for, when they are codes.
    categories: Option<Arc<Categories>>,
}

/// Where the labels of one level of the rows are.
struct IndexPlace {
    name: LevelName,
    place: Place,
}

impl Place {
    fn data_type(&self) -> DataType {
        match &self.categories {
            Some(categories) => categories.data_type(),
            None => self.meaning.data_type(self.slot.item.data_type()),
        }
    }

    /// What the stored values mean.
    fn apply(&self, stored: ArrayRef, dataset: &Dataset) -> Result<ArrayRef, Hdf5Error> {
        match &self.categories {
            Some(categories) => categories.apply(&stored, dataset, &self.field),
            None => Ok(self.meaning.apply(stored)),
        }
    }
}

/// Whether fields may hold codes of categories.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Categorical {
    Allowed,
    Refused,
}

impl TableFormat {
    /// Reads the description of the table in a group.
    pub(crate) fn open(group: &Group, meta: &Meta) -> Result<Opened<Self>, Hdf5Error> {
        Self::open_with(group, meta, Categorical::Allowed)
    }

    /// The same for a table whose columns are no categories.
    fn open_plain(group: &Group, meta: &Meta) -> Result<Opened<Self>, Hdf5Error> {
        Self::open_with(group, meta, Categorical::Refused)
    }

    fn open_with(group: &Group, meta: &Meta, categorical: Categorical) -> Result<Opened<Self>, Hdf5Error> {
        let (is_multi, is_series) = match meta.text("table_type") {
            Some("appendable_frame") => (false, false),
            Some("appendable_multiframe") => (true, false),
            Some("appendable_series") => (false, true),
            Some("appendable_multiseries") => (true, true),
            Some(other) => return Err(meta.unsupported(format!("a table of the type {other:?}"))),
            None => return Err(meta.wrong("table_type", "a text")),
        };
        let dataset = required_dataset(group, "table")?;
        let layout = RowLayout::new(group, &dataset, meta, categorical)?;
        let info = meta.pickle("info")?;
        let info = info.as_ref().map(|info| info.root());

        let mut places = layout.columns(info)?;
        let mut labels = column_labels(meta, info)?;
        let mut index = Vec::new();
        if is_multi {
            for name in meta.required_texts("levels")? {
                let key = ColumnKey::new([Label::Text(name.clone())]);
                let place = places.remove(&key).ok_or_else(|| layout.missing(&name))?;
                labels.keys.retain(|other| *other != key);
                let name = Some(name).filter(|name| !stands_for_no_name(name));
                index.push(IndexPlace { name, place });
            }
        } else {
            index.push(layout.index(info)?);
        }
        let mut columns = Vec::with_capacity(labels.keys.len());
        let mut in_order = Vec::with_capacity(labels.keys.len());
        for key in labels.keys {
            let place = places.get(&key).ok_or_else(|| layout.missing(&key))?;
            let data_type = place.data_type();
            if !Column::can_hold(&data_type) {
                return Err(layout.unsupported(&[key], &data_type.to_string()));
            }
            let key = if is_series { key_of_series(key) } else { key };
            columns.push(Column::new(key, data_type));
            in_order.push(place.clone());
        }
        let fields = index
            .iter()
            .map(|level| IndexField { name: level.name.clone(), data_type: level.place.data_type() });
        let mut fields: Vec<IndexField> = fields.collect();
        let index_schema =
            if is_multi { IndexSchema::Multi(fields) } else { IndexSchema::Labels(fields.remove(0)) };
        let num_rows = dataset.num_rows();
        let format = Self { dataset, columns: in_order, index, is_multi };
        Ok(Opened { levels: labels.levels, columns, index: index_schema, num_rows, format })
    }

    /// Reads these columns of these rows.
    pub(crate) fn read(
        &self,
        columns: &[usize],
        rows: Range<u64>,
    ) -> Result<(RowIndex, Vec<ArrayRef>), Hdf5Error> {
        let wanted = columns.iter().map(|&column| &self.columns[column]);
        let slots =
            self.index.iter().map(|level| &level.place).chain(wanted.clone()).map(|place| &place.slot);
        let mut arrays = values::read(&self.dataset, rows, slots)?;
        let columns = arrays.split_off(self.index.len());
        let columns = wanted.zip(columns).map(|(place, array)| place.apply(array, &self.dataset));
        let columns = columns.collect::<Result<_, _>>()?;
        let levels = self.index.iter().zip(arrays).map(|(level, array)| {
            Ok(IndexLevel::new(level.name.clone(), level.place.apply(array, &self.dataset)?))
        });
        let mut levels: Vec<IndexLevel> = levels.collect::<Result<_, Hdf5Error>>()?;
        let index = if self.is_multi { RowIndex::Multi(levels) } else { RowIndex::Labels(levels.remove(0)) };
        Ok((index, columns))
    }
}

/// pandas stores a series without a name as `values`, and calls the column 0 when it makes a frame of it.
fn key_of_series(key: ColumnKey) -> ColumnKey {
    if key.labels() == [Label::from("values")] { ColumnKey::new([0_i64]) } else { key }
}

/// pandas calls a level without a name `level_0`, `level_1`, ….
fn stands_for_no_name(name: &str) -> bool {
    name.strip_prefix("level_")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Keys and level names of the columns, in their order.
fn column_labels(meta: &Meta, info: Option<Object<'_>>) -> Result<ColumnLabels, Hdf5Error> {
    let pickle = meta.required_pickle("non_index_axes")?;
    let wrong = |reason| meta.undecodable("non_index_axes", reason);
    // [(1, [labels])]
    let axis = pickle.root().sequence().map_err(wrong)?.get(0).and_then(Object::as_tuple);
    let labels =
        axis.filter(|axis| axis.get(0).and_then(Object::as_integer) == Some(1)).and_then(|axis| axis.get(1));
    let labels = labels.ok_or_else(|| meta.wrong("non_index_axes", "the labels of axis 1"))?;
    let keys = keys_in(meta, "non_index_axes", labels)?;
    let levels = level_names(meta, info, &keys)?;
    Ok(ColumnLabels { levels, keys })
}

/// The fields of a row.
struct RowLayout<'a> {
    group: &'a Group,
    dataset: &'a Dataset,
    fields: &'a [Field],
    /// Attributes of the group and of the dataset.
    group_meta: &'a Meta,
    table_meta: Meta,
    codec: TextCodec,
    categorical: Categorical,
}

impl<'a> RowLayout<'a> {
    fn new(
        group: &'a Group,
        dataset: &'a Dataset,
        group_meta: &'a Meta,
        categorical: Categorical,
    ) -> Result<Self, Hdf5Error> {
        let Element::Compound(fields) = dataset.element() else {
            let found = dataset.element().to_string();
            return Err(layout(dataset.file(), dataset.name(), "a compound", &found));
        };
        if dataset.shape().len() != 1 {
            let found = format!("{} axes", dataset.shape().len());
            return Err(layout(dataset.file(), dataset.name(), "one axis", &found));
        }
        let codec = group_meta.codec()?;
        Ok(Self {
            group,
            dataset,
            fields,
            group_meta,
            table_meta: Meta::of_dataset(dataset)?,
            codec,
            categorical,
        })
    }

    /// Where the value of each column is, and what it means.
    fn columns(&self, info: Option<Object<'_>>) -> Result<HashMap<ColumnKey, Place>, Hdf5Error> {
        let mut places = HashMap::new();
        for name in self.group_meta.required_texts("values_cols")? {
            let attribute = format!("{name}_kind");
            let labels = self.table_meta.required_pickle(&attribute)?;
            let keys = keys_in(&self.table_meta, &attribute, labels.root())?;
            let field = self.field(&name)?;
            let (item, count) = match &field.element {
                Element::Array(item, count) => (&**item, *count),
                single => (single, 1),
            };
            if count != keys.len() {
                let expected = format!("{} values", keys.len());
                return Err(self.wrong(&name, &expected, &format!("{count}")));
            }
            let codec = self.codec.with_missing(self.missing_text(&name));
            let Some(item) = Item::of(item, &codec) else {
                return Err(self.unsupported(&keys, &item.to_string()));
            };
            let categories = self.categories(&name, &item)?;
            let meaning =
                if categories.is_some() { Meaning::Plain } else { self.meaning(&name, &keys, &item, info)? };
            let size = item.size();
            for (position, key) in keys.into_iter().enumerate() {
                let slot = self.slot(&name, field.offset + position * size, item.clone())?;
                let (field, meaning, categories) = (name.clone(), meaning.clone(), categories.clone());
                places.insert(key, Place { field, slot, meaning, categories });
            }
        }
        Ok(places)
    }

    /// Where the labels of the rows are.
    fn index(&self, info: Option<Object<'_>>) -> Result<IndexPlace, Hdf5Error> {
        let meta = self.group_meta;
        let cols = meta.required_pickle("index_cols")?;
        // [(0, 'index')]
        let cols = cols.root().sequence().map_err(|reason| meta.undecodable("index_cols", reason))?;
        let col = (cols.len() == 1).then(|| cols.get(0)?.as_tuple()).flatten();
        let axis = col.and_then(|col| col.get(0)?.as_integer());
        let name = col.and_then(|col| col.get(1)?.as_text());
        let (Some(axis), Some(name)) = (axis, name) else {
            return Err(meta.wrong("index_cols", "one axis and its name"));
        };
        if axis != 0 {
            return Err(meta.unsupported("frames stored as columns (transposed)".to_owned()));
        }
        let field = self.field(name)?;
        let kind = self.table_meta.required_text(&format!("{name}_kind"))?;
        let missing = self.table_meta.index_missing(&format!("{name}_nan_rep"));
        let codec = self.codec.with_missing(missing);
        let of_index = info.and_then(|info| info.value_of(name));
        let known =
            |what: &str| of_index.and_then(|info| info.value_of(what)).filter(|value| !value.is_none());
        let zone = self.time_zone(name, info)?;
        let is_period = kind == "integer" && known("freq").is_some();
        let item = Item::of(&field.element, &codec).filter(|_| !is_period);
        let meaning = item.as_ref().and_then(|item| Meaning::of_kind(kind, item, zone));
        let (Some(item), Some(meaning)) = (item, meaning) else {
            let kind = if is_period { "period" } else { kind };
            let what = format!("rows labelled by {} of the kind {kind:?}", field.element);
            return Err(unsupported(self.dataset.file(), self.dataset.name(), what));
        };
        let name_of_index = known("index_name").map(|name| meta.name_in("info", name)).transpose()?.flatten();
        let categories = self.categories(name, &item)?;
        let slot = self.slot(name, field.offset, item)?;
        Ok(IndexPlace {
            name: name_of_index,
            place: Place { field: name.clone(), slot, meaning, categories },
        })
    }

    /// The text that stands for a missing value in a field of columns.
    ///
    /// Since pandas 3.1 each field has its own, or none; before, and for levels of rows before 3.0, there is one
    /// for the table.
    fn missing_text(&self, name: &Arc<str>) -> Option<&str> {
        let group = self.group_meta;
        let own = group.is_true("data_col_nan_rep")
            || (group.is_true("mi_level_nan_rep")
                && group.required_texts("levels").is_ok_and(|levels| levels.contains(name)));
        if own {
            return self.table_meta.text(&format!("{name}_nan_rep"));
        }
        Some(if group.is_none("nan_rep") { "nan" } else { group.text("nan_rep").unwrap_or("nan") })
    }

    /// What the stored values of columns mean. Some types are kept as numbers that mean something else.
    ///
    /// Moments may be columns in the file and yet levels of the rows: then their time zone counts.
    fn meaning(
        &self,
        name: &str,
        keys: &[ColumnKey],
        item: &Item,
        info: Option<Object<'_>>,
    ) -> Result<Meaning, Hdf5Error> {
        let dtype = self.table_meta.text(&format!("{name}_dtype")).unwrap_or_default();
        let is_time = dtype.starts_with("datetime64") || dtype.starts_with("timedelta64");
        let meaning = if is_time {
            Meaning::of_kind(dtype, item, self.time_zone(name, info)?)
        } else {
            Some(Meaning::Plain)
        };
        let is_odd =
            ["period", "category", "complex", "date"].contains(&dtype.split('[').next().unwrap_or_default());
        meaning.filter(|_| !is_odd).ok_or_else(|| self.unsupported(keys, dtype))
    }

    /// What the values of a field stand for, when they are codes.
    fn categories(&self, name: &str, item: &Item) -> Result<Option<Arc<Categories>>, Hdf5Error> {
        if self.table_meta.text(&format!("{name}_meta")) != Some("category") {
            return Ok(None);
        }
        if !item.data_type().is_integer() {
            return Err(self.wrong(name, "codes of categories", &item.data_type().to_string()));
        }
        if self.categorical == Categorical::Refused {
            return Err(self.wrong(name, "categories", "codes of categories"));
        }
        Categories::open(self.group, name).map(|categories| Some(Arc::new(categories)))
    }

    /// The time zone of the moments in a field, from the attribute `info`.
    fn time_zone(&self, name: &str, info: Option<Object<'_>>) -> Result<Option<Arc<str>>, Hdf5Error> {
        let zone = info.and_then(|info| info.value_of(name)).and_then(|of_field| of_field.value_of("tz"));
        let zone = zone.filter(|zone| !zone.is_none());
        zone.map(|zone| self.group_meta.time_zone_in("info", zone)).transpose()
    }

    fn field(&self, name: &str) -> Result<&'a Field, Hdf5Error> {
        self.fields.iter().find(|field| field.name == name).ok_or_else(|| {
            layout(self.dataset.file(), self.dataset.name(), &format!("a field {name}"), "none")
        })
    }

    fn slot(&self, name: &str, offset: usize, item: Item) -> Result<Slot, Hdf5Error> {
        match offset.checked_add(item.size()) {
            Some(end) if end <= self.dataset.row_bytes() && item.size() > 0 => Ok(Slot { offset, item }),
            _ => Err(self.wrong(name, "values within the row", "values beyond it")),
        }
    }

    fn missing(&self, column: &dyn std::fmt::Display) -> Hdf5Error {
        let expected = format!("values of column {column}");
        layout(self.dataset.file(), self.dataset.name(), &expected, "none")
    }

    fn wrong(&self, field: &str, expected: &str, found: &str) -> Hdf5Error {
        let object = format!("field {field} of {}", self.dataset.name());
        layout(self.dataset.file(), &object, expected, found)
    }

    fn unsupported(&self, keys: &[ColumnKey], what: &str) -> Hdf5Error {
        let what = format!("columns of {what} ({})", list(keys));
        unsupported(self.dataset.file(), self.dataset.name(), what)
    }
}
