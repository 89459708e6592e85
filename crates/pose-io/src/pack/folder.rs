//! The files of a folder into packed folders of another one.

use std::fs;
use std::path::{Path, PathBuf};

use pose_frame::{DEFAULT_BATCH_BYTES, Metadata, PoseTable, SourceFile, Tolerance, first_difference};
use pose_project::FileRole;
use recipe::{Codec, Contract, ErrorKind, MANIFEST_NAME, PackedTable, Recipe};

use super::Packing;
use crate::atomic::{folder_of, sync_names};
use crate::batch::{
    Batch, BatchEvent, BatchOptions, BatchReport, Begun, FileReport, FileStatus, LEAST_BYTES, Rehearsal,
    Search, TableReport, Task, Witness, Work, open_bytes,
};
use crate::convert::{IN_MEMORY_BYTES, size_in_memory};
use crate::migrate::beside;
use crate::migrate::existing::is_there;
use crate::open::{OpenedAs, format_of, open_as, size_of, with_key};
use crate::progress::{ConvertProgress, OnProgress, Reporting, Stage};
use crate::{Existing, Format, OpenOptions, PoseIoError, PoseIoErrorKind, is_packed, origin};

/// How a folder is packed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PackFolderOptions {
    /// Which files, and how many at once. Those that are called as Parquet, HDF5 and NWB files are, unless a pattern says otherwise. CSV
    /// files, which DeepLabCut writes beside its tables, have to be asked for.
    pub batch: BatchOptions,
    /// What happens to a packed table that is there and was made otherwise. One that was made from a table of another name is kept in
    /// any case, and so is whatever is no packed table.
    pub existing: Existing,
}

impl Default for PackFolderOptions {
    fn default() -> Self {
        Self { batch: BatchOptions::default(), existing: Existing::Keep }
    }
}

/// Packs every table below a folder by one recipe: `a/b.h5` becomes `a/b.pack` below the target, and further tables of a file
/// `a/b.key.pack`. A bad file, or one that the recipe does not fit, is reported, and the others are gone on with.
///
/// Each pack is read back and compared with its source before it gets its name. A pack that is there is compared with the source again,
/// and counts as up to date where it was made by this recipe from a file of the same bytes: so a run that was cut short is taken up by
/// the next one. A source is never touched.
///
/// # Errors
///
/// When the folder cannot be listed or the pattern is none. What goes wrong with a file stands in its report.
pub fn pack_folder(
    folder: &Path,
    target: &Path,
    recipe: &Recipe,
    options: &PackFolderOptions,
    progress: &(dyn Fn(BatchEvent<'_>) + Sync),
) -> Result<BatchReport, PoseIoError> {
    let packed = |relative: &Path| target.join(relative).with_extension(Format::Packed.extension());
    let search = Search {
        options: &options.batch,
        formats: &[Format::Parquet, Format::Hdf5, Format::Nwb],
        target: &|_, relative| packed(relative),
    };
    Batch { search, progress }.run(folder, &Folder { target, recipe, options })
}

/// What is done with every file.
struct Folder<'a> {
    target: &'a Path,
    recipe: &'a Recipe,
    options: &'a PackFolderOptions,
}

impl Work for Folder<'_> {
    fn work(&self, task: &Task<'_>, report: &mut FileReport) -> Result<Begun, PoseIoError> {
        let path = task.source.path.as_path();
        let format = format_of(path)?;
        let mut memory = task.open_memory(open_bytes(task.source.bytes));
        let witness = Witness::of(path)?;
        report.source_blake3.clone_from(&witness.hash);
        let planned = self.planned(path, format, &task.source.relative)?;
        for (_, target) in &planned {
            task.claim(target)?;
        }
        let open = |(key, target): (Option<String>, PathBuf)| {
            let opened = open_as(path, format, &OpenOptions::default().with_key(key.clone()));
            (opened, key, target)
        };
        let tables: Vec<_> = planned.into_iter().map(open).collect();
        let largest = tables.iter().filter_map(|(opened, ..)| opened.as_ref().ok());
        memory.admit(largest.map(|opened| self.memory_of(opened.table.as_ref())).max().unwrap_or_default());
        // It may have waited long.
        if task.stop.is_asked() {
            return Ok(Begun::No);
        }
        let mut status = FileStatus::UpToDate;
        let num_tables = tables.len();
        for (opened, key, target) in tables {
            let done = report.tables.len();
            let progress = |at: ConvertProgress| task.reach_of_table(done, num_tables, at.fraction());
            let one = OneTable { folder: self, witness: &witness, source: path, format, progress: &progress };
            let (packed, its_status) = one.pack(opened?, key.unwrap_or_default(), target)?;
            report.tables.push(packed);
            if its_status != FileStatus::UpToDate {
                status = its_status;
            }
        }
        witness.check()?;
        report.status = status;
        Ok(Begun::Yes)
    }
}

impl Folder<'_> {
    /// The tables of a file, each with its target. The one that is opened by default comes first, under the plain name.
    fn planned(
        &self,
        path: &Path,
        format: Format,
        relative: &Path,
    ) -> Result<Vec<(Option<String>, PathBuf)>, PoseIoError> {
        let place = self.target.join(relative);
        let whole = place.with_extension(Format::Packed.extension());
        let (keys, usual) = keys(path, format)?;
        if keys.len() <= 1 {
            // One table, or none: opening it says which, or why not.
            return Ok(vec![(keys.into_iter().next(), whole)]);
        }
        let target_of =
            |key: &str| if key == usual { whole.clone() } else { with_key(&place, key, Format::Packed) };
        let mut planned: Vec<_> = keys.into_iter().map(|key| (Some(key.clone()), target_of(&key))).collect();
        planned.sort_by_key(|(_, target)| *target != whole);
        Ok(planned)
    }

    /// What packing and comparing a table takes at its peak, about, beside the open source.
    fn memory_of(&self, table: &dyn PoseTable) -> u64 {
        // What ffmpeg takes, and the pictures under way to it and back.
        const VIDEO_BYTES: u64 = 256 << 20;
        // What is kept beside is packed as small as it gets, which takes large windows.
        const BESIDE_BYTES: u64 = 32 << 20;
        let bytes = size_in_memory(table);
        let batch = bytes.min(DEFAULT_BATCH_BYTES);
        let kept = if bytes <= IN_MEMORY_BYTES { bytes } else { batch };
        // A batch of the source, what was made of it, and what is read back.
        let taken = kept.saturating_add(batch.saturating_mul(3)) as u64;
        let has_videos = self.recipe.arrays.iter().any(|array| !matches!(array.codec, Codec::Pco { .. }));
        let video = if has_videos { VIDEO_BYTES } else { 0 };
        taken.saturating_add(BESIDE_BYTES + LEAST_BYTES + video)
    }
}

/// The keys of the tables in a file, and which of them is the usual one, where its format has keys.
fn keys(path: &Path, format: Format) -> Result<(Vec<String>, &'static str), PoseIoError> {
    match format {
        Format::Hdf5 => {
            let file = pose_hdf5::Hdf5File::open(path).map_err(PoseIoError::format)?;
            let tables = file.tables().map_err(PoseIoError::format)?;
            Ok((tables.into_iter().map(|table| table.key).collect(), pose_hdf5::USUAL_KEY))
        }
        #[cfg(feature = "nwb")]
        Format::Nwb => {
            let file = pose_nwb::NwbFile::open(path).map_err(PoseIoError::format)?;
            Ok((file.tables().into_iter().map(|table| table.key).collect(), pose_nwb::USUAL_KEY))
        }
        _ => Ok((Vec::new(), "")),
    }
}

/// One table of a file.
struct OneTable<'a> {
    folder: &'a Folder<'a>,
    witness: &'a Witness<'a>,
    source: &'a Path,
    format: Format,
    progress: OnProgress<'a>,
}

impl OneTable<'_> {
    fn pack(
        &self,
        opened: OpenedAs,
        key: String,
        target: PathBuf,
    ) -> Result<(TableReport, FileStatus), PoseIoError> {
        let options = self.folder.options;
        let table = opened.table.as_ref();
        let schema = table.schema();
        let mut metadata = schema.metadata().clone();
        // A Parquet file may have been made from another one, and then that stays noted.
        if self.format != Format::Parquet || metadata.source.is_none() {
            origin::note_hash(&mut metadata.source, self.source, self.witness.hash.clone());
        }
        let mut done = TableReport {
            key,
            target,
            rows: table.num_frames(),
            columns: schema.columns().len(),
            target_bytes: 0,
            target_blake3: None,
            role: FileRole::of(self.source, schema.kind()),
            project: metadata.project.clone(),
            notes: opened.notes,
            news: Vec::new(),
            max_error: None,
        };
        // Whoever puts a folder there from now on is not overwritten, whatever this run was told.
        let mut existing = Existing::Keep;
        if is_there(&done.target)? {
            match self.compare(table, &metadata, &mut done) {
                Ok(known) => {
                    done.news = beside::news(&metadata, &known);
                    if done.news.is_empty() || options.existing == Existing::Keep {
                        return self.up_to_date(done);
                    }
                    metadata = beside::merged(&metadata, &known);
                }
                Err(error) if options.existing == Existing::Keep => return Err(error),
                Err(_) => {}
            }
            may_replace(&done.target, metadata.source.as_ref())?;
            existing = Existing::Replace;
        }
        if options.batch.rehearsal == Rehearsal::DryRun {
            return Ok((done, FileStatus::Planned));
        }
        done.news.clear();
        make_folder(folder_of(&done.target))?;
        let may_go_on = || self.witness.check_identity();
        let recipe = self.folder.recipe;
        let how = Packing { recipe, existing, may_go_on: &may_go_on, progress: self.progress };
        let packed = match how.pack(table, metadata.clone(), &done.target) {
            Ok(packed) => packed,
            // Another run was quicker: then its pack is as good.
            Err(error) if matches!(error.kind(), PoseIoErrorKind::Exists { .. }) => {
                is_there(&done.target)?;
                self.compare(table, &metadata, &mut done)?;
                return self.up_to_date(done);
            }
            Err(error) => return Err(error),
        };
        done.target_bytes = packed.bytes;
        done.max_error = Some(packed.arrays.iter().map(|array| array.measured.max_error).fold(0.0, f64::max));
        done.target_blake3 = Some(origin::hash(&done.target.join(MANIFEST_NAME))?);
        Ok((done, FileStatus::Packed))
    }

    /// Compares a pack that is there with the source: made by the same recipe, from the same bytes, and no farther from the source
    /// than it was measured to be when it was made. Gives what it notes beside its values.
    fn compare(
        &self,
        table: &dyn PoseTable,
        metadata: &Metadata,
        done: &mut TableReport,
    ) -> Result<Metadata, PoseIoError> {
        let path = || done.target.clone();
        let is_other = |reason: &str| -> PoseIoError {
            PoseIoErrorKind::ExistsAndIsOther { path: path(), reason: reason.to_owned() }.into()
        };
        if !is_packed(&done.target) {
            return Err(is_other("is no packed table"));
        }
        let there = PackedTable::open(&done.target).map_err(PoseIoError::format)?;
        if there.recipe() != self.folder.recipe {
            return Err(is_other("was packed by another recipe"));
        }
        let known = there.schema().metadata().clone();
        if known.source != metadata.source {
            return Err(is_other("was made from another file, or from what this one held before"));
        }
        let max_error = there.arrays().map(|(_, measured)| measured.max_error).fold(0.0, f64::max);
        let is_lossless = there.recipe().arrays.iter().all(|array| array.contract == Contract::Lossless);
        let tolerance = if is_lossless { Tolerance::BitForBit } else { Tolerance::Absolute(max_error) };
        let source = Reporting { table, stage: Stage::Verifying, progress: self.progress };
        if let Some(difference) = first_difference(&source, &there, tolerance)? {
            return Err(PoseIoErrorKind::ExistsAndDiffers { path: path(), difference }.into());
        }
        done.max_error = Some(max_error);
        Ok(known)
    }

    fn up_to_date(&self, mut done: TableReport) -> Result<(TableReport, FileStatus), PoseIoError> {
        done.target_bytes = size_of(&done.target)?;
        if self.folder.options.batch.rehearsal == Rehearsal::Write {
            done.target_blake3 = Some(origin::hash(&done.target.join(MANIFEST_NAME))?);
        }
        Ok((done, FileStatus::UpToDate))
    }
}

/// Whether a pack that is not what its source and the recipe say may be replaced in a forced run. What was made from another table,
/// or cannot be read here because it is newer, may be the only copy of it; and what is no packed table is not replaced at all.
fn may_replace(target: &Path, source: Option<&SourceFile>) -> Result<(), PoseIoError> {
    let refuse = |reason: String| -> Result<(), PoseIoError> {
        Err(PoseIoErrorKind::NotReplaced { path: target.to_owned(), reason }.into())
    };
    if !is_packed(target) {
        return refuse("it is no packed table".to_owned());
    }
    let there = match PackedTable::open(target) {
        Ok(there) => there,
        Err(error) if matches!(error.kind(), ErrorKind::Version { .. }) => return refuse(error.to_string()),
        // It is damaged, and its source is here.
        Err(_) => return Ok(()),
    };
    let name_of = |file: &SourceFile| (file.name.clone(), file.key.clone());
    match &there.schema().metadata().source {
        Some(from) if source.is_none_or(|source| name_of(source) != name_of(from)) => {
            let key = from.key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
            refuse(format!("it was made from {}{key}", from.name))
        }
        _ => Ok(()),
    }
}

/// Makes a folder, and brings the names of those that were not there to disk.
fn make_folder(folder: &Path) -> Result<(), PoseIoError> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && folder.symlink_metadata().is_err())
        .collect();
    fs::create_dir_all(folder).map_err(PoseIoError::io("cannot be made", folder))?;
    missing.into_iter().rev().try_for_each(|made| sync_names(folder_of(made)))
}
