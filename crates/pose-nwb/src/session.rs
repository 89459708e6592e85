//! What is known of a recording session, and of who was recorded.

mod document;
mod error;
mod moment;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use document::Node;

pub use document::SessionFormat;
pub use error::{SessionError, SessionErrorKind};
pub use moment::{Moment, MomentError};
pub(crate) use moment::{is_duration, seconds_of};

/// The largest file about a session that is read.
pub const MAX_SESSION_BYTES: u64 = 1 << 20;

/// What is known of a recording session, by the names that NWB has for it.
///
/// Nothing is made up: what is not known stays away. Only the start is asked for before a file is written.
///
/// # Examples
///
/// ```
/// use pose_nwb::{Session, SessionFormat};
///
/// let mut session = Session::default();
/// session.merge(
///     "session_start_time = 2023-10-30T14:05:00+01:00\nlab = \"Mathis\"\n[subject]\nsubject_id = \"m3\"\nage = \"P90D\"",
///     SessionFormat::Toml,
///     "session.toml",
/// )?;
/// assert_eq!(session.lab.as_deref(), Some("Mathis"));
/// assert_eq!(session.subject.and_then(|subject| subject.age).as_deref(), Some("P90D"));
///
/// let error = Session::default().merge("labb: x", SessionFormat::Yaml, "session.yaml").unwrap_err();
/// assert_eq!(error.to_string(), r#"session.yaml: there is no field "labb"; is "lab" meant?"#);
/// # Ok::<(), pose_nwb::SessionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// When the session began.
    pub session_start_time: Option<Moment>,
    /// What timestamps count from: the start of the session, where nothing else is said.
    pub timestamps_reference_time: Option<Moment>,
    /// What was done. Without it the file says which table it was made from.
    pub session_description: Option<String>,
    /// What tells the file from all others. Without it, it is the file's object id.
    pub identifier: Option<String>,
    /// What the lab calls the session.
    pub session_id: Option<String>,
    /// Who recorded it: `Lastname, Firstname`.
    pub experimenter: Vec<String>,
    /// Where.
    pub institution: Option<String>,
    /// In whose lab.
    pub lab: Option<String>,
    /// What the experiment is.
    pub experiment_description: Option<String>,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Notes.
    pub notes: Option<String>,
    /// The number of the protocol of the animals' guardians.
    pub protocol: Option<String>,
    /// What was published of it: `doi:…`.
    pub related_publications: Vec<String>,
    /// What was given, how and when.
    pub pharmacology: Option<String>,
    /// What was operated.
    pub surgery: Option<String>,
    /// Which virus was used.
    pub virus: Option<String>,
    /// What was shown or played.
    pub stimulus_notes: Option<String>,
    /// How it was recorded.
    pub data_collection: Option<String>,
    /// Who was recorded.
    pub subject: Option<Subject>,
}

/// Who was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subject {
    /// What the lab calls it.
    pub subject_id: Option<String>,
    /// The species, by its two Latin names.
    pub species: Option<String>,
    /// `M`, `F`, `O` for others, `U` for unknown; of C. elegans `XO` or `XX`.
    pub sex: Option<String>,
    /// How old it was: an ISO 8601 duration such as `P90D`, or two with `/` between them.
    pub age: Option<String>,
    /// What the age counts from: `birth`, or `gestational`.
    pub age_reference: Option<String>,
    /// When it was born. A day without a time counts as its first moment in universal time.
    pub date_of_birth: Option<Moment>,
    /// What else is known of it.
    pub description: Option<String>,
    /// Its genes.
    pub genotype: Option<String>,
    /// Its strain.
    pub strain: Option<String>,
    /// How heavy it was, with the unit: `24 g`.
    pub weight: Option<String>,
}

/// Where a field goes.
enum Slot<'a> {
    Text(&'a mut Option<String>),
    Texts(&'a mut Vec<String>),
    Moment(&'a mut Option<Moment>),
    Day(&'a mut Option<Moment>),
    Age(&'a mut Option<String>),
}

const SESSION_FIELDS: [&str; 18] = [
    "session_start_time",
    "timestamps_reference_time",
    "session_description",
    "identifier",
    "session_id",
    "experimenter",
    "institution",
    "lab",
    "experiment_description",
    "keywords",
    "notes",
    "protocol",
    "related_publications",
    "pharmacology",
    "surgery",
    "virus",
    "stimulus_notes",
    "data_collection",
];

const SUBJECT_FIELDS: [&str; 10] = [
    "subject_id",
    "species",
    "sex",
    "age",
    "age_reference",
    "date_of_birth",
    "description",
    "genotype",
    "strain",
    "weight",
];

impl Session {
    /// Reads a file in TOML, JSON or YAML, as its name says.
    ///
    /// # Errors
    ///
    /// As [`read_into`](Self::read_into).
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SessionError> {
        let mut session = Self::default();
        session.read_into(path)?;
        Ok(session)
    }

    /// Adds what a file says, in TOML, JSON or YAML, as its name says.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is larger than [`MAX_SESSION_BYTES`] or of another name, and as
    /// [`merge`](Self::merge).
    pub fn read_into(&mut self, path: impl AsRef<Path>) -> Result<(), SessionError> {
        let path = path.as_ref();
        let Some(format) = SessionFormat::of_name(path) else {
            return Err(SessionErrorKind::UnknownFormat { path: path.to_owned() }.into());
        };
        let mut text = String::new();
        let read =
            File::open(path).and_then(|file| file.take(MAX_SESSION_BYTES + 1).read_to_string(&mut text));
        read.map_err(|source| SessionErrorKind::Io { path: path.to_owned(), source })?;
        if text.len() as u64 > MAX_SESSION_BYTES {
            return Err(SessionErrorKind::TooLarge { path: path.to_owned(), limit: MAX_SESSION_BYTES }.into());
        }
        self.merge(&text, format, path)
    }

    /// Adds what a text says. Fields of the session stand at the top or under `session`, those of the subject under
    /// `subject`, or at the top too but for its `description`. `path` is what messages call the text.
    ///
    /// # Errors
    ///
    /// When it cannot be parsed, has a field that is not known or was given before, or a value that is none.
    pub fn merge(
        &mut self,
        text: &str,
        format: SessionFormat,
        path: impl AsRef<Path>,
    ) -> Result<(), SessionError> {
        let path = path.as_ref();
        let syntax = |reason| SessionErrorKind::Syntax { path: path.to_owned(), reason };
        let document = match format.parse(text).map_err(syntax)? {
            Node::Map(entries) => entries,
            Node::Nothing => Vec::new(),
            _ => return Err(syntax("it is no list of fields and values".to_owned()).into()),
        };
        let reader = Reader { path };
        for (name, node) in document {
            match (name.as_str(), node) {
                ("session", Node::Map(entries)) => {
                    for (name, node) in entries {
                        reader.set(self.slot(&name), "session.", &name, node, &SESSION_FIELDS)?;
                    }
                }
                ("subject", Node::Map(entries)) => {
                    let subject = self.subject.get_or_insert_default();
                    for (name, node) in entries {
                        reader.set(subject.slot(&name), "subject.", &name, node, &SUBJECT_FIELDS)?;
                    }
                }
                ("session" | "subject", Node::Nothing) => {}
                (name, node) => {
                    let of_subject = name != "description" && SUBJECT_FIELDS.contains(&name);
                    let slot = if of_subject {
                        self.subject.get_or_insert_default().slot(name)
                    } else {
                        self.slot(name)
                    };
                    let known =
                        SESSION_FIELDS.into_iter().chain(SUBJECT_FIELDS).chain(["session", "subject"]);
                    // Whose description is meant has to be said.
                    let known =
                        known.map(|known| if known == "description" { "session_description" } else { known });
                    reader.set(slot, "", name, node, &known.collect::<Vec<_>>())?;
                }
            }
        }
        Ok(())
    }

    fn slot(&mut self, name: &str) -> Option<Slot<'_>> {
        Some(match name {
            "session_start_time" => Slot::Moment(&mut self.session_start_time),
            "timestamps_reference_time" => Slot::Moment(&mut self.timestamps_reference_time),
            "session_description" => Slot::Text(&mut self.session_description),
            "identifier" => Slot::Text(&mut self.identifier),
            "session_id" => Slot::Text(&mut self.session_id),
            "experimenter" => Slot::Texts(&mut self.experimenter),
            "institution" => Slot::Text(&mut self.institution),
            "lab" => Slot::Text(&mut self.lab),
            "experiment_description" => Slot::Text(&mut self.experiment_description),
            "keywords" => Slot::Texts(&mut self.keywords),
            "notes" => Slot::Text(&mut self.notes),
            "protocol" => Slot::Text(&mut self.protocol),
            "related_publications" => Slot::Texts(&mut self.related_publications),
            "pharmacology" => Slot::Text(&mut self.pharmacology),
            "surgery" => Slot::Text(&mut self.surgery),
            "virus" => Slot::Text(&mut self.virus),
            "stimulus_notes" => Slot::Text(&mut self.stimulus_notes),
            "data_collection" => Slot::Text(&mut self.data_collection),
            _ => return None,
        })
    }
}

impl Subject {
    fn slot(&mut self, name: &str) -> Option<Slot<'_>> {
        Some(match name {
            "subject_id" => Slot::Text(&mut self.subject_id),
            "species" => Slot::Text(&mut self.species),
            "sex" => Slot::Text(&mut self.sex),
            "age" => Slot::Age(&mut self.age),
            "age_reference" => Slot::Text(&mut self.age_reference),
            "date_of_birth" => Slot::Day(&mut self.date_of_birth),
            "description" => Slot::Text(&mut self.description),
            "genotype" => Slot::Text(&mut self.genotype),
            "strain" => Slot::Text(&mut self.strain),
            "weight" => Slot::Text(&mut self.weight),
            _ => return None,
        })
    }
}

/// Whether a text is an age: a duration, or two with `/` between them, of which one may be left out.
pub(crate) fn is_age(text: &str) -> bool {
    match text.split_once('/') {
        None => is_duration(text),
        Some(bounds) => {
            bounds != ("", "")
                && [bounds.0, bounds.1].iter().all(|bound| bound.is_empty() || is_duration(bound))
        }
    }
}

struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    /// Puts a value in its place. `section` is what comes before the name of the field in messages.
    fn set(
        &self,
        slot: Option<Slot<'_>>,
        section: &str,
        name: &str,
        node: Node,
        known: &[&str],
    ) -> Result<(), SessionError> {
        let path = || self.path.to_owned();
        let field = format!("{section}{name}");
        let Some(slot) = slot else {
            let nearest = nearest(name, known);
            return Err(SessionErrorKind::UnknownField { path: path(), field, nearest }.into());
        };
        let twice = |is_there: bool| {
            let error = || SessionErrorKind::Twice { path: path(), field: field.clone() };
            if is_there { Err(SessionError::from(error())) } else { Ok(()) }
        };
        let value = |reason: String| SessionErrorKind::Value { path: path(), field: field.clone(), reason };
        if node == Node::Nothing {
            return Ok(());
        }
        match slot {
            Slot::Text(place) => {
                twice(place.is_some())?;
                *place = Some(self.text(&field, node)?);
            }
            Slot::Age(place) => {
                twice(place.is_some())?;
                let text = self.text(&field, node)?;
                if !is_age(&text) {
                    let reason =
                        format!("{text:?} is no age as ISO 8601 writes it, such as P90D, P12W or P1Y/P2Y");
                    return Err(value(reason).into());
                }
                *place = Some(text);
            }
            Slot::Moment(place) => {
                twice(place.is_some())?;
                let parsed = self.text(&field, node)?.parse();
                *place = Some(parsed.map_err(|error: MomentError| value(error.to_string()))?);
            }
            Slot::Day(place) => {
                twice(place.is_some())?;
                let parsed = Moment::of_day(&self.text(&field, node)?);
                *place = Some(parsed.map_err(|error| value(error.to_string()))?);
            }
            Slot::Texts(place) => {
                twice(!place.is_empty())?;
                let items = match node {
                    Node::List(items) => items,
                    one => vec![one],
                };
                *place = items.into_iter().map(|item| self.text(&field, item)).collect::<Result<_, _>>()?;
            }
        }
        Ok(())
    }

    fn text(&self, field: &str, node: Node) -> Result<String, SessionError> {
        let (path, field) = (self.path.to_owned(), field.to_owned());
        let found = match node {
            Node::Text(text) if text.trim().is_empty() => {
                let reason = "it is empty: leave it out, or fill it in".to_owned();
                return Err(SessionErrorKind::Value { path, field, reason }.into());
            }
            Node::Text(text) if text.contains('\0') => {
                let reason = "there is a zero character in it".to_owned();
                return Err(SessionErrorKind::Value { path, field, reason }.into());
            }
            Node::Text(text) => return Ok(text),
            Node::List(_) => "a list",
            Node::Map(_) => "a section",
            Node::Other(kind) => kind,
            Node::Nothing => "nothing",
        };
        Err(SessionErrorKind::WrongKind { path, field, expected: "a text, in quotes", found }.into())
    }
}

/// The known name that is most like one that is not known, if it is like enough.
fn nearest(name: &str, known: &[&str]) -> Option<String> {
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    let apart = |other: &&&str| strsim::damerau_levenshtein(&name.to_lowercase(), other);
    let nearest = known.iter().min_by_key(|known| (!known.ends_with(&format!("_{name}")), apart(known)))?;
    (apart(&nearest) <= 1 + name.len() / 3 || nearest.contains(name)).then(|| (*nearest).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Session, SessionError> {
        let mut session = Session::default();
        session.merge(text, SessionFormat::Yaml, "s.yaml").map(|()| session)
    }

    #[test]
    fn every_field_has_its_place() {
        for field in SESSION_FIELDS {
            assert!(Session::default().slot(field).is_some(), "{field}");
        }
        for field in SUBJECT_FIELDS {
            assert!(Subject::default().slot(field).is_some(), "{field}");
        }
    }

    #[test]
    fn fields_may_stand_in_sections_or_not() {
        let flat = "lab: x\nsubject_id: m\nexperimenter: 'A, B'\n";
        let sections = "session:\n  lab: x\n  experimenter: ['A, B']\nsubject:\n  subject_id: m\n";
        assert_eq!(read(flat).unwrap(), read(sections).unwrap());
        assert_eq!(read("").unwrap(), Session::default());
        assert_eq!(read("lab: ~\nsubject:\n").unwrap(), Session::default());
    }

    #[test]
    fn two_files_complete_each_other_and_may_not_contradict() {
        let mut session = read("lab: x").unwrap();
        session.merge("institution: y", SessionFormat::Yaml, "t.yaml").unwrap();
        assert_eq!((session.lab.as_deref(), session.institution.as_deref()), (Some("x"), Some("y")));
        let error = session.merge("lab: z", SessionFormat::Yaml, "t.yaml").unwrap_err();
        assert_eq!(error.to_string(), "t.yaml: lab was given before");
    }

    #[test]
    fn what_is_wrong_is_named_with_file_and_field() {
        for (text, expected) in [
            ("subject:\n  specie: x", "s.yaml: there is no field \"subject.specie\"; is \"species\" meant?"),
            ("qqqqqqqqq: 1", "s.yaml: there is no field \"qqqqqqqqq\""),
            (
                "description: x",
                "s.yaml: there is no field \"description\"; is \"session_description\" meant?",
            ),
            ("lab: [a]", "s.yaml: lab should be a text, in quotes, and is a list"),
            ("lab: ''", "s.yaml: lab: it is empty: leave it out, or fill it in"),
            (
                "age: 90 days",
                "s.yaml: age: \"90 days\" is no age as ISO 8601 writes it, such as P90D, P12W or P1Y/P2Y",
            ),
            (
                "session_start_time: 2023-10-30T14:05:00",
                "s.yaml: session_start_time: \"2023-10-30T14:05:00\" has no offset from universal time: add one such as +01:00, or Z",
            ),
            ("[1, 2]", "s.yaml: cannot be parsed: it is no list of fields and values"),
        ] {
            assert_eq!(read(text).expect_err(text).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn ages_may_be_ranges() {
        for text in ["P90D", "P1D/P3D", "P90Y/", "/P3D"] {
            assert!(is_age(text), "{text}");
        }
        for text in ["/", "P1D/P2D/P3D", "P1D/x", "adult", ""] {
            assert!(!is_age(text), "{text}");
        }
    }
}
