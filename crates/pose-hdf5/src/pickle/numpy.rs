//! The NumPy objects that pandas pickles: arrays of objects, and single numbers.
//!
//! Their shape is that of `ndarray.__reduce__` in NumPy 1 and 2.

use super::symbol::Symbol;
use super::{Items, Node, Object};
use crate::PickleError;

/// A pickled NumPy array of Python objects.
#[derive(Clone, Copy)]
pub(crate) struct ObjectArray<'a> {
    /// Rows, and columns when there are two axes.
    pub(crate) rows: usize,
    /// The length of the second axis; 1 without one.
    pub(crate) columns: usize,
    items: Items<'a>,
}

impl<'a> ObjectArray<'a> {
    /// The object in a row of a column. Objects are pickled row by row, however they lay in memory.
    ///
    /// # Panics
    ///
    /// When there is no such row or column.
    pub(crate) fn at(&self, row: usize, column: usize) -> Object<'a> {
        assert!(row < self.rows && column < self.columns, "object {row}, {column}");
        self.items.get(row * self.columns + column).expect("the shape was checked")
    }
}

impl<'a> Object<'a> {
    /// The array of objects that this is.
    pub(crate) fn object_array(self) -> Result<ObjectArray<'a>, PickleError> {
        let expected = || self.unexpected("an array of objects");
        let Node::Call { symbol: Symbol::Reconstruct, state: Some(state), .. } = self.node() else {
            return Err(expected());
        };
        // (version, shape, dtype, is Fortran order, values); values are a list only when they are objects.
        let state = self.at(*state).as_tuple().filter(|state| state.len() == 5).ok_or_else(expected)?;
        let part = |position| state.get(position).ok_or_else(expected);
        let Node::List(_) = part(4)?.node() else { return Err(expected()) };
        let items = part(4)?.sequence()?;
        let shape: Option<Vec<usize>> = part(1)?
            .as_tuple()
            .and_then(|axes| axes.iter().map(|axis| usize::try_from(axis.as_integer()?).ok()).collect());
        let (rows, columns) = match shape.as_deref() {
            Some([rows]) => (*rows, 1),
            Some([rows, columns]) => (*rows, *columns),
            _ => return Err(expected()),
        };
        if rows.checked_mul(columns) != Some(items.len()) {
            return Err(expected());
        }
        Ok(ObjectArray { rows, columns, items })
    }

    /// The value of `numpy.int64(…)` and its like.
    pub(super) fn numpy_integer(self) -> Option<i64> {
        let Node::Call { symbol: Symbol::Scalar, args, .. } = self.node() else { return None };
        let args = self.at(*args).as_tuple()?;
        let [code, order] = args.get(0)?.dtype()?;
        let bytes = args.get(1)?.bytes()?;
        let width: usize = code.get(1..)?.parse().ok()?;
        if bytes.len() != width || width > 8 {
            return None;
        }
        let mut number = [0; 8];
        number[..width].copy_from_slice(&bytes);
        if order == ">" {
            number[..width].reverse();
        }
        let unsigned = u64::from_le_bytes(number);
        match code.as_bytes()[0] {
            b'u' => i64::try_from(unsigned).ok(),
            b'i' => {
                let unused = 64 - 8 * u32::try_from(width).ok()?;
                Some(unsigned.checked_shl(unused)?.cast_signed() >> unused)
            }
            _ => None,
        }
    }

    /// Type code and byte order of a dtype, such as `i8` and `<`.
    fn dtype(self) -> Option<[&'a str; 2]> {
        let Node::Call { symbol: Symbol::DType, args, state } = self.node() else { return None };
        let code = self.at(*args).as_tuple()?.get(0)?.as_text()?;
        let order = state.and_then(|state| self.at(state).as_tuple()?.get(1)?.as_text());
        Some([code, order.map_or("<", |order| order)])
    }

    /// Bytes, also as protocol 0 writes them: a text to be encoded as Latin-1.
    fn bytes(self) -> Option<Vec<u8>> {
        match self.node() {
            Node::Bytes(bytes) => Some(bytes.to_vec()),
            Node::Text(text) => latin1(text),
            Node::Call { symbol: Symbol::Encode, args, .. } => {
                let args = self.at(*args).as_tuple()?;
                let encoding = args.get(1)?.as_text()?;
                if &**encoding == "latin1" { latin1(args.get(0)?.as_text()?) } else { None }
            }
            Node::Call { symbol: Symbol::Bytes, .. } => Some(Vec::new()),
            _ => None,
        }
    }
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}
