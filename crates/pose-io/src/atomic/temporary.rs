//! Files under temporary names: made, listed, and swept up after a writer that was killed.
//!
//! A temporary file is locked (`flock`) from its creation until it has its name, and the kernel gives the lock back when
//! the writer is gone, however it went. So a file that can be locked is nobody's. On some network file systems a lock is
//! known on one machine only; that is why names say which kernel made them, and what another one made is left for a day.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

const PREFIX: &str = ".pose-";
const SUFFIX: &str = ".tmp";

/// How often a file is made anew that another program swept up between its creation and its lock.
const ATTEMPTS: usize = 16;

/// How long a file of another machine, or of this one before it was started anew, must not have been written to before it
/// counts as left behind. Longer than the comparison of the largest table takes, during which nothing is written.
#[cfg(all(unix, feature = "hdf5", feature = "parquet"))]
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

/// The temporary files of this process.
static LIVE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Held to read by whoever makes a temporary name, and to write, for good, by whoever ends the process.
static ENDING: RwLock<()> = RwLock::new(());

/// Removes the temporary files of this process, for a program that is about to end without unwinding, as on a signal.
///
/// Targets stay as they are. From then on no temporary file can be made: whoever tries waits for the end of the process.
pub fn discard_temporaries() {
    const PATIENCE: u32 = 200;
    for _ in 0..PATIENCE {
        match ENDING.try_write() {
            // Never given back.
            Ok(ending) => mem::forget(ending),
            Err(TryLockError::Poisoned(ending)) => mem::forget(ending.into_inner()),
            // A disk that does not answer must not keep the program from ending.
            Err(TryLockError::WouldBlock) => {
                thread::sleep(Duration::from_millis(10));
                continue;
            }
        }
        break;
    }
    for path in mem::take(&mut *live()) {
        // It may have got its name just now, or be gone already.
        let _ = std::fs::remove_file(path);
    }
}

/// Keeps the process from being ended by [`discard_temporaries`] in the midst of something short.
pub(super) fn not_ending() -> RwLockReadGuard<'static, ()> {
    ENDING.read().unwrap_or_else(PoisonError::into_inner)
}

fn live() -> std::sync::MutexGuard<'static, BTreeSet<PathBuf>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary file's place in the list of this process.
#[derive(Debug)]
pub(super) struct Listed(PathBuf);

impl Listed {
    fn new(path: &Path) -> Self {
        live().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        live().remove(&self.0);
    }
}

/// Makes a file of a temporary name in a folder, locked and listed.
pub(super) fn create(folder: &Path) -> io::Result<(NamedTempFile, Listed)> {
    let _not_ending = not_ending();
    let prefix = prefix();
    let mut builder = tempfile::Builder::new();
    // Readable by whoever may read files that this user writes, not by the user alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(&prefix).suffix(SUFFIX);
    for _ in 0..ATTEMPTS {
        let file = builder.tempfile_in(folder)?;
        let listed = Listed::new(file.path());
        if is_held(file.as_file(), file.path())? {
            return Ok((file, listed));
        }
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "temporary files are swept up by another program"))
}

/// Locks what was just made. It is lost when another program took it for left behind before it was locked.
pub(super) fn is_held(file: &File, path: &Path) -> io::Result<bool> {
    // Elsewhere a lock keeps the file from being read, and it is read back while it is held.
    if !cfg!(unix) {
        return Ok(true);
    }
    match file.try_lock() {
        Ok(()) => super::is_at(file, path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(false),
            _ => Err(error),
        }),
        Err(std::fs::TryLockError::WouldBlock) => Ok(false),
        // Without locks nothing is swept up there either.
        Err(std::fs::TryLockError::Error(_)) => Ok(true),
    }
}

/// Removes a file of a temporary name whose writer is gone. Says whether it did.
///
/// One that cannot be locked is left, and so is one that another kernel made less than a day ago.
#[cfg(all(unix, feature = "hdf5", feature = "parquet"))]
pub(crate) fn sweep(path: &Path) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    // Over NFS only those who may write can lock.
    let Some(file) = is_file.then(|| File::options().read(true).write(true).open(path).ok()).flatten() else {
        return false;
    };
    is_left_behind(&file, path, path) && std::fs::remove_file(path).is_ok()
}

/// Where locks do not tell whether a writer is gone, nothing is swept up.
#[cfg(all(not(unix), feature = "hdf5", feature = "parquet"))]
pub(crate) fn sweep(_: &Path) -> bool {
    false
}

/// Whether nobody is at work on what has a temporary name, by its lock, which is a file at `path`. The lock is taken, and
/// kept until the file is closed.
#[cfg(all(unix, feature = "hdf5", feature = "parquet"))]
pub(super) fn is_left_behind(lock: &File, path: &Path, named: &Path) -> bool {
    let name = named.file_name().unwrap_or_default().to_string_lossy();
    let is_of_this_kernel = || kernel().is_some() && name.starts_with(&prefix());
    let is_old = || {
        let modified = lock.metadata().and_then(|metadata| metadata.modified());
        modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > LEFT_BEHIND))
    };
    lock.try_lock().is_ok() && super::is_at(lock, path).unwrap_or(false) && (is_of_this_kernel() || is_old())
}

pub(super) fn is_temporary_name(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// How temporary names begin that are made here: with the kernel that keeps their locks.
pub(super) fn prefix() -> String {
    format!("{PREFIX}{}-", kernel().unwrap_or("0"))
}

/// What tells this run of this machine's kernel from every other, where that can be known.
fn kernel() -> Option<&'static str> {
    static KERNEL: OnceLock<Option<String>> = OnceLock::new();
    let known = KERNEL.get_or_init(|| {
        const DIGITS: usize = 8;
        let boot = std::fs::read("/proc/sys/kernel/random/boot_id").ok()?;
        Some(blake3::hash(&boot).to_hex()[..DIGITS].to_owned())
    });
    known.as_deref()
}

#[cfg(all(test, target_os = "linux", feature = "hdf5", feature = "parquet"))]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_file_that_is_being_written_is_not_swept_up_and_one_left_behind_is() {
        let scratch = tempfile::tempdir().expect("there is room");
        let (file, _listed) = create(scratch.path()).expect("it is made");
        assert!(!sweep(file.path()) && file.path().exists());
        // As it is when a writer is killed: the file stays, its lock does not.
        let (file, path) = file.keep().expect("it can be kept");
        drop(file);
        assert!(sweep(&path) && !path.exists());
    }

    #[test]
    fn a_file_of_another_kernel_is_left_for_a_day() {
        let scratch = tempfile::tempdir().expect("there is room");
        let path = scratch.path().join(".pose-ffffffff-abcdef.tmp");
        let file = File::create(&path).expect("it can be made");
        assert!(!sweep(&path) && path.exists());
        file.set_modified(SystemTime::now() - LEFT_BEHIND - Duration::from_secs(60)).expect("it can be set");
        assert!(sweep(&path) && !path.exists());
    }

    #[test]
    fn what_is_no_file_is_not_swept_up() {
        let scratch = tempfile::tempdir().expect("there is room");
        let aim = scratch.path().join("precious");
        std::fs::write(&aim, "mine").expect("it can be written");
        let link = scratch.path().join(format!("{}abcdef{SUFFIX}", prefix()));
        std::os::unix::fs::symlink(&aim, &link).expect("links can be made");
        assert!(!sweep(&link) && link.is_symlink() && aim.exists());
    }
}
