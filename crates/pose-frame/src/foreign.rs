//! What crosses to other implementations of Arrow, and back, as memory that both look at: all the unsafe code of this crate.
//! Polars can be lent numbers without it, but not bits; arrow2 takes everything over the C Data Interface.

#[cfg(feature = "arrow2")]
pub(crate) use arrow2_arrays::{from_arrow2, to_arrow2};

/// Bits that Polars looks at where they are.
#[cfg(feature = "polars")]
pub(crate) fn to_polars_bitmap(bits: &arrow_buffer::BooleanBuffer) -> polars_arrow::bitmap::Bitmap {
    let bytes = polars_buffer::SharedStorage::from_owner(bits.inner().clone());
    let (offset, length) = (bits.offset(), bits.len());
    assert!(offset.checked_add(length).is_some_and(|end| end.div_ceil(8) <= bytes.len()));
    // SAFETY: A bitmap asks for one thing, that its bits lie within its bytes: so they do by the line above. The number of
    // unset ones is left to be counted. `bytes` keeps a share of the memory for as long as anyone has the bitmap, and
    // Arrow's memory that is shared is never written to.
    unsafe { polars_arrow::bitmap::Bitmap::from_inner_unchecked(bytes, offset, length, None) }
}

#[cfg(feature = "arrow2")]
mod arrow2_arrays {
    use arrow_array::ffi::{FFI_ArrowArray, from_ffi_and_data_type};
    use arrow_array::{Array, ArrayRef, make_array};
    use arrow_schema::{ArrowError, DataType};

    /// The C Data Interface's `struct ArrowArray`, as each side declares it.
    const SAME_LAYOUT: () = {
        assert!(size_of::<FFI_ArrowArray>() == size_of::<::arrow2::ffi::ArrowArray>());
        assert!(align_of::<FFI_ArrowArray>() == align_of::<::arrow2::ffi::ArrowArray>());
    };

    /// An array of arrow2 that looks at the memory of this one. `data_type` is the same type in its terms.
    pub(crate) fn to_arrow2(
        array: &dyn Array,
        data_type: ::arrow2::datatypes::DataType,
    ) -> Result<Box<dyn ::arrow2::array::Array>, ::arrow2::error::Error> {
        let () = SAME_LAYOUT;
        let exported = FFI_ArrowArray::new(&array.to_data());
        // SAFETY: Both types are `#[repr(C)]` declarations of one C struct, with the same fields in the same order, and
        // the interface lets the struct be moved. Pointers in them that lead to the struct itself, and to the function that
        // releases it, differ in the name of the struct alone, so that they are called alike. It is moved here, and not
        // copied: `release`, which lets go of the memory, is called when the new one is dropped, and only then.
        let exported = unsafe { std::mem::transmute::<FFI_ArrowArray, ::arrow2::ffi::ArrowArray>(exported) };
        // SAFETY: The struct was just made by an implementation of the interface from a whole array, and the caller names
        // its type. What arrow2 makes of it owns the struct, and Arrow's memory that is shared is never written to.
        unsafe { ::arrow2::ffi::import_array_from_c(exported, data_type) }
    }

    /// An array that looks at the memory of one of arrow2. `data_type` is the same type in the terms of `arrow_schema`.
    pub(crate) fn from_arrow2(
        array: &dyn ::arrow2::array::Array,
        data_type: DataType,
    ) -> Result<ArrayRef, ArrowError> {
        let exported = ::arrow2::ffi::export_array_to_c(array.to_boxed());
        // SAFETY: As above: one C struct, moved and not copied.
        let exported = unsafe { std::mem::transmute::<::arrow2::ffi::ArrowArray, FFI_ArrowArray>(exported) };
        // SAFETY: As above. arrow2 writes to memory only when nothing else has a share of it, and the struct has one.
        let data = unsafe { from_ffi_and_data_type(exported, data_type) }?;
        Ok(make_array(data))
    }
}
