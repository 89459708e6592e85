//! Pages of zstd, unpacked with a context that each thread keeps.
//!
//! The `parquet` crate makes two contexts of zstd for every column chunk, one of which it never uses. Making one asks
//! the processor for its features, which a virtual machine answers after 20 µs: half the time of reading a short table.

use std::borrow::Cow;
use std::cell::RefCell;

use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use zstd::bulk::Decompressor;

thread_local! {
    /// About 100 KB for each thread that has read a page.
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// How the pages of a column chunk are unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// By the `parquet` crate.
    Crate,
    /// Here: the crate is told that they are not compressed.
    Zstd,
}

impl Packing {
    /// The packing of a chunk, and the chunk as the crate is to see it.
    pub(super) fn of(chunk: &ColumnChunkMetaData) -> Result<(Self, Cow<'_, ColumnChunkMetaData>)> {
        if !matches!(chunk.compression(), Compression::ZSTD(_)) {
            return Ok((Self::Crate, Cow::Borrowed(chunk)));
        }
        let plain = chunk.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build()?;
        Ok((Self::Zstd, Cow::Owned(plain)))
    }

    /// Unpacks bytes that hold at most `most`.
    pub(super) fn unpack<'a>(
        self,
        bytes: &'a [u8],
        most: usize,
        unpacked: &'a mut Vec<u8>,
    ) -> Result<&'a [u8]> {
        if self == Self::Crate || bytes.is_empty() {
            return Ok(bytes);
        }
        let claimed = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten();
        let room = match claimed.map(usize::try_from) {
            Some(Ok(claimed)) if claimed <= most => claimed,
            None => most,
            Some(_) => {
                return Err(wrong(format!("a page claims to hold more than the {most} bytes of its values")));
            }
        };
        unpacked.clear();
        // How many values a page has is a claim where zstd does not say how much it holds.
        let no_room = |_| wrong(format!("there is no memory for a page of {room} bytes"));
        unpacked.try_reserve(room).map_err(no_room)?;
        DECOMPRESSOR.with_borrow_mut(|kept| {
            let decompressor = match kept {
                Some(decompressor) => decompressor,
                None => kept.insert(Decompressor::new()?),
            };
            decompressor.decompress_to_buffer(bytes, unpacked)?;
            Ok::<_, ParquetError>(())
        })?;
        Ok(unpacked)
    }
}

fn wrong(what: String) -> ParquetError {
    ParquetError::General(what)
}
