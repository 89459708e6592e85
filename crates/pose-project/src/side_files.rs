//! Which files belong to a table.

use std::path::{Path, PathBuf};

use crate::config::Found;
use crate::{Note, ProjectConfig, VideoMeta};

/// In how many folders `config.yaml` is looked for: that of the table, and those above it. DeepLabCut's own tables lie at
/// most four folders deep in a project.
pub const MAX_FOLDERS: usize = 6;

/// What DeepLabCut's programs append to the name of a table when they make another one of it.
const SUFFIXES: [&str; 9] =
    ["_filtered", "_skeleton", "_el", "_bx", "_sk", "_tr", "_ctd", "_assemblies", "_3d"];

/// The files beside a table, with what is in them.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SideFiles {
    /// The table's file.
    pub(crate) table: PathBuf,
    /// The meta file, and what it says.
    pub video: Option<(PathBuf, VideoMeta)>,
    /// The file of the project, and what it says.
    pub project: Option<(PathBuf, ProjectConfig)>,
    /// What could not be read, or was left out.
    pub notes: Vec<Note>,
}

impl SideFiles {
    /// Looks for the files that belong to a table, and reads them. The table itself is not touched, and need not be there.
    ///
    /// The meta file has the name of the table with `_meta.pickle` for the extension. Where there is none, what
    /// DeepLabCut appends to a table that it made from another one is taken off the end of the name, bit by bit:
    /// `_filtered`, `_skeleton`, `_el`, `_bx`, `_sk`, `_tr`, `_ctd`, `_assemblies`, `_3d`.
    ///
    /// The project is the nearest `config.yaml` that is DeepLabCut's, in the folder of the table or one of those above
    /// it, [`MAX_FOLDERS`] in all. One that cannot be read ends the search: what lies above would be another project.
    #[must_use]
    pub fn of(table: impl AsRef<Path>) -> Self {
        let table = table.as_ref();
        let mut found = Self { table: table.to_owned(), ..Self::default() };
        found.find_meta();
        found.find_project();
        found
    }

    fn find_meta(&mut self) {
        for stem in self.stems() {
            let path = self.table.with_file_name(format!("{stem}_meta.pickle"));
            match VideoMeta::find(&path) {
                Ok(None) => continue,
                Ok(Some((meta, notes))) => {
                    self.notes.extend(notes);
                    self.video = Some((path, meta));
                }
                Err(error) => self.notes.push(error.into()),
            }
            return;
        }
    }

    fn find_project(&mut self) {
        // A table that is named from within its folder has that folder, and those above it, all the same.
        let folder = self.table.parent().filter(|folder| !folder.as_os_str().is_empty());
        let Ok(folder) = folder.unwrap_or(Path::new(".")).canonicalize() else { return };
        for folder in folder.ancestors().take(MAX_FOLDERS) {
            let path = folder.join("config.yaml");
            match ProjectConfig::find(&path) {
                Ok(Found::Missing | Found::Other) => continue,
                Ok(Found::Project(config)) => self.project = Some((path, *config)),
                Err(error) => self.notes.push(error.into()),
            }
            return;
        }
    }

    /// The name of the table without its extension, and what it would be of the tables that it was made from.
    pub(crate) fn stems(&self) -> Vec<String> {
        // Names that are no Unicode are none of DeepLabCut's.
        let Some(mut stem) = self.table.file_stem().and_then(|stem| stem.to_str()) else { return Vec::new() };
        let mut stems = vec![stem.to_owned()];
        while let Some(shorter) = SUFFIXES.iter().find_map(|suffix| stem.strip_suffix(suffix)) {
            stem = shorter;
            stems.push(stem.to_owned());
        }
        stems
    }
}
