//! Column labels.

use pose_frame::{ColumnKey, Label, LevelName};

use crate::Hdf5Error;
use crate::meta::Meta;
use pickle_data::Object;

/// The keys of columns and the names of their levels.
pub(crate) struct ColumnLabels {
    pub(crate) levels: Vec<LevelName>,
    pub(crate) keys: Vec<ColumnKey>,
}

/// The keys in a pickled list of labels: a tuple per column, or a single label.
pub(crate) fn keys_in(meta: &Meta, attribute: &str, list: Object<'_>) -> Result<Vec<ColumnKey>, Hdf5Error> {
    let items = list.sequence().map_err(|reason| meta.undecodable(attribute, reason))?;
    items.iter().map(|item| key(meta, item)).collect()
}

/// The key that an object is: a tuple of labels, or a single one.
pub(crate) fn key(meta: &Meta, object: Object<'_>) -> Result<ColumnKey, Hdf5Error> {
    let Some(labels) = object.as_tuple() else { return Ok(ColumnKey::new([label(meta, object)?])) };
    let labels: Vec<Label> = labels.iter().map(|object| label(meta, object)).collect::<Result<_, _>>()?;
    Ok(ColumnKey::new(labels))
}

fn label(meta: &Meta, object: Object<'_>) -> Result<Label, Hdf5Error> {
    if let Some(text) = object.as_text() {
        return Ok(Label::Text(text.clone()));
    }
    if let Some(number) = object.as_integer() {
        return Ok(Label::Integer(number));
    }
    let what = match object.as_float() {
        Some(number) => format!("a column that is labelled with the float {number}"),
        None => format!("a column that is labelled with {}", object.describe()),
    };
    Err(meta.unsupported(what))
}

/// The names of the levels of columns, from the attribute `info`.
///
/// Files that name no levels have as many unnamed ones as their keys have labels.
pub(crate) fn level_names(
    meta: &Meta,
    info: Option<Object<'_>>,
    keys: &[ColumnKey],
) -> Result<Vec<LevelName>, Hdf5Error> {
    let depth = keys.first().map_or(1, |key| key.labels().len());
    let of_columns = info.and_then(|info| info.value(|key| key.as_integer() == Some(1)));
    let Some(names) = of_columns.and_then(|info| info.value_of("names")).filter(|names| !names.is_none())
    else {
        return Ok(vec![None; depth]);
    };
    let names = names.sequence().map_err(|reason| meta.undecodable("info", reason))?;
    let names: Vec<LevelName> =
        names.iter().map(|name| meta.name_in("info", name)).collect::<Result<_, _>>()?;
    if names.len() != depth && !keys.is_empty() {
        let what = format!("{} names for {depth} levels of columns", names.len());
        return Err(meta.unsupported(what));
    }
    Ok(names)
}

/// Some columns, for people.
pub(crate) fn list(keys: &[ColumnKey]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> = keys.iter().take(SHOWN).map(ToString::to_string).collect();
    if keys.len() > SHOWN {
        shown.push(format!("and {} more", keys.len() - SHOWN));
    }
    shown.join(", ")
}
