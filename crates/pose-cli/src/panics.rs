//! A defect of ours is one line too.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Mutex;

use anyhow::anyhow;

static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Runs a verb. Panics that a library catches in itself (see pose-parquet's guard) stay silent; one that gets here is
/// a defect, and is reported as such.
pub(crate) fn contained<T>(run: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    // The full report is a developer's business, who asks for it as everywhere in Rust.
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
            if let Ok(mut last) = LAST.lock() {
                *last = Some(panic.to_string());
            }
        }));
    }
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let what = LAST.lock().ok().and_then(|mut last| last.take()).unwrap_or_default();
        Err(anyhow!("this is a defect of pose, please report it: {what}"))
    })
}
