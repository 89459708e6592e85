//! What becomes of the columns of a table, as data.

mod resolve;

use std::collections::{BTreeMap, HashSet};

use arrow_schema::DataType;
use pose_frame::{ColumnKey, Label, PoseSchema, PoseTable, Selection, default_batch_frames};
use serde::{Deserialize, Serialize};

pub use crate::numbers::NumberType;
use crate::{Error, ErrorKind, Result};
pub(crate) use resolve::{Resolved, ResolvedArray};

/// The version of recipes that this crate writes. Later ones are refused.
pub const RECIPE_VERSION: u32 = 1;

/// What becomes of the columns of a table: arrays, and how each is encoded. What no array takes is kept in Parquet.
///
/// # Examples
///
/// ```
/// use recipe::Recipe;
///
/// let recipe = Recipe::from_json(br#"{
///   "version": 1,
///   "arrays": [{
///     "name": "positions",
///     "columns": {"coord": ["x", "y"]},
///     "codec": {"pco": {"level": 8}},
///     "contract": {"max_error": {"bound": 0.05}}
///   }]
/// }"#)?;
/// assert_eq!(recipe.arrays[0].name, "positions");
///
/// let typo = Recipe::from_json(br#"{"version": 1, "arrays": [{"name": "a", "colums": {}}]}"#).unwrap_err();
/// assert!(typo.to_string().starts_with("recipe: arrays[0].colums: "));
/// # Ok::<(), recipe::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// [`RECIPE_VERSION`].
    pub version: u32,
    /// The arrays. None may take a column of another.
    pub arrays: Vec<ArrayRecipe>,
}

/// An array: some columns of one table, encoded together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrayRecipe {
    /// What it is called: any text, once in a recipe.
    pub name: String,
    /// Which columns it takes, in the order of the table.
    #[serde(default)]
    pub columns: Columns,
    /// The axes that a frame has in it; as many numbers as there are columns. A row of them, unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<usize>>,
    /// What encodes it.
    pub codec: Codec,
    /// How many bits a pixel has where the codec is [`Codec::Lossy`], from 8 to 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u8>,
    /// Between what its finite values lie. Packing fails where one does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// What has to come back.
    #[serde(default)]
    pub contract: Contract,
}

/// Columns, in the field's terms: labels of one level add up, levels narrow each other, and so do keys and types.
/// All columns, where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Columns {
    /// Scorers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scorer: Vec<KeyLabel>,
    /// Animals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub individual: Vec<KeyLabel>,
    /// Bodyparts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bodypart: Vec<KeyLabel>,
    /// Coords.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coord: Vec<KeyLabel>,
    /// Labels of other levels, by the name of the level.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub level: BTreeMap<String, Vec<KeyLabel>>,
    /// Whole keys: a label for each level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<Vec<KeyLabel>>>,
    /// Types of numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<NumberType>,
}

/// A label, as JSON has it: text or a whole number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeyLabel {
    /// A whole number.
    Integer(i64),
    /// A name.
    Text(String),
}

/// What encodes an array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Codec {
    /// No video: blocks of numbers, packed by pco. Each column can be read without the others.
    Pco {
        /// From 0 to 12: higher ones pack a little smaller, and take longer.
        #[serde(default = "Codec::default_level")]
        level: u8,
    },
    /// FFV1 in Matroska. All columns of the array are decoded to read one. All are of one type.
    Ffv1 {},
    /// A codec for pictures, which may lose something of every value. All columns are of one type.
    Lossy {
        /// Which.
        encoder: Encoder,
        /// Its rate factor: smaller ones lose less.
        crf: f32,
    },
}

impl Codec {
    /// The level of pco, where none is said.
    pub const DEFAULT_LEVEL: u8 = 8;

    fn default_level() -> u8 {
        Self::DEFAULT_LEVEL
    }
}

/// Encoders of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Encoder {
    /// H.264, by libx264: 8 or 10 bits.
    X264,
    /// H.265, by libx265: 8, 10 or 12 bits.
    X265,
    /// VP9, by libvpx: 8, 10 or 12 bits.
    Vp9,
}

/// What has to come back of an array.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Contract {
    /// Every bit.
    #[default]
    Lossless,
    /// Every finite float to within a bound, everything else bit for bit.
    MaxError {
        /// The bound.
        bound: f64,
        /// Other bounds for some coords, in the units of each: such as pixels for `x`, and none for `likelihood`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        coords: BTreeMap<String, f64>,
    },
    /// What is left by a codec for pictures; values that are not finite bit for bit.
    Quality {
        /// The least signal-to-noise ratio in dB, of each array as a whole; see [`crate::Measured::psnr`].
        min_psnr: f64,
    },
}

impl Recipe {
    /// A recipe of these arrays.
    #[must_use]
    pub fn new(arrays: Vec<ArrayRecipe>) -> Self {
        Self { version: RECIPE_VERSION, arrays }
    }

    /// The recipe that brings every bit back without a video: an array of the numbers of each type, by pco. Columns of integers with
    /// missing values are left to Parquet; the table is read once to find them, where it has integers.
    ///
    /// # Errors
    ///
    /// When the table cannot be read.
    pub fn lossless(table: &dyn PoseTable) -> Result<Self> {
        Self::by_type(table, &Codec::Pco { level: Codec::DEFAULT_LEVEL }, &Contract::Lossless)
    }

    /// The recipe that brings every finite float back to within a bound, and everything else exactly, without a video.
    ///
    /// # Errors
    ///
    /// As [`lossless`](Self::lossless).
    pub fn within(table: &dyn PoseTable, contract: &Contract) -> Result<Self> {
        Self::by_type(table, &Codec::Pco { level: Codec::DEFAULT_LEVEL }, contract)
    }

    /// An array for each type of number. Integers are always lossless.
    pub(crate) fn by_type(table: &dyn PoseTable, codec: &Codec, contract: &Contract) -> Result<Self> {
        let schema = table.schema();
        let with_nulls = columns_with_nulls(table)?;
        let mut arrays = Vec::new();
        for number in NumberType::ALL {
            let is_one = |column: &usize| schema.columns()[*column].data_type == number.data_type();
            let (missing, whole): (Vec<usize>, Vec<usize>) =
                (0..schema.columns().len()).filter(is_one).partition(|column| with_nulls.contains(column));
            if whole.is_empty() {
                continue;
            }
            let mut columns = Columns { types: vec![number], ..Columns::default() };
            if !missing.is_empty() {
                let keys = whole.iter().map(|column| key_labels(&schema.columns()[*column].key));
                columns = Columns { keys: Some(keys.collect()), ..Columns::default() };
            }
            let contract = if number.is_float() { contract.clone() } else { Contract::Lossless };
            arrays.push(ArrayRecipe {
                name: number.name().to_owned(),
                columns,
                shape: None,
                codec: codec.clone(),
                bits: None,
                range: None,
                contract,
            });
        }
        Ok(Self::new(arrays))
    }

    /// Reads a recipe.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Recipe`] with the field that is unknown, missing or of another type, [`ErrorKind::RecipeVersion`].
    pub fn from_json(json: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        // A later version may have fields that this one does not know.
        if let Ok(Version { version }) = serde_json::from_slice(json) {
            check_version(version)?;
        }
        let mut json = serde_json::Deserializer::from_slice(json);
        let recipe: Self = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| Error::recipe(error.path().to_string(), error.inner().to_string()))?;
        json.end().map_err(|error| Error::recipe(".", error.to_string()))?;
        check_version(recipe.version)?;
        Ok(recipe)
    }

    /// The recipe as JSON for people.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

fn check_version(found: u32) -> Result<()> {
    if found == RECIPE_VERSION {
        return Ok(());
    }
    Err(ErrorKind::RecipeVersion { found, supported: RECIPE_VERSION }.into())
}

/// Which columns of whole numbers have missing values.
fn columns_with_nulls(table: &dyn PoseTable) -> Result<HashSet<usize>> {
    let schema = table.schema();
    let columns: Vec<usize> = (0..schema.columns().len())
        .filter(|column| DataType::is_integer(&schema.columns()[*column].data_type))
        .collect();
    let mut found = HashSet::new();
    if columns.is_empty() {
        return Ok(found);
    }
    let selection = Selection::all().columns(columns.iter().copied());
    for batch in table.batches(&selection, default_batch_frames(schema))? {
        let batch = batch?;
        let arrays = batch.columns().iter().zip(&columns);
        found.extend(arrays.filter(|(array, _)| array.null_count() > 0).map(|(_, column)| *column));
    }
    Ok(found)
}

pub(crate) fn key_labels(key: &ColumnKey) -> Vec<KeyLabel> {
    key.labels().iter().map(KeyLabel::from).collect()
}

impl From<&Label> for KeyLabel {
    fn from(label: &Label) -> Self {
        match label {
            Label::Integer(number) => Self::Integer(*number),
            label => Self::Text(label.to_string()),
        }
    }
}

impl From<&KeyLabel> for Label {
    fn from(label: &KeyLabel) -> Self {
        match label {
            KeyLabel::Integer(number) => Self::Integer(*number),
            KeyLabel::Text(text) => text.as_str().into(),
        }
    }
}

impl Columns {
    /// All numbers of a type.
    #[must_use]
    pub fn of_type(number: NumberType) -> Self {
        Self { types: vec![number], ..Self::default() }
    }

    fn positions(&self, schema: &PoseSchema, field: &str) -> Result<Vec<usize>> {
        let mut selected = vec![true; schema.columns().len()];
        let mut narrow = |selection: Selection, name: &str| -> Result<()> {
            let resolved = selection
                .resolve(schema, 0)
                .map_err(|error| Error::recipe(format!("{field}.{name}"), error.to_string()))?;
            let found: HashSet<usize> = resolved.columns.into_iter().collect();
            selected
                .iter_mut()
                .enumerate()
                .for_each(|(column, selected)| *selected &= found.contains(&column));
            Ok(())
        };
        let all = Selection::all;
        let fold = |labels: &[KeyLabel], by: fn(Selection, Label) -> Selection| {
            labels.iter().fold(all(), |selection, label| by(selection, label.into()))
        };
        narrow(fold(&self.scorer, Selection::scorer), "scorer")?;
        narrow(fold(&self.individual, Selection::individual), "individual")?;
        narrow(fold(&self.bodypart, Selection::bodypart), "bodypart")?;
        narrow(fold(&self.coord, Selection::coord), "coord")?;
        for (name, labels) in &self.level {
            let selection = labels.iter().fold(all(), |selection, label| selection.level(name, label));
            narrow(selection, &format!("level.{name}"))?;
        }
        if let Some(keys) = &self.keys {
            let position_of: std::collections::HashMap<&ColumnKey, usize> = schema
                .columns()
                .iter()
                .enumerate()
                .map(|(position, column)| (&column.key, position))
                .collect();
            let mut found = vec![false; selected.len()];
            for (number, labels) in keys.iter().enumerate() {
                let key = ColumnKey::new(labels.iter().map(Label::from));
                let position = position_of.get(&key).ok_or_else(|| {
                    Error::recipe(format!("{field}.keys[{number}]"), format!("the table has no column {key}"))
                })?;
                found[*position] = true;
            }
            selected.iter_mut().zip(found).for_each(|(selected, found)| *selected &= found);
        }
        if !self.types.is_empty() {
            let types: Vec<DataType> = self.types.iter().map(|number| number.data_type()).collect();
            for (selected, column) in selected.iter_mut().zip(schema.columns()) {
                *selected &= types.contains(&column.data_type);
            }
        }
        Ok((0..selected.len()).filter(|column| selected[*column]).collect())
    }
}
