//! What tells objects of a file apart.

use uuid::Uuid;

/// Where the ids of the objects of a file come from. Every object of an NWB file has one that no other object has, in this
/// file or any other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectIds {
    /// Drawn by lot: each file has its own.
    #[default]
    Random,
    /// Made from a text and the place of the object in the file: the same text gives the same file. Use no text twice for
    /// files that are to be told apart.
    Of(String),
}

impl ObjectIds {
    /// The id of the object at a path.
    pub(crate) fn id(&self, path: &str) -> String {
        /// What ids that are made here are made in: a UUID of version 4 that was drawn once.
        const SPACE: Uuid = Uuid::from_u128(0x7a0e_5b0c_6f1d_4c55_9d0b_3a4e_8c21_57f3);
        match self {
            Self::Random => Uuid::new_v4(),
            Self::Of(text) => Uuid::new_v5(&Uuid::new_v5(&SPACE, text.as_bytes()), path.as_bytes()),
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectIds;

    #[test]
    fn ids_are_of_their_text_and_place() {
        let (one, other) = (ObjectIds::Of("one".to_owned()), ObjectIds::Of("other".to_owned()));
        assert_eq!(one.id("/a"), one.id("/a"));
        assert_ne!(one.id("/a"), one.id("/b"));
        assert_ne!(one.id("/a"), other.id("/a"));
        assert_ne!(ObjectIds::Random.id("/a"), ObjectIds::Random.id("/a"));
        assert_eq!(one.id("/a").len(), 36);
    }
}
