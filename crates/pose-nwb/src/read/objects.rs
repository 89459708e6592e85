//! Objects of NWB, by their types.

use hdf5_file::read::{Attributes, Dataset, Group, LeadsTo};

use crate::{NwbError, NwbErrorKind};

/// The type of an object; empty where it has none.
pub(crate) fn type_of(attributes: &Attributes) -> String {
    // What is no text is no type.
    attributes.text("neurodata_type").ok().flatten().unwrap_or_default()
}

/// The text that an attribute has; none where it is not there, or something else.
pub(crate) fn attribute_text(group: &Group, name: &str) -> Result<Option<String>, NwbError> {
    Ok(group.attributes()?.text(name).ok().flatten())
}

/// The path of an object, from the root on.
pub(crate) fn path_of(group: &Group, name: &str) -> String {
    format!("/{}", group.path_of(name))
}

/// A dataset of a group, also where a link leads to it.
pub(crate) fn dataset(group: &Group, name: &str) -> Result<Option<Dataset>, NwbError> {
    if let Some(dataset) = group.dataset(name)? {
        return Ok(Some(dataset));
    }
    match group.follow(name)? {
        LeadsTo::Dataset(head) => Ok(Some(head.open()?)),
        // Nothing of that name leads nowhere too.
        LeadsTo::Nowhere { .. } if !group.members()?.links.iter().any(|link| link == name) => Ok(None),
        other => Err(no_dataset(group, name, other)),
    }
}

fn no_dataset(group: &Group, name: &str, other: LeadsTo) -> NwbError {
    let (path, object) = (group.file().path().to_owned(), path_of(group, name));
    match other {
        LeadsTo::Nowhere { why } => NwbErrorKind::BrokenLink { path, object, why },
        LeadsTo::ExternalLink { file, .. } => {
            let why = format!("it is in another file, {file}, which is not opened");
            NwbErrorKind::BrokenLink { path, object, why }
        }
        _ => NwbErrorKind::Layout { path, object, expected: "a dataset", found: "a group".to_owned() },
    }
    .into()
}

/// The one text that a dataset holds; none where there is none, or it is no text.
pub(crate) fn text(group: &Group, name: &str) -> Option<String> {
    let dataset = group.dataset(name).ok()??;
    dataset.texts(0..dataset.num_rows().min(1)).ok()?.into_iter().next()
}

/// The texts that a dataset holds; none where there is none, or they are no texts.
pub(crate) fn texts(group: &Group, name: &str) -> Option<Vec<String>> {
    let dataset = group.dataset(name).ok()??;
    dataset.texts(0..dataset.num_rows()).ok()
}
