//! What can go wrong.

use std::fmt;

use crate::ElementType;

/// Why an array could not be packed or restored.
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The array has a shape that has no place in a video.
    #[error("an array of shape {shape:?} cannot be laid out: {why}")]
    Shape {
        /// Its axes.
        shape: Vec<usize>,
        /// What is wrong with them.
        why: &'static str,
    },
    /// The contract makes no sense, or not for this array.
    #[error("the contract cannot be kept: {why}")]
    Contract {
        /// What is wrong with it.
        why: String,
    },
    /// A plan contradicts itself, or claims what cannot be.
    #[error("the plan is damaged: {what}")]
    Plan {
        /// What was expected and found.
        what: String,
    },
    /// The bytes beside the videos are not those that the plan speaks of.
    #[error("the side data are damaged: {what}")]
    SideData {
        /// What was expected and found.
        what: String,
    },
    /// A frame is not the one that was expected.
    #[error("frame {frame} of stream {stream}: {what}")]
    Frame {
        /// The stream in the plan.
        stream: usize,
        /// The frame in the stream.
        frame: usize,
        /// What was expected and found.
        what: String,
    },
    /// Two arrays that belong together do not match.
    #[error("expected {expected} of shape {expected_shape:?}, found {found} of shape {found_shape:?}")]
    Mismatch {
        /// The type that was expected.
        expected: ElementType,
        /// The shape that was expected.
        expected_shape: Vec<usize>,
        /// The type that was found.
        found: ElementType,
        /// The shape that was found.
        found_shape: Vec<usize>,
    },
    /// A principal component analysis has nothing to work on.
    #[error("no principal components: {why}")]
    Components {
        /// What is missing.
        why: &'static str,
    },
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    pub(crate) fn plan(what: impl Into<String>) -> Self {
        ErrorKind::Plan { what: what.into() }.into()
    }

    pub(crate) fn contract(why: impl Into<String>) -> Self {
        ErrorKind::Contract { why: why.into() }.into()
    }

    pub(crate) fn side(what: impl Into<String>) -> Self {
        ErrorKind::SideData { what: what.into() }.into()
    }

    pub(crate) fn shape(shape: &[usize], why: &'static str) -> Self {
        ErrorKind::Shape { shape: shape.to_vec(), why }.into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}
