//! `config.yaml`.

mod recent;

use std::path::Path;

use pose_frame::Crop;

use self::recent::Recent;
use crate::yaml::{Document, Yaml};
use crate::{ProjectError, file};

/// The projects that were read last, of all threads.
static RECENT: Recent = Recent::new();

/// The largest `config.yaml` that is read: enough for ten thousand videos with long paths.
pub const MAX_CONFIG_BYTES: u64 = 2 << 20;

/// The `config.yaml` of a DeepLabCut project, single-animal, multi-animal or 3D.
///
/// Entries that are not listed here are passed over. Where a file has an entry twice, the last one counts. A value is the
/// text as it is written: a scorer `007` is no number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProjectConfig {
    /// What the project is about.
    pub task: Option<String>,
    /// Who labels in it.
    pub scorer: Option<String>,
    /// When it was made, as DeepLabCut writes it: `Oct30`.
    pub date: Option<String>,
    /// Whether it is about several animals.
    pub multi_animal: bool,
    /// The animals, in a multi-animal project.
    pub individuals: Vec<String>,
    /// The bodyparts that each animal has.
    pub bodyparts: Vec<String>,
    /// The bodyparts that there is one of, in a multi-animal project.
    pub unique_bodyparts: Vec<String>,
    /// Pairs of bodyparts that are joined by a bone. Entries that are no pair are passed over.
    pub skeleton: Vec<(String, String)>,
    /// The videos that frames were labelled of.
    pub videos: Vec<ProjectVideo>,
}

/// A video of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProjectVideo {
    /// Its path as it is written, which may be of another computer, or of Windows.
    pub path: String,
    /// The part of its frames that is labelled. It is that of the whole frame unless someone changed it.
    pub crop: Option<Crop>,
}

impl ProjectVideo {
    /// The name of the file, without folders.
    ///
    /// # Examples
    ///
    /// ```
    /// use pose_project::ProjectConfig;
    ///
    /// let text = "Task: t\nscorer: s\nbodyparts: [a]\nvideo_sets:\n  C:\\lab\\m3.v1.mp4:\n    crop: 0, 640, 0, 480\n";
    /// let config = ProjectConfig::from_yaml(text)?.expect("it is DeepLabCut's");
    /// assert_eq!((config.videos[0].file_name(), config.videos[0].stem()), ("m3.v1.mp4", "m3.v1"));
    /// # Ok::<(), pose_project::ProjectError>(())
    /// ```
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.path.rsplit(['/', '\\']).next().unwrap_or(&self.path)
    }

    /// The name of the file without its extension.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
    }
}

impl ProjectConfig {
    /// Reads a file; none when it is YAML, but not of DeepLabCut.
    ///
    /// # Errors
    ///
    /// When the file is not there, cannot be read, is larger than [`MAX_CONFIG_BYTES`], is not UTF-8 or no YAML.
    pub fn read(path: impl AsRef<Path>) -> Result<Option<Self>, ProjectError> {
        let path = path.as_ref();
        let missing = || ProjectError::Io { path: path.to_owned(), kind: std::io::ErrorKind::NotFound };
        match Self::find(path)? {
            Found::Missing => Err(missing()),
            Found::Other => Ok(None),
            Found::Project(config) => Ok(Some(*config)),
        }
    }

    pub(crate) fn find(path: &Path) -> Result<Found, ProjectError> {
        let Some(bytes) = file::read(path, MAX_CONFIG_BYTES)? else { return Ok(Found::Missing) };
        // Other programs have a `config.yaml` too, which need not be YAML to the letter.
        let mentions = |key: &[u8]| bytes.windows(key.len()).any(|window| window == key);
        if !mentions(b"Task") || !mentions(b"scorer") {
            return Ok(Found::Other);
        }
        if let Some(known) = RECENT.find(&bytes) {
            return Ok(Found::Project(Box::new(known)));
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| ProjectError::Text { path: path.to_owned(), offset: error.valid_up_to() })?;
        let Some(config) = parse(text, path)? else { return Ok(Found::Other) };
        RECENT.keep(bytes, config.clone());
        Ok(Found::Project(Box::new(config)))
    }

    /// Reads a text; none when it is YAML, but not of DeepLabCut: without `Task` and `scorer`, or with neither bodyparts
    /// nor cameras.
    ///
    /// # Errors
    ///
    /// When the text is no YAML, or nested more deeply than any project is. The error names the file `config.yaml`.
    pub fn from_yaml(text: &str) -> Result<Option<Self>, ProjectError> {
        parse(text, Path::new("config.yaml"))
    }

    fn of(root: Yaml<'_>) -> Option<Self> {
        let text = |key| root.get(key).and_then(Yaml::text).map(str::to_owned);
        let has = |key| root.get(key).is_some();
        let what = has("bodyparts") || has("multianimalbodyparts") || has("camera_names");
        if !root.is_mapping() || !has("Task") || !has("scorer") || !what {
            return None;
        }
        let texts = |key: &str| -> Vec<String> {
            let items = root.get(key).into_iter().flat_map(Yaml::items);
            items.filter_map(Yaml::text).map(str::to_owned).collect()
        };
        let multi_animal = root.get("multianimalproject").is_some_and(Yaml::is_true);
        // A multi-animal project has `bodyparts: MULTI!`.
        let bodyparts = texts(if multi_animal { "multianimalbodyparts" } else { "bodyparts" });
        let edges = root.get("skeleton").into_iter().flat_map(Yaml::items);
        let videos = root.get("video_sets").into_iter().flat_map(Yaml::entries);
        Some(Self {
            task: text("Task"),
            scorer: text("scorer"),
            date: text("date"),
            multi_animal,
            individuals: if multi_animal { texts("individuals") } else { Vec::new() },
            bodyparts,
            unique_bodyparts: if multi_animal { texts("uniquebodyparts") } else { Vec::new() },
            skeleton: edges.filter_map(pair).collect(),
            videos: videos.filter_map(|(path, about)| video(path, about)).collect(),
        })
    }
}

/// What stands under the name of a `config.yaml`.
pub(crate) enum Found {
    Missing,
    /// The file of another program.
    Other,
    Project(Box<ProjectConfig>),
}

fn parse(text: &str, path: &Path) -> Result<Option<ProjectConfig>, ProjectError> {
    // Editors of Windows put it there.
    let document = Document::parse(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|error| {
        ProjectError::Yaml { path: path.to_owned(), line: error.line, column: error.column, what: error.what }
    })?;
    Ok(document.and_then(|document| ProjectConfig::of(document.root())))
}

fn pair(edge: Yaml<'_>) -> Option<(String, String)> {
    let mut items = edge.items().map(Yaml::text);
    match (items.next(), items.next(), items.next()) {
        (Some(Some(from)), Some(Some(to)), None) => Some((from.to_owned(), to.to_owned())),
        _ => None,
    }
}

fn video(path: Yaml<'_>, about: Yaml<'_>) -> Option<ProjectVideo> {
    let numbers = about
        .get("crop")
        .and_then(Yaml::text)
        .map(|crop| crop.split(',').map(|border| border.trim().parse().ok()).collect::<Option<Vec<u32>>>());
    let crop = match numbers.flatten().as_deref() {
        Some(&[x1, x2, y1, y2]) => Crop::new(x1..x2, y1..y2),
        _ => None,
    };
    Some(ProjectVideo { path: path.text()?.to_owned(), crop })
}
