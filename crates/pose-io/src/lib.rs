//! Pose tables of any format: open, convert, migrate and verify.
//!
//! - [`open`] tells a file's format by its content and gives it as a [`PoseTable`](pose_frame::PoseTable); [`read`]
//!   loads it whole.
//! - [`convert`](convert()) writes one table to another file, and [`migrate`](migrate()) every table below a folder
//!   to Parquet. Both read back what they wrote and compare it bit for bit before it gets its name.
//! - [`pack`](pack()) packs one table by a recipe, and [`pack_folder`] those of a folder; what comes back is held against what the
//!   recipe promises before it gets its name.
//! - [`verify`](verify()) checks migrated files and packed tables again, any time later.
//! - [`describe`] says what is in a file.
//!
//! Who comes from `deeplabcut.utils.fileio` or videoparquet finds each of their functions in the module `guide`.
//!
//! Nothing here prints, reads the environment or exits: progress goes through callbacks.
//!
//! # Features
//!
//! | feature | by default | gives |
//! |---|---|---|
//! | `csv` | yes | reading and writing CSV |
//! | `hdf5` | yes | reading and writing HDF5 |
//! | `nwb` | yes | reading and writing NWB files with poses |
//! | `parquet` | yes | reading and writing Parquet |
//! | `recipe` | yes | packed tables, reading and writing; brings `parquet` |
//! | `object-store` | no | Parquet objects in stores: URLs (`s3://`, `gs://`, `az://`, and for reading `http://` and `https://`) where paths of files are taken by [`open`], [`read`], [`convert`](convert()) and [`describe`] |
//!
//! Migrating needs HDF5 and Parquet, packing folders HDF5 and recipes; both are done on disks.
//!
//! # Examples
//!
//! ```
//! use pose_frame::{PoseTable, Selection};
//!
//! # let path = concat!(
//! #     env!("CARGO_MANIFEST_DIR"),
//! #     "/../../fixtures/pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5"
//! # );
//! let opened = pose_io::open(path, &pose_io::OpenOptions::default())?;
//! let snout = opened.table.read(&Selection::all().bodypart("snout").frames(0..10))?;
//! assert_eq!(snout.num_frames(), 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod atomic;
#[cfg(all(feature = "hdf5", feature = "parquet"))]
mod batch;
#[cfg(any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet"))]
mod convert;
#[cfg(all(feature = "hdf5", feature = "parquet"))]
mod crew;
mod describe;
mod error;
mod format;
#[cfg(all(feature = "hdf5", feature = "parquet"))]
mod migrate;
mod open;
#[cfg(any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet"))]
mod origin;
#[cfg(feature = "recipe")]
mod pack;
mod path_text;
#[cfg(any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet"))]
mod progress;
mod stop;
mod stores;
#[cfg(any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet"))]
mod target;
#[cfg(all(feature = "hdf5", feature = "parquet"))]
mod verify;

pub use atomic::{AtomicFile, Existing, discard_temporaries};
#[cfg(all(feature = "hdf5", feature = "parquet"))]
pub use batch::{
    BatchEvent, BatchOptions, BatchReport, DEFAULT_BATCH_MEMORY_BYTES, FileReport, FileStatus, Journal,
    MergedReports, NotAShard, Rehearsal, Shard, Subfolders, Summary, TableReport, merge_reports,
};
#[cfg(any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet"))]
pub use convert::{ConvertOptions, Converted, SourceLayout, convert};
#[cfg(feature = "nwb")]
pub use convert::{ConvertedIndividual, convert_individuals};
pub use describe::{
    BodypartsOf, ColumnInfo, Extent, FileInfo, IndexInfo, PackedArrayInfo, TableInfo, TableSummary,
    TypeCount, describe,
};
pub use error::{PoseIoError, PoseIoErrorKind};
pub use format::{Format, is_packed};
#[cfg(all(feature = "hdf5", feature = "parquet"))]
pub use migrate::{AfterMigration, CsvTwin, MigrateOptions, migrate};
pub use open::{DamagedPacks, LongFiles, OpenOptions, Opened, StoredLong, open, read};
#[cfg(all(feature = "hdf5", feature = "recipe"))]
pub use pack::{PackFolderOptions, pack_folder};
#[cfg(feature = "recipe")]
pub use pack::{PackTableOptions, PackedFile, pack};
#[cfg(any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet"))]
pub use progress::{ConvertProgress, Stage};
pub use stop::Stop;
#[cfg(feature = "hdf5")]
pub use target::Hdf5Options;
#[cfg(feature = "nwb")]
pub use target::NwbOptions;
#[cfg(feature = "parquet")]
pub use target::ParquetOptions;
#[cfg(all(feature = "hdf5", feature = "parquet"))]
pub use verify::{
    VerifiedFile, VerifyEvent, VerifyOptions, VerifyReport, VerifyStatus, VerifySummary, verify,
};

#[cfg(all(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet", feature = "recipe"))]
#[doc = include_str!("../GUIDE.md")]
pub mod guide {}

/// The crate of CSV files, for what is special to them.
#[cfg(feature = "csv")]
pub use pose_csv as csv;
/// The crate of HDF5 files, for what is special to them.
#[cfg(feature = "hdf5")]
pub use pose_hdf5 as hdf5;
/// The crate of NWB files, for what is special to them.
#[cfg(feature = "nwb")]
pub use pose_nwb as nwb;
/// The crate of Parquet files, for what is special to them.
#[cfg(feature = "parquet")]
pub use pose_parquet as parquet;
/// The crate of packed tables, for recipes and what is special to them.
#[cfg(feature = "recipe")]
pub use recipe;

#[cfg(all(doctest, feature = "csv", feature = "parquet"))]
#[doc = include_str!("../README.md")]
struct Readme;
