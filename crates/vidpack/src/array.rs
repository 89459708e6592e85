//! Arrays of any element type: views in, owned arrays out.

mod element;
mod pieces;

pub use element::Element;
pub(crate) use element::Number;

use std::fmt;

use ndarray::{ArrayD, ArrayViewD, Dimension};
use serde::{Deserialize, Serialize};

/// The type of an array's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ElementType {
    /// Truth values.
    Bool,
    /// Signed integers of 8 bits.
    I8,
    /// Signed integers of 16 bits.
    I16,
    /// Signed integers of 32 bits.
    I32,
    /// Signed integers of 64 bits.
    I64,
    /// Unsigned integers of 8 bits.
    U8,
    /// Unsigned integers of 16 bits.
    U16,
    /// Unsigned integers of 32 bits.
    U32,
    /// Unsigned integers of 64 bits.
    U64,
    /// Floats of 32 bits.
    F32,
    /// Floats of 64 bits.
    F64,
}

impl ElementType {
    /// How many bytes one element takes in memory.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Whether elements are floats.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

macro_rules! arrays {
    ($($variant:ident $type:ty),*) => {
        /// A borrowed array of any element type, with any strides.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum ArrayView<'a> {
            $(#[doc = concat!("Of `", stringify!($type), "`.")] $variant(ArrayViewD<'a, $type>),)*
        }

        /// An array of any element type.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum Array {
            $(#[doc = concat!("Of `", stringify!($type), "`.")] $variant(ArrayD<$type>),)*
        }

        impl ArrayView<'_> {
            /// The type of the elements.
            #[must_use]
            pub fn element_type(&self) -> ElementType {
                match self { $(Self::$variant(_) => ElementType::$variant,)* }
            }

            /// The length of each axis.
            #[must_use]
            pub fn shape(&self) -> &[usize] {
                match self { $(Self::$variant(array) => array.shape(),)* }
            }
        }

        impl Array {
            /// The type of the elements.
            #[must_use]
            pub fn element_type(&self) -> ElementType {
                match self { $(Self::$variant(_) => ElementType::$variant,)* }
            }

            /// The length of each axis.
            #[must_use]
            pub fn shape(&self) -> &[usize] {
                match self { $(Self::$variant(array) => array.shape(),)* }
            }

            /// This array, borrowed.
            #[must_use]
            pub fn view(&self) -> ArrayView<'_> {
                match self { $(Self::$variant(array) => ArrayView::$variant(array.view()),)* }
            }
        }

        $(
            impl<'a, D: Dimension> From<ndarray::ArrayView<'a, $type, D>> for ArrayView<'a> {
                fn from(array: ndarray::ArrayView<'a, $type, D>) -> Self {
                    Self::$variant(array.into_dyn())
                }
            }

            impl<D: Dimension> From<ndarray::Array<$type, D>> for Array {
                fn from(array: ndarray::Array<$type, D>) -> Self {
                    Self::$variant(array.into_dyn())
                }
            }
        )*

        /// Runs generic code for the elements of a view.
        macro_rules! with_view {
            ($view:expr, $name:ident => $body:expr) => {
                match $view { $($crate::ArrayView::$variant($name) => $body,)* }
            };
        }

        /// Runs generic code for an element type.
        macro_rules! with_type {
            ($element:expr, $name:ident => $body:expr) => {
                match $element { $($crate::ElementType::$variant => { type $name = $type; $body })* }
            };
        }
    };
}

arrays!(Bool bool, I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64, F32 f32, F64 f64);

#[allow(
    clippy::single_component_path_imports,
    reason = "so that other modules find the macros by their path"
)]
pub(crate) use {with_type, with_view};
