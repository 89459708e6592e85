//! What page headers claim, held against the pages before the decoder allocates for them.
//!
//! The decoder asks for as much memory as a page's header says its values take. It shows headers to nobody, but it
//! reads each through a reader of its source that starts where the header does, so that the source can look first.

use std::io::{self, Cursor, Read};

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};

use crate::source::Source;
use crate::thrift;

/// How many bytes can come out of one. Of the codecs that are read, zstd gives the most: 128 KiB for a block of 4
/// bytes, which is half of this.
pub(crate) const MAX_EXPANSION: u64 = 1 << 16;

/// What may be claimed in any case.
pub(crate) const MIN_LIMIT_BYTES: u64 = 1 << 20;

/// Whether this many bytes can come out of that many.
pub(crate) fn is_plausible(uncompressed: u64, compressed: u64) -> bool {
    uncompressed <= compressed.saturating_mul(MAX_EXPANSION).max(MIN_LIMIT_BYTES)
}

/// The source of the decoder: refuses pages that claim to hold more than can come out of them.
#[derive(Clone)]
pub(crate) struct CheckedPages(Source);

impl CheckedPages {
    pub(crate) fn of(source: &Source) -> Self {
        Self(source.clone())
    }
}

impl Length for CheckedPages {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for CheckedPages {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let inner = self.0.get_read(start)?;
        Ok(Box::new(HeaderRead { inner, start, head: None }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.0.get_bytes(start, length)
    }
}

/// Checks the page header that it starts at when it is read from. The decoder also asks for readers at places where
/// values start, and reads nothing from them.
struct HeaderRead {
    inner: Box<dyn Read + Send>,
    start: u64,
    /// The header, once it was checked.
    head: Option<Cursor<Vec<u8>>>,
}

impl HeaderRead {
    fn checked_head(&mut self) -> io::Result<Cursor<Vec<u8>>> {
        let start = self.start;
        let head = thrift::read_page_header(&mut *self.inner)
            .map_err(|error| io::Error::other(format!("the header of the page at {start} {error}")))?;
        let (uncompressed, compressed) = page_sizes(&head).ok_or_else(|| {
            io::Error::other(format!("the page at {start} does not begin with its type and sizes"))
        })?;
        if is_plausible(uncompressed, compressed) {
            Ok(Cursor::new(head))
        } else {
            let claim = format!("the page at {start} claims to hold {uncompressed} bytes in {compressed}");
            Err(io::Error::other(claim))
        }
    }
}

impl Read for HeaderRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.head.is_none() {
            self.head = Some(self.checked_head()?);
        }
        let from_head = self.head.as_mut().map_or(Ok(0), |head| head.read(buffer))?;
        if from_head > 0 || buffer.is_empty() { Ok(from_head) } else { self.inner.read(buffer) }
    }
}

/// The uncompressed and the compressed size that a page header begins with, after the page's type. They are the
/// first three fields of `PageHeader` in parquet.thrift, and writers put fields in the order of their numbers.
fn page_sizes(head: &[u8]) -> Option<(u64, u64)> {
    /// In Thrift's compact protocol: the next field, of type i32.
    const NEXT_I32: u8 = 0x15;

    let mut bytes = head.iter().copied();
    let mut next_size = || {
        let field = bytes.next()?;
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = bytes.next()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                // Zigzag: odd numbers are negative, and no size is.
                return (field == NEXT_I32 && value & 1 == 0).then_some(value >> 1);
            }
        }
        None
    };
    let _page_type = next_size()?;
    let uncompressed = next_size()?;
    let compressed = next_size()?;
    let is_i32 = |size| i32::try_from(size).is_ok();
    (is_i32(uncompressed) && is_i32(compressed)).then_some((uncompressed, compressed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_a_header() {
        assert_eq!(page_sizes(&[0x15, 0, 0x15, 0x84, 0x01, 0x15, 0x08, 0x2c]), Some((66, 4)));
    }

    #[test]
    fn anything_else_is_no_header() {
        let negative = [0x15, 0, 0x15, 0x01, 0x15, 0x08];
        let other_field_first = [0x25, 0, 0x15, 0x02, 0x15, 0x08];
        let too_large = [0x15, 0, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x7f, 0x15, 0x08];
        let endless = [&[0x15, 0, 0x15][..], &[0xff; 30]].concat();
        for head in [&[][..], &[0x15], &negative, &other_field_first, &too_large, &endless] {
            assert_eq!(page_sizes(head), None, "{head:x?}");
        }
    }

    #[test]
    fn a_ratio_beyond_every_codec_is_refused() {
        assert!(is_plausible(1 << 20, 1));
        assert!(is_plausible(1 << 26, 1 << 11), "zstd reaches this with constants");
        assert!(!is_plausible(1_600_000_000, 1_000));
    }
}
