//! What fuzzing needs and nobody else: levels without a page, footers and page headers without a file.
//!
//! `cargo fuzz` sets `cfg(fuzzing)`; no other build has this module.

use crate::thrift;

/// Decodes the levels of a page of so many rows, and says how many values are there; the same counted one by one.
pub fn levels(bytes: &[u8], rows: usize) -> Result<(usize, usize), String> {
    crate::reader::decode_levels(bytes, rows).map_err(|error| error.to_string())
}

/// Walks over a footer.
pub fn footer(bytes: &[u8]) -> Result<(), String> {
    thrift::check_footer(bytes).map_err(|error| error.to_string())
}

/// Walks over the header of a page.
pub fn page_header(mut bytes: &[u8]) -> Result<usize, String> {
    thrift::PageHeader::read(&mut bytes).map(|header| header.bytes.len()).map_err(|error| error.to_string())
}
