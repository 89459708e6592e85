//! Wide and long: the two layouts of a pose table.
//!
//! A table is wide here: a row per frame, a column per coordinate. Grammars of graphics, databases and R's
//! aniframe want it long: a row per frame and point, and the point named
//! in columns of its own.
//!
//! | frame | scorer | individual | bodypart | x | y | likelihood |
//! |---|---|---|---|---|---|---|
//! | 0 | DLC | mouse1 | snout | 10.5 | 20.5 | 0.9 |
//! | 0 | DLC | mouse1 | tail | 30.5 | 40.5 | 0.8 |
//! | 1 | DLC | mouse1 | snout | 11.5 | 21.5 | 0.9 |
//!
//! [`LongTable`] makes a wide table long and [`WideTable`] a long one wide. Both are tables that read what they are
//! asked for and no more; [`LongLayout`] says which column holds what.
//!
//! # Shape
//!
//! A point is what columns share that differ in their coord alone. T frames of P points are T × P rows: the points of
//! the first frame, in the order of their first column, then those of the second. So row `r` is point `r % P` of frame
//! `r / P`.
//!
//! The columns, in this order:
//!
//! - The frame: the label of the row where rows are counted or labelled by one whole number, else its position, from 0; the
//!   position is called `position` where a level of row labels is called as the frame would be.
//! - The time in seconds, where the frame rate is known and the frame is the label of the row.
//! - The labels of the row, where the frame is not: a column per level, called as the level is, or `row_label_0`,
//!   `row_label_1`, … by its position where it has no name.
//! - A column per level of columns but the coords: called as [`LongNames`] says where its [role](crate::Role) is known,
//!   else as the level is, or `level_0`, `level_1`, … by its position where it has no name.
//! - A column per coord, in the order of their first column: called as [`LongNames`] says, or as the coord is.
//!
//! Coords are the labels of the level with that role; where no level has it, those of the innermost level, if they say
//! what [kind](crate::TableKind) of table it is, as those of skeletons do.
//!
//! # Missing values
//!
//! A coord that a point does not have is missing: NaN, or null where the values are no floats. NaN keeps its bits.
//!
//! # What cannot be long
//!
//! It is an [error](LayoutErrorKind) before anything is read: a table without columns or without coords, a coord of two
//! types, two columns of one name, a level with text and numbers, rows labelled by moments or spans of time.

mod check;
mod error;
mod gather;
mod interleave;
mod long;
mod names;
mod pivot;
mod plan;
mod wide;

pub use error::LayoutErrorKind;
pub use long::LongTable;
pub use names::LongNames;
pub use plan::{Holds, LongColumn, LongLayout};
pub use wide::WideTable;
