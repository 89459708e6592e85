//! Pose tables packed by a recipe, into videos or blocks of numbers, and back, verified.
//!
//! A [`Recipe`] says which columns of a table form which array, how each array is encoded, and what has to come back
//! of it. [`pack`] does what it says, and puts everything that no array holds (text, truth values, row labels, names
//! of levels, metadata) beside the arrays, in a Parquet file. A packed folder is a [`PoseTable`](pose_frame::PoseTable)
//! again: [`PackedTable`]; of one that is damaged, [`PackedTable::salvage`] restores what is left. [`format`](mod@format) says what is in the
//! folder, and how a recipe is written. [`suggest`] finds a recipe for a table by trying.
//!
//! # What is kept
//!
//! A folder gets its name when it was read back and compared with the table. Under [`Contract::Lossless`] every value, type, name and row
//! label comes back, the bits of a NaN too. Under the other contracts finite floats come back as near as they say; integers and values that
//! are not finite are exact all the same.
//!
//! # What is needed
//!
//! Blocks of numbers need nothing beside. Videos need an ffmpeg of 4.4 or later when they are packed and when they are read.
//!
//! # Examples
//!
//! ```
//! use pose_frame::{PoseTable, Selection, testing};
//! use recipe::{Goal, PackOptions, PackedTable, SuggestOptions, pack, suggest};
//!
//! let folder = tempfile::tempdir()?;
//! let target = folder.path().join("mouse1.pack");
//! let table = testing::predictions(100);
//! let found = suggest(&table, &Goal::Lossless, &SuggestOptions::default())?;
//! pack(&table, &found.recipe, &target, &PackOptions::default())?;
//!
//! let packed = PackedTable::open(&target)?;
//! let snout = packed.read(&Selection::all().bodypart("snout").frames(10..20))?;
//! assert_eq!((snout.num_frames(), snout.columns().len()), (10, 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[doc = include_str!("../FORMAT.md")]
pub mod format {}

mod block;
mod blocks;
mod check;
mod error;
mod manifest;
mod numbers;
mod pack;
mod packed;
mod recipe;
mod suggest;
mod video;

pub use atomic_folder::Existing;
pub use check::Measured;
pub use error::{Error, ErrorKind, Result};
pub use manifest::{FORMAT_VERSION, MANIFEST_NAME};
pub use pack::{OnProgress, PackOptions, Packed, PackedArray, Progress, Stage, pack, verify};
pub use packed::{Lost, LostPart, PackedTable, Salvaged};
pub use recipe::{
    ArrayRecipe, Codec, Columns, Components, Contract, Encoder, KeyLabel, NumberType, PixelFormat,
    RECIPE_SCHEMA, RECIPE_VERSION, Recipe, Shape,
};
pub use suggest::{Candidate, Goal, Outcome, SuggestOptions, Suggestion, suggest};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
