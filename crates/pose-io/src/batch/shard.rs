//! A part of the files of a folder, the same on every machine.

use std::fmt;
use std::num::NonZeroU32;
use std::path::{Component, Path};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Into how many parts a folder falls at most.
const MAX_SHARDS: u32 = 1_000_000;

/// One of several parts into which the files of a folder fall, so that several machines share the work: `3/16` is the third
/// of sixteen.
///
/// Which part a file is of is told from its path below the folder alone, so it is the same wherever the folder stands, and
/// stays the same when other files come or go. The components of the path, joined by `/`, are hashed with BLAKE3; the first
/// eight bytes of the hash, the lowest first, are a number, and its remainder by the count, plus one, is the part.
///
/// # Examples
///
/// ```
/// use std::path::Path;
///
/// let shard: pose_io::Shard = "3/16".parse()?;
/// let (second, all) = ("2/2".parse::<pose_io::Shard>()?, "1/1".parse::<pose_io::Shard>()?);
/// let path = Path::new("videos/mouse1.h5");
/// assert!(all.holds(path));
/// assert!(second.holds(path) != "1/2".parse::<pose_io::Shard>()?.holds(path));
/// assert_eq!(shard.to_string(), "3/16");
/// assert!("17/16".parse::<pose_io::Shard>().is_err());
/// # Ok::<(), pose_io::NotAShard>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// From 1.
    number: NonZeroU32,
    count: NonZeroU32,
}

/// What was given is not the number of a part and their count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a part of a whole, such as 3/16")]
#[non_exhaustive]
pub struct NotAShard;

impl Shard {
    /// The part of this number, from 1 up to the count.
    ///
    /// # Errors
    ///
    /// When there is no such part, or more than 1,000,000 of them.
    pub fn new(number: u32, count: u32) -> Result<Self, NotAShard> {
        match (NonZeroU32::new(number), NonZeroU32::new(count)) {
            (Some(number), Some(count)) if number <= count && count.get() <= MAX_SHARDS => {
                Ok(Self { number, count })
            }
            _ => Err(NotAShard),
        }
    }

    /// Which part it is, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number.get()
    }

    /// How many parts there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// Whether a file is of this part, by its path below the folder.
    #[must_use]
    pub fn holds(&self, relative: &Path) -> bool {
        let mut hasher = blake3::Hasher::new();
        let names = relative.components().filter_map(|component| match component {
            Component::Normal(name) => Some(name),
            _ => None,
        });
        for (at, name) in names.enumerate() {
            if at > 0 {
                hasher.update(b"/");
            }
            hasher.update(name.as_encoded_bytes());
        }
        let mut head = [0; 8];
        head.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        u64::from_le_bytes(head) % u64::from(self.count.get()) == u64::from(self.number.get() - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = NotAShard;

    fn from_str(text: &str) -> Result<Self, NotAShard> {
        let (number, count) = text.split_once('/').ok_or(NotAShard)?;
        let parse = |text: &str| text.parse().map_err(|_| NotAShard);
        Self::new(parse(number)?, parse(count)?)
    }
}

impl TryFrom<String> for Shard {
    type Error = NotAShard;

    fn try_from(text: String) -> Result<Self, NotAShard> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part_of(path: &str, count: u32) -> u32 {
        let holds = |number: &u32| Shard::new(*number, count).is_ok_and(|shard| shard.holds(Path::new(path)));
        let mut parts = (1..=count).filter(holds);
        let part = parts.next().expect("it is of some part");
        assert_eq!(parts.next(), None, "and of no other");
        part
    }

    /// Other machines, and later versions, must find the same parts.
    #[test]
    fn parts_are_what_they_always_were() {
        let found = ["videos/a.h5", "videos/b.h5", "labeled-data/a/CollectedData_lab.h5", "mäus.h5"];
        assert_eq!(found.map(|path| part_of(path, 16)), [6, 7, 3, 11]);
    }

    #[test]
    fn paths_that_mean_the_same_are_of_the_same_part() {
        assert_eq!(part_of("videos/a.h5", 7), part_of("./videos//a.h5", 7));
    }

    #[test]
    fn files_spread_over_all_parts() {
        let mut counts = [0_u32; 16];
        for number in 0..16_000 {
            counts[part_of(&format!("videos/mouse{number}DLC_resnet50.h5"), 16) as usize - 1] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["", "3", "0/4", "5/4", "1/0", "a/b", "-1/4", "1/4/4", "1 / 4"] {
            assert_eq!(text.parse::<Shard>(), Err(NotAShard), "{text}");
        }
    }
}
