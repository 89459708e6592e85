//! placeholder until the codecs are merged
/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Compression {
    /// Not.
    #[default]
    None,
    /// Zlib.
    Zlib { /// Level.
 level: u8 },
}
impl Compression {
    pub(crate) fn encode(self, _chunk: &[u8], _type_size: usize, _out: &mut Vec<u8>) {}
    pub(crate) fn filters(self, _type_size: usize, _chunk: usize) -> Vec<hdf5_file::Filter> { Vec::new() }
}
