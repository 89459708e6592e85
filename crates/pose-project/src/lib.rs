//! The files that DeepLabCut keeps beside its tables.
//!
//! A table says where things are, in pixels and frames. How many frames make a second, how large a frame is, and what
//! project the table is from stands in other files:
//!
//! | file | read into | says |
//! |---|---|---|
//! | `…_meta.pickle` beside a table of predictions | [`VideoMeta`] | frame rate, number and size of the video's frames, the part of them that was analysed |
//! | `config.yaml` above it | [`ProjectConfig`] | name and scorer of the project, bodyparts, individuals, skeleton, videos |
//!
//! [`SideFiles`] finds both for a table and merges what they say into its [`Metadata`](pose_frame::Metadata). They may be
//! missing, broken, or of another table: that never keeps a table from being read. What could not be used is a [`Note`],
//! which a program can show; nothing is dropped without one, and nothing is guessed.
//!
//! Both kinds of file can come from elsewhere and be made to do harm. A pickle is [data](pickle_data) here and never
//! run; files beyond [`MAX_META_BYTES`] and [`MAX_CONFIG_BYTES`] are not read. YAML is taken from the events of
//! `saphyr-parser`: it is well kept, has no unsafe code and one small dependency, and since it only says what comes next,
//! depth, size and aliases are bounded here, where `serde` front ends build what a document asks for.
//!
//! The facts are those of the sources of DeepLabCut 2.0.9, 2.1.10, 2.3.11, 3.0.0rc1, 3.0.0rc13 and 3.0.1.
//!
//! # Examples
//!
//! ```
//! use pose_project::SideFiles;
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/project/openfield-lab-2023-10-30/videos");
//! # std::env::set_current_dir(folder)?;
//! let found = SideFiles::of("openfield1DLC_resnet50_openfieldOct30shuffle1_50000_filtered.h5");
//! assert!(found.notes.is_empty());
//! let (_, video) = found.video.expect("its file is there");
//! assert_eq!((video.frame_rate_hz, video.num_frames), (Some(30.0), Some(60)));
//! let (_, project) = found.project.expect("it lies in a project");
//! assert_eq!(project.task.as_deref(), Some("openfield"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod config;
mod error;
mod file;
mod merge;
mod note;
mod role;
mod side_files;
mod size;
mod video_meta;
mod yaml;

pub use config::{MAX_CONFIG_BYTES, ProjectConfig, ProjectVideo};
pub use error::ProjectError;
pub use note::Note;
pub use role::FileRole;
pub use side_files::{MAX_FOLDERS, SideFiles};
pub use video_meta::{Engine, MAX_META_BYTES, VideoMeta};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
