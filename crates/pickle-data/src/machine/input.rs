//! The bytes of the pickle.

use super::Machine;
use crate::PickleError;

impl<'a> Machine<'a> {
    pub(super) fn byte(&mut self, what: &'static str) -> Result<u8, PickleError> {
        Ok(self.take(1, what)?[0])
    }

    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], PickleError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    /// A number of `width` bytes that counts something. One beyond the address space is beyond the pickle too.
    pub(super) fn count(&mut self, width: usize, what: &'static str) -> Result<usize, PickleError> {
        let bytes = self.take(width, what)?;
        let count = bytes.iter().rev().fold(0u64, |count, &byte| count << 8 | u64::from(byte));
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    pub(super) fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.position..];
        let taken = rest.get(..count).ok_or(PickleError::Truncated { offset: self.bytes.len(), what })?;
        self.position += count;
        Ok(taken)
    }

    pub(super) fn line(&mut self, what: &'static str) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.position..];
        let length = rest.iter().position(|&byte| byte == b'\n');
        let length = length.ok_or(PickleError::Truncated { offset: self.bytes.len(), what })?;
        self.position += length + 1;
        Ok(&rest[..length])
    }

    pub(super) fn malformed(&self, what: &'static str) -> PickleError {
        PickleError::Malformed { offset: self.opcode_at, what }
    }
}
