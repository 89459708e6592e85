//! What a CSV file does not keep.

use std::fmt;

use arrow_schema::DataType;

use crate::shape::Shape;

/// Something that a table has and a CSV file of it has no place for. Values are never among it: a table whose values would
/// come back as others is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// Columns, or levels of row labels, come back as another type that holds the same values.
    Type {
        /// How many.
        columns: usize,
        /// What they are.
        from: DataType,
        /// What they come back as.
        to: DataType,
    },
    /// Missing floats that have a sign or a payload come back as the plain NaN.
    NanBits {
        /// How many.
        values: u64,
    },
    /// Names of levels of columns or rows.
    Names {
        /// The names, as far as there are any.
        names: Vec<String>,
    },
    /// Labels of columns that are numbers come back as text.
    NumberedColumns,
    /// What is known beside the values: frame rate, video, crop, project, skeleton.
    Metadata,
    /// The file does not say which of its rows and columns are labels: who reads it has to say so.
    Told {
        /// What has to be said.
        shape: Shape,
    },
    /// Nothing is in the first row, which pandas, and DeepLabCut with it, takes for names of the row labels and loses.
    FirstRow,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { columns, from, to } => {
                let plural = if *columns == 1 { "column comes" } else { "columns come" };
                write!(f, "{columns} {plural} back as {to} instead of {from}, with the same values")
            }
            Self::NanBits { values } => {
                write!(f, "{values} missing values come back as plain NaN, without their sign and payload")
            }
            Self::Names { names } => write!(f, "names of levels are not kept: {}", names.join(", ")),
            Self::NumberedColumns => f.write_str("columns that are called by numbers come back called by text"),
            Self::Metadata => f.write_str("what is known beside the values (frame rate, video, crop, project, skeleton) is not kept"),
            Self::Told { shape } => {
                let (rows, columns) = (shape.header_rows, shape.index_columns);
                write!(f, "a reader has to be told of {rows} header rows and {columns} columns of row labels")
            }
            Self::FirstRow => f.write_str(
                "nothing is in the first row, which pandas and DeepLabCut take for names of row labels and lose",
            ),
        }
    }
}
