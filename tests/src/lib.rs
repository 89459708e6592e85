//! What the tests across crates share: the fixtures with what pandas found in them, and the programs that are
//! tested or that judge.
//!
//! A check that needs a program fails without it and says how to get it; it never passes in silence.

mod fixture;
pub mod http;
mod oracle;
mod programs;
pub mod s3;

pub use fixture::{Fixture, FixtureTable, broken_fixtures, fixtures, fixtures_folder, real_data};
pub use oracle::{expected_frame, expected_frame_from};
pub use programs::{ask_python, ask_python_of, pose, pose_with_stores, python, python_of, target_folder};

/// Its examples name fixtures as they stand in a clone: the folder of this package has a link to them.
#[cfg(all(doctest, feature = "polars"))]
#[doc = include_str!("../../README.md")]
struct Readme;
