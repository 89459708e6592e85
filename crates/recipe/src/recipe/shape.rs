//! The axes of a frame, stated or read from the keys of columns.

mod grid;

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) use grid::{grid, sides};

/// The axes that a frame has in an array.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// As many places as there are columns, the last axis fastest. Columns go there in the order of the table.
    Axes(Vec<usize>),
    /// What the keys say: an axis for each level of several labels, as long as each combination of labels is there once. Coords are
    /// the last axis. A level of text that holds several whole numbers, such as `y12_x7`, is an axis for each. Labels that are numbers
    /// are in the order of numbers, others as they come first in the table; columns go where their labels say.
    Inferred,
}

impl Shape {
    /// The most axes of a frame.
    pub const MAX_AXES: usize = 8;

    const WORD: &str = "inferred";
}

impl From<Vec<usize>> for Shape {
    fn from(axes: Vec<usize>) -> Self {
        Self::Axes(axes)
    }
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Axes(axes) => axes.serialize(serializer),
            Self::Inferred => serializer.serialize_str(Self::WORD),
        }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AxesOrWord;

        impl<'de> Visitor<'de> for AxesOrWord {
            type Value = Shape;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of axes, or \"inferred\"")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Shape, E> {
                match word {
                    Shape::WORD => Ok(Shape::Inferred),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut axes: A) -> Result<Shape, A::Error> {
                let mut all = Vec::new();
                while let Some(axis) = axes.next_element()? {
                    all.push(axis);
                }
                Ok(Shape::Axes(all))
            }
        }

        deserializer.deserialize_any(AxesOrWord)
    }
}

/// How many principal components of the columns that vary together are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Components {
    /// All that make a difference.
    All,
    /// At most so many: those with the largest variance.
    AtMost(usize),
}

impl Components {
    const WORD: &str = "all";

    pub(crate) fn options(self) -> vidpack::Components {
        match self {
            Self::All => vidpack::Components::default(),
            Self::AtMost(count) => vidpack::Components::at_most(count),
        }
    }
}

impl Serialize for Components {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str(Self::WORD),
            Self::AtMost(count) => count.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Components {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountOrWord;

        impl Visitor<'_> for CountOrWord {
            type Value = Components;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("how many components there are to be, or \"all\"")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Components, E> {
                match word {
                    Components::WORD => Ok(Components::All),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Components, E> {
                let count = usize::try_from(count);
                let unexpected = de::Unexpected::Other("a number that no memory counts");
                Ok(Components::AtMost(count.map_err(|_| E::invalid_value(unexpected, &self))?))
            }
        }

        deserializer.deserialize_any(CountOrWord)
    }
}
