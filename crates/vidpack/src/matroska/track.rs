//! The one track of a file, block by block.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::ebml::{self, Head, damaged, id};

/// What ffmpeg counts time in: milliseconds.
pub(super) const TIMESTAMP_SCALE: u64 = 1_000_000;

/// The most that the description of a track takes. Most have a few hundred bytes.
const MAX_DESCRIPTION: u64 = 1 << 20;

/// A file with one track, being read from its beginning.
#[derive(Debug)]
pub(super) struct Track {
    file: BufReader<File>,
    /// Where the file ends.
    end: u64,
    position: u64,
    /// The elements that describe it.
    pub(super) description: Vec<u8>,
    /// Of the whole, in milliseconds.
    pub(super) duration: f64,
    cluster_time: u64,
    next: Option<Packet>,
    /// The time by which blocks of several tracks are put in order: it never falls, while those of frames that were coded out
    /// of order do.
    pub(super) order: u64,
}

/// A block of a track that is about to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet {
    /// Milliseconds.
    pub(super) time: u64,
    pub(super) keyframe: bool,
    /// Its bytes, without the track and the time before them.
    pub(super) bytes: u64,
    flags: u8,
    /// What of the group stands behind the block: nothing that is needed.
    skipped: u64,
}

impl Track {
    /// Opens a file that ffmpeg wrote, and reads up to its first block.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let end = file.metadata()?.len();
        let mut track = Self {
            file: BufReader::with_capacity(1 << 16, file),
            end,
            position: 0,
            description: Vec::new(),
            duration: 0.0,
            cluster_time: 0,
            next: None,
            order: 0,
        };
        let first = track.head()?.filter(|head| head.id == id::EBML);
        let first = first.ok_or_else(|| damaged("it does not begin as Matroska does"))?;
        track.skip(first.length)?;
        track.advance()?;
        if track.description.is_empty() {
            return Err(damaged("it describes no track"));
        }
        Ok(track)
    }

    /// The block that comes next; none at the end.
    pub(super) fn peek(&self) -> Option<Packet> {
        self.next
    }

    /// Appends the block that comes next, as one of another track and a time of its own.
    pub(super) fn take(&mut self, number: u8, time: i16, out: &mut Vec<u8>) -> io::Result<()> {
        let Some(packet) = self.next.take() else { return Ok(()) };
        let length = packet.bytes + 4;
        ebml::put_head(out, id::SIMPLE_BLOCK, length, ebml::width(length));
        out.push(0x80 | number);
        out.extend_from_slice(&time.to_be_bytes());
        out.push(packet.flags);
        let read = (&mut self.file).take(packet.bytes).read_to_end(out)?;
        if read as u64 != packet.bytes {
            return Err(damaged("it ends within a block"));
        }
        self.position += packet.bytes;
        self.skip(packet.skipped)?;
        self.advance()
    }

    /// Reads up to the next block. Segments and clusters are gone into, whatever else is not known here is passed over.
    fn advance(&mut self) -> io::Result<()> {
        while let Some(head) = self.head()? {
            match head.id {
                id::SEGMENT | id::CLUSTER => {}
                id::INFO => self.info(head)?,
                id::TRACKS => self.tracks(head)?,
                id::TIMESTAMP => {
                    let bytes = self.content(head)?;
                    self.cluster_time = ebml::unsigned(&bytes)?;
                }
                id::SIMPLE_BLOCK => return self.block(head.length, None, 0),
                id::BLOCK_GROUP => return self.group(head),
                _ => self.skip(head.length)?,
            }
        }
        self.next = None;
        Ok(())
    }

    fn info(&mut self, head: Head) -> io::Result<()> {
        let content = self.content(head)?;
        for element in ebml::elements(&content) {
            let (id, bytes) = element?;
            match id {
                id::TIMESTAMP_SCALE if ebml::unsigned(bytes)? != TIMESTAMP_SCALE => {
                    return Err(damaged("it does not count in milliseconds"));
                }
                id::DURATION => {
                    self.duration = match bytes.first_chunk() {
                        Some(bytes) => f64::from_be_bytes(*bytes),
                        None => {
                            bytes.first_chunk().map_or(0.0, |bytes| f64::from(f32::from_be_bytes(*bytes)))
                        }
                    };
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn tracks(&mut self, head: Head) -> io::Result<()> {
        let content = self.content(head)?;
        for element in ebml::elements(&content) {
            let (id, bytes) = element?;
            if id == id::TRACK_ENTRY {
                if !self.description.is_empty() {
                    return Err(damaged("it has more than one track"));
                }
                bytes.clone_into(&mut self.description);
            }
        }
        Ok(())
    }

    /// A block with what is said about it, of which only matters whether it is a keyframe.
    fn group(&mut self, head: Head) -> io::Result<()> {
        let start = self.position;
        let end = start.saturating_add(head.length);
        let (mut block, mut keyframe) = (None, true);
        while self.position < end {
            let inner = self.head()?.ok_or_else(|| damaged("it ends within a group"))?;
            keyframe &= inner.id != id::REFERENCE_BLOCK;
            if inner.id == id::BLOCK {
                block = Some((self.position, inner.length));
            }
            self.skip(inner.length)?;
        }
        let (at, length) = block.ok_or_else(|| damaged("a group without a block"))?;
        let back = i64::try_from(self.position - at).map_err(|_| damaged("a group that is too long"))?;
        self.file.seek_relative(-back)?;
        self.position = at;
        self.block(length, Some(keyframe), end.saturating_sub(at.saturating_add(length)))
    }

    /// The head of a block. Those in groups say otherwise whether they are keyframes.
    fn block(&mut self, length: u64, keyframe: Option<bool>, skipped: u64) -> io::Result<()> {
        const KEYFRAME: u8 = 0x80;
        const LACING: u8 = 0x06;
        let mut bytes = [0; 4];
        self.file.read_exact(&mut bytes)?;
        self.position += 4;
        let [track, high, low, flags] = bytes;
        let left = length.checked_sub(4).filter(|left| *left <= self.end.saturating_sub(self.position));
        let (Some(bytes), 0x81..) = (left, track) else { return Err(damaged("a block that is none")) };
        if flags & LACING != 0 {
            return Err(damaged("several frames in a block"));
        }
        let keyframe = keyframe.unwrap_or(flags & KEYFRAME != 0);
        let flags = if keyframe { flags | KEYFRAME } else { flags & !KEYFRAME };
        let time = self.cluster_time.checked_add_signed(i64::from(i16::from_be_bytes([high, low])));
        let time = time.ok_or_else(|| damaged("a block before the beginning"))?;
        self.order = self.order.max(time);
        self.next = Some(Packet { time, keyframe, bytes, flags, skipped });
        Ok(())
    }

    fn head(&mut self) -> io::Result<Option<Head>> {
        let mut counted = Counted { from: &mut self.file, count: 0 };
        let head = ebml::head(&mut counted)?;
        self.position += counted.count;
        Ok(head)
    }

    fn content(&mut self, head: Head) -> io::Result<Vec<u8>> {
        if head.length > MAX_DESCRIPTION {
            return Err(damaged("a description that is too long"));
        }
        let mut content = Vec::new();
        (&mut self.file).take(head.length).read_to_end(&mut content)?;
        if content.len() as u64 != head.length {
            return Err(damaged("it ends within an element"));
        }
        self.position += head.length;
        Ok(content)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.position = self.position.saturating_add(bytes);
        if self.position > self.end {
            return Err(damaged("it ends within an element"));
        }
        match i64::try_from(bytes) {
            Ok(bytes) => self.file.seek_relative(bytes),
            Err(_) => self.file.seek(SeekFrom::Start(self.position)).map(drop),
        }
    }
}

/// Counts what is read.
struct Counted<'f> {
    from: &'f mut BufReader<File>,
    count: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}
