//! The type of a column, told from all of its cells as pandas tells it.

use arrow_schema::DataType;

use crate::cell::Cell;

/// What the cells of a column were so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inference(u8);

const MISSING: u8 = 1;
const NEGATIVE: u8 = 1 << 1;
const INTEGER: u8 = 1 << 2;
const UNSIGNED: u8 = 1 << 3;
const HUGE: u8 = 1 << 4;
const FLOAT: u8 = 1 << 5;
const BOOL: u8 = 1 << 6;
const TEXT: u8 = 1 << 7;

impl Inference {
    /// Takes one more cell into account.
    pub(crate) fn observe(&mut self, cell: Cell) {
        self.0 |= match cell {
            Cell::Missing => MISSING,
            Cell::Integer(number) if number < 0 => INTEGER | NEGATIVE,
            Cell::Integer(_) => INTEGER,
            Cell::Unsigned(_) => UNSIGNED,
            Cell::Huge => HUGE,
            Cell::Float => FLOAT,
            Cell::Bool(_) => BOOL,
            Cell::Text => TEXT,
        };
    }

    /// Takes more cells of the column into account.
    pub(crate) fn add(&mut self, others: Self) {
        self.0 |= others.0;
    }

    /// Whether there are cells, and nothing in them.
    pub(crate) fn is_only_missing(self) -> bool {
        self.0 == MISSING
    }

    /// Whether nothing that comes can change the type.
    pub(crate) fn is_text(self) -> bool {
        self.0 & TEXT != 0
    }

    /// The type; none of a column without cells.
    ///
    /// As pandas: whole numbers with a missing one among them are floats, and what is no number for each cell is text.
    /// It makes objects of truth values with a missing one among them; here they are truth values, of which one is null.
    /// Whole numbers beyond 64 bits are numbers of Python there, and text here, so that no digit is lost.
    pub(crate) fn data_type(self) -> Option<DataType> {
        let has = |flags: u8| self.0 & flags != 0;
        let number = INTEGER | UNSIGNED | HUGE | FLOAT;
        if self.0 == 0 {
            return None;
        }
        Some(if has(TEXT) || (has(BOOL) && has(number)) {
            DataType::Utf8
        } else if has(BOOL) {
            DataType::Boolean
        } else if has(FLOAT) || !has(number) {
            DataType::Float64
        } else if has(HUGE) || (has(UNSIGNED) && has(NEGATIVE | MISSING)) {
            DataType::Utf8
        } else if has(UNSIGNED) {
            DataType::UInt64
        } else if has(MISSING) {
            DataType::Float64
        } else {
            DataType::Int64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> Option<DataType> {
        let mut inference = Inference::default();
        for cell in cells {
            inference.observe(Cell::of(cell.as_bytes()));
        }
        inference.data_type()
    }

    #[test]
    fn a_column_has_the_type_that_pandas_gives_it() {
        for (cells, expected) in [
            (&["1", "2"][..], DataType::Int64),
            (&["1", ""], DataType::Float64),
            (&["1", "2.5"], DataType::Float64),
            (&["", ""], DataType::Float64),
            (&["True", "False"], DataType::Boolean),
            (&["True", ""], DataType::Boolean),
            (&["True", "1"], DataType::Utf8),
            (&["1", "a"], DataType::Utf8),
            (&["a", ""], DataType::Utf8),
            (&["18446744073709551615", "1"], DataType::UInt64),
            (&["18446744073709551615", "-1"], DataType::Utf8),
            (&["18446744073709551615", ""], DataType::Utf8),
            (&["18446744073709551616", "1"], DataType::Utf8),
            (&["18446744073709551616", "1.5"], DataType::Float64),
        ] {
            assert_eq!(of(cells), Some(expected), "{cells:?}");
        }
        assert_eq!(of(&[]), None);
    }
}
