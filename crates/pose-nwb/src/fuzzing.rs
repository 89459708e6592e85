//! What fuzzing needs and nobody else: files that are bytes in memory.
//!
//! `cargo fuzz` sets `cfg(fuzzing)`; no other build has this module.

use hdf5_file::read::File;

use crate::{NwbError, NwbFile};

/// Opens bytes as a file.
pub fn file(bytes: Vec<u8>) -> Result<NwbFile, NwbError> {
    NwbFile::of(File::of_bytes("fuzzed.nwb", bytes)?)
}
