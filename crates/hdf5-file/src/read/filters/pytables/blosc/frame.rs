//! Frames of Blosc2: a header, one chunk, where the chunk is, and a trailer. With a layer "b2nd", the chunk is cut
//! into rectangles instead of lines.

use super::{Chunk, Content, Tools};
use crate::read::ReaderError;
use crate::read::filters::{invalid, room};

/// The header up to where layers begin.
const HEADER_BYTES: usize = 87;

/// A frame with its only chunk.
pub(in crate::read::filters::pytables) struct Frame<'a> {
    chunk: Chunk<'a>,
    grid: Option<Grid>,
}

/// Rectangles, in which values lie row by row; those at the right and lower edge are filled up.
struct Grid {
    rows: usize,
    line_bytes: usize,
    block_rows: usize,
    block_line_bytes: usize,
}

impl<'a> Frame<'a> {
    pub(in crate::read::filters::pytables) fn new(bytes: &'a [u8]) -> Result<Self, ReaderError> {
        let damaged = |what: &str| invalid(format!("a frame of Blosc2 {what}"));
        if bytes.len() < HEADER_BYTES || bytes[2..10] != *b"b2frame\0" {
            return Err(damaged("has no header"));
        }
        let header_bytes = Cursor(&bytes[11..]).u32()?;
        let frame_bytes = Cursor(&bytes[16..]).u64()?;
        let (len, stored) = (Cursor(&bytes[30..]).u64()?, Cursor(&bytes[39..]).u64()?);
        let (type_bytes, chunk_bytes) = (Cursor(&bytes[48..]).u32()?, Cursor(&bytes[58..]).u32()?);
        let bytes = bytes.get(..frame_bytes).ok_or_else(|| damaged("is cut off"))?;
        if len == 0 || len > chunk_bytes {
            return Err(ReaderError::UnsupportedFilter(
                "frames of Blosc2 without, or with several, chunks".to_owned(),
            ));
        }
        let chunks = bytes.get(header_bytes..).ok_or_else(|| damaged("is cut off"))?;
        let table = Chunk::new(chunks.get(stored..).ok_or_else(|| damaged("is cut off"))?)?;
        let mut position = [0; 8];
        if table.len != position.len() {
            return Err(damaged("has other chunks than it says"));
        }
        table.decode(0, &mut position, &mut Tools::default())?;
        let position = i64::from_le_bytes(position);
        let chunk = if let Ok(position) = usize::try_from(position) {
            Chunk::new(chunks.get(position..).ok_or_else(|| damaged("is cut off"))?)?
        } else {
            // A negative one says that all values are alike.
            let content = Content::special(position.to_be_bytes()[0] & 7, type_bytes, &[])?;
            Chunk { bytes: &[], len, type_bytes, content }
        };
        if chunk.len != len {
            return Err(damaged("has a chunk of another length"));
        }
        let grid = match layer(bytes, header_bytes)? {
            Some(layer) => Some(Grid::new(layer, type_bytes, &chunk)?),
            None => None,
        };
        Ok(Self { chunk, grid })
    }

    /// Bytes of its values.
    pub(in crate::read::filters::pytables) fn len(&self) -> usize {
        // The product was found to be less than a chunk has.
        self.grid.as_ref().map_or(self.chunk.len, |grid| grid.rows * grid.line_bytes)
    }

    /// Decodes the part that begins at `start`: whole rows.
    pub(in crate::read::filters::pytables) fn decode(
        &self,
        start: usize,
        target: &mut [u8],
        tools: &mut Tools,
    ) -> Result<(), ReaderError> {
        let Some(grid) = &self.grid else { return self.chunk.decode(start, target, tools) };
        let line = grid.line_bytes;
        if !start.is_multiple_of(line)
            || !target.len().is_multiple_of(line)
            || start + target.len() > self.len()
        {
            return Err(invalid("a chunk of Blosc2 has other rows than the dataset"));
        }
        let mut block = std::mem::take(&mut tools.block);
        let decoded = grid.decode(&self.chunk, start / line, target, &mut block, tools);
        tools.block = block;
        decoded
    }
}

impl Grid {
    /// From the content of a layer.
    fn new(layer: &[u8], type_bytes: usize, chunk: &Chunk<'_>) -> Result<Self, ReaderError> {
        let impossible = || invalid("a chunk of Blosc2 has an impossible shape");
        let mut layer = Cursor(layer);
        let [_, _, axes] = layer.take()?;
        if !(1..=2).contains(&axes) {
            return Err(ReaderError::UnsupportedFilter(format!("chunks of Blosc2 with {axes} axes")));
        }
        let shape = layer.lengths(axes, Cursor::u64)?;
        let chunk_shape = layer.lengths(axes, Cursor::u32)?;
        let block = layer.lengths(axes, Cursor::u32)?;
        if shape != chunk_shape {
            return Err(ReaderError::UnsupportedFilter("frames of Blosc2 with several chunks".to_owned()));
        }
        let bytes = |[rows, columns]: [usize; 2]| rows.checked_mul(columns)?.checked_mul(type_bytes);
        let whole = |axis: usize| shape[axis].checked_next_multiple_of(block[axis]);
        let padded = (|| bytes([whole(0)?, whole(1)?]))();
        if shape.contains(&0) || block.contains(&0) || padded != Some(chunk.len) {
            return Err(impossible());
        }
        if matches!(&chunk.content, Content::Blocks(blocks) if Some(blocks.block_bytes) != bytes(block)) {
            return Err(impossible());
        }
        Ok(Self {
            rows: shape[0],
            line_bytes: shape[1] * type_bytes,
            block_rows: block[0],
            block_line_bytes: block[1] * type_bytes,
        })
    }

    fn decode(
        &self,
        chunk: &Chunk<'_>,
        first: usize,
        target: &mut [u8],
        block: &mut Vec<u8>,
        tools: &mut Tools,
    ) -> Result<(), ReaderError> {
        let (line, block_line) = (self.line_bytes, self.block_line_bytes);
        let across = line.div_ceil(block_line);
        let end = first + target.len() / line;
        let block_bytes = self.block_rows * block_line;
        if block_bytes > super::MAX_BLOCK_BYTES {
            return Err(invalid(format!("a chunk of Blosc2 has blocks of {block_bytes} bytes")));
        }
        let block = room(block, block_bytes)?;
        for down in first / self.block_rows..end.div_ceil(self.block_rows) {
            let top = down * self.block_rows;
            let rows = first.max(top)..end.min(top + self.block_rows);
            for column in 0..across {
                chunk.decode((down * across + column) * block_bytes, block, tools)?;
                let left = column * block_line;
                let width = block_line.min(line - left);
                for row in rows.clone() {
                    target[(row - first) * line + left..][..width]
                        .copy_from_slice(&block[(row - top) * block_line..][..width]);
                }
            }
        }
        Ok(())
    }
}

/// The content of the layer that gives a shape, if there is one.
fn layer(frame: &[u8], header_bytes: usize) -> Result<Option<&[u8]>, ReaderError> {
    let header = frame.get(..header_bytes).filter(|header| header.len() >= HEADER_BYTES);
    let header = header.ok_or_else(|| invalid("a frame of Blosc2 has no header"))?;
    let mut layers = Cursor(&header[HEADER_BYTES..]);
    let [_, _, _, _, _, high, low] = layers.take()?;
    for _ in 0..u16::from_be_bytes([high, low]) {
        let [kind] = layers.take()?;
        let name = layers.bytes(usize::from(kind & 31))?;
        let [_] = layers.take()?;
        let position = layers.u32()?;
        // Its name before it was one of Blosc's own.
        if name == b"b2nd" || name == b"caterva" {
            let mut content = Cursor(header.get(position..).unwrap_or_default());
            let [_] = content.take()?;
            let len = content.u32()?;
            return content.bytes(len).map(Some);
        }
    }
    Ok(None)
}

/// Numbers as `MessagePack` stores them: the highest byte first.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn bytes(&mut self, len: usize) -> Result<&'a [u8], ReaderError> {
        let (bytes, rest) =
            self.0.split_at_checked(len).ok_or_else(|| invalid("a header of Blosc2 is cut off"))?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A length for each axis, of at most two.
    fn lengths(
        &mut self,
        axes: u8,
        read: fn(&mut Self) -> Result<usize, ReaderError>,
    ) -> Result<[usize; 2], ReaderError> {
        // How many lengths there are, and what kind of number each is, is a byte each.
        let [_] = self.take()?;
        let mut found = [1; 2];
        for length in found.iter_mut().take(usize::from(axes)) {
            let [_] = self.take()?;
            *length = read(self)?;
        }
        Ok(found)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ReaderError> {
        let mut found = [0; N];
        found.copy_from_slice(self.bytes(N)?);
        Ok(found)
    }

    fn u32(&mut self) -> Result<usize, ReaderError> {
        Ok(u32::from_be_bytes(self.take()?) as usize)
    }

    fn u64(&mut self) -> Result<usize, ReaderError> {
        Ok(usize::try_from(u64::from_be_bytes(self.take()?)).unwrap_or(usize::MAX))
    }
}
