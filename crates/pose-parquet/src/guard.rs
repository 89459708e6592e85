//! A last line of defence around the decoder.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{ParquetError, ParquetErrorKind};

/// Runs the `parquet` crate's decoder, and makes an error of a panic in it.
///
/// The decoder trusts pages more than a damaged file deserves: too few booleans, or a dictionary that is not there, make
/// version 60 panic. What the footer says is checked before ([`footer_checks`](crate::footer_checks));
/// what pages say shows only when they are decoded. The decoder's state is dropped with the panic, so nothing half
/// changed is seen afterwards. A panic in a task of rayon comes back to the thread that waits for it, and so to here; like
/// any panic it is shown to the program's panic hook first. Programs built with `panic = "abort"` do not have this defence.
pub(crate) fn decode<T>(run: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let reason = format!("its pages are damaged ({})", message(panic.as_ref()));
        Err(ParquetErrorKind::Format { source: reason.into() }.into())
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("the decoder gave up")
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn a_panic_in_a_task_of_rayon_is_an_error() {
        let outcome = decode(|| {
            (0..1_000).into_par_iter().try_for_each(|number| {
                assert_ne!(number, 700, "a page that cannot be");
                Ok(())
            })
        });
        let error = outcome.expect_err("one of them panics").to_string();
        assert!(
            error.contains("its pages are damaged") && error.contains("a page that cannot be"),
            "{error}"
        );
    }
}
