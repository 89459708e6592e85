//! The names that a pickle may mention.

/// A name that a pickle may mention. None of them is ever called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// `numpy.core.multiarray._reconstruct`: makes an array that its state then fills.
    Reconstruct,
    /// `numpy.ndarray`
    NdArray,
    /// `numpy.dtype`
    DType,
    /// `numpy.core.multiarray.scalar`
    Scalar,
    /// `_codecs.encode`: how protocol 0 writes bytes.
    Encode,
    /// `bytes`, empty.
    Bytes,
    /// A step between moments, of which only is known that there is one.
    Frequency,
    /// `copy_reg._reconstructor`: makes an object of a class, out of a list or dictionary when the class is one. pandas
    /// before 1.1 pickled a [`Self::Frequency`] with it; a strict reading takes it for nothing else.
    Reconstructor,
    /// `object`, which [`Self::Reconstructor`] needs.
    PlainObject,
    /// `datetime.timezone`
    FixedZone,
    /// `datetime.timedelta`
    TimeDelta,
    /// `pytz._UTC`
    PytzUtc,
    /// `pytz._p`
    PytzZone,
    /// `zoneinfo.ZoneInfo`
    ZoneInfo,
    /// `zoneinfo.ZoneInfo._unpickle`
    ZoneInfoNamed,
    /// `getattr`, which protocol 0 needs for [`Self::ZoneInfoNamed`], and which may be used for nothing else.
    GetAttr,
    /// `collections.OrderedDict`
    OrderedDict,
    /// `collections.defaultdict`
    DefaultDict,
    /// `copyreg.__newobj__`: makes an object of a class.
    NewObject,
    /// `numpy.core.numeric._frombuffer`: how protocol 5 writes arrays.
    FromBuffer,
}

impl Symbol {
    /// The symbol of a name that may be mentioned.
    ///
    /// `numpy.core` became `numpy._core` with NumPy 2, `__builtin__` is what protocols 0 to 2 call `builtins`.
    pub(crate) fn named(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Self::Reconstruct,
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Self::Scalar,
            ("numpy", "ndarray") => Self::NdArray,
            ("numpy", "dtype") => Self::DType,
            ("_codecs", "encode") => Self::Encode,
            ("__builtin__" | "builtins", "bytes") => Self::Bytes,
            ("__builtin__" | "builtins", "getattr") => Self::GetAttr,
            ("pandas._libs.tslibs.offsets" | "pandas.tseries.offsets", _) => Self::Frequency,
            ("copy_reg" | "copyreg", "_reconstructor") => Self::Reconstructor,
            ("__builtin__" | "builtins", "object") => Self::PlainObject,
            ("datetime", "timezone") => Self::FixedZone,
            ("datetime", "timedelta") => Self::TimeDelta,
            ("pytz", "_UTC") => Self::PytzUtc,
            ("pytz", "_p") => Self::PytzZone,
            ("zoneinfo", "ZoneInfo") => Self::ZoneInfo,
            ("zoneinfo", "ZoneInfo._unpickle") => Self::ZoneInfoNamed,
            _ => return None,
        })
    }

    /// The symbol of a further name, of those that only a tolerant reading knows.
    pub(crate) fn tolerated(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("collections", "defaultdict") => Self::DefaultDict,
            ("copy_reg" | "copyreg", "__newobj__") => Self::NewObject,
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Self::FromBuffer,
            _ => return None,
        })
    }

    /// What Python would have made by calling it, for people.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Scalar => "a NumPy number",
            Self::Encode | Self::Bytes => "bytes",
            Self::Frequency => "a frequency",
            Self::TimeDelta => "a span of time",
            Self::FixedZone | Self::PytzUtc | Self::PytzZone | Self::ZoneInfo | Self::ZoneInfoNamed => {
                "a time zone"
            }
            Self::Reconstruct | Self::NdArray | Self::DType | Self::FromBuffer => "a NumPy object",
            Self::OrderedDict | Self::DefaultDict => "a dictionary",
            Self::Reconstructor | Self::NewObject | Self::PlainObject => "an object",
            Self::GetAttr => "an attribute",
        }
    }
}
