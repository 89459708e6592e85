//! Column keys: one label per level.

mod python_repr;

use std::fmt;
use std::sync::Arc;

/// What a column is called in one level: `snout`, `x`, or a number where the writer numbered its columns.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Label {
    /// A name. Any text is allowed, the empty one, quotes and newlines included.
    Text(Arc<str>),
    /// A whole number, as in a pandas frame whose columns were never named.
    Integer(i64),
}

impl Label {
    /// The text, when the label is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Integer(_) => None,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
        }
    }
}

impl From<&str> for Label {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Label {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Arc<str>> for Label {
    fn from(text: Arc<str>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Label {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

/// The key of a column: its label in each level, outermost first.
///
/// A frame with plain columns has keys of one label.
///
/// # Examples
///
/// ```
/// use pose_frame::ColumnKey;
///
/// let key = ColumnKey::new(["DLC_resnet50", "snout", "x"]);
/// assert_eq!(key.to_string(), "DLC_resnet50/snout/x");
/// assert_eq!(key.labels()[1].as_text(), Some("snout"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnKey(Box<[Label]>);

impl ColumnKey {
    /// A key of these labels, outermost level first.
    pub fn new<L: Into<Label>>(labels: impl IntoIterator<Item = L>) -> Self {
        Self(labels.into_iter().map(Into::into).collect())
    }

    /// The labels, one per level.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.0
    }

    /// The column's name where columns have nothing but names: the label of an only level, else the labels as Python
    /// writes a tuple of strings. So pandas calls the columns of a Parquet file.
    ///
    /// Keys that differ only in that a label is a number in one and its digits in the other have the same name.
    ///
    /// # Examples
    ///
    /// ```
    /// use pose_frame::ColumnKey;
    ///
    /// assert_eq!(ColumnKey::new(["x"]).flat_name(), "x");
    /// assert_eq!(ColumnKey::new(["DLC", "it's", "x"]).flat_name(), r#"('DLC', "it's", 'x')"#);
    /// ```
    #[must_use]
    pub fn flat_name(&self) -> String {
        let labels: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        match labels.as_slice() {
            [label] => label.clone(),
            labels => python_repr::tuple_of_text(labels.iter().map(String::as_str)),
        }
    }

    /// The key that Python writes as this tuple of strings and whole numbers; none when the text is anything else.
    ///
    /// # Examples
    ///
    /// ```
    /// use pose_frame::ColumnKey;
    ///
    /// let key = ColumnKey::new(["DLC", "snout", "x"]);
    /// assert_eq!(ColumnKey::parse_tuple(&key.flat_name()), Some(key));
    /// assert_eq!(ColumnKey::parse_tuple("x"), None);
    /// ```
    #[must_use]
    pub fn parse_tuple(text: &str) -> Option<Self> {
        python_repr::parse_tuple(text).map(Self::new)
    }
}

/// Labels with `/` between them: for people, not for parsing.
impl fmt::Display for ColumnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, label) in self.0.iter().enumerate() {
            if level > 0 {
                f.write_str("/")?;
            }
            write!(f, "{label}")?;
        }
        Ok(())
    }
}
