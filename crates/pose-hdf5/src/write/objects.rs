//! Texts as pandas keeps them in fixed format: a pickled NumPy array of objects.

use arrow_array::StringArray;

/// A pickle, of protocol 3, of an array of texts with one column.
pub(super) struct ObjectArray {
    out: Vec<u8>,
}

impl ObjectArray {
    /// An array of so many rows.
    pub(super) fn new(rows: usize) -> Self {
        let mut out = Vec::new();
        out.extend_from_slice(b"\x80\x03");
        // numpy.core is what NumPy 2 still answers to, and all that NumPy 1 knows.
        out.extend_from_slice(b"cnumpy.core.multiarray\n_reconstruct\n");
        out.extend_from_slice(b"cnumpy\nndarray\nK\x00\x85C\x01b\x87R");
        // The state: version, shape, type, order of the axes, values.
        out.extend_from_slice(b"(K\x01");
        integer(&mut out, rows);
        out.extend_from_slice(b"K\x01\x86");
        out.extend_from_slice(b"cnumpy\ndtype\nX\x02\0\0\0O8\x89\x88\x87R");
        out.extend_from_slice(b"(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb");
        out.extend_from_slice(b"\x89](");
        Self { out }
    }

    /// The next texts. A missing one is NaN, as pandas has it.
    pub(super) fn extend(&mut self, texts: &StringArray) {
        for text in texts {
            match text {
                None => {
                    self.out.push(b'G');
                    self.out.extend_from_slice(&f64::NAN.to_be_bytes());
                }
                Some(text) => {
                    self.out.push(b'X');
                    // A text of an array is shorter than 2 GiB.
                    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                    self.out.extend_from_slice(&length.to_le_bytes());
                    self.out.extend_from_slice(text.as_bytes());
                }
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.out.extend_from_slice(b"etb.");
        self.out
    }
}

/// A number that has no sign.
fn integer(out: &mut Vec<u8>, number: usize) {
    // LONG1: the length, then the bytes of a number with a sign.
    out.extend_from_slice(b"\x8a\x09");
    out.extend_from_slice(&(number as u64).to_le_bytes());
    out.push(0);
}
