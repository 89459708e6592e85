//! Every way to write a table: the one place to name another.

use pose_parquet::{Profile, WriteOptions};

/// A way to write, and the head of its column in the table.
pub(super) struct Way {
    pub(super) name: String,
    pub(super) options: WriteOptions,
}

/// All of them.
pub(super) fn ways() -> Vec<Way> {
    Profile::ALL
        .into_iter()
        .map(|profile| Way {
            name: profile.name().to_owned(),
            options: WriteOptions::default().with_profile(profile),
        })
        .collect()
}
