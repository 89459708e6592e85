//! A small file of names and texts, in TOML, JSON or YAML.

use saphyr_parser::{Event, Parser};

/// What stands under a name. Numbers and the like are no text: their writer is asked to say which text is meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// What is none of these, by its kind.
    Other(&'static str),
    /// Nothing, which says that the name stands there for later.
    Nothing,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionFormat {
    /// TOML.
    Toml,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// How deep containers may lie in each other.
const MAX_DEPTH: usize = 8;

impl SessionFormat {
    /// What files of this name are written in, if that is one of these.
    #[must_use]
    pub fn of_name(path: &std::path::Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Reads a document, or says why it is none.
    pub(super) fn parse(self, text: &str) -> Result<Node, String> {
        match self {
            Self::Toml => toml::from_str(text).map(of_toml).map_err(|error| one_line(&error.to_string())),
            Self::Json => serde_json::from_str(text).map(of_json).map_err(|error| error.to_string()),
            Self::Yaml => of_yaml(text),
        }
    }
}

/// TOML draws a picture of where the fault is.
fn one_line(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
    lines.collect::<Vec<_>>().join(": ")
}

fn of_toml(value: toml::Value) -> Node {
    match value {
        toml::Value::String(text) => Node::Text(text),
        // Moments are written without quotes there.
        toml::Value::Datetime(moment) => Node::Text(moment.to_string()),
        toml::Value::Array(items) => Node::List(items.into_iter().map(of_toml).collect()),
        toml::Value::Table(entries) => {
            Node::Map(entries.into_iter().map(|(name, value)| (name, of_toml(value))).collect())
        }
        toml::Value::Integer(_) | toml::Value::Float(_) => Node::Other("a number"),
        toml::Value::Boolean(_) => Node::Other("a boolean"),
    }
}

fn of_json(value: serde_json::Value) -> Node {
    use serde_json::Value;
    match value {
        Value::String(text) => Node::Text(text),
        Value::Array(items) => Node::List(items.into_iter().map(of_json).collect()),
        Value::Object(entries) => {
            Node::Map(entries.into_iter().map(|(name, value)| (name, of_json(value))).collect())
        }
        Value::Number(_) => Node::Other("a number"),
        Value::Bool(_) => Node::Other("a boolean"),
        Value::Null => Node::Nothing,
    }
}

/// A container that is open: its items, of a mapping names and values in turn.
struct Open {
    is_map: bool,
    items: Vec<Node>,
}

fn of_yaml(text: &str) -> Result<Node, String> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            format!("line {}, column {}: {}", error.marker().line(), error.marker().col() + 1, error.info())
        })?;
        let refuse = |what: &str| Err(format!("line {}: {what}", span.start.line()));
        let node = match event {
            // A plain `007` or `1999` is the text that it looks like.
            Event::Scalar(text, style, ..) => {
                let nothing =
                    style == saphyr_parser::ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
                if nothing { Node::Nothing } else { Node::Text(text.into_owned()) }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() == MAX_DEPTH {
                    return refuse("it is nested too deep");
                }
                open.push(Open { is_map: matches!(event, Event::MappingStart(..)), items: Vec::new() });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(closed) => closed.node(),
                None => return refuse("something ends that never began"),
            },
            Event::Alias(_) => return refuse("aliases are not read here"),
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.items.push(node),
            // The first document is all that is read.
            None => return Ok(node),
        }
    }
    Ok(Node::Nothing)
}

impl Open {
    fn node(self) -> Node {
        if !self.is_map {
            return Node::List(self.items);
        }
        let mut entries = Vec::with_capacity(self.items.len() / 2);
        let mut items = self.items.into_iter();
        while let (Some(name), Some(value)) = (items.next(), items.next()) {
            let name = match name {
                Node::Text(name) => name,
                _ => String::new(),
            };
            entries.push((name, value));
        }
        Node::Map(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_read_from_each() {
        let texts = [
            (SessionFormat::Toml, "lab = \"x\"\nkeywords = [\"a\", \"007\"]\n[subject]\nsex = \"F\"\n"),
            (SessionFormat::Json, r#"{"lab": "x", "keywords": ["a", "007"], "subject": {"sex": "F"}}"#),
            (SessionFormat::Yaml, "lab: x\nkeywords: [a, 007]\nsubject:\n  sex: F\n"),
        ];
        let text = |text: &str| Node::Text(text.to_owned());
        let expected = [
            ("lab".to_owned(), text("x")),
            ("keywords".to_owned(), Node::List(vec![text("a"), text("007")])),
            ("subject".to_owned(), Node::Map(vec![("sex".to_owned(), text("F"))])),
        ];
        for (format, document) in texts {
            let Ok(Node::Map(mut found)) = format.parse(document) else { panic!("{format:?}") };
            found.sort_by_key(|(name, _)| expected.iter().position(|(known, _)| known == name));
            assert_eq!(found, expected, "{format:?}");
        }
    }

    #[test]
    fn moments_need_no_quotes_in_toml() {
        let found = SessionFormat::Toml.parse("start = 2023-10-30T14:05:00+01:00");
        let moment = Node::Text("2023-10-30T14:05:00+01:00".to_owned());
        assert_eq!(found, Ok(Node::Map(vec![("start".to_owned(), moment)])));
    }

    #[test]
    fn what_is_none_of_them_is_refused_in_a_line() {
        for (format, text) in [
            (SessionFormat::Toml, "lab = \n"),
            (SessionFormat::Json, "{\"lab\""),
            (SessionFormat::Yaml, "a: [b"),
            (SessionFormat::Yaml, "a: &x 1\nb: *x\n"),
        ] {
            let error = format.parse(text).expect_err(text);
            assert!(!error.contains('\n') && !error.is_empty(), "{error}");
        }
        let deep = "[".repeat(100_000);
        for (format, start) in
            [(SessionFormat::Json, "{\"a\": "), (SessionFormat::Yaml, "a: "), (SessionFormat::Toml, "a = ")]
        {
            assert!(format.parse(&format!("{start}{deep}")).is_err(), "{format:?}: too deep");
        }
    }
}
