//! Whether what comes back is what was promised.

use std::path::Path;

use super::reader::PartReader;
use crate::array::Number;
use crate::transform::vectors::with_widest;
use crate::{ArrayEntry, ArrayView, Bound, Contract, Ffmpeg, Result};

/// Decodes every video of an array, and holds the frames against their checksums.
pub(super) fn frames(
    ffmpeg: &Ffmpeg,
    folder: &Path,
    array: &ArrayEntry,
    progress: &dyn Fn(usize),
) -> Result<()> {
    let mut steps = 0;
    for part in &array.parts {
        let mut reader = PartReader::open(ffmpeg, folder, part, 0..part.segments.len())?;
        for segment in &part.segments {
            reader.next()?;
            steps += segment.steps();
            progress(steps);
        }
    }
    Ok(())
}

/// What is not as the contract says, if anything is.
pub(super) fn broken(given: &ArrayView<'_>, restored: &ArrayView<'_>, contract: &Contract) -> Option<String> {
    macro_rules! compare {
        ($($variant:ident),*) => {
            match (given, restored) {
                $((ArrayView::$variant(given), ArrayView::$variant(restored)) => {
                    if given.shape() != restored.shape() {
                        return Some(format!("its shape is {:?} instead of {:?}", restored.shape(), given.shape()));
                    }
                    // That all is well is seen sooner than what is not.
                    if let (Some(given), Some(restored)) = (given.as_slice(), restored.as_slice())
                        && all_hold(given, restored, contract)
                    {
                        return None;
                    }
                    let channels = match given.shape() {
                        [_, channels] | [_, _, _, channels] => *channels,
                        _ => 1,
                    };
                    let bound = |position: usize| match contract {
                        Contract::MaxError(Bound::All(bound)) => Some(*bound),
                        Contract::MaxError(Bound::Channels(bounds)) => bounds.get(position % channels.max(1)).copied(),
                        _ => None,
                    };
                    let mut pairs = given.iter().zip(restored.iter()).enumerate();
                    let (position, (given, restored)) =
                        pairs.find(|(position, (given, restored))| !holds(**given, **restored, bound(*position)))?;
                    Some(format!("value {position} of them is {restored:?} instead of {given:?}"))
                })*
                _ => Some(format!("it is of {} instead of {}", restored.element_type(), given.element_type())),
            }
        };
    }
    compare!(Bool, I8, I16, I32, I64, U8, U16, U32, U64, F32, F64)
}

/// Whether values are as the contract says, where it says the same of all.
fn all_hold<T: Number>(given: &[T], restored: &[T], contract: &Contract) -> bool {
    /// Values that are looked at before it is asked whether to go on.
    const AT_ONCE: usize = 256;
    let bound = match contract {
        Contract::MaxError(Bound::All(bound)) => Some(*bound),
        _ => None,
    };
    given.chunks(AT_ONCE).zip(restored.chunks(AT_ONCE)).all(|(given, restored)| {
        with_widest(
            #[inline(always)]
            || {
                let pairs = given.iter().zip(restored);
                match bound {
                    Some(bound) => pairs.fold(true, |all, (given, restored)| {
                        let near = given.finite() & restored.finite() & given.within(*restored, bound);
                        all & (near | (given.bits() == restored.bits()))
                    }),
                    None => {
                        pairs.fold(true, |all, (given, restored)| all & (given.bits() == restored.bits()))
                    }
                }
            },
        )
    })
}

fn holds<T: Number>(given: T, restored: T, bound: Option<f64>) -> bool {
    given.bits() == restored.bits()
        || bound.is_some_and(|bound| given.finite() && restored.finite() && given.within(restored, bound))
}
