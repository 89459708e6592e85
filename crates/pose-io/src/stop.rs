//! Ending early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks a migration, or the packing of a folder, to begin no more files: those that it is at work on are finished, verified and
/// reported. Asks the packing of one table to end, and to leave nothing.
///
/// Clones are one and the same, so that one can wait for a signal while the other is given away.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks. It cannot be taken back.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
