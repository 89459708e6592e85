//! Python pickles, read as data, never run.
//!
//! A pickle is a program for a stack machine, and Python runs whatever it says: that is why nobody should unpickle a
//! file from elsewhere. Most pickles need none of that power. They hold lists, dictionaries, texts and numbers, and
//! this crate reads those, of protocols 0 to 5, written by Python 2 or 3. Nothing is ever called or imported.
//!
//! | | unknown names, and objects made by them | take it for |
//! |---|---|---|
//! | [`Pickle::decode`] | refused, by name | pickles whose content is known, such as the attributes of pandas and PyTables |
//! | [`Pickle::decode_tolerant`] | become opaque objects that keep their name; what stands around them is read | pickles of programs that put some object of their own beside what is wanted |
//!
//! NumPy's numbers and arrays are read as what they are ([`Object::as_integer`], [`Object::as_numbers`],
//! [`Object::object_array`]), and so are time zones ([`Object::time_zone`]).
//!
//! Decoded objects lie in one arena and refer to each other by position. So nothing here recurses, an object that a
//! million others share is stored once, and memory is bounded by the length of the pickle: at most about a hundred
//! bytes for each of its own.
//!
//! [`Value`] goes the other way: it writes protocol 0, the one that every Python reads, densely.
//!
//! # Examples
//!
//! ```
//! use pickle_data::Pickle;
//!
//! // pickle.dumps({'names': ['scorer', None], 'rows': 7}, protocol=0)
//! let pickle = Pickle::decode(b"(dp0\nVnames\np1\n(lp2\nVscorer\np3\naNasVrows\np4\nI7\ns.")?;
//! let names = pickle.root().value_of("names").expect("it is there").sequence()?;
//! assert_eq!(&**names.get(0).expect("the first").text()?, "scorer");
//! assert!(names.get(1).expect("the second").is_none());
//! assert_eq!(pickle.root().value_of("rows").and_then(|rows| rows.as_integer()), Some(7));
//!
//! // A pickle that would call `os.system` when Python reads it.
//! let error = Pickle::decode(b"cos\nsystem\n(S'true'\ntR.").expect_err("it is not data");
//! assert_eq!(error.to_string(), "the pickle refers to os.system, which is not allowed");
//! # Ok::<(), pickle_data::PickleError>(())
//! ```

mod error;
mod machine;
mod numpy;
mod pickle;
mod symbol;
mod text;
mod value;
mod zone;

pub use error::PickleError;
pub use numpy::{NumberArray, ObjectArray};
pub use pickle::{Items, Object, Pickle};
pub use value::Value;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests;
