//! JSON with a line for each thing of a list, which is read by people and stays small where there are thousands of columns.

use std::io::{Result, Write};

use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

/// How deep lines are broken: the envelope, the table, and its lists.
const BROKEN_DEPTH: usize = 3;

/// Breaks lines as far as the lists of the table, and writes what stands in them without gaps.
pub(super) struct Lines {
    depth: usize,
    broken: PrettyFormatter<'static>,
    whole: CompactFormatter,
}

impl Lines {
    pub(super) fn new() -> Self {
        // Nothing is indented: of a wide table that would be as much as its names.
        Self { depth: 0, broken: PrettyFormatter::with_indent(b""), whole: CompactFormatter }
    }
}

/// Passes on what stands at this depth.
macro_rules! at_depth {
    ($($method:ident($($argument:ident: $type:ty)?)),*) => {
        $(fn $method<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $type)?) -> Result<()> {
            if self.depth <= BROKEN_DEPTH {
                self.broken.$method(writer $(, $argument)?)
            } else {
                self.whole.$method(writer $(, $argument)?)
            }
        })*
    };
}

/// The same for what begins a list or an object, and for what ends it.
macro_rules! nested {
    ($($begin:ident $end:ident),*) => {
        $(fn $begin<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
            self.depth += 1;
            if self.depth <= BROKEN_DEPTH { self.broken.$begin(writer) } else { self.whole.$begin(writer) }
        }

        fn $end<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
            let depth = self.depth;
            self.depth -= 1;
            if depth <= BROKEN_DEPTH { self.broken.$end(writer) } else { self.whole.$end(writer) }
        })*
    };
}

impl Formatter for Lines {
    nested!(begin_array end_array, begin_object end_object);

    at_depth!(
        begin_array_value(first: bool),
        end_array_value(),
        begin_object_key(first: bool),
        end_object_key(),
        begin_object_value(),
        end_object_value()
    );
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;
    use serde_json::{Serializer, Value, json};

    use super::Lines;

    #[test]
    fn lists_of_the_table_have_a_line_for_each_thing() {
        let value = json!({ "table": { "columns": [{ "key": ["a", 1] }, { "key": [] }], "none": [] } });
        let mut text = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut text, Lines::new())).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("\n{\"key\":[\"a\",1]},\n{\"key\":[]}\n"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
