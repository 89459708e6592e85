//! How the footer says that values are ordered.
//!
//! The `parquet` crate says of floats that their statistics are in IEEE 754's total order, an order that Parquet got in
//! 2025. Readers that do not know it pass over the statistics, and then read row groups that they could have skipped
//! (seen with pyarrow 26). Statistics of this crate hold no NaN, and zeros have the sign that the older order
//! asks for: they are the same in both. So the older one is named. The crate has no option for it, but both have three
//! bytes, and stand at the end of the footer.

use std::io::{self, Write};

/// A column order in Thrift's compact protocol: a union with one empty structure, field 1 for the order that the type
/// defines, field 2 for IEEE 754's.
const TYPE_DEFINED: [u8; 3] = [0x1c, 0, 0];
const IEEE_754: [u8; 3] = [0x2c, 0, 0];

/// What follows the orders in a file: the end of the footer, its length, and Parquet's mark.
const END_BYTES: usize = 1 + 4 + 4;

/// Keeps the end of what is written back, until it is known to be the end.
pub(super) struct ColumnOrders<W> {
    out: W,
    num_columns: usize,
    /// The last bytes, as many as the orders and what follows them take.
    kept: Vec<u8>,
}

impl<W: Write> ColumnOrders<W> {
    pub(super) fn new(out: W, num_columns: usize) -> Self {
        Self { out, num_columns, kept: Vec::new() }
    }

    /// Names the order that the type defines for every column, and gives the writer back.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let end = self.kept.len().checked_sub(END_BYTES).filter(|end| *end == self.orders_bytes());
        let orders = end.map(|end| &mut self.kept[..end]);
        // The dependency is pinned, and a test reads the orders back: this shows that the crate writes another footer.
        let orders = orders.ok_or_else(|| io::Error::other("the footer ends without column orders"))?;
        for order in orders.as_chunks_mut().0 {
            if *order != TYPE_DEFINED && *order != IEEE_754 {
                return Err(io::Error::other("the footer ends with column orders that are not known"));
            }
            *order = TYPE_DEFINED;
        }
        self.out.write_all(&self.kept)?;
        Ok(self.out)
    }

    fn orders_bytes(&self) -> usize {
        self.num_columns * TYPE_DEFINED.len()
    }
}

impl<W: Write> Write for ColumnOrders<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let keep = self.orders_bytes() + END_BYTES;
        let total = self.kept.len() + bytes.len();
        let from_kept = total.saturating_sub(keep).min(self.kept.len());
        self.out.write_all(&self.kept[..from_kept])?;
        self.kept.drain(..from_kept);
        let from_bytes = (self.kept.len() + bytes.len()).saturating_sub(keep);
        self.out.write_all(&bytes[..from_bytes])?;
        self.kept.extend_from_slice(&bytes[from_bytes..]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_at_the_end_are_named_anew_however_they_are_written() {
        let file = [&[7; 50][..], &IEEE_754, &TYPE_DEFINED, &IEEE_754, &[0], b"LEN.PAR1"].concat();
        let expected =
            [&[7; 50][..], &TYPE_DEFINED, &TYPE_DEFINED, &TYPE_DEFINED, &[0], b"LEN.PAR1"].concat();
        for piece in [1, 2, 5, 17, 18, 19, file.len()] {
            let mut orders = ColumnOrders::new(Vec::new(), 3);
            for piece in file.chunks(piece) {
                orders.write_all(piece).unwrap();
            }
            assert_eq!(orders.finish().unwrap(), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn another_footer_is_an_error() {
        let mut orders = ColumnOrders::new(Vec::new(), 1);
        orders.write_all(b"too short").unwrap();
        assert!(orders.finish().is_err());
        let mut orders = ColumnOrders::new(Vec::new(), 1);
        orders.write_all(b"this ends otherwise").unwrap();
        assert!(orders.finish().is_err());
    }
}
