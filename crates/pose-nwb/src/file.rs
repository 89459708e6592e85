//! An NWB file, and the tables in it.

use std::path::Path;

use hdf5_file::read::{File, Group, Member};

use crate::note::{MAX_NOTE_BYTES, Note};
use crate::read::estimates::{self, Estimates};
use crate::read::training::Frames;
use crate::read::{Found, noted, objects, plain};
use crate::{NwbError, NwbErrorKind, NwbTable};

/// A table of poses in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableEntry {
    /// What it is opened by: the entry in `/scratch` that notes it, `module` for all individuals of a module, or
    /// `module/name` for one of them or for training frames.
    pub key: String,
    /// What it is made of.
    pub form: TableForm,
    /// The paths of its groups, from the root on.
    pub groups: Vec<String>,
}

/// What a table is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TableForm {
    /// A table that was written here, with a note that says what it was.
    Noted,
    /// All `PoseEstimation`s of a module, one for each individual.
    Module,
    /// A `PoseEstimation`.
    Estimation,
    /// A `PoseTraining`.
    Training,
}

impl std::fmt::Display for TableForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Noted => "table",
            Self::Module => "all individuals of a module",
            Self::Estimation => "PoseEstimation",
            Self::Training => "PoseTraining",
        })
    }
}

/// An open NWB file.
pub struct NwbFile {
    file: File,
    root: Group,
    noted: Vec<(TableEntry, Note)>,
    others: Vec<TableEntry>,
    /// The groups of noted tables, each as what it is without the note.
    parts: Vec<TableEntry>,
    /// Which of the others stand for themselves: neither a part of another nor noted.
    whole: Vec<usize>,
    notes: Vec<String>,
}

impl NwbFile {
    /// Opens a file, and looks which poses are in it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not HDF5 or damaged, or is no NWB file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, NwbError> {
        Self::of(File::open(path.as_ref())?)
    }

    pub(crate) fn of(file: File) -> Result<Self, NwbError> {
        let root = file.root()?;
        if objects::type_of(&root.attributes()?) != "NWBFile" {
            return Err(NwbErrorKind::NotNwb { path: file.path().to_owned() }.into());
        }
        let mut nwb = Self {
            file,
            root,
            noted: Vec::new(),
            others: Vec::new(),
            parts: Vec::new(),
            whole: Vec::new(),
            notes: Vec::new(),
        };
        nwb.find_notes()?;
        nwb.find_poses()?;
        Ok(nwb)
    }

    /// The tables: first those that were noted, then what else there is, by module.
    #[must_use]
    pub fn tables(&self) -> Vec<TableEntry> {
        let noted = self.noted.iter().map(|(entry, _)| entry);
        noted.chain(&self.others).cloned().collect()
    }

    /// What a user may want to know of the file itself.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Opens a table: that of a key, or the only one that is not a part of another. The groups of a noted table are not
    /// listed, and can be opened as `module/name` too, as what they are without the note.
    ///
    /// # Errors
    ///
    /// When there is no such table, or several and none is named; when series that should be one table have other numbers
    /// of frames or other times; or when something of it is not what ndx-pose has there.
    pub fn table(&self, key: Option<&str>) -> Result<NwbTable, NwbError> {
        let path = || self.file.path().to_owned();
        let key = if let Some(key) = key {
            key.trim_matches('/').to_owned()
        } else {
            let whole = self.whole.iter().map(|&other| &self.others[other]);
            let all: Vec<&TableEntry> = self.noted.iter().map(|(entry, _)| entry).chain(whole).collect();
            match all.as_slice() {
                [] => return Err(NwbErrorKind::NoPoses { path: path() }.into()),
                [only] => only.key.clone(),
                all => {
                    let keys = all.iter().map(|entry| entry.key.clone()).collect();
                    return Err(NwbErrorKind::SeveralTables { path: path(), keys }.into());
                }
            }
        };
        if let Some((_, note)) = self.noted.iter().find(|(entry, _)| entry.key == key) {
            return match noted::of_note(&self.root, note)? {
                Ok(found) => self.open_table(key, found),
                Err(why) => {
                    // Found to fit when the file was opened: someone changes it.
                    let (path, expected) = (path(), "what is noted of the table");
                    Err(NwbErrorKind::Layout {
                        path,
                        object: format!("/scratch/{key}"),
                        expected,
                        found: why,
                    }
                    .into())
                }
            };
        }
        let Some(entry) = self.others.iter().chain(&self.parts).find(|entry| entry.key == key) else {
            let keys = self.tables().into_iter().map(|entry| entry.key).collect::<Vec<_>>();
            if keys.is_empty() {
                return Err(NwbErrorKind::NoPoses { path: path() }.into());
            }
            return Err(NwbErrorKind::UnknownKey { path: path(), key, keys }.into());
        };
        let found = self.plain(entry)?;
        self.open_table(key, found)
    }

    fn open_table(&self, key: String, mut found: Found) -> Result<NwbTable, NwbError> {
        found.notes.splice(0..0, self.notes.iter().cloned());
        NwbTable::new(self.file.path(), key, found)
    }

    fn plain(&self, entry: &TableEntry) -> Result<Found, NwbError> {
        let mut groups = Vec::with_capacity(entry.groups.len());
        for path in &entry.groups {
            match self.root.follow(path)? {
                hdf5_file::read::LeadsTo::Group(group) => groups.push(group),
                _ => return Err(NwbErrorKind::NoPoses { path: self.file.path().to_owned() }.into()),
            }
        }
        if entry.form == TableForm::Training {
            let frames = groups.first().map(|group| group.group("training_frames")).transpose()?.flatten();
            return match frames {
                Some(frames) => Ok(Frames::read(&frames)?.table()),
                None => Err(NwbErrorKind::NoPoses { path: self.file.path().to_owned() }.into()),
            };
        }
        let estimates = groups.iter().map(Estimates::read).collect::<Result<Vec<_>, _>>()?;
        if estimates.iter().all(|estimates| estimates.series.is_empty()) {
            return Err(NwbErrorKind::NoPoses { path: self.file.path().to_owned() }.into());
        }
        plain::of_estimates(self.file.path(), estimates)
    }

    /// Looks for notes in `/scratch`. One that the file no longer is as is passed over, and told.
    fn find_notes(&mut self) -> Result<(), NwbError> {
        let Some(scratch) = self.root.group("scratch")? else { return Ok(()) };
        for (name, member) in scratch.list()? {
            let Member::Dataset(head) = member else { continue };
            let is_text = head.element == hdf5_file::read::Element::VariableText && head.shape().is_empty();
            if !is_text || objects::type_of(&head.attributes) != "ScratchData" {
                continue;
            }
            // Texts that cannot be read are none of ours.
            let Ok(mut texts) = head.open().and_then(|dataset| dataset.texts(0..1)) else { continue };
            let Some(text) = texts.pop().filter(|text| text.len() as u64 <= MAX_NOTE_BYTES) else { continue };
            let Some(note) = Note::from_json(&text) else { continue };
            match noted::of_note(&self.root, &note)? {
                Ok(_) => {
                    let groups = groups_of(&note);
                    self.noted.push((TableEntry { key: name, form: TableForm::Noted, groups }, note));
                }
                Err(why) => {
                    self.notes.push(format!("/scratch/{name} is about a table that was changed: {why}"));
                }
            }
        }
        Ok(())
    }

    fn find_poses(&mut self) -> Result<(), NwbError> {
        let noted: Vec<String> = self.noted.iter().flat_map(|(entry, _)| entry.groups.clone()).collect();
        let mut modules = Vec::new();
        if let Some(processing) = self.root.group("processing")? {
            for (name, member) in processing.list()? {
                if let Member::Group(group) = member {
                    modules.push((name, group));
                }
            }
        }
        for name in ["acquisition", "analysis"] {
            if let Some(group) = self.root.group(name)? {
                modules.push((name.to_owned(), group));
            }
        }
        for (module, group) in modules {
            let is_noted = |entry: &TableEntry| entry.groups.iter().all(|group| noted.contains(group));
            let found = poses_of(&module, &group)?;
            let (parts, found): (Vec<_>, Vec<_>) = found.into_iter().partition(is_noted);
            self.parts.extend(parts);
            let (estimates, training): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|entry| entry.form == TableForm::Estimation);
            if estimates.len() > 1 {
                let groups = estimates.iter().flat_map(|entry| entry.groups.clone()).collect();
                self.whole.push(self.others.len());
                self.others.push(TableEntry { key: module, form: TableForm::Module, groups });
            } else if !estimates.is_empty() {
                self.whole.push(self.others.len());
            }
            self.others.extend(estimates);
            self.whole.extend(self.others.len()..self.others.len() + training.len());
            self.others.extend(training);
        }
        Ok(())
    }
}

/// The groups of poses of a module, and those within them.
fn poses_of(module: &str, group: &Group) -> Result<Vec<TableEntry>, NwbError> {
    let mut found = Vec::new();
    let mut within = vec![(module.to_owned(), group.clone())];
    while let Some((key, group)) = within.pop() {
        for (name, member) in group.list()? {
            let Member::Group(member) = member else { continue };
            let key = format!("{key}/{name}");
            let groups = vec![format!("/{}", member.name())];
            let of_type = objects::type_of(&member.attributes()?);
            if estimates::TYPES.contains(&of_type.as_str()) {
                found.push(TableEntry { key: key.clone(), form: TableForm::Estimation, groups });
                // The cameras of a pose in space have poses of their own.
                if of_type != "PoseEstimation" {
                    within.push((key, member));
                }
            } else if of_type == "PoseTraining" {
                found.push(TableEntry { key, form: TableForm::Training, groups });
            }
        }
    }
    Ok(found)
}

/// The groups whose values a note names.
fn groups_of(note: &Note) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for column in &note.columns {
        // A series is two names above its values, the frames are one below their group.
        let up = if column.place.node.is_some() { 1 } else { 2 };
        let mut path = column.place.at.as_str();
        for _ in 0..up {
            path = path.rsplit_once('/').map_or("", |(above, _)| above);
        }
        if !path.is_empty() && !groups.iter().any(|group| group == path) {
            groups.push(path.to_owned());
        }
    }
    groups
}

/// The tables of poses in a file.
///
/// # Errors
///
/// As [`NwbFile::open`].
pub fn list_tables(path: impl AsRef<Path>) -> Result<Vec<TableEntry>, NwbError> {
    Ok(NwbFile::open(path)?.tables())
}

/// Whether a file is an NWB file; not either when it cannot be read.
#[must_use]
pub fn is_nwb(path: impl AsRef<Path>) -> bool {
    let of_type =
        File::open(path.as_ref()).and_then(|file| Ok(objects::type_of(&file.root()?.attributes()?)));
    of_type.is_ok_and(|of_type| of_type == "NWBFile")
}

/// The path of the first object of a file that another file does not have in the same place: of a file, and of a copy of it
/// to which something was [added](crate::append_table), there is none. Objects are told by where they begin, since nothing
/// moves when something is added.
///
/// # Errors
///
/// When one of the files cannot be read.
pub fn first_lost(before: impl AsRef<Path>, after: impl AsRef<Path>) -> Result<Option<String>, NwbError> {
    let (before, after) = (File::open(before.as_ref())?.root()?, File::open(after.as_ref())?.root()?);
    let mut seen = std::collections::HashSet::new();
    let mut groups = vec![(before, after)];
    while let Some((before, after)) = groups.pop() {
        // Links may lead back.
        if !seen.insert(before.identity()) {
            continue;
        }
        let mut kept: std::collections::HashMap<String, Member> = after.list()?.into_iter().collect();
        for (name, member) in before.list()? {
            let same = match (member, kept.remove(&name)) {
                (Member::Group(before), Some(Member::Group(after))) => {
                    let same = before.identity() == after.identity();
                    groups.push((before, after));
                    same
                }
                (Member::Dataset(before), Some(Member::Dataset(after))) => {
                    before.identity() == after.identity()
                }
                (Member::SoftLink { target: before, .. }, Some(Member::SoftLink { target: after, .. })) => {
                    before == after
                }
                (Member::Type, Some(Member::Type)) => true,
                (
                    Member::ExternalLink { file, path },
                    Some(Member::ExternalLink { file: other_file, path: other_path }),
                ) => (file, path) == (other_file, other_path),
                _ => false,
            };
            if !same {
                return Ok(Some(objects::path_of(&before, &name)));
            }
        }
    }
    Ok(None)
}
