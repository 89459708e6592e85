//! Little-endian bytes, as HDF5 keeps them.

/// An address that leads nowhere.
pub(crate) const UNDEFINED: u64 = u64::MAX;

/// Bytes that are being put together.
pub(crate) trait PutBytes {
    fn put_u8(&mut self, value: u8);
    fn put_u16(&mut self, value: u16);
    fn put_u32(&mut self, value: u32);
    fn put_u64(&mut self, value: u64);
    fn put_zeros(&mut self, count: usize);
    /// Zeros up to the next multiple of eight, counted from `start`.
    fn pad_to_8(&mut self, start: usize);
}

impl PutBytes for Vec<u8> {
    fn put_u8(&mut self, value: u8) {
        self.push(value);
    }

    fn put_u16(&mut self, value: u16) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_zeros(&mut self, count: usize) {
        self.resize(self.len() + count, 0);
    }

    fn pad_to_8(&mut self, start: usize) {
        self.resize(start + (self.len() - start).next_multiple_of(8), 0);
    }
}
