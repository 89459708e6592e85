//! How much memory reading takes, and how long.

use std::panic;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

/// Counts for the whole program, which is why these tests are a program of their own.
#[global_allocator]
static COUNTED: PeakAlloc = PeakAlloc;

/// One test at a time, so that the count is of one file, and of nothing that another test makes.
static ONE: Mutex<()> = Mutex::new(());

/// Waits until no other test runs, and keeps others waiting.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reading may take this, whatever the file: a page may claim 1 MiB in any case, and each thread has a context of zstd.
const ANY_BYTES: usize = 16 << 20;

/// And this for each byte of the file: a column of a footer is kept in 600 bytes of memory, and takes 60 in the file.
const PER_BYTE: usize = 64;

/// What one reading took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

impl Cost {
    pub(crate) fn most(self, other: Self) -> Self {
        Self { bytes: self.bytes.max(other.bytes), time: self.time.max(other.time) }
    }
}

/// Makes what takes much memory while nobody counts.
pub(crate) fn uncounted<T>(make: impl FnOnce() -> T) -> T {
    make()
}

/// Runs a reading of a file of so many bytes, and says what it took.
pub(crate) fn bounded(what: &str, file_bytes: usize, read: impl FnOnce()) -> Cost {
    silence_decoder();
    let started = Instant::now();
    let before = COUNTED.current_usage();
    COUNTED.reset_peak_usage();
    read();
    let bytes = COUNTED.peak_usage().saturating_sub(before);
    let time = started.elapsed();
    let limit = ANY_BYTES + PER_BYTE * file_bytes;
    assert!(
        bytes <= limit,
        "{what}: reading {file_bytes} bytes took {bytes} bytes of memory, more than {limit}"
    );
    assert!(time < Duration::from_secs(5), "{what}: reading took {time:?}");
    Cost { bytes, time }
}

/// What the `parquet` crate, or Arrow below it, panics with is caught. To print where it came from takes tens of MB, where that is wanted.
fn silence_decoder() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let of_decoder = |file: &str| {
                let file = file.replace('\\', "/");
                ["/parquet-", "/arrow-"].iter().any(|name| file.contains(name))
            };
            if !panic.location().is_some_and(|location| of_decoder(location.file())) {
                usual(panic);
            }
        }));
    });
}
