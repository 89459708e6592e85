//! What PyTables notes beside every group and dataset, so that it takes them for its own.

use hdf5_file::{Attribute, Datatype};
use pickle_data::Value;
use pose_frame::LevelName;

/// Attributes of a node: those that PyTables expects, and more.
#[derive(Default)]
pub(super) struct NodeAttributes(Vec<Attribute>);

impl NodeAttributes {
    /// The root of a file.
    pub(super) fn root() -> Self {
        Self::of("GROUP", "1.0").text("PYTABLES_FORMAT_VERSION", "2.1")
    }

    /// A group.
    pub(super) fn group() -> Self {
        Self::of("GROUP", "1.0")
    }

    /// A table, of which each field has a name and a type.
    pub(super) fn table(fields: &[(String, Datatype)], rows: u64) -> Self {
        let mut node = Self::of("TABLE", "2.7");
        for (position, (name, datatype)) in fields.iter().enumerate() {
            // What an absent value would be: zero, of the type of one element.
            let element = match datatype {
                Datatype::Array(_, element) => (**element).clone(),
                other => other.clone(),
            };
            let element = match element {
                Datatype::Text { charset, .. } => Datatype::Text { size: 1, charset },
                other => other,
            };
            let zero = vec![0; element.size()];
            node.0.push(Attribute::scalar(format!("FIELD_{position}_FILL"), element, zero));
            node = node.text(format!("FIELD_{position}_NAME"), name);
        }
        node.integer("NROWS", rows)
    }

    /// An array, which pandas wrote the other way round than it is in memory.
    pub(super) fn array() -> Self {
        let mut node = Self::of("ARRAY", "2.4").text("FLAVOR", "numpy");
        node.0.push(Attribute::bool("transposed", true));
        node
    }

    /// An array in chunks.
    pub(super) fn chunked_array() -> Self {
        let mut node = Self::of("CARRAY", "1.1");
        node.0.push(Attribute::bool("transposed", true));
        node
    }

    /// An array without values: one value stands in its place.
    pub(super) fn empty_array(numpy_type: &str, shape: &[i64]) -> Self {
        let shape = shape.iter().map(|&length| Value::Integer(length)).collect();
        Self::of("ARRAY", "2.4")
            .text("FLAVOR", "numpy")
            .text("value_type", numpy_type)
            .pickle("shape", &Value::Tuple(shape))
    }

    /// A list of pickled objects.
    pub(super) fn objects() -> Self {
        let mut node = Self::of("VLARRAY", "1.4").text("PSEUDOATOM", "object");
        node.0.push(Attribute::bool("transposed", true));
        node
    }

    fn of(class: &str, version: &str) -> Self {
        Self::default().text("CLASS", class).text("TITLE", "").text("VERSION", version)
    }

    pub(super) fn text(mut self, name: impl Into<String>, text: &str) -> Self {
        self.0.push(Attribute::text(name, text));
        self
    }

    pub(super) fn integer(mut self, name: impl Into<String>, value: u64) -> Self {
        self.0.push(Attribute::i64(name, i64::try_from(value).unwrap_or(i64::MAX)));
        self
    }

    /// Anything else is pickled.
    pub(super) fn pickle(mut self, name: impl Into<String>, value: &Value) -> Self {
        self.0.push(Attribute::ascii(name, &value.to_pickle()));
        self
    }

    /// The name of a level, which need not have one.
    pub(super) fn level_name(self, name: impl Into<String>, level: &LevelName) -> Self {
        match level {
            Some(text) => self.text(name, text),
            None => self.pickle(name, &Value::None),
        }
    }

    pub(super) fn finish(self) -> Vec<Attribute> {
        self.0
    }
}
