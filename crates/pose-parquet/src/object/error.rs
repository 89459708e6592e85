//! What can go wrong with an object.

use std::error::Error as StdError;

/// Why an object could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum ObjectError {
    #[error("not the URL of an object: {reason}")]
    Url { reason: String },

    #[error("no such object")]
    NotFound,

    #[error("no such bucket or container")]
    NoBucket,

    #[error("access is denied: {reason}")]
    Denied { reason: String },

    #[error("exists already")]
    Exists,

    /// What was fetched before and what is there now do not belong together.
    #[error("has changed since it was opened")]
    Changed,

    #[error("the server sends whole files only, and no ranges of them")]
    NoRanges,

    #[error("http and https are for reading")]
    ReadOnly,

    #[error("{reason}")]
    Store { reason: String },
}

/// What stores say when it is not the object that is missing.
const NO_BUCKET: [&str; 3] = ["NoSuchBucket", "ContainerNotFound", "bucket does not exist"];

/// What the crate `object_store` says of a server that sends the whole object instead of a range.
const NOT_PARTIAL: &str = "Received non-partial response";

/// How much of what a server says is repeated.
const SHOWN_CHARS: usize = 300;

impl ObjectError {
    /// What a store's error means. What it says is repeated without these secrets.
    pub(super) fn of(error: &object_store::Error, secrets: &[String]) -> Self {
        use object_store::Error;
        let reason = without(&text(error), secrets);
        match error {
            Error::NotFound { .. } if NO_BUCKET.iter().any(|says| reason.contains(says)) => Self::NoBucket,
            Error::NotFound { .. } => Self::NotFound,
            Error::AlreadyExists { .. } => Self::Exists,
            Error::Precondition { .. } | Error::NotModified { .. } => Self::Changed,
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => Self::Denied { reason },
            Error::NotSupported { .. } => Self::NoRanges,
            Error::Generic { .. } if reason.contains(NOT_PARTIAL) => Self::NoRanges,
            _ => Self::Store { reason },
        }
    }
}

/// An error and its causes in one line; what one tells of the next is not repeated.
fn text(error: &object_store::Error) -> String {
    let mut line = String::new();
    let mut next: Option<&dyn StdError> = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !line.contains(&text) {
            let between = if line.is_empty() { "" } else { ": " };
            line = format!("{line}{between}{text}");
        }
        next = error.source();
    }
    line
}

/// A text in one line of bounded length, without these secrets.
pub(super) fn without(text: &str, secrets: &[String]) -> String {
    let text = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"));
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_one_line_without_secrets() {
        let body = format!("GET https://host/a?sig=abc\n  <Error>{}</Error>", "x".repeat(1_000));
        let line = without(&body, &["sig=abc".to_owned()]);
        assert!(line.starts_with("GET https://host/a?… <Error>xxx"), "{line}");
        assert!(line.chars().count() < 310 && !line.contains('\n'));
    }

    #[test]
    fn a_missing_bucket_is_told_from_a_missing_object() {
        let of = |says: &str| {
            let error = object_store::Error::NotFound { path: "a".to_owned(), source: says.into() };
            ObjectError::of(&error, &[])
        };
        assert!(matches!(of("<Code>NoSuchBucket</Code>"), ObjectError::NoBucket));
        assert!(matches!(of("<Code>NoSuchKey</Code>"), ObjectError::NotFound));
    }
}
