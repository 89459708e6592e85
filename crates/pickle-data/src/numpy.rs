//! The NumPy objects that pickles hold: numbers, arrays of numbers, and arrays of objects.
//!
//! Their shape is that of `ndarray.__reduce__` and `ndarray.__reduce_ex__(5)` in NumPy 1 and 2.

use std::borrow::Cow;

use crate::pickle::Node;
use crate::symbol::Symbol;
use crate::{Items, Object, PickleError};

/// A pickled NumPy array of Python objects.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ObjectArray<'a> {
    /// Rows, and columns when there are two axes.
    pub rows: usize,
    /// The length of the second axis; 1 without one.
    pub columns: usize,
    items: Items<'a>,
}

impl<'a> ObjectArray<'a> {
    /// The object in a row of a column. Objects are pickled row by row, however they lay in memory.
    ///
    /// # Panics
    ///
    /// When there is no such row or column.
    #[must_use]
    pub fn at(&self, row: usize, column: usize) -> Object<'a> {
        assert!(row < self.rows && column < self.columns, "object {row}, {column}");
        self.items.get(row * self.columns + column).expect("the shape was checked")
    }
}

/// A pickled NumPy array of numbers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NumberArray {
    /// The lengths of its axes.
    pub shape: Vec<usize>,
    /// Its numbers, row by row. Integers of more than 53 bits are rounded.
    pub values: Vec<f64>,
}

/// A number as NumPy stores it: its kind (`i`, `u`, `f` or `b`) and its bytes, least significant first.
struct Scalar {
    kind: u8,
    width: u32,
    bits: u64,
}

impl Scalar {
    fn of(kind: u8, bytes: &[u8], order: &str) -> Option<Self> {
        let width = u32::try_from(bytes.len()).ok().filter(|width| (1..=8).contains(width))?;
        let mut bits = [0; 8];
        bits[..bytes.len()].copy_from_slice(bytes);
        if order == ">" {
            bits[..bytes.len()].reverse();
        }
        Some(Self { kind, width, bits: u64::from_le_bytes(bits) })
    }

    fn integer(&self) -> Option<i64> {
        match self.kind {
            b'u' => i64::try_from(self.bits).ok(),
            b'i' => {
                let unused = 64 - 8 * self.width;
                Some((self.bits << unused).cast_signed() >> unused)
            }
            _ => None,
        }
    }

    fn float(&self) -> Option<f64> {
        match (self.kind, self.width) {
            (b'f', 8) => Some(f64::from_bits(self.bits)),
            (b'f', 4) => u32::try_from(self.bits).ok().map(|bits| f64::from(f32::from_bits(bits))),
            _ => None,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "the documentation of the values says so")]
    fn number(&self) -> Option<f64> {
        match self.kind {
            b'u' => Some(self.bits as f64),
            b'b' => Some(self.bits as f64).filter(|_| self.width == 1),
            _ => self.float().or_else(|| self.integer().map(|number| number as f64)),
        }
    }
}

impl<'a> Object<'a> {
    /// The NumPy array of objects that this is, of one axis or two.
    ///
    /// # Errors
    ///
    /// When this is none.
    pub fn object_array(self) -> Result<ObjectArray<'a>, PickleError> {
        let expected = || self.unexpected("an array of objects");
        let Node::Call { symbol: Symbol::Reconstruct, state: Some(state), .. } = self.node() else {
            return Err(expected());
        };
        // (version, shape, dtype, is Fortran order, values); values are a list only when they are objects.
        let state = self.at(*state).as_tuple().filter(|state| state.len() == 5).ok_or_else(expected)?;
        let part = |position| state.get(position).ok_or_else(expected);
        let Node::List(_) = part(4)?.node() else { return Err(expected()) };
        let items = part(4)?.sequence()?;
        let (rows, columns) = match part(1)?.axes().as_deref() {
            Some([rows]) => (*rows, 1),
            Some([rows, columns]) => (*rows, *columns),
            _ => return Err(expected()),
        };
        if rows.checked_mul(columns) != Some(items.len()) {
            return Err(expected());
        }
        Ok(ObjectArray { rows, columns, items })
    }

    /// The NumPy array of numbers that this is: integers, booleans, or floats of 32 or 64 bits.
    ///
    /// A tolerant reading also knows the way in which protocol 5 writes arrays.
    ///
    /// # Examples
    ///
    /// ```
    /// use pickle_data::Pickle;
    ///
    /// // pickle.dumps(numpy.array([1, -2], dtype='int16'), protocol=2), by Python 2
    /// let bytes = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87Rq\x03\
    ///     (K\x01K\x02\x85cnumpy\ndtype\nq\x04U\x02i2K\x00K\x01\x87Rq\x05(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\
    ///     \xffK\x00tb\x89U\x04\x01\x00\xfe\xfftb.";
    /// let array = Pickle::decode(bytes)?.root().as_numbers().expect("an array");
    /// assert_eq!((array.shape, array.values), (vec![2], vec![1.0, -2.0]));
    /// # Ok::<(), pickle_data::PickleError>(())
    /// ```
    #[must_use]
    pub fn as_numbers(self) -> Option<NumberArray> {
        let (shape, dtype, row_by_row, bytes) = match self.node() {
            Node::Call { symbol: Symbol::Reconstruct, state: Some(state), .. } => {
                let state = self.at(*state).as_tuple().filter(|state| state.len() == 5)?;
                let fortran = state.get(3)?.as_bool()?;
                (state.get(1)?.axes()?, state.get(2)?, !fortran, state.get(4)?.bytes()?)
            }
            Node::Call { symbol: Symbol::FromBuffer, args, .. } => {
                let args = self.at(*args).as_tuple()?;
                let row_by_row = **args.get(3)?.as_text()? == *"C";
                (args.get(2)?.axes()?, args.get(1)?, row_by_row, args.get(0)?.bytes()?)
            }
            _ => return None,
        };
        let [code, order] = dtype.dtype()?;
        let width: usize = code.get(1..)?.parse().ok().filter(|width| (1..=8).contains(width))?;
        let count = shape.iter().try_fold(1usize, |count, &axis| count.checked_mul(axis))?;
        if count.checked_mul(width) != Some(bytes.len()) || !(row_by_row || shape.len() <= 1) {
            return None;
        }
        let numbers = bytes.chunks_exact(width);
        let values = numbers.map(|bytes| Scalar::of(code.as_bytes()[0], bytes, order)?.number());
        Some(NumberArray { values: values.collect::<Option<_>>()?, shape })
    }

    pub(crate) fn numpy_integer(self) -> Option<i64> {
        self.scalar()?.integer()
    }

    pub(crate) fn numpy_float(self) -> Option<f64> {
        self.scalar()?.float()
    }

    pub(crate) fn numpy_bool(self) -> Option<bool> {
        let scalar = self.scalar()?;
        (scalar.kind == b'b' && scalar.width == 1).then_some(scalar.bits != 0)
    }

    /// The value of `numpy.int64(…)` and its like.
    fn scalar(self) -> Option<Scalar> {
        let Node::Call { symbol: Symbol::Scalar, args, .. } = self.node() else { return None };
        let args = self.at(*args).as_tuple()?;
        let [code, order] = args.get(0)?.dtype()?;
        let bytes = args.get(1)?.bytes()?;
        let width: usize = code.get(1..)?.parse().ok()?;
        if bytes.len() == width { Scalar::of(code.as_bytes()[0], &bytes, order) } else { None }
    }

    fn axes(self) -> Option<Vec<usize>> {
        self.as_tuple()?.iter().map(|axis| usize::try_from(axis.as_integer()?).ok()).collect()
    }

    /// Type code and byte order of a dtype, such as `i8` and `<`.
    fn dtype(self) -> Option<[&'a str; 2]> {
        let Node::Call { symbol: Symbol::DType, args, state } = self.node() else { return None };
        let code = self.at(*args).as_tuple()?.get(0)?.as_text()?;
        let order = state.and_then(|state| self.at(state).as_tuple()?.get(1)?.as_text());
        Some([code, order.map_or("<", |order| order)])
    }

    /// Bytes, also as protocol 0 writes them: a text to be encoded as Latin-1.
    fn bytes(self) -> Option<Cow<'a, [u8]>> {
        match self.node() {
            Node::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            Node::Text(text) => latin1(text),
            Node::Call { symbol: Symbol::Encode, args, .. } => {
                let args = self.at(*args).as_tuple()?;
                let encoding = args.get(1)?.as_text()?;
                if &**encoding == "latin1" { latin1(args.get(0)?.as_text()?) } else { None }
            }
            Node::Call { symbol: Symbol::Bytes, .. } => Some(Cow::Borrowed(&[])),
            _ => None,
        }
    }
}

fn latin1<'a>(text: &str) -> Option<Cow<'a, [u8]>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}
