//! The labels of rows and columns.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, Int64Array, downcast_integer_array};
use arrow_schema::DataType;
use arrow_select::take::take;
use pose_frame::{ColumnKey, IndexField, IndexLevel, IndexSchema, Label, LevelName, RowIndex};

use super::objects;
use crate::Hdf5Error;
use crate::container::{ByteOrder, Dataset, Element, Group, Number, NumberKind, unsupported};
use crate::index::Meaning;
use crate::labels::ColumnLabels;
use crate::meta::{Meta, layout, required_dataset};
use crate::text::TextCodec;
use crate::values::{self, Item, Slot};

/// The labels of the rows, still in the file.
pub(super) enum RowAxis {
    /// One label per row.
    Regular(Level),
    /// Several labels per row: for each, the different ones, and which of them a row has.
    Multi(Vec<CodedLevel>),
}

/// Labels of one level.
pub(super) struct Level {
    name: LevelName,
    labels: Labels,
}

enum Labels {
    Stored { dataset: Box<Dataset>, item: Item, meaning: Meaning },
    Loaded(ArrayRef),
}

/// The different labels of a level, and which of them each row has.
pub(super) struct CodedLevel {
    level: Level,
    codes: Level,
    different: OnceLock<ArrayRef>,
}

impl RowAxis {
    pub(super) fn open(group: &Group, meta: &Meta, codec: &TextCodec, key: &str) -> Result<Self, Hdf5Error> {
        if !is_multi(meta, key)? {
            return Level::open(group, codec, key).map(Self::Regular);
        }
        let levels = coded_levels(group, meta, codec, key)?;
        let lengths: Vec<u64> = levels.iter().map(|level| level.codes.len()).collect();
        if lengths.is_empty() || lengths.iter().any(|&length| length != lengths[0]) {
            let found = format!("{lengths:?}");
            return Err(layout(group.container(), &group.path_of(key), "levels of one length", &found));
        }
        Ok(Self::Multi(levels))
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Regular(level) => level.len(),
            Self::Multi(levels) => levels.first().map_or(0, |level| level.codes.len()),
        }
    }

    pub(super) fn schema(&self) -> IndexSchema {
        match self {
            Self::Regular(level) => IndexSchema::Labels(level.field()),
            Self::Multi(levels) => {
                IndexSchema::Multi(levels.iter().map(|level| level.level.field()).collect())
            }
        }
    }

    pub(super) fn read(&self, rows: Range<u64>) -> Result<RowIndex, Hdf5Error> {
        Ok(match self {
            Self::Regular(level) => RowIndex::Labels(IndexLevel::new(level.name.clone(), level.read(rows)?)),
            Self::Multi(levels) => {
                let read = |level: &CodedLevel| {
                    Ok(IndexLevel::new(level.level.name.clone(), level.read(rows.clone())?))
                };
                RowIndex::Multi(levels.iter().map(read).collect::<Result<_, Hdf5Error>>()?)
            }
        })
    }
}

/// More columns than any table has: what a small file can be made to decode to must end somewhere.
const MAX_COLUMNS: u64 = 1 << 20;

/// The keys of columns under this name, read whole.
pub(super) fn column_labels(
    group: &Group,
    meta: &Meta,
    codec: &TextCodec,
    key: &str,
) -> Result<ColumnLabels, Hdf5Error> {
    let mut names = Vec::new();
    let mut arrays = Vec::new();
    if is_multi(meta, key)? {
        for level in coded_levels(group, meta, codec, key)? {
            refuse_many(group, key, level.codes.len().max(level.level.len()))?;
            arrays.push(level.read(0..level.codes.len())?);
            names.push(level.level.name);
        }
    } else {
        let dataset = required_dataset(group, key)?;
        if *dataset.element() == Element::Blob {
            return objects::column_labels(&dataset);
        }
        let level = Level::open(group, codec, key)?;
        refuse_many(group, key, level.len())?;
        arrays.push(level.read(0..level.len())?);
        names.push(level.name);
    }
    let columns = arrays.first().map_or(0, Array::len);
    let refuse = |what: String| unsupported(group.container(), &group.path_of(key), what);
    let mut labels = Vec::with_capacity(arrays.len());
    for array in &arrays {
        if array.len() != columns {
            let (expected, found) = (format!("{columns} labels in each level"), array.len().to_string());
            return Err(layout(group.container(), &group.path_of(key), &expected, &found));
        }
        labels.push(as_labels(array).map_err(refuse)?);
    }
    let key = |column: usize| ColumnKey::new(labels.iter().map(|level| level[column].clone()));
    Ok(ColumnLabels { levels: names, keys: (0..columns).map(key).collect() })
}

fn refuse_many(group: &Group, key: &str, columns: u64) -> Result<(), Hdf5Error> {
    if columns <= MAX_COLUMNS {
        return Ok(());
    }
    Err(unsupported(group.container(), &group.path_of(key), format!("{columns} columns")))
}

/// An item of a type by its NumPy name.
pub(super) fn item_of_dtype(dtype: &str, codec: &TextCodec) -> Option<Item> {
    let kind = match dtype {
        "float32" => NumberKind::F32,
        "float64" => NumberKind::F64,
        "int8" => NumberKind::I8,
        "int16" => NumberKind::I16,
        "int32" => NumberKind::I32,
        "int64" => NumberKind::I64,
        "uint8" => NumberKind::U8,
        "uint16" => NumberKind::U16,
        "uint32" => NumberKind::U32,
        "uint64" => NumberKind::U64,
        "bool" => NumberKind::Bool,
        "object" | "str" | "string" => return Some(Item::Text { size: 1, codec: codec.clone() }),
        _ if dtype.starts_with("|S") => return Some(Item::Text { size: 1, codec: codec.clone() }),
        _ if dtype.starts_with("datetime64") || dtype.starts_with("timedelta64") => NumberKind::I64,
        _ => return None,
    };
    Some(Item::Number(Number { kind, order: ByteOrder::Little }))
}

fn is_multi(meta: &Meta, key: &str) -> Result<bool, Hdf5Error> {
    let attribute = format!("{key}_variety");
    match meta.text(&attribute) {
        Some("multi") => Ok(true),
        Some("regular") => Ok(false),
        _ => Err(meta.wrong(&attribute, "multi or regular")),
    }
}

fn coded_levels(
    group: &Group,
    meta: &Meta,
    codec: &TextCodec,
    key: &str,
) -> Result<Vec<CodedLevel>, Hdf5Error> {
    let open = |number: usize| {
        let level = Level::open(group, codec, &format!("{key}_level{number}"))?;
        let of_rows = Level::open_codes(group, codec, &format!("{key}_label{number}"))?;
        Ok(CodedLevel { level, codes: of_rows, different: OnceLock::new() })
    };
    (0..meta.required_count(&format!("{key}_nlevels"))?).map(open).collect()
}

impl Level {
    fn open(group: &Group, codec: &TextCodec, name: &str) -> Result<Self, Hdf5Error> {
        let dataset = required_dataset(group, name)?;
        let meta = Meta::of_dataset(&dataset);
        let kind = meta.required_text("kind")?;
        if *dataset.element() == Element::Blob {
            let labels = Labels::Loaded(objects::labels(&dataset)?);
            return Ok(Self { name: meta.level_name("name")?, labels });
        }
        // Periods are stored as integers.
        let is_period = meta.text("index_class") == Some("period");
        let codec = codec.with_missing(meta.index_missing("nan_rep"));
        let zone = meta.time_zone("tz")?;
        let refuse = |what: &str| meta.unsupported(format!("labels of the kind {what:?}"));
        let kind = if is_period { "period" } else { kind };
        let meaning = |item: &Item| Meaning::of_kind(kind, item, zone.clone()).ok_or_else(|| refuse(kind));
        let labels = Self::stored(dataset, &meta, &codec, meaning)?;
        Ok(Self { name: meta.level_name("name")?, labels })
    }

    fn open_codes(group: &Group, codec: &TextCodec, name: &str) -> Result<Self, Hdf5Error> {
        let dataset = required_dataset(group, name)?;
        let meta = Meta::of_dataset(&dataset);
        let whole = |item: &Item| {
            if item.data_type().is_integer() {
                Ok(Meaning::Plain)
            } else {
                Err(meta.unsupported(format!("codes of the type {}", item.data_type())))
            }
        };
        let labels = Self::stored(dataset, &meta, codec, whole)?;
        Ok(Self { name: None, labels })
    }

    fn stored(
        dataset: Dataset,
        meta: &Meta,
        codec: &TextCodec,
        meaning: impl Fn(&Item) -> Result<Meaning, Hdf5Error>,
    ) -> Result<Labels, Hdf5Error> {
        if let Some(shape) = meta.empty_shape()?.filter(|shape| shape.contains(&0)) {
            let dtype = meta.required_text("value_type")?;
            let item = item_of_dtype(dtype, codec).filter(|_| shape == [0]);
            let item = item.ok_or_else(|| meta.unsupported(format!("labels of the type {dtype}")))?;
            let meaning = meaning(&item)?;
            let slot = Slot { offset: 0, item };
            let none = values::take(&[], slot.item.size(), &slot);
            let none = none.map_err(|error| error.within(&dataset, 0))?;
            return Ok(Labels::Loaded(meaning.apply(none)));
        }
        if dataset.shape().len() != 1 {
            let found = format!("{} axes", dataset.shape().len());
            return Err(layout(dataset.container(), dataset.name(), "one axis", &found));
        }
        let item = Item::of(dataset.element(), codec).filter(|item| item.size() > 0);
        let item = item.ok_or_else(|| meta.unsupported(format!("labels of {}", dataset.element())))?;
        let meaning = meaning(&item)?;
        Ok(Labels::Stored { dataset: Box::new(dataset), item, meaning })
    }

    fn len(&self) -> u64 {
        match &self.labels {
            Labels::Stored { dataset, .. } => dataset.num_rows(),
            Labels::Loaded(array) => array.len() as u64,
        }
    }

    fn field(&self) -> IndexField {
        let data_type = match &self.labels {
            Labels::Stored { item, meaning, .. } => meaning.data_type(item.data_type()),
            Labels::Loaded(array) => array.data_type().clone(),
        };
        IndexField { name: self.name.clone(), data_type }
    }

    fn read(&self, rows: Range<u64>) -> Result<ArrayRef, Hdf5Error> {
        match &self.labels {
            Labels::Stored { dataset, item, meaning } => {
                let slot = Slot { offset: 0, item: item.clone() };
                Ok(meaning.apply(values::read(dataset, rows, [&slot])?.remove(0)))
            }
            Labels::Loaded(array) => {
                let at = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
                Ok(array.slice(at(rows.start), at(rows.end - rows.start)))
            }
        }
    }

    /// An error: labels that contradict each other.
    fn wrong(&self, expected: &str, found: &str) -> Option<Hdf5Error> {
        match &self.labels {
            Labels::Stored { dataset, .. } => {
                Some(layout(dataset.container(), dataset.name(), expected, found))
            }
            Labels::Loaded(_) => None,
        }
    }
}

impl CodedLevel {
    fn read(&self, rows: Range<u64>) -> Result<ArrayRef, Hdf5Error> {
        let different = if let Some(different) = self.different.get() {
            different
        } else {
            let read = self.level.read(0..self.level.len())?;
            self.different.get_or_init(|| read)
        };
        let codes = self.codes.read(rows)?;
        let codes = codes.as_ref();
        let count = i128::try_from(different.len()).unwrap_or(i128::MAX);
        // -1 stands for a missing label.
        let wrong = |code: i128| !(-1..count).contains(&code);
        let positions: Vec<i64> = downcast_integer_array!(
            codes => codes.values().iter().map(|&code| i64::try_from(i128::from(code)).unwrap_or(i64::MAX)).collect(),
            _ => Vec::new()
        );
        if let Some(code) = positions.iter().find(|&&code| wrong(i128::from(code))) {
            let expected = format!("codes below {count}");
            if let Some(error) = self.codes.wrong(&expected, &code.to_string()) {
                return Err(error);
            }
        }
        let positions: Int64Array =
            positions.into_iter().map(|code| Some(code).filter(|&code| code >= 0)).collect();
        let taken = take(different.as_ref(), &positions, None).expect("codes are below the number of labels");
        Ok(nulls_as_nan(taken))
    }
}

/// Missing floats are NaN in memory.
fn nulls_as_nan(array: ArrayRef) -> ArrayRef {
    if array.null_count() == 0 {
        return array;
    }
    match array.data_type() {
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().iter().map(|value| value.unwrap_or(f64::NAN));
            Arc::new(arrow_array::Float64Array::from_iter_values(values))
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().iter().map(|value| value.unwrap_or(f32::NAN));
            Arc::new(arrow_array::Float32Array::from_iter_values(values))
        }
        _ => array,
    }
}

/// Texts and whole numbers as labels of columns.
fn as_labels(array: &ArrayRef) -> Result<Vec<Label>, String> {
    let array = array.as_ref();
    if array.null_count() > 0 {
        return Err("a column without a label".to_owned());
    }
    if let Some(texts) = array.as_string_opt::<i32>() {
        return Ok(texts.iter().flatten().map(Label::from).collect());
    }
    let refused = || format!("columns that are labelled with {}", array.data_type());
    downcast_integer_array!(
        array => {
            let number = |&number| i64::try_from(i128::from(number)).map(Label::Integer).map_err(|_| refused());
            array.values().iter().map(number).collect()
        },
        _ => Err(refused())
    )
}
