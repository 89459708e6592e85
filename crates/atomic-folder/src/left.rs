//! Temporary names, and what killed writers left under them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

const SUFFIX: &str = ".tmp";

/// How long a folder of this machine must not have changed before it can be one that was left behind. Between its making and
/// its lock a folder is nobody's, for a moment.
const LEFT_AFTER: Duration = Duration::from_secs(60);

/// The same for one of another machine, or of this one before it was started anew: its lock may not be known here.
const LEFT_ELSEWHERE_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The temporary names of folders for one target.
#[derive(Debug)]
pub(crate) struct Names {
    kind: &'static str,
    /// As much of the target's name as is in them.
    target: String,
}

impl Names {
    /// Names may have 255 bytes, so they have not all of the target's.
    pub(crate) fn new(kind: &'static str, target: &OsStr) -> Self {
        const KEPT_CHARS: usize = 16;
        Self { kind, target: target.to_string_lossy().chars().take(KEPT_CHARS).collect() }
    }

    /// An empty folder of a name that nobody else has.
    pub(crate) fn fresh(&self, parent: &Path) -> io::Result<PathBuf> {
        fresh(parent, &format!(".{}-{}-{}-", self.kind, kernel(), self.target))
    }

    /// An empty folder for what is put aside for a new one. Nobody but its writer removes it: if that is killed in between, this is
    /// the only whole one there is.
    pub(crate) fn aside(&self, parent: &Path) -> io::Result<PathBuf> {
        fresh(parent, &format!(".{}-replaced-{}-", self.kind, self.target))
    }

    /// Whose folder of these names is: the kernel that keeps its lock.
    fn kernel_of<'n>(&self, name: &'n str) -> Option<&'n str> {
        let rest =
            name.strip_prefix('.')?.strip_prefix(self.kind)?.strip_prefix('-')?.strip_suffix(SUFFIX)?;
        let (kernel, rest) = rest.split_once('-')?;
        let is_kernel = !kernel.is_empty() && kernel.bytes().all(|digit| digit.is_ascii_hexdigit());
        let random = rest.strip_prefix(self.target.as_str())?.strip_prefix('-')?;
        let is_random = !random.is_empty() && random.bytes().all(|letter| letter.is_ascii_alphanumeric());
        (is_kernel && is_random).then_some(kernel)
    }
}

/// Removes what writers of such a target left behind when they were killed.
pub(crate) fn sweep(parent: &Path, names: &Names) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let found = entry.file_name();
        let Some(of) = names.kernel_of(&found.to_string_lossy()).map(str::to_owned) else { continue };
        let age = if of == kernel() && of != UNKNOWN { LEFT_AFTER } else { LEFT_ELSEWHERE_AFTER };
        if entry.file_type().is_ok_and(|found| found.is_dir())
            && is_unchanged_for(&entry.path(), age)
            && let Some(_lock) = lock(&entry.path())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Locks a folder. Some network file systems know no locks: nobody sweeps there either.
pub(crate) fn lock(folder: &Path) -> Option<File> {
    let opened = if cfg!(unix) { File::open(folder).ok()? } else { return None };
    opened.try_lock().is_ok().then_some(opened)
}

fn fresh(parent: &Path, prefix: &str) -> io::Result<PathBuf> {
    let mut folder = tempfile::Builder::new();
    // For whoever may read folders that this user makes, not for the user alone.
    #[cfg(unix)]
    folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    Ok(folder.prefix(prefix).suffix(SUFFIX).tempdir_in(parent)?.keep())
}

/// Whether nothing in a folder has changed for so long. What cannot be looked at may have.
fn is_unchanged_for(path: &Path, age: Duration) -> bool {
    let unchanged = |path: &Path| -> io::Result<bool> {
        let changed = path.symlink_metadata()?.modified()?;
        Ok(SystemTime::now().duration_since(changed).is_ok_and(|found| found > age))
    };
    let below = || -> io::Result<bool> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let is_old = if entry.file_type()?.is_dir() {
                is_unchanged_for(&entry.path(), age)
            } else {
                unchanged(&entry.path())?
            };
            if !is_old {
                return Ok(false);
            }
        }
        Ok(true)
    };
    unchanged(path).unwrap_or(false) && below().unwrap_or(false)
}

const UNKNOWN: &str = "0";

/// What tells this run of this machine's kernel from every other, where that can be known.
fn kernel() -> &'static str {
    static KERNEL: OnceLock<String> = OnceLock::new();
    KERNEL.get_or_init(|| {
        const DIGITS: usize = 8;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let digits =
            boot.get(..DIGITS).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        digits.unwrap_or(UNKNOWN).to_owned()
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn age(folder: &Path, by: Duration) {
        let moment = SystemTime::now() - by;
        for path in [folder.join("inner/file"), folder.join("inner"), folder.to_owned()] {
            File::open(path).and_then(|file| file.set_modified(moment)).expect("it can be set");
        }
    }

    fn fill(folder: &Path) {
        fs::create_dir(folder.join("inner")).expect("there is room");
        fs::write(folder.join("inner/file"), "half").expect("there is room");
    }

    #[test]
    fn what_is_locked_or_fresh_stays_and_what_was_left_goes() {
        let place = tempfile::tempdir().expect("there is room");
        let names = Names::new("test", OsStr::new("mouse.pack"));
        let folder = names.fresh(place.path()).expect("there is room");
        fill(&folder);
        let is_there_after_sweep = || {
            sweep(place.path(), &names);
            folder.exists()
        };
        assert!(is_there_after_sweep(), "it is fresh");
        age(&folder, LEFT_AFTER * 2);
        let held = lock(&folder).expect("nobody has it");
        assert!(is_there_after_sweep(), "somebody fills it");
        drop(held);
        fs::write(folder.join("inner/file"), "more").expect("there is room");
        assert!(is_there_after_sweep(), "a file in it has just changed");
        age(&folder, LEFT_AFTER * 2);
        assert!(!is_there_after_sweep(), "its writer is gone");
    }

    #[test]
    fn a_folder_of_another_kernel_is_left_for_a_day() {
        let place = tempfile::tempdir().expect("there is room");
        let names = Names::new("test", OsStr::new("mouse.pack"));
        let folder = place.path().join(".test-0123abcd-mouse.pack-abcdef.tmp");
        fs::create_dir(&folder).expect("there is room");
        fill(&folder);
        age(&folder, LEFT_AFTER * 2);
        sweep(place.path(), &names);
        assert!(folder.exists());
        age(&folder, LEFT_ELSEWHERE_AFTER * 2);
        sweep(place.path(), &names);
        assert!(!folder.exists());
    }

    #[test]
    fn other_names_are_never_swept() {
        let place = tempfile::tempdir().expect("there is room");
        let names = Names::new("test", OsStr::new("a"));
        let aside = names.aside(place.path()).expect("there is room");
        let others =
            [".test-0123abcd-ab-abcdef.tmp", ".test-0123abcd-a-x-abcdef.tmp", ".other-0-a-x.tmp", "a"];
        let others: Vec<PathBuf> = others.iter().map(|name| place.path().join(name)).collect();
        for path in &others {
            fs::create_dir(path).expect("there is room");
        }
        for path in others.iter().chain([&aside]) {
            let moment = SystemTime::now() - LEFT_ELSEWHERE_AFTER * 3;
            File::open(path).and_then(|file| file.set_modified(moment)).expect("it can be set");
        }
        sweep(place.path(), &names);
        assert!(others.iter().chain([&aside]).all(|path| path.exists()));
    }
}
