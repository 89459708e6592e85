//! What columns and row labels are called where a table is nothing but named columns: in Parquet, Polars, arrow2.

#[cfg(any(feature = "polars", feature = "arrow2"))]
mod columns;
mod error;
#[cfg(any(feature = "polars", feature = "arrow2"))]
mod labels;

use std::collections::HashSet;

use crate::{IndexField, PoseSchema};

#[cfg(any(feature = "polars", feature = "arrow2"))]
pub(crate) use columns::FlatColumns;
#[cfg(any(feature = "polars", feature = "arrow2"))]
pub use columns::RowColumns;
pub use error::FlatErrorKind;
#[cfg(feature = "polars")]
pub(crate) use labels::seconds_as_milliseconds;

/// What the columns and row labels of a table are called where it is nothing but named columns: as pandas with pyarrow
/// calls them.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use pose_frame::{FlatNames, PoseTable, testing};
///
/// let names = FlatNames::of(testing::predictions(1).schema());
/// assert_eq!(names.columns[0], "('DLC_net', 'snout', 'x')");
/// assert_eq!(names.index, ["__index_level_0__"]);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatNames {
    /// One per column: its [`flat_name`](crate::ColumnKey::flat_name). Those of two columns can be the same.
    pub columns: Vec<String>,
    /// One per level of row labels, a range having one: its own, or `__index_level_0__` and so on where it has none
    /// or a column has it. They differ from each other and from those of the columns.
    pub index: Vec<String>,
}

impl FlatNames {
    /// The names for a table of this schema.
    #[must_use]
    pub fn of(schema: &PoseSchema) -> Self {
        let columns: Vec<String> = schema.columns().iter().map(|column| column.key.flat_name()).collect();
        let taken: HashSet<&str> = columns.iter().map(String::as_str).collect();
        let mut index: Vec<String> = Vec::new();
        for (level, IndexField { name, .. }) in schema.index().fields().into_iter().enumerate() {
            let is_free = |name: &str| !taken.contains(name) && !index.iter().any(|other| other == name);
            let own = name.as_deref().filter(|name| is_free(name) && !Self::is_placeholder(name));
            let flat_name = own.map_or_else(|| placeholder(level, name.as_deref(), is_free), str::to_owned);
            index.push(flat_name);
        }
        Self { columns, index }
    }

    /// Whether pandas takes this for the name of a level of row labels that has none.
    #[must_use]
    pub fn is_placeholder(name: &str) -> bool {
        let level = name.strip_prefix("__index_level_").and_then(|rest| rest.strip_suffix("__"));
        level.is_some_and(|level| !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

/// A free name for a level that has none, or whose own is taken: `__index_level_0__` and so on, as pyarrow counts.
///
/// It differs from the level's own name, because pandas takes a level that is named as its column is, by a
/// placeholder, for one without a name.
fn placeholder(level: usize, own: Option<&str>, is_free: impl Fn(&str) -> bool) -> String {
    let mut number = level;
    loop {
        let name = format!("__index_level_{number}__");
        if is_free(&name) && own != Some(&*name) {
            return name;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use arrow_schema::DataType;

    use super::*;
    use crate::{Column, ColumnKey, IndexSchema};

    fn names(columns: &[&str], levels: &[Option<&str>]) -> Vec<String> {
        let column = |name: &&str| Column::new(ColumnKey::new([*name]), DataType::Float64);
        let level =
            |name: Option<&str>| IndexField { name: name.map(Into::into), data_type: DataType::Int64 };
        let index = IndexSchema::Multi(levels.iter().copied().map(level).collect());
        let schema = PoseSchema::new(vec![None], columns.iter().map(column).collect(), index);
        FlatNames::of(&schema.expect("it is well formed")).index
    }

    #[test]
    fn row_labels_are_called_as_their_level_where_nothing_else_is() {
        assert_eq!(names(&["x"], &[Some("video"), None]), ["video", "__index_level_1__"]);
        assert_eq!(
            names(&["x"], &[Some("x"), Some("a"), Some("a")]),
            ["__index_level_0__", "a", "__index_level_2__"]
        );
    }

    #[test]
    fn a_placeholder_is_taken_once_and_is_no_name() {
        assert_eq!(names(&["__index_level_0__"], &[None, None]), ["__index_level_1__", "__index_level_2__"]);
        assert_eq!(names(&["x"], &[Some("__index_level_0__")]), ["__index_level_1__"]);
        assert!(!FlatNames::is_placeholder("__index_level___") && !FlatNames::is_placeholder("frame"));
    }
}
