//! Elements: a number, a length and bytes.

use std::io::{self, Read};

/// Numbers of elements.
pub(super) mod id {
    pub(in super::super) const EBML: u32 = 0x1a45_dfa3;
    pub(in super::super) const EBML_VERSION: u32 = 0x4286;
    pub(in super::super) const EBML_READ_VERSION: u32 = 0x42f7;
    pub(in super::super) const EBML_MAX_ID_LENGTH: u32 = 0x42f2;
    pub(in super::super) const EBML_MAX_SIZE_LENGTH: u32 = 0x42f3;
    pub(in super::super) const DOC_TYPE: u32 = 0x4282;
    pub(in super::super) const DOC_TYPE_VERSION: u32 = 0x4287;
    pub(in super::super) const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    pub(in super::super) const SEGMENT: u32 = 0x1853_8067;
    pub(in super::super) const SEEK_HEAD: u32 = 0x114d_9b74;
    pub(in super::super) const SEEK: u32 = 0x4dbb;
    pub(in super::super) const SEEK_ID: u32 = 0x53ab;
    pub(in super::super) const SEEK_POSITION: u32 = 0x53ac;
    pub(in super::super) const INFO: u32 = 0x1549_a966;
    pub(in super::super) const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
    pub(in super::super) const DURATION: u32 = 0x4489;
    pub(in super::super) const MUXING_APP: u32 = 0x4d80;
    pub(in super::super) const WRITING_APP: u32 = 0x5741;
    pub(in super::super) const TRACKS: u32 = 0x1654_ae6b;
    pub(in super::super) const TRACK_ENTRY: u32 = 0xae;
    pub(in super::super) const TRACK_NUMBER: u32 = 0xd7;
    pub(in super::super) const TRACK_UID: u32 = 0x73c5;
    pub(in super::super) const FLAG_DEFAULT: u32 = 0x88;
    pub(in super::super) const ATTACHMENTS: u32 = 0x1941_a469;
    pub(in super::super) const ATTACHED_FILE: u32 = 0x61a7;
    pub(in super::super) const FILE_NAME: u32 = 0x466e;
    pub(in super::super) const FILE_MEDIA_TYPE: u32 = 0x4660;
    pub(in super::super) const FILE_DATA: u32 = 0x465c;
    pub(in super::super) const FILE_UID: u32 = 0x46ae;
    pub(in super::super) const CLUSTER: u32 = 0x1f43_b675;
    pub(in super::super) const TIMESTAMP: u32 = 0xe7;
    pub(in super::super) const SIMPLE_BLOCK: u32 = 0xa3;
    pub(in super::super) const BLOCK_GROUP: u32 = 0xa0;
    pub(in super::super) const BLOCK: u32 = 0xa1;
    pub(in super::super) const REFERENCE_BLOCK: u32 = 0xfb;
    pub(in super::super) const VOID: u32 = 0xec;
    pub(in super::super) const CUES: u32 = 0x1c53_bb6b;
    pub(in super::super) const CUE_POINT: u32 = 0xbb;
    pub(in super::super) const CUE_TIME: u32 = 0xb3;
    pub(in super::super) const CUE_TRACK_POSITIONS: u32 = 0xb7;
    pub(in super::super) const CUE_TRACK: u32 = 0xf7;
    pub(in super::super) const CUE_CLUSTER_POSITION: u32 = 0xf1;
}

/// The head of an element: its number and the length of what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) id: u32,
    pub(super) length: u64,
}

/// Reads a head; none at the end.
pub(super) fn head(from: &mut impl Read) -> io::Result<Option<Head>> {
    let mut first = [0];
    if from.read(&mut first)? == 0 {
        return Ok(None);
    }
    let width = first[0].leading_zeros() as usize + 1;
    if width > 4 {
        return Err(damaged("no number of an element"));
    }
    let id = rest(from, u64::from(first[0]), width)?;
    let length = length(from)?;
    Ok(Some(Head { id: u32::try_from(id).unwrap_or(0), length }))
}

/// The lengths of heads that stand in memory, with what follows each.
pub(super) fn elements(bytes: &[u8]) -> impl Iterator<Item = io::Result<(u32, &[u8])>> {
    let mut left = bytes;
    std::iter::from_fn(move || {
        let next = head(&mut left).transpose()?;
        let element = next.and_then(|head| {
            let split = usize::try_from(head.length).ok().and_then(|length| left.split_at_checked(length));
            let (own, after) = split.ok_or_else(|| damaged("an element longer than what it stands in"))?;
            left = after;
            Ok((head.id, own))
        });
        if element.is_err() {
            left = &[];
        }
        Some(element)
    })
}

/// A number of up to eight bytes, the highest first.
pub(super) fn unsigned(bytes: &[u8]) -> io::Result<u64> {
    if bytes.len() > 8 {
        return Err(damaged("a number of more than eight bytes"));
    }
    Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// A length. What is written as a stream has some that say nothing; what ffmpeg wrote to a file has none.
fn length(from: &mut impl Read) -> io::Result<u64> {
    let mut first = [0];
    from.read_exact(&mut first)?;
    let width = first[0].leading_zeros() as usize + 1;
    if width > 8 {
        return Err(damaged("no length of an element"));
    }
    let marker = 0x80_u8 >> (width - 1);
    let length = rest(from, u64::from(first[0] & (marker - 1)), width)?;
    if length == (1 << (7 * width)) - 1 {
        return Err(damaged("an element of unknown length"));
    }
    Ok(length)
}

fn rest(from: &mut impl Read, first: u64, width: usize) -> io::Result<u64> {
    let mut bytes = [0; 7];
    let bytes = &mut bytes[..width - 1];
    from.read_exact(bytes)?;
    Ok(bytes.iter().fold(first, |number, byte| number << 8 | u64::from(*byte)))
}

/// Appends a head. `width` is how many bytes its length has.
pub(super) fn put_head(out: &mut Vec<u8>, id: u32, length: u64, width: usize) {
    let bytes = id.to_be_bytes();
    out.extend_from_slice(&bytes[id.leading_zeros() as usize / 8..]);
    let length = length | 1 << (7 * width);
    out.extend_from_slice(&length.to_be_bytes()[8 - width..]);
}

/// Appends an element. Its length takes as many bytes as it needs.
pub(super) fn put(out: &mut Vec<u8>, id: u32, content: &[u8]) {
    put_head(out, id, content.len() as u64, width(content.len() as u64));
    out.extend_from_slice(content);
}

/// Appends an element that holds a number.
pub(super) fn put_unsigned(out: &mut Vec<u8>, id: u32, number: u64) {
    let bytes = number.to_be_bytes();
    put(out, id, &bytes[(number.leading_zeros() as usize / 8).min(7)..]);
}

/// How many bytes a length takes. All ones would be an unknown one.
pub(super) fn width(length: u64) -> usize {
    (1..8).find(|width| length < (1 << (7 * width)) - 1).unwrap_or(8)
}

/// What is no Matroska, or not such as ffmpeg writes.
pub(super) fn damaged(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_every_width_come_back() {
        for number in [id::SIMPLE_BLOCK, id::DOC_TYPE, id::TIMESTAMP_SCALE, id::CLUSTER] {
            for length in [0, 1, 126, 127, 128, 16_382, 16_383, 1 << 21, 1 << 35, (1 << 56) - 2] {
                let mut bytes = Vec::new();
                put_head(&mut bytes, number, length, width(length));
                assert_eq!(head(&mut &bytes[..]).unwrap(), Some(Head { id: number, length }));
                for cut in 1..bytes.len() {
                    assert!(head(&mut &bytes[..cut]).is_err(), "{cut} bytes of {bytes:02x?}");
                }
            }
        }
    }

    #[test]
    fn elements_that_claim_more_than_there_is_are_an_error_and_the_last() {
        let mut bytes = Vec::new();
        put_unsigned(&mut bytes, id::TRACK_NUMBER, 7);
        put_head(&mut bytes, id::FILE_DATA, 1 << 40, 8);
        let found: Vec<_> = elements(&bytes).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].as_ref().unwrap(), &(id::TRACK_NUMBER, &[7][..]));
        assert!(found[1].is_err());
    }

    #[test]
    fn numbers_take_no_more_bytes_than_they_need() {
        for (number, bytes) in [(0, 1), (255, 1), (256, 2), (u64::MAX, 8)] {
            let mut out = Vec::new();
            put_unsigned(&mut out, id::CUE_TIME, number);
            assert_eq!(out.len(), 2 + bytes);
            assert_eq!(unsigned(&out[2..]).unwrap(), number);
        }
        assert!(unsigned(&[0; 9]).is_err());
    }
}
