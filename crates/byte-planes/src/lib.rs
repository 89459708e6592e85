//! The bytes of numbers, sorted by their place in the number, and put back.
//!
//! The sign and exponent of one position in a picture are those of the next; the last bytes of its mantissa are noise.
//! Side by side, the first compress to almost nothing, and what cannot be compressed stands in nobody's way. HDF5 and
//! Blosc call this a shuffle, Parquet `BYTE_STREAM_SPLIT`.
//!
//! # Examples
//!
//! ```
//! let values: Vec<u8> = [1.5_f64, 1.25, 1.75].iter().flat_map(|value| value.to_le_bytes()).collect();
//! let mut planes = vec![0; values.len()];
//! byte_planes::split(8, &values, &mut planes);
//! // The last place holds sign and exponent: three values, three times the same.
//! assert_eq!(planes[7 * 3..], [0x3f, 0x3f, 0x3f]);
//!
//! let mut back = vec![0; values.len()];
//! byte_planes::join(8, &planes, &mut back);
//! assert_eq!(back, values);
//! ```

mod bits;
mod join;
mod split;
mod squares;
mod vectors;

pub use bits::join_bits;
pub use join::join;
pub use split::split;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
