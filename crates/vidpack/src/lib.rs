//! Numeric arrays in video files, bit-exact or within a stated bound, verified.

mod array;
mod choose;
mod contract;
mod error;
mod layout;
mod mask;
mod plan;
mod restore;
mod segment;
mod transform;

pub use array::{Array, ArrayView, Element, ElementType};
pub use contract::{Bound, Contract, Options, Planes};
pub use error::{Error, ErrorKind};
pub use layout::{Layout, MAX_CHANNELS, MAX_SEGMENT_BYTES, MIN_SIDE};
pub use plan::{Bits, ChannelPlan, Content, SegmentPlan, StreamPlan};
pub use restore::Restorer;
pub use segment::Segment;
pub use transform::{Predictor, Scheme};
