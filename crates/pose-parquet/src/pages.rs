//! What page headers claim, held against the pages before the decoder allocates for them.
//!
//! The decoder asks for as much memory as a page's header says its values take. It shows headers to nobody, but it
//! reads each through a reader of its source that starts where the header does, so that the source can look first.

use std::io::{self, Cursor, Read};
use std::ops::Range;

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};

use crate::source::{PartMemory, Source};
use crate::thrift::PageHeader;

/// How many bytes can come out of one. Of the codecs that are read, zstd gives the most: 128 KiB for a block of 4
/// bytes, which is half of this.
pub(crate) const MAX_EXPANSION: u64 = 1 << 16;

/// What may be claimed in any case.
pub(crate) const MIN_LIMIT_BYTES: u64 = 1 << 20;

/// Whether this many bytes can come out of that many.
pub(crate) fn is_plausible(uncompressed: u64, compressed: u64) -> bool {
    uncompressed <= compressed.saturating_mul(MAX_EXPANSION).max(MIN_LIMIT_BYTES)
}

/// The encodings of text that begin with how many values there are, for which the decoder takes memory.
pub(crate) const COUNTED: [Encoding; 2] = [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY];

/// What becomes of pages in one of those [encodings](COUNTED).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// They are given out: someone has looked at them, or is about to.
    LookedAt,
    /// They are refused: the footer does not say that there are any.
    Unnamed,
}

/// The source of the decoder: refuses pages that claim to hold more than can come out of them.
#[derive(Clone)]
pub(crate) struct CheckedPages {
    source: Source,
    counted: Counted,
}

impl CheckedPages {
    pub(crate) fn of(source: &Source, counted: Counted) -> Self {
        Self { source: source.clone(), counted }
    }

    /// The same of a source that has these bytes in memory.
    pub(crate) fn part(&self, range: Range<u64>, memory: &mut PartMemory) -> Result<Self> {
        Ok(Self { source: self.source.part(range, memory)?, counted: self.counted })
    }
}

impl Length for CheckedPages {
    fn len(&self) -> u64 {
        self.source.len()
    }
}

impl ChunkReader for CheckedPages {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let inner = self.source.get_read(start)?;
        Ok(Box::new(HeaderRead { inner, start, counted: self.counted, head: None }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.source.get_bytes(start, length)
    }
}

/// Checks the page header that it starts at when it is read from. The decoder also asks for readers at places where
/// values start, and reads nothing from them.
struct HeaderRead {
    inner: Box<dyn Read + Send>,
    start: u64,
    counted: Counted,
    /// The header, once it was checked.
    head: Option<Cursor<Vec<u8>>>,
}

impl HeaderRead {
    fn checked_head(&mut self) -> io::Result<Cursor<Vec<u8>>> {
        let header = PageHeader::read(&mut *self.inner).and_then(|header| {
            check(&header, self.counted).map_err(io::Error::other)?;
            Ok(header)
        });
        let at = self.start;
        let header =
            header.map_err(|error| io::Error::other(format!("the header of the page at {at} {error}")))?;
        Ok(Cursor::new(header.bytes))
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

/// Checks what a header says: its fields are those of `PageHeader` and of the structs in it, in parquet.thrift.
fn check(header: &PageHeader, counted: Counted) -> std::result::Result<(), String> {
    const DATA: i16 = 5;
    const DICTIONARY: i16 = 7;
    const DATA_V2: i16 = 8;
    /// No value in a dictionary takes fewer bytes.
    const MIN_VALUE_BYTES: u64 = 4;

    let size = |of: i16, field: i16, what: &str| {
        let Some(number) = header.number(of, field) else { return Ok(None) };
        match i32::try_from(number).ok().and_then(|number| u64::try_from(number).ok()) {
            Some(size) => Ok(Some(size)),
            None => Err(format!("claims {number} {what}")),
        }
    };
    let sizes = size(0, 2, "bytes")?.zip(size(0, 3, "bytes")?);
    let (uncompressed, compressed) = sizes.ok_or("does not say its sizes")?;
    if !is_plausible(uncompressed, compressed) {
        return Err(format!("claims to hold {uncompressed} bytes in {compressed}"));
    }
    // Each type of page has a struct of its own, which the decoder takes for granted.
    let of = match header.number(0, 1) {
        Some(0) => Some(DATA),
        Some(2) => Some(DICTIONARY),
        Some(3) => Some(DATA_V2),
        _ => None,
    };
    if let Some(of) = of
        && size(of, 1, "values")?.is_none()
    {
        return Err("does not say how many values there are".to_owned());
    }
    if let Some(values) = size(DICTIONARY, 1, "values")?
        && values * MIN_VALUE_BYTES > uncompressed
    {
        return Err(format!("claims a dictionary of {values} values in {uncompressed} bytes"));
    }
    let levels =
        size(DATA_V2, 5, "bytes of levels")?.unwrap_or(0) + size(DATA_V2, 6, "bytes of levels")?.unwrap_or(0);
    if levels > uncompressed {
        return Err(format!("claims {levels} bytes of levels in {uncompressed}"));
    }
    let is_counted = |of: i16, field: i16| {
        let encoding = header.number(of, field).and_then(|number| i32::try_from(number).ok());
        COUNTED.iter().any(|counted| encoding == Some(*counted as i32))
    };
    if counted == Counted::Unnamed && (is_counted(DATA, 2) || is_counted(DATA_V2, 4)) {
        return Err("names an encoding that the footer does not".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(header: &[u8]) -> std::result::Result<(), String> {
        let header = PageHeader::read(&mut &*header).map_err(|error| error.to_string())?;
        check(&header, Counted::Unnamed)
    }

    #[test]
    fn a_header_that_claims_what_it_has_is_fine() {
        assert_eq!(checked(&[0x15, 0, 0x15, 0x84, 0x01, 0x15, 0x08, 0x2c, 0x15, 8, 0x15, 0, 0, 0]), Ok(()));
    }

    #[test]
    fn anything_else_is_no_header() {
        let negative = [0x15, 0, 0x15, 0x01, 0x15, 0x08, 0];
        let no_size = [0x15, 0, 0x15, 0x02, 0];
        let too_large = [0x15, 0, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x7f, 0x15, 0x08, 0];
        let endless = [&[0x15, 0, 0x15][..], &[0xff; 30]].concat();
        let dictionary = [0x15, 4, 0x15, 8, 0x15, 8, 0x4c, 0x15, 4, 0x15, 0, 0, 0];
        let text = [0x15, 0, 0x15, 8, 0x15, 8, 0x2c, 0x15, 2, 0x15, 12, 0, 0];
        let nothing = [0x15, 0, 0x15, 8, 0x15, 8, 0];
        for header in
            [&[][..], &[0x15], &nothing, &negative, &no_size, &too_large, &endless, &dictionary, &text]
        {
            assert!(checked(header).is_err(), "{header:x?}");
        }
    }

    #[test]
    fn a_ratio_beyond_every_codec_is_refused() {
        assert!(is_plausible(1 << 20, 1));
        assert!(is_plausible(1 << 26, 1 << 11), "zstd reaches this with constants");
        assert!(!is_plausible(1_600_000_000, 1_000));
    }
}
