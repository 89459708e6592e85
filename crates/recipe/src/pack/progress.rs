//! How far packing is, and whether it is to go on.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::{ErrorKind, Result};

/// What is told how far packing is, or looking for a recipe, after each batch of frames. What it answers is whether to go on: after a
/// [`Break`](ControlFlow::Break) it ends with [`ErrorKind::Cancelled`], and leaves nothing.
#[derive(Clone)]
pub struct OnProgress(Arc<dyn Fn(Progress<'_>) -> ControlFlow<()> + Send + Sync>);

/// How far packing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// What is being done.
    pub stage: Stage<'a>,
    /// How many frames have been gone through, each as often as it is.
    pub frames: usize,
    /// How many are gone through in all.
    pub of: usize,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage<'a> {
    /// What no array takes goes to Parquet.
    Beside,
    /// This array is packed.
    Array(&'a str),
    /// What was written is read back and compared.
    Comparing,
    /// This candidate is tried on a part of the table, of which the frames are.
    Trying(&'a str),
}

impl OnProgress {
    /// Calls this.
    #[must_use]
    pub fn new(call: impl Fn(Progress<'_>) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    /// The same for a candidate that is tried.
    pub(crate) fn trying(&self, name: String) -> Self {
        let Self(call) = self.clone();
        Self::new(move |progress| call(Progress { stage: Stage::Trying(&name), ..progress }))
    }
}

impl fmt::Debug for OnProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnProgress")
    }
}

/// Counts frames.
pub(crate) struct Counter<'a> {
    on_progress: Option<&'a OnProgress>,
    frames: usize,
    of: usize,
    is_cancelled: bool,
}

impl<'a> Counter<'a> {
    pub(crate) fn new(on_progress: Option<&'a OnProgress>, of: usize) -> Self {
        Self { on_progress, frames: 0, of, is_cancelled: false }
    }

    /// Some more frames have been gone through.
    ///
    /// # Errors
    ///
    /// When packing is to end.
    pub(crate) fn add(&mut self, stage: Stage<'_>, frames: usize) -> Result<()> {
        self.frames = self.of.min(self.frames.saturating_add(frames));
        let progress = Progress { stage, frames: self.frames, of: self.of };
        match self.on_progress.map(|call| (call.0)(progress)) {
            Some(ControlFlow::Break(())) => {
                self.is_cancelled = true;
                Err(ErrorKind::Cancelled.into())
            }
            _ => Ok(()),
        }
    }

    /// Whether packing was to end: where an error went through others' hands, this tells what it was.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }
}
