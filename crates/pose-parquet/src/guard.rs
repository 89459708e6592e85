//! A last line of defence around the decoder.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{ParquetError, ParquetErrorKind};

/// Runs the `parquet` crate's decoder, and makes an error of a panic in it.
///
/// The decoder trusts pages more than a damaged file deserves: changed bytes in a `BYTE_STREAM_SPLIT` page make
/// version 60 index past its end. What the footer says is checked before ([`footer_checks`](crate::footer_checks));
/// what pages say shows only when they are decoded. The decoder's state is dropped with the panic, so nothing half
/// changed is seen afterwards. Programs built with `panic = "abort"` do not have this defence.
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
