//! How numbers become integers, and these become small.

pub(crate) mod fit;
mod neighbours;
pub(crate) mod predict;
pub(crate) mod scheme;
pub(crate) mod split;
pub(crate) mod vectors;

pub(crate) use fit::Patch;
pub use predict::Predictor;
pub use scheme::Scheme;
