//! Datasets, read in slabs of whole rows.

use std::ops::Range;
use std::sync::OnceLock;

use hdf5_reader::chunk_index::ChunkEntry;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::dataspace::DataspaceType;
use hdf5_reader::messages::filter_pipeline::FilterDescription;
use hdf5_reader::messages::layout::DataLayout;

use super::chunks::{ChunkGrid, ChunkList, MAX_CHUNK_BYTES, Scratch, Visitor, Walk};
use super::filters::Filters;
use super::{Attributes, Element, File, ReaderError, unsupported};
use crate::{ReadError, ReadErrorKind};

/// How much of a contiguous dataset is read at once where the file is not in memory.
const SLAB_BYTES: usize = 1 << 20;

/// A dataset. A row of it is everything at one position of its first axis.
pub struct Dataset {
    file: File,
    inner: hdf5_reader::Dataset,
    name: String,
    element: Element,
    element_bytes: usize,
    row_bytes: usize,
    /// Whether it holds nothing and never will.
    is_null: bool,
    layout: Layout,
    chunks: OnceLock<ChunkList>,
}

enum Layout {
    Compact(Vec<u8>),
    Contiguous { address: u64, size: u64 },
    Chunked(ChunkGrid),
}

impl Dataset {
    pub(super) fn new(file: File, dataset: hdf5_reader::Dataset, name: String) -> Result<Self, ReadError> {
        let damaged = |error| file.damaged(&name, error);
        let header = file.0.file.get_or_parse_header(dataset.address()).map_err(damaged)?;
        let (mut layout, mut is_null) = (None, false);
        let mut filters: &[FilterDescription] = &[];
        for message in &header.messages {
            match message {
                HdfMessage::Dataspace(space) => is_null = space.dataspace_type == DataspaceType::Null,
                HdfMessage::DataLayout(message) => layout = Some(&message.layout),
                HdfMessage::FilterPipeline(pipeline) => filters = &pipeline.filters,
                HdfMessage::ExternalFiles(_) => {
                    return Err(unsupported(&file, &name, "its values in another file".to_owned()));
                }
                _ => {}
            }
        }
        let element_bytes = dataset.raw_element_size().map_err(damaged)?;
        let mut others = dataset.shape().iter().skip(1);
        let row_bytes = others
            .try_fold(element_bytes, |bytes, &axis| bytes.checked_mul(usize::try_from(axis).ok()?))
            .ok_or_else(|| damaged(ReaderError::InvalidData("a row is larger than memory".to_owned())))?;
        let layout = match layout {
            Some(DataLayout::Compact { data }) => Layout::Compact(data.clone()),
            Some(&DataLayout::Contiguous { address, size }) => Layout::Contiguous { address, size },
            Some(DataLayout::Chunked { address, chunk_indexing, .. }) => {
                let dims = dataset.chunks().unwrap_or_default();
                let filters =
                    Filters::new(filters, element_bytes).map_err(|what| unsupported(&file, &name, what))?;
                Layout::Chunked(ChunkGrid::new(
                    *address,
                    chunk_indexing.clone(),
                    dims,
                    element_bytes,
                    filters,
                ))
            }
            None => return Err(damaged(ReaderError::InvalidData("it has no layout".to_owned()))),
        };
        let element = Element::new(dataset.dtype());
        Ok(Self {
            file,
            inner: dataset,
            name,
            element,
            element_bytes,
            row_bytes,
            is_null,
            layout,
            chunks: OnceLock::new(),
        })
    }

    /// The path in the file, without the leading slash.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// What one element is.
    pub fn element(&self) -> &Element {
        &self.element
    }

    pub(super) fn datatype(&self) -> &hdf5_reader::Datatype {
        self.inner.dtype()
    }

    pub(super) fn element_bytes(&self) -> usize {
        self.element_bytes
    }

    /// The lengths of the axes: none of a dataset with a single value, and of one that holds nothing.
    pub fn shape(&self) -> &[u64] {
        self.inner.shape()
    }

    /// How many rows there are: one of a dataset without axes.
    #[must_use]
    pub fn num_rows(&self) -> u64 {
        self.shape().first().copied().unwrap_or(u64::from(!self.is_null))
    }

    /// How many bytes one row has.
    pub fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// What tells this dataset from every other object of the file, whatever path led to it.
    #[must_use]
    pub fn identity(&self) -> u64 {
        self.inner.address()
    }

    /// The attributes.
    ///
    /// # Errors
    ///
    /// When they are damaged.
    pub fn attributes(&self) -> Result<Attributes, ReadError> {
        Attributes::read(&self.file, &self.name, self.inner.address(), || Ok(self.inner.attributes()))
    }

    /// Checks that the file holds these rows, as far as that shows without decoding them, and says for how many
    /// of them memory may be reserved at once: what a file declares is not yet there.
    pub fn check(&self, rows: &Range<u64>) -> Result<usize, ReadError> {
        let count = rows.end.saturating_sub(rows.start);
        let held = match &self.layout {
            Layout::Compact(data) => (data.len() / self.row_bytes.max(1)) as u64,
            Layout::Contiguous { address, size } => {
                let held = (*size).min(self.file.0.source.len().saturating_sub(*address));
                held / (self.row_bytes.max(1) as u64)
            }
            Layout::Chunked(grid) => {
                let chunks = self.chunks(grid)?;
                let missing = |row: u64| self.damaged(format!("there is no chunk for row {row}"));
                chunks.check(grid, self.shape(), rows).map_err(missing)?;
                let (limit, found) = (chunks.most_bytes(), count.saturating_mul(self.row_bytes as u64));
                if found > limit {
                    return Err(self.too_large(self.name.clone(), limit, found));
                }
                let most = chunks.most_rows(grid, self.row_bytes);
                return Ok(usize::try_from(count.min(most)).unwrap_or(usize::MAX));
            }
        };
        if rows.end > held {
            return Err(self.damaged(format!("it declares {} rows and holds {held}", rows.end)));
        }
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Cuts rows into about so many pieces, where a chunk ends if there are chunks.
    pub fn split(&self, rows: &Range<u64>, pieces: usize) -> Vec<Range<u64>> {
        let chunk_rows = match &self.layout {
            Layout::Chunked(grid) => grid.rows(),
            Layout::Compact(_) | Layout::Contiguous { .. } => 1,
        };
        let count = rows.end.saturating_sub(rows.start);
        let step = count.div_ceil(pieces.max(1) as u64).max(1).next_multiple_of(chunk_rows.max(1));
        let mut starts = vec![rows.start];
        let mut next = rows.start - rows.start % chunk_rows.max(1) + step;
        while next < rows.end {
            starts.push(next);
            next = next.saturating_add(step);
        }
        let ends = starts.iter().skip(1).copied().chain([rows.end]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// Passes these rows on in order, some whole rows at a time.
    pub fn visit<E: From<ReadError>>(
        &self,
        rows: Range<u64>,
        visitor: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if rows.is_empty() || self.row_bytes == 0 {
            return Ok(());
        }
        self.check(&rows)?;
        let row_bytes = self.row_bytes as u64;
        match &self.layout {
            Layout::Compact(data) => {
                // The rows were checked to be there.
                let at = |row: u64| usize::try_from(row * row_bytes).unwrap_or(usize::MAX);
                visitor(&data[at(rows.start)..at(rows.end)])
            }
            Layout::Contiguous { address, .. } => {
                let mut scratch = Vec::new();
                let rows_at_once = (SLAB_BYTES / self.row_bytes).max(1) as u64;
                let mut row = rows.start;
                while row < rows.end {
                    let end = rows.end.min(row + rows_at_once);
                    let len = usize::try_from((end - row) * row_bytes).unwrap_or(usize::MAX);
                    let offset = address.saturating_add(row * row_bytes).saturating_add(self.file.0.base);
                    let slab = self.file.0.source.read(offset, len, &mut scratch);
                    visitor(slab.map_err(|error| self.file.damaged(&self.name, error))?)?;
                    row = end;
                }
                Ok(())
            }
            Layout::Chunked(grid) => {
                let chunks = self.chunks(grid)?;
                let shared = &*self.file.0;
                let mut scratch = Scratch::default();
                let mut strip = Vec::new();
                strip.try_reserve_exact(grid.strip_bytes(self.shape(), self.row_bytes)).map_err(|_| {
                    let (path, object) = (self.file.path().to_owned(), self.name.clone());
                    ReadError::from(ReadErrorKind::OutOfMemory { path, object })
                })?;
                let mut read = |chunk: &ChunkEntry, range: Range<usize>, pass: &mut Visitor<'_, E>| {
                    let bytes = grid.decode(chunk, range, &shared.source, shared.base, &mut scratch);
                    pass(bytes.map_err(|error| self.cannot_decode(error))?)
                };
                chunks.visit(
                    &Walk { grid, shape: self.shape(), row_bytes: self.row_bytes, rows },
                    &mut strip,
                    &mut read,
                    visitor,
                )
            }
        }
    }

    /// The bytes that an element of a dataset of blobs stands for.
    ///
    /// # Errors
    ///
    /// When there is no such row, or it is damaged.
    pub fn blob(&self, row: u64) -> Result<Vec<u8>, ReadError> {
        let mut reference = Vec::new();
        self.visit::<ReadError>(row..row.saturating_add(1), &mut |bytes| {
            reference.extend_from_slice(bytes);
            Ok(())
        })?;
        self.inner
            .resolve_vlen_reference_bytes(&reference, 1)
            .map_err(|error| self.file.damaged(&self.name, error))
    }

    /// An error that says in which way this dataset contradicts itself.
    pub fn damaged(&self, what: String) -> ReadError {
        self.file.damaged(&self.name, ReaderError::InvalidData(what))
    }

    fn cannot_decode(&self, error: ReaderError) -> ReadError {
        match error {
            ReaderError::UnsupportedFilter(what) => unsupported(&self.file, &self.name, what),
            error => self.file.damaged(&self.name, error),
        }
    }

    fn too_large(&self, object: String, limit: u64, found: u64) -> ReadError {
        ReadErrorKind::TooLarge { path: self.file.path().to_owned(), object, limit, found }.into()
    }

    fn chunks(&self, grid: &ChunkGrid) -> Result<&ChunkList, ReadError> {
        if let Some(chunks) = self.chunks.get() {
            return Ok(chunks);
        }
        let chunks = self.find_chunks(grid).map_err(|error| match error {
            ReaderError::ResourceLimit(_) => {
                let found = grid.chunk_bytes().unwrap_or(u64::MAX);
                self.too_large(format!("a chunk of {}", self.name), MAX_CHUNK_BYTES, found)
            }
            error => self.file.damaged(&self.name, error),
        })?;
        Ok(self.chunks.get_or_init(|| chunks))
    }

    fn find_chunks(&self, grid: &ChunkGrid) -> Result<ChunkList, ReaderError> {
        let superblock = self.file.0.file.superblock();
        let sizes = (superblock.offset_size, superblock.length_size);
        grid.find(self.file.0.file.storage(), sizes, self.shape(), self.inner.max_dims())
    }
}

#[cfg(all(test, feature = "pytables-filters"))]
mod tests {
    use std::io::{Read as _, Seek as _};

    use crate::{Chunk, Dataset as Written, Datatype, FileWriter, Filter, Storage};

    use super::*;

    const GIB: u64 = 1 << 30;

    /// Rows of a byte in chunks of 256 MiB, each of which has so many bytes in the file. What is in them does not matter:
    /// how far bzip2 compresses has no bound.
    fn declared(rows: u64, stored: u32) -> Dataset {
        const CHUNK_ROWS: u32 = 256 << 20;
        let mut writer = FileWriter::create(tempfile::tempfile().expect("there is room")).expect("a file");
        let mut chunks = Vec::new();
        for _ in 0..rows.div_ceil(u64::from(CHUNK_ROWS)) {
            let address = writer.reserve(u64::from(stored)).expect("there is room");
            chunks.push(Chunk::new(address, stored));
        }
        let bzip2 = Filter { id: 307, name: String::new(), optional: false, client_data: vec![9] };
        let storage = Storage::Chunked { rows: CHUNK_ROWS, chunks, filters: vec![bzip2], growing: true };
        let written = Written::new(Datatype::Integer { size: 1, signed: false }, &[rows], storage);
        writer.root().insert("values", written).expect("a name");
        let mut file = writer.finish().expect("there is room");
        file.rewind().expect("the beginning");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("its bytes");
        let file = File::of_bytes("declared.h5", bytes).expect("it is HDF5");
        file.root().expect("a root").dataset("values").expect("it is sound").expect("it is there")
    }

    #[test]
    fn more_than_a_gib_and_than_zlib_could_make_of_it_is_too_large() {
        // A GiB is read whatever it takes in the file, and more only when the file holds a 1032nd of it.
        assert!(declared(GIB, 100).check(&(0..GIB)).is_ok());
        let rows = GIB + 1;
        let of_few = declared(rows, 100);
        let error = of_few.check(&(0..rows)).expect_err("500 bytes hold no GiB").into_kind();
        assert!(
            matches!(&error, ReadErrorKind::TooLarge { limit, found, object, .. }
                if (*limit, *found, object.as_str()) == (GIB, rows, "values")),
            "{error}"
        );
        let error =
            of_few.visit::<ReadError>(0..rows, &mut |_| panic!("nothing is decoded")).expect_err("the same");
        assert!(matches!(error.kind(), ReadErrorKind::TooLarge { .. }), "{error}");
        // Less of the same dataset is not too large.
        assert!(of_few.check(&(1..rows)).is_ok());
        let enough = u32::try_from(rows.div_ceil(1032).div_ceil(5)).expect("less than 4 GiB");
        assert!(declared(rows, enough).check(&(0..rows)).is_ok());
        assert!(declared(rows, enough - 1).check(&(0..rows)).is_err(), "five bytes too few");
    }
}
