//! How the columns of a long table are called.

use crate::{Label, PoseSchema, Role};

/// How the columns of a long table are called.
///
/// # Examples
///
/// ```
/// use pose_frame::LongNames;
///
/// assert_eq!(LongNames::default().likelihood, "likelihood");
/// let mut names = LongNames::aniframe();
/// assert_eq!((&*names.bodypart, &*names.likelihood), ("keypoint", "confidence"));
/// names.scorer = "annotator".to_owned();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LongNames {
    /// The frame: the label of the row, or its position.
    pub frame: String,
    /// The frame, where the table has no time in seconds.
    pub frame_without_time: String,
    /// The time in seconds.
    pub time: String,
    /// Who set the position.
    pub scorer: String,
    /// The animal.
    pub individual: String,
    /// The part of it.
    pub bodypart: String,
    /// The coord `x`.
    pub x: String,
    /// The coord `y`.
    pub y: String,
    /// The coord `z`.
    pub z: String,
    /// The coord `likelihood`.
    pub likelihood: String,
}

/// The terms of this crate: `frame`, `time`, `scorer`, `individual`, `bodypart`, `x`, `y`, `z`, `likelihood`.
impl Default for LongNames {
    fn default() -> Self {
        Self {
            frame: "frame".to_owned(),
            frame_without_time: "frame".to_owned(),
            time: "time".to_owned(),
            scorer: "scorer".to_owned(),
            individual: "individual".to_owned(),
            bodypart: "bodypart".to_owned(),
            x: "x".to_owned(),
            y: "y".to_owned(),
            z: "z".to_owned(),
            likelihood: "likelihood".to_owned(),
        }
    }
}

impl LongNames {
    /// The names of R's aniframe: `keypoint` for the bodypart, `confidence` for the likelihood. It requires `time`, which
    /// counts frames unless something else is set; so the frame is called that where there is no time in seconds. A
    /// scorer is not known there, and is a further column. (Seen in aniframe's `as_aniframe` and in aniread's reader of
    /// DeepLabCut's files.)
    #[must_use]
    pub fn aniframe() -> Self {
        Self {
            frame_without_time: "time".to_owned(),
            bodypart: "keypoint".to_owned(),
            likelihood: "confidence".to_owned(),
            ..Self::default()
        }
    }

    /// Whether a table of this schema looks like a long one of these names: its columns have one level, and one of them is
    /// called as frames or times are, another as bodyparts are.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use pose_frame::{LongNames, LongTable, PoseTable, testing};
    ///
    /// let wide = testing::predictions(10);
    /// let long = LongTable::new(&wide, &LongNames::default())?;
    /// assert!(LongNames::default().are_of(long.schema()));
    /// assert!(!LongNames::aniframe().are_of(long.schema()) && !LongNames::default().are_of(wide.schema()));
    /// # }
    /// # Ok::<(), pose_frame::TableError>(())
    /// ```
    #[must_use]
    pub fn are_of(&self, schema: &PoseSchema) -> bool {
        let labels: Vec<&str> =
            schema.columns().iter().filter_map(|column| column.key.labels().last()?.as_text()).collect();
        let has = |names: &[&String]| names.iter().any(|name| labels.contains(&name.as_str()));
        schema.levels().len() == 1
            && has(&[&self.frame, &self.frame_without_time, &self.time])
            && has(&[&self.bodypart])
    }

    /// The name of the column for a level of this role; none for coords, which are columns each.
    pub(super) fn of_role(&self, role: Role) -> Option<&str> {
        match role {
            Role::Scorer => Some(&self.scorer),
            Role::Individual => Some(&self.individual),
            Role::Bodypart => Some(&self.bodypart),
            Role::Coord => None,
        }
    }

    /// The name of the column for a coord.
    pub(super) fn of_coord(&self, coord: &Label) -> String {
        let own = coord.to_string();
        self.coords().into_iter().find(|(coord, _)| *coord == own).map_or(own, |(_, name)| name.to_owned())
    }

    /// The coord that is called so.
    pub(super) fn coord_called<'a>(&self, name: &'a str) -> &'a str {
        self.coords().into_iter().find(|(_, called)| *called == name).map_or(name, |(coord, _)| coord)
    }

    fn coords(&self) -> [(&'static str, &str); 4] {
        [("x", &self.x), ("y", &self.y), ("z", &self.z), ("likelihood", &self.likelihood)]
    }
}
