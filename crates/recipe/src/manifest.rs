//! The manifest: what a packed table is made of, as JSON.

mod lines;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use arrow_schema::DataType;
use pose_frame::{Column, ColumnKey, IndexSchema, Label, Metadata, PoseSchema};
use serde::{Deserialize, Serialize};
use serde_json::Serializer;

use self::lines::Lines;
use crate::recipe::{KeyLabel, key_labels};
use crate::{Error, ErrorKind, Measured, NumberType, Recipe, Result};

/// The name of the manifest in the folder.
pub const MANIFEST_NAME: &str = "pose-pack.json";

/// The version of the format that this crate writes. Later ones are refused.
pub const FORMAT_VERSION: u32 = 1;

const FORMAT: &str = "pose-pack";
const MAX_BYTES: u64 = 256 << 20;

/// What stands in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    format: String,
    version: u32,
    /// Of `table`, written without gaps.
    blake3: String,
    table: Manifest,
}

/// What tells whether the rest can be read.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// What a packed table is made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) writer: String,
    pub(crate) frames: usize,
    pub(crate) levels: Vec<Option<String>>,
    pub(crate) columns: Vec<ColumnEntry>,
    /// What no array has, with the labels of the rows.
    pub(crate) rest: FileEntry,
    pub(crate) arrays: Vec<ArrayEntry>,
    pub(crate) recipe: Recipe,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnEntry {
    key: Vec<KeyLabel>,
    #[serde(rename = "type")]
    data_type: String,
}

impl ColumnEntry {
    pub(crate) fn key(&self) -> ColumnKey {
        ColumnKey::new(self.key.iter().map(Label::from))
    }

    /// The type of its numbers, if it holds any.
    pub(crate) fn number(&self) -> Option<NumberType> {
        NumberType::named(&self.data_type)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEntry {
    pub(crate) file: String,
    pub(crate) bytes: u64,
    pub(crate) blake3: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArrayEntry {
    pub(crate) name: String,
    /// Positions in the table.
    pub(crate) columns: Vec<usize>,
    pub(crate) store: Store,
    pub(crate) measured: Measured,
}

/// Where an array is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Store {
    /// In a file of blocks.
    Blocks { file: FileEntry, segment_frames: usize },
    /// In the videos, under the same name.
    Videos {},
}

impl Manifest {
    pub(crate) fn column_entries(schema: &PoseSchema) -> Vec<ColumnEntry> {
        let entry = |column: &Column| ColumnEntry {
            key: key_labels(&column.key),
            data_type: match NumberType::of(&column.data_type) {
                Some(number) => number.name().to_owned(),
                None if column.data_type == DataType::Boolean => "bool".to_owned(),
                None => "utf8".to_owned(),
            },
        };
        schema.columns().iter().map(entry).collect()
    }

    /// The schema of the table, whose rows are labelled by this.
    pub(crate) fn schema(&self, index: IndexSchema, metadata: Metadata) -> Result<PoseSchema, String> {
        let mut columns = Vec::new();
        for column in &self.columns {
            let data_type = match (column.number(), column.data_type.as_str()) {
                (Some(number), _) => number.data_type(),
                (None, "bool") => DataType::Boolean,
                (None, "utf8") => DataType::Utf8,
                (None, other) => return Err(format!("no column is of type {other:?}")),
            };
            columns.push(Column::new(column.key(), data_type));
        }
        let levels = self.levels.iter().map(|name| name.as_deref().map(Into::into)).collect();
        let schema = PoseSchema::new(levels, columns, index).map_err(|error| error.to_string())?;
        Ok(schema.with_metadata(metadata))
    }

    /// Whose column each is: the array, and the place in it. None is kept beside.
    pub(crate) fn homes(&self) -> Result<Vec<Option<(usize, usize)>>, String> {
        let mut homes = vec![None; self.columns.len()];
        for (number, array) in self.arrays.iter().enumerate() {
            for (place, column) in array.columns.iter().enumerate() {
                let home = homes.get_mut(*column).ok_or_else(|| format!("there is no column {column}"))?;
                if home.replace((number, place)).is_some() {
                    return Err(format!("two arrays have the column {column}"));
                }
            }
        }
        Ok(homes)
    }

    pub(crate) fn has_videos(&self) -> bool {
        self.arrays.iter().any(|array| matches!(array.store, Store::Videos {}))
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        let envelope = Envelope {
            format: FORMAT.to_owned(),
            version: FORMAT_VERSION,
            blake3: self.checksum(),
            table: self.clone(),
        };
        let mut json = Vec::new();
        let written = envelope.serialize(&mut Serializer::with_formatter(&mut json, Lines::new()));
        // An empty one is refused when it is read again.
        written.map_or_else(|_| Vec::new(), |()| json)
    }

    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST_NAME);
        let mut json = Vec::new();
        let file = File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                let why = format!("there is no {MANIFEST_NAME} in it");
                ErrorKind::NotPacked { path: folder.to_owned(), why }.into()
            }
            _ => Error::io("cannot be read", &path)(error),
        })?;
        file.take(MAX_BYTES).read_to_end(&mut json).map_err(Error::io("cannot be read", &path))?;
        let not_packed = |why: String| Error::from(ErrorKind::NotPacked { path: path.clone(), why });
        let head: Head = serde_json::from_slice(&json).map_err(|error| not_packed(error.to_string()))?;
        if head.format != FORMAT {
            return Err(not_packed(format!("it is of format {:?}", head.format)));
        }
        if head.version != FORMAT_VERSION {
            let (found, supported) = (head.version, FORMAT_VERSION);
            return Err(ErrorKind::Version { path, found, supported }.into());
        }
        let envelope: Envelope =
            serde_json::from_slice(&json).map_err(|error| Error::damaged(&path, error.to_string()))?;
        if envelope.table.checksum() != envelope.blake3 {
            return Err(Error::damaged(&path, "it is not as it was written"));
        }
        Ok(envelope.table)
    }

    fn checksum(&self) -> String {
        blake3::hash(&serde_json::to_vec(self).unwrap_or_default()).to_hex().to_string()
    }
}

impl FileEntry {
    /// What is known of a file that was written.
    pub(crate) fn of(folder: &Path, file: &str) -> Result<Self> {
        let (bytes, blake3) = Self::hash(&folder.join(file))?;
        Ok(Self { file: file.to_owned(), bytes, blake3 })
    }

    /// Whether the file is the one that was written.
    pub(crate) fn verify(&self, folder: &Path) -> Result<()> {
        let path = folder.join(&self.file);
        let (bytes, blake3) = Self::hash(&path)?;
        if (bytes, &blake3) != (self.bytes, &self.blake3) {
            return Err(Error::damaged(path, "its bytes are not those that were written"));
        }
        Ok(())
    }

    fn hash(path: &Path) -> Result<(u64, String)> {
        let failed = || Error::io("cannot be read", path);
        let mut hasher = blake3::Hasher::new();
        let bytes = std::io::copy(&mut File::open(path).map_err(failed())?, &mut hasher).map_err(failed())?;
        Ok((bytes, hasher.finalize().to_hex().to_string()))
    }
}
