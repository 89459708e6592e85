//! Waiting for the network.

use std::io;
use std::sync::{LazyLock, mpsc};

use tokio::runtime::{Builder, Runtime};

use super::ObjectError;

/// One thread that attends to all connections, for as long as the program runs. It only waits and copies; what is
/// fetched is decoded by whoever asked for it.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(1).thread_name("pose-stores").enable_all().build()
});

/// Runs something on the network's thread, and waits for what it gives. Unlike tokio's own `block_on` it may be called
/// from any thread, also from one of another runtime.
pub(crate) fn wait<T: Send + 'static>(
    run: impl Future<Output = T> + Send + 'static,
) -> Result<T, ObjectError> {
    let (done, result) = mpsc::sync_channel(1);
    let runtime = RUNTIME.as_ref().map_err(|error| {
        let reason = format!("there is no thread for the network: {error}");
        ObjectError::Store { reason }
    })?;
    runtime.spawn(async move {
        // Nobody is left to be told when the caller is gone.
        let _ = done.send(run.await);
    });
    result.recv().map_err(|_| ObjectError::Store { reason: "the request was given up".to_owned() })
}
