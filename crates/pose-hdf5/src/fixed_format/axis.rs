//! The labels of rows and columns.

use std::ops::Range;
use std::sync::OnceLock;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, downcast_integer_array};
use pose_frame::{ColumnKey, IndexField, IndexLevel, IndexSchema, Label, LevelName, RowIndex};

use super::objects;
use crate::Hdf5Error;
use crate::codes;
use crate::error::unsupported;
use crate::index::Meaning;
use crate::labels::ColumnLabels;
use crate::meta::{Meta, layout, required_dataset};
use crate::text::TextCodec;
use crate::values::{self, Item, Slot};
use hdf5_file::read::{ByteOrder, Dataset, Element, File, Group, Number, NumberKind};

/// The labels of the rows, still in the file.
pub(super) enum RowAxis {
    /// One label per row.
    Regular(Level),
    /// One label per row, of a few different ones: categories.
    Coded(CodedLevel),
    /// Several labels per row: for each, the different ones, and which of them a row has.
    Multi(Vec<CodedLevel>),
}

/// Labels of one level.
pub(super) struct Level {
    name: LevelName,
    labels: Labels,
    /// Where they are, for errors.
    container: File,
    object: String,
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
            return match CodedLevel::of_categories(group, codec, key)? {
                Some(level) => Ok(Self::Coded(level)),
                None => Level::open(group, codec, key).map(Self::Regular),
            };
        }
        let levels = coded_levels(group, meta, codec, key)?;
        let lengths: Vec<u64> = levels.iter().map(|level| level.codes.len()).collect();
        if lengths.is_empty() || lengths.iter().any(|&length| length != lengths[0]) {
            let found = format!("{lengths:?}");
            return Err(layout(group.file(), &group.path_of(key), "levels of one length", &found));
        }
        Ok(Self::Multi(levels))
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Regular(level) => level.len(),
            Self::Coded(level) => level.codes.len(),
            Self::Multi(levels) => levels.first().map_or(0, |level| level.codes.len()),
        }
    }

    pub(super) fn schema(&self) -> IndexSchema {
        match self {
            Self::Regular(level) | Self::Coded(CodedLevel { level, .. }) => {
                IndexSchema::Labels(level.field())
            }
            Self::Multi(levels) => {
                IndexSchema::Multi(levels.iter().map(|level| level.level.field()).collect())
            }
        }
    }

    pub(super) fn read(&self, rows: Range<u64>) -> Result<RowIndex, Hdf5Error> {
        Ok(match self {
            Self::Regular(level) => RowIndex::Labels(IndexLevel::new(level.name.clone(), level.read(rows)?)),
            Self::Coded(level) => {
                RowIndex::Labels(IndexLevel::new(level.level.name.clone(), level.read(rows)?))
            }
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
        if let Some(level) = CodedLevel::of_categories(group, codec, key)? {
            refuse_many(group, key, level.codes.len().max(level.level.len()))?;
            arrays.push(level.read(0..level.codes.len())?);
            names.push(level.level.name);
        } else {
            let level = Level::open(group, codec, key)?;
            refuse_many(group, key, level.len())?;
            arrays.push(level.read(0..level.len())?);
            names.push(level.name);
        }
    }
    let columns = arrays.first().map_or(0, Array::len);
    let refuse = |what: String| unsupported(group.file(), &group.path_of(key), what);
    let mut labels = Vec::with_capacity(arrays.len());
    for array in &arrays {
        if array.len() != columns {
            let (expected, found) = (format!("{columns} labels in each level"), array.len().to_string());
            return Err(layout(group.file(), &group.path_of(key), &expected, &found));
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
    Err(unsupported(group.file(), &group.path_of(key), format!("{columns} columns")))
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
        let meta = Meta::of_dataset(&dataset)?;
        let kind = meta.required_text("kind")?;
        let (container, object) = (dataset.file().clone(), dataset.name().to_owned());
        if *dataset.element() == Element::Blob {
            let labels = Labels::Loaded(objects::labels(&dataset)?);
            return Ok(Self { name: meta.level_name("name")?, labels, container, object });
        }
        // Periods are stored as integers.
        let is_period = meta.text("index_class") == Some("period");
        let codec = codec.with_missing(meta.index_missing("nan_rep"));
        let zone = meta.time_zone("tz")?;
        let refuse = |what: &str| meta.unsupported(format!("labels of the kind {what:?}"));
        let kind = if is_period { "period" } else { kind };
        let meaning = |item: &Item| Meaning::of_kind(kind, item, zone.clone()).ok_or_else(|| refuse(kind));
        let labels = Self::stored(dataset, &meta, &codec, meaning)?;
        Ok(Self { name: meta.level_name("name")?, labels, container, object })
    }

    fn open_codes(group: &Group, codec: &TextCodec, name: &str) -> Result<Self, Hdf5Error> {
        let dataset = required_dataset(group, name)?;
        let meta = Meta::of_dataset(&dataset)?;
        let whole = |item: &Item| {
            if item.data_type().is_integer() {
                Ok(Meaning::Plain)
            } else {
                Err(meta.unsupported(format!("codes of the type {}", item.data_type())))
            }
        };
        let (container, object) = (dataset.file().clone(), dataset.name().to_owned());
        let labels = Self::stored(dataset, &meta, codec, whole)?;
        Ok(Self { name: None, labels, container, object })
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
            return Err(layout(dataset.file(), dataset.name(), "one axis", &found));
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
    fn wrong(&self, expected: &str, found: &str) -> Hdf5Error {
        layout(&self.container, &self.object, expected, found)
    }
}

impl CodedLevel {
    /// The labels under this name when they are categories, which pandas 3 stores beside it.
    fn of_categories(group: &Group, codec: &TextCodec, key: &str) -> Result<Option<Self>, Hdf5Error> {
        let dataset = required_dataset(group, key)?;
        let meta = Meta::of_dataset(&dataset)?;
        if meta.text("kind") != Some("category") {
            return Ok(None);
        }
        let level = Level::open(group, codec, &format!("{key}_categories"))?;
        let level = Level { name: meta.level_name("name")?, ..level };
        let of_rows = Level::open_codes(group, codec, key)?;
        Ok(Some(Self { level, codes: of_rows, different: OnceLock::new() }))
    }

    fn read(&self, rows: Range<u64>) -> Result<ArrayRef, Hdf5Error> {
        let different = if let Some(different) = self.different.get() {
            different
        } else {
            let read = self.level.read(0..self.level.len())?;
            self.different.get_or_init(|| read)
        };
        let codes = self.codes.read(rows)?;
        codes::decode(&codes, different).map_err(|wrong| {
            self.codes.wrong(&format!("codes below {}", wrong.count), &wrong.code.to_string())
        })
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
