//! What stands in for the filters of PyTables without the feature `pytables-filters`: there are none.

use std::ops::Range;

use crate::read::ReaderError;

/// A filter of PyTables, of which there is none.
#[derive(Clone, Copy)]
pub(super) enum OfPyTables {}

/// What decoding needs: nothing.
#[derive(Default)]
pub(super) struct Tools;

impl OfPyTables {
    pub(super) fn of(_: u16) -> Option<Self> {
        None
    }

    pub(super) fn decodes_parts(self) -> bool {
        match self {}
    }

    pub(super) fn is_blosc2(self) -> bool {
        match self {}
    }

    pub(super) fn expansion(self) -> Option<u64> {
        match self {}
    }

    pub(super) fn undo(
        self,
        _: &[u8],
        _: usize,
        _: &mut Vec<u8>,
        _: &mut Tools,
    ) -> Result<usize, ReaderError> {
        match self {}
    }

    pub(super) fn undo_part(
        self,
        _: &[u8],
        _: usize,
        _: Range<usize>,
        _: &mut Vec<u8>,
        _: &mut Tools,
    ) -> Result<(), ReaderError> {
        match self {}
    }
}
