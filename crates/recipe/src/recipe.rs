//! What becomes of the columns of a table, as data.

mod codec;
mod columns;
mod contract;
mod plain;
mod resolve;
mod shape;

use serde::{Deserialize, Serialize};

pub use codec::{Codec, Encoder, PixelFormat};
pub(crate) use columns::key_labels;
pub use columns::{Columns, KeyLabel};
pub use contract::Contract;
pub(crate) use contract::check_coords;
pub(crate) use plain::{Facts, OfType, Wanted};
pub(crate) use resolve::{Resolved, ResolvedArray};
pub use shape::{Components, Shape};
pub(crate) use shape::{grid, sides};

pub use crate::numbers::NumberType;
use crate::{Error, ErrorKind, Result};

/// The version of recipes that this crate writes. Later ones are refused.
pub const RECIPE_VERSION: u32 = 1;

/// What becomes of the columns of a table: arrays, and how each is encoded. What no array takes is kept in Parquet.
///
/// As JSON it has a schema, [`RECIPE_SCHEMA`]. What a schema cannot tell, because it depends on the table, is told when the recipe is
/// followed; either way the error names the field.
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
///
/// # Rules of videoparquet and xarrayvideo
///
/// Their rules are tuples. This one of videoparquet takes 12,288 columns, which are the pixels of frames of 64 × 64 with three
/// channels, leaves out principal components, and scales them from 0 to 640 into eight bits for `libx264`:
///
/// ```python
/// {"motion": (columns, (-1, 64, 64, 3), 0, {"c:v": "libx264", "crf": 18, "preset": "slow"}, 8, (0, 640))}
/// ```
///
/// | place | videoparquet | here |
/// |---|---|---|
/// | the key | `"motion"` | `name` |
/// | 1 | the names of columns, or of one | `columns`, by level, key or type; in the order of the table |
/// | 2 | `(-1, 64, 64, 3)`: frames, height, width, channels. `None` and `"auto"` guess | `shape`: what follows time, with as many places as there are columns. A row of the table is always a time step: many rows folded into one frame have no counterpart. `"inferred"` reads it from the keys, and guesses nothing |
/// | 3 | `0` and `"all"` are no components, a number keeps so many | `components`: a number, or `"all"`; none where it is not said |
/// | 4 | `{"c:v": "ffv1"}` | `"codec": {"ffv1": {}}`, which loses nothing here |
/// | 4 | `{"c:v": "libx264", "crf": 18, "preset": "slow"}` | `"codec": {"lossy": {"encoder": "x264", "crf": 18, "preset": "slow"}}` |
/// | 4 | `"format": "mp4"` | nothing: videos are Matroska, which holds what restores them as an attachment |
/// | 5 | `8`, or `16` for `ffv1`, whatever was said | `bits`, of `lossy` alone: FFV1 takes as many as the numbers have |
/// | 6 | `(0, 640)`: what lies outside is cut off | `range`: what lies outside is an error. Ranges are measured, so nothing is cut off |
/// | `nan_fill` | a number, `"mean"`, `"min"`, `"max"` | nothing: what is missing comes back as it was |
///
/// xarrayvideo's tuples have the names of the axes, such as `("time", "x", "y", "band")`, in place 2, and its `bits` and `range` in the
/// same places. What none of them says, here is said: what has to come back, by `contract`.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow_array::{ArrayRef, Float32Array};
/// use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, RowIndex};
/// use recipe::{PackOptions, Recipe, pack};
///
/// let recipe = Recipe::from_json(br#"{
///   "version": 1,
///   "arrays": [{
///     "name": "motion",
///     "columns": {"types": ["float32"]},
///     "shape": [16, 16, 3],
///     "codec": {"lossy": {"encoder": "x264", "crf": 18, "preset": "slow"}},
///     "bits": 8,
///     "range": [0, 640],
///     "contract": {"quality": {"min_psnr": 30}}
///   }]
/// }"#)?;
/// # let columns: Vec<Column> = (0..768_i64)
/// #     .map(|number| Column::new(ColumnKey::new([number]), arrow_schema::DataType::Float32)).collect();
/// # let index = RowIndex::range(20);
/// # let schema = PoseSchema::new(vec![None], columns, index.schema())?;
/// # let values = |column: i64| Float32Array::from_iter_values((0..20).map(|frame| (frame * 20 + column as i32 % 240) as f32));
/// # let arrays = (0..768).map(|column| Arc::new(values(column)) as ArrayRef).collect();
/// # let table = PoseFrame::new(Arc::new(schema), index, arrays)?;
/// # let folder = tempfile::tempdir()?;
/// // A table of 768 columns, the pixels of 16 × 16 frames of three channels.
/// let packed = pack(&table, &recipe, folder.path().join("motion.pack"), &PackOptions::default())?;
/// assert!(packed.arrays[0].measured.psnr.is_none_or(|psnr| psnr >= 30.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// [`RECIPE_VERSION`].
    pub version: u32,
    /// The arrays. None may take a column of another.
    pub arrays: Vec<ArrayRecipe>,
}

/// The JSON schema (2020-12) of recipes of this version.
pub const RECIPE_SCHEMA: &str = include_str!("../recipe-1.schema.json");

/// An array: some columns of one table, encoded together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrayRecipe {
    /// What it is called: any text, once in a recipe.
    pub name: String,
    /// Which columns it takes, in the order of the table.
    #[serde(default)]
    pub columns: Columns,
    /// The axes that a frame has in it, of videos alone. A row of its columns, unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// Whether columns that vary together are packed as their principal components, and how many. Of videos that may lose
    /// something alone, and where a frame has 2 to 256 channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<Components>,
    /// What encodes it.
    pub codec: Codec,
    /// What a pixel is, of [`Codec::Lossy`] alone. It says the bits, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixel_format: Option<PixelFormat>,
    /// How many bits a sample has, of [`Codec::Lossy`] alone: 8, 10 or 12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u8>,
    /// Between what its finite values lie. Packing fails where one does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// What has to come back.
    #[serde(default)]
    pub contract: Contract,
}

impl Recipe {
    /// A recipe of these arrays.
    #[must_use]
    pub fn new(arrays: Vec<ArrayRecipe>) -> Self {
        Self { version: RECIPE_VERSION, arrays }
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

impl ArrayRecipe {
    /// An array of these columns, as a row of them, of which every bit has to come back.
    #[must_use]
    pub fn new(name: impl Into<String>, columns: Columns, codec: Codec) -> Self {
        Self {
            name: name.into(),
            columns,
            shape: None,
            components: None,
            codec,
            pixel_format: None,
            bits: None,
            range: None,
            contract: Contract::Lossless,
        }
    }

    /// With another contract.
    #[must_use]
    pub fn with_contract(mut self, contract: Contract) -> Self {
        self.contract = contract;
        self
    }
}

fn check_version(found: u32) -> Result<()> {
    if found == RECIPE_VERSION {
        return Ok(());
    }
    Err(ErrorKind::RecipeVersion { found, supported: RECIPE_VERSION }.into())
}
