//! A file of several tracks and attachments.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::ebml::{self, id};
use super::track::{Packet, TIMESTAMP_SCALE, Track};

/// A small file in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attachment<'a> {
    pub(crate) name: &'a str,
    pub(crate) media_type: &'a str,
    pub(crate) bytes: &'a [u8],
}

/// What the file is called the work of. No version: the same tracks give the same file.
const APP: &[u8] = b"vidpack";

/// From how many bytes on a cluster is full, and how many milliseconds of it there may be. Blocks count from the beginning of their
/// cluster in 16 bits with a sign.
const CLUSTER_BYTES: usize = 4 << 20;
const CLUSTER_TIME: u64 = 30_000;

/// How many tracks there may be: their numbers take one byte.
pub(crate) const MAX_TRACKS: usize = 126;

/// How many bytes the length of a segment has: it is written when the segment is there.
const LENGTH_WIDTH: usize = 8;

/// Puts the tracks of files that ffmpeg wrote into an empty file, with attachments. Gives the number of blocks of each track.
///
/// Blocks stand in the order of time. Where a track begins afresh, and so can be decoded from, a cluster begins, so that a
/// search in any of the tracks finds the place for all.
pub(crate) fn join(
    tracks: &[impl AsRef<Path>],
    to: File,
    attachments: &[Attachment<'_>],
) -> io::Result<Vec<u64>> {
    if tracks.is_empty() || tracks.len() > MAX_TRACKS {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no tracks, or too many"));
    }
    let mut tracks = tracks.iter().map(|path| Track::open(path.as_ref())).collect::<io::Result<Vec<_>>>()?;
    let mut file = Joined::create(to, &tracks, attachments)?;
    let mut cluster = Cluster::default();
    let mut counts = vec![0_u64; tracks.len()];
    let mut follows_keyframe = vec![false; tracks.len()];
    while let Some((earliest, packet)) = earliest(&tracks) {
        let begins = |(track, follows): (&Track, &bool)| {
            // A track of keyframes only can be decoded from anywhere.
            !follows && track.peek().is_some_and(|next| next.keyframe && next.time == packet.time)
        };
        let is_later = cluster.newest.is_some_and(|newest| newest < packet.time);
        if !cluster.takes(packet.time) || (is_later && tracks.iter().zip(&follows_keyframe).any(begins)) {
            file.end_cluster(&mut cluster)?;
        }
        let time = cluster.admit(earliest, &packet)?;
        tracks[earliest].take(number(earliest), time, &mut cluster.blocks)?;
        follows_keyframe[earliest] = packet.keyframe;
        counts[earliest] += 1;
    }
    file.end_cluster(&mut cluster)?;
    file.finish()?;
    Ok(counts)
}

/// The earliest block; of those at the same time, that of the first track.
fn earliest(tracks: &[Track]) -> Option<(usize, Packet)> {
    let next = tracks.iter().enumerate().filter_map(|(number, track)| Some((number, track.peek()?)));
    next.min_by_key(|(number, _)| tracks[*number].order)
}

/// What stands in the blocks of a track: numbers are counted from 1.
#[expect(clippy::cast_possible_truncation, reason = "there are at most 126 tracks")]
fn number(track: usize) -> u8 {
    track as u8 + 1
}

/// A file that is being written.
struct Joined {
    file: File,
    /// Where the segment's content begins: positions count from here.
    origin: u64,
    position: u64,
    /// Where each element is that one may look for.
    found: Vec<(u32, u64)>,
    cues: Vec<u8>,
}

impl Joined {
    fn create(to: File, tracks: &[Track], attachments: &[Attachment<'_>]) -> io::Result<Self> {
        let mut start = Vec::new();
        ebml_head(&mut start);
        ebml::put_head(&mut start, id::SEGMENT, 0, LENGTH_WIDTH);
        let origin = start.len() as u64;
        let mut joined = Self { file: to, origin, position: 0, found: Vec::new(), cues: Vec::new() };
        joined.write(&start)?;
        // Written over when it is known what stands where.
        joined.write(&seek_head(&[]))?;
        let duration = tracks.iter().map(|track| track.duration).fold(0.0, f64::max);
        joined.element(id::INFO, &info(duration))?;
        joined.element(id::TRACKS, &descriptions(tracks)?)?;
        if !attachments.is_empty() {
            joined.element(id::ATTACHMENTS, &attached(attachments))?;
        }
        Ok(joined)
    }

    /// Writes a cluster, and leaves it empty.
    fn end_cluster(&mut self, cluster: &mut Cluster) -> io::Result<()> {
        let Some(start) = cluster.start.take() else { return Ok(()) };
        let at = self.position - self.origin;
        for (track, time) in cluster.cues.drain(..) {
            let (mut point, mut place) = (Vec::new(), Vec::new());
            ebml::put_unsigned(&mut place, id::CUE_TRACK, u64::from(number(track)));
            ebml::put_unsigned(&mut place, id::CUE_CLUSTER_POSITION, at);
            ebml::put_unsigned(&mut point, id::CUE_TIME, time);
            ebml::put(&mut point, id::CUE_TRACK_POSITIONS, &place);
            ebml::put(&mut self.cues, id::CUE_POINT, &point);
        }
        let (mut head, mut time) = (Vec::new(), Vec::new());
        ebml::put_unsigned(&mut time, id::TIMESTAMP, start);
        let length = (time.len() + cluster.blocks.len()) as u64;
        ebml::put_head(&mut head, id::CLUSTER, length, ebml::width(length));
        head.append(&mut time);
        self.write(&head)?;
        self.write(&cluster.blocks)?;
        cluster.blocks.clear();
        cluster.newest = None;
        Ok(())
    }

    /// Writes what is known only at the end.
    fn finish(mut self) -> io::Result<()> {
        let cues = std::mem::take(&mut self.cues);
        if !cues.is_empty() {
            self.element(id::CUES, &cues)?;
        }
        let length = self.position - self.origin;
        let mut segment = Vec::new();
        ebml::put_head(&mut segment, id::SEGMENT, length, LENGTH_WIDTH);
        segment.extend(seek_head(&self.found));
        self.file.seek(SeekFrom::Start(self.origin - SEGMENT_HEAD))?;
        self.file.write_all(&segment)
    }

    fn element(&mut self, id: u32, content: &[u8]) -> io::Result<()> {
        self.found.push((id, self.position - self.origin));
        let mut bytes = Vec::with_capacity(content.len() + 12);
        ebml::put(&mut bytes, id, content);
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.position += bytes.len() as u64;
        Ok(())
    }
}

/// Bytes of the head of a segment: its number, and its length.
const SEGMENT_HEAD: u64 = 4 + LENGTH_WIDTH as u64;

/// Blocks that are about to be written.
#[derive(Default)]
struct Cluster {
    /// The time that blocks count from: that of the first.
    start: Option<u64>,
    /// The latest time of a block.
    newest: Option<u64>,
    blocks: Vec<u8>,
    /// Each track's first keyframe.
    cues: Vec<(usize, u64)>,
}

impl Cluster {
    fn takes(&self, time: u64) -> bool {
        let near = |start: u64| time.abs_diff(start) < CLUSTER_TIME;
        self.start.is_none_or(near) && self.blocks.len() < CLUSTER_BYTES
    }

    /// Notes a block that is about to come, and gives its time from the start.
    fn admit(&mut self, track: usize, packet: &Packet) -> io::Result<i16> {
        let time = packet.time;
        if packet.keyframe && self.cues.iter().all(|(other, _)| *other != track) {
            self.cues.push((track, time));
        }
        self.newest = self.newest.max(Some(time));
        let by = time.cast_signed().wrapping_sub(self.start.get_or_insert(time).cast_signed());
        i16::try_from(by).map_err(|_| ebml::damaged("blocks that are far out of order"))
    }
}

fn ebml_head(out: &mut Vec<u8>) {
    let mut content = Vec::new();
    for (id, number) in [
        (id::EBML_VERSION, 1),
        (id::EBML_READ_VERSION, 1),
        (id::EBML_MAX_ID_LENGTH, 4),
        (id::EBML_MAX_SIZE_LENGTH, 8),
    ] {
        ebml::put_unsigned(&mut content, id, number);
    }
    ebml::put(&mut content, id::DOC_TYPE, b"matroska");
    ebml::put_unsigned(&mut content, id::DOC_TYPE_VERSION, 4);
    ebml::put_unsigned(&mut content, id::DOC_TYPE_READ_VERSION, 2);
    ebml::put(out, id::EBML, &content);
}

/// Where the elements are that one wants to find. It takes as many bytes whatever is there.
fn seek_head(found: &[(u32, u64)]) -> Vec<u8> {
    /// Bytes of an entry, and of the head around them.
    const ENTRY: usize = 21;
    const HEAD: usize = 5;
    let mut content = Vec::new();
    for (id, at) in found {
        let mut seek = Vec::new();
        ebml::put(&mut seek, id::SEEK_ID, &id.to_be_bytes());
        ebml::put(&mut seek, id::SEEK_POSITION, &at.to_be_bytes());
        ebml::put(&mut content, id::SEEK, &seek);
    }
    let mut head = Vec::new();
    if !content.is_empty() {
        ebml::put(&mut head, id::SEEK_HEAD, &content);
    }
    let left = HEAD + MOST_FOUND * ENTRY + VOID_HEAD - head.len();
    ebml::put(&mut head, id::VOID, &vec![0; left - VOID_HEAD]);
    head
}

/// How many elements one finds without reading what stands before them: information, tracks, attachments, cues.
const MOST_FOUND: usize = 4;

/// Bytes of the head of an element that says nothing.
const VOID_HEAD: usize = 2;

fn info(duration: f64) -> Vec<u8> {
    let mut content = Vec::new();
    ebml::put_unsigned(&mut content, id::TIMESTAMP_SCALE, TIMESTAMP_SCALE);
    ebml::put(&mut content, id::MUXING_APP, APP);
    ebml::put(&mut content, id::WRITING_APP, APP);
    ebml::put(&mut content, id::DURATION, &duration.to_be_bytes());
    content
}

/// The descriptions of tracks, with numbers of their own. The first is what a player shows.
fn descriptions(tracks: &[Track]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    for (track, description) in tracks.iter().map(|track| &track.description).enumerate() {
        let mut entry = Vec::new();
        let number = u64::from(number(track));
        ebml::put_unsigned(&mut entry, id::TRACK_NUMBER, number);
        ebml::put_unsigned(&mut entry, id::TRACK_UID, number);
        ebml::put_unsigned(&mut entry, id::FLAG_DEFAULT, u64::from(track == 0));
        for element in ebml::elements(description) {
            let (id, bytes) = element?;
            if !matches!(id, id::TRACK_NUMBER | id::TRACK_UID | id::FLAG_DEFAULT) {
                ebml::put(&mut entry, id, bytes);
            }
        }
        ebml::put(&mut content, id::TRACK_ENTRY, &entry);
    }
    Ok(content)
}

fn attached(attachments: &[Attachment<'_>]) -> Vec<u8> {
    let mut content = Vec::new();
    for (Attachment { name, media_type, bytes }, number) in attachments.iter().zip(1..) {
        let mut file = Vec::new();
        ebml::put(&mut file, id::FILE_NAME, name.as_bytes());
        ebml::put(&mut file, id::FILE_MEDIA_TYPE, media_type.as_bytes());
        ebml::put(&mut file, id::FILE_DATA, bytes);
        ebml::put_unsigned(&mut file, id::FILE_UID, number);
        ebml::put(&mut content, id::ATTACHED_FILE, &file);
    }
    content
}
