//! The bytes of an object in a store: fetched in pieces, before they are read.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::{GetOptions, GetRange, ObjectMeta};

use crate::object::wait;
use crate::{Object, ObjectError};

/// How much of the end is fetched to see the footer.
const TAIL_BYTES: u64 = 64 << 10;

/// Ranges that are at most so far apart are fetched together: what lies between takes less time than a request.
const GAP_BYTES: u64 = 64 << 10;

/// Ranges are not put together beyond this, so that large selections are fetched over several connections.
const REQUEST_BYTES: u64 = 8 << 20;

/// How many requests are under way at once.
const REQUESTS_AT_ONCE: usize = 8;

/// How much of what was fetched last is kept for the next read.
const KEPT_BYTES: usize = 64 << 20;

/// What ends a Parquet file: the length of its footer, and "PAR1".
const FOOTER_END_BYTES: u64 = 8;

/// An object as it was when it was opened, and those of its bytes that are at hand.
#[derive(Clone)]
pub(crate) struct ObjectSource {
    object: Object,
    version: Arc<ObjectMeta>,
    footer: Piece,
    /// What this source was made to read.
    pieces: Arc<[Piece]>,
    /// What the last read of any source of this object had.
    kept: Arc<Mutex<Vec<Piece>>>,
}

/// Some bytes of an object.
#[derive(Clone, Debug)]
struct Piece {
    start: u64,
    bytes: Bytes,
}

impl Piece {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    fn holds(&self, range: &Range<u64>) -> bool {
        self.start <= range.start && range.end <= self.end()
    }

    /// What it has from there on; nothing when that is not in it.
    fn from(&self, start: u64) -> Option<Bytes> {
        let skipped = usize::try_from(start.checked_sub(self.start)?).ok()?;
        (skipped < self.bytes.len()).then(|| self.bytes.slice(skipped..))
    }
}

impl ObjectSource {
    /// Fetches the end of an object, with its whole footer.
    pub(crate) fn open(object: &Object) -> Result<Self, ObjectError> {
        let opening = object.clone();
        let (version, footer) = wait(async move { fetch_footer(&opening).await })??;
        let (object, version) = (object.clone(), Arc::new(version));
        Ok(Self { object, version, footer, pieces: Arc::new([]), kept: Arc::default() })
    }

    pub(crate) fn len(&self) -> u64 {
        self.version.size
    }

    /// A source that has these ranges at hand: what is not there already is fetched.
    pub(crate) fn fetch(&self, ranges: Vec<Range<u64>>) -> Result<Self, ObjectError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (mut pieces, mut missing): (Vec<Piece>, Vec<Range<u64>>) = (Vec::new(), Vec::new());
        for range in ranges {
            match kept.iter().find(|piece| piece.holds(&range)) {
                Some(piece) if pieces.last().is_some_and(|last| last.start == piece.start) => {}
                Some(piece) => pieces.push(piece.clone()),
                None if self.footer.holds(&range) || range.is_empty() => {}
                None => missing.push(range),
            }
        }
        let missing = coalesce(missing);
        if !missing.is_empty() {
            let (object, version) = (self.object.clone(), Arc::clone(&self.version));
            let fetched = wait(async move {
                let pieces = stream::iter(missing).map(|range| fetch_piece(&object, &version, range));
                pieces.buffer_unordered(REQUESTS_AT_ONCE).try_collect::<Vec<_>>().await
            })??;
            pieces.extend(fetched);
        }
        pieces.sort_by_key(|piece| piece.start);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = last_pieces(&pieces);
        Ok(Self { pieces: pieces.into(), ..self.clone() })
    }

    /// The bytes from there on that are at hand.
    pub(crate) fn bytes_from(&self, start: u64) -> Bytes {
        let pieces = self.pieces.iter().chain([&self.footer]);
        pieces.filter_map(|piece| piece.from(start)).max_by_key(Bytes::len).unwrap_or_default()
    }

    /// So many bytes from there on. The decoder stays within the chunks that the footer names; pages that say otherwise are
    /// damaged.
    pub(crate) fn bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = self.bytes_from(start);
        if bytes.len() < length {
            let reason = format!("{length} bytes at {start} reach past the end of their column");
            return Err(parquet::errors::ParquetError::EOF(reason));
        }
        Ok(bytes.slice(..length))
    }
}

/// The end of an object, and what the store says of it.
async fn fetch_footer(object: &Object) -> Result<(ObjectMeta, Piece), ObjectError> {
    let suffix = GetOptions { range: Some(GetRange::Suffix(TAIL_BYTES)), ..GetOptions::default() };
    let (version, mut tail) = match object.get(suffix).await {
        Ok(found) => {
            let version = found.meta.clone();
            let tail = read_piece(object, found, TAIL_BYTES).await?;
            (version, tail)
        }
        Err(error) if needs_a_range(object, &error) => {
            let version = object.head().await?;
            let range = version.size.saturating_sub(TAIL_BYTES)..version.size;
            let tail = fetch_piece(object, &version, range).await?;
            (version, tail)
        }
        Err(error) => return Err(object.error(&error)),
    };
    if tail.end() != version.size {
        return Err(ObjectError::Store { reason: "the server sent other bytes than asked for".to_owned() });
    }
    // A footer that claims to be larger than the object is no footer; whoever reads it says so.
    let start = footer_start(&tail, version.size).filter(|&start| start < tail.start);
    if let Some(start) = start {
        let before = fetch_piece(object, &version, start..tail.start).await?;
        tail = Piece { start, bytes: [before.bytes, tail.bytes].concat().into() };
    }
    Ok((version, tail))
}

/// Some servers know no ranges from the end, and an empty object has none: that is refused, or sent whole.
fn needs_a_range(object: &Object, error: &object_store::Error) -> bool {
    matches!(object.error(error), ObjectError::NoRanges) || error.to_string().contains("416")
}

/// Where the footer starts that this end of a file belongs to.
fn footer_start(tail: &Piece, size: u64) -> Option<u64> {
    let [a, b, c, d, magic @ ..] = tail.bytes.last_chunk::<8>()?;
    let length = u32::from_le_bytes([*a, *b, *c, *d]);
    let start = size.checked_sub(FOOTER_END_BYTES)?.checked_sub(u64::from(length))?;
    (magic == b"PAR1").then_some(start)
}

/// Fetches a range of an object, if that still is what it was.
async fn fetch_piece(object: &Object, version: &ObjectMeta, range: Range<u64>) -> Result<Piece, ObjectError> {
    if range.is_empty() {
        return Ok(Piece { start: range.start, bytes: Bytes::new() });
    }
    // A weak tag stands for what means the same, and matches nothing.
    let if_match = version.e_tag.clone().filter(|tag| !tag.starts_with("W/"));
    let options =
        GetOptions { range: Some(GetRange::Bounded(range.clone())), if_match, ..GetOptions::default() };
    let found = object.get(options).await.map_err(|error| match object.error(&error) {
        ObjectError::NotFound => ObjectError::Changed,
        error => error,
    })?;
    let same = (&found.meta.e_tag, found.meta.size) == (&version.e_tag, version.size)
        && found.meta.last_modified == version.last_modified;
    if !same {
        return Err(ObjectError::Changed);
    }
    let piece = read_piece(object, found, range.end - range.start).await?;
    if piece.holds(&range) { Ok(piece) } else { Err(ObjectError::Changed) }
}

/// Reads what a server sends, up to so many bytes. Memory is asked for as they come: a length is a claim until then.
async fn read_piece(
    object: &Object,
    found: object_store::GetResult,
    most: u64,
) -> Result<Piece, ObjectError> {
    let start = found.range.start;
    let bytes_of = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let (most, at_first) = (bytes_of(most), bytes_of(most.min(REQUEST_BYTES)));
    let mut bytes = BytesMut::new();
    let mut arriving = found.into_stream();
    while let Some(some) = arriving.next().await {
        let some = some.map_err(|error| object.error(&error))?;
        if bytes.capacity() == 0 {
            bytes.reserve(at_first);
        }
        if bytes.len() + some.len() > most {
            let reason = "the server sent more bytes than asked for".to_owned();
            return Err(ObjectError::Store { reason });
        }
        bytes.extend_from_slice(&some);
    }
    Ok(Piece { start, bytes: bytes.freeze() })
}

/// Puts ranges together that are near each other. Ranges that overlap always are one, so that no byte is fetched twice.
fn coalesce(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last)
                if range.start < last.end
                    || (range.start - last.end <= GAP_BYTES
                        && range.end.max(last.end) - last.start <= REQUEST_BYTES) =>
            {
                last.end = last.end.max(range.end);
            }
            _ => merged.push(range),
        }
    }
    merged
}

/// The last pieces, as many as may be kept: whoever goes on reading goes on there.
fn last_pieces(pieces: &[Piece]) -> Vec<Piece> {
    let mut room = KEPT_BYTES;
    let fits = |piece: &&Piece| {
        let rest = room.checked_sub(piece.bytes.len());
        room = rest.unwrap_or(0);
        rest.is_some()
    };
    pieces.iter().rev().take_while(fits).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(start: u64, len: usize) -> Piece {
        Piece { start, bytes: vec![0; len].into() }
    }

    /// Starts and ends of what becomes of ranges.
    fn coalesced(ranges: &[(u64, u64)]) -> Vec<(u64, u64)> {
        let ranges = ranges.iter().map(|&(start, end)| start..end).collect();
        coalesce(ranges).into_iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn near_ranges_become_one_and_far_ones_do_not() {
        let gap = GAP_BYTES;
        assert_eq!(coalesced(&[(20, 30), (0, 10), (10, 12)]), [(0, 30)]);
        assert_eq!(coalesced(&[(0, 10), (10 + gap, 20 + gap)]), [(0, 20 + gap)]);
        assert_eq!(coalesced(&[(0, 10), (11 + gap, 20 + gap)]), [(0, 10), (11 + gap, 20 + gap)]);
        assert_eq!(coalesced(&[]), []);
    }

    #[test]
    fn large_ranges_stay_apart_unless_they_overlap() {
        let large = REQUEST_BYTES;
        assert_eq!(coalesced(&[(0, large), (large, large + 10)]), [(0, large), (large, large + 10)]);
        assert_eq!(coalesced(&[(0, large), (5, large + 10), (0, 3)]), [(0, large + 10)]);
    }

    #[test]
    fn the_last_pieces_are_kept() {
        let pieces = [piece(0, 10), piece(100, KEPT_BYTES - 10), piece(1 << 40, 10)];
        let starts: Vec<u64> = last_pieces(&pieces).iter().map(|piece| piece.start).collect();
        assert_eq!(starts, [1 << 40, 100]);
        assert!(last_pieces(&[piece(0, KEPT_BYTES + 1)]).is_empty());
    }

    #[test]
    fn a_footer_is_found_only_within_the_object() {
        let tail = |length: u32, magic: &[u8]| {
            let bytes = [&[0; 10][..], &length.to_le_bytes(), magic].concat();
            Piece { start: 1_000 - 18, bytes: bytes.into() }
        };
        assert_eq!(footer_start(&tail(500, b"PAR1"), 1_000), Some(492));
        assert_eq!(footer_start(&tail(993, b"PAR1"), 1_000), None);
        assert_eq!(footer_start(&tail(500, b"PAR0"), 1_000), None);
        assert_eq!(footer_start(&piece(0, 7), 7), None);
    }

    #[test]
    fn bytes_come_from_the_piece_that_has_most() {
        let [short, long] = [piece(10, 5), piece(12, 20)];
        assert!(short.holds(&(10..15)) && !short.holds(&(10..16)));
        assert_eq!(short.from(14).map(|bytes| bytes.len()), Some(1));
        assert!(short.from(15).is_none() && long.from(11).is_none());
    }
}
