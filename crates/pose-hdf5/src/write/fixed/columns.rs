//! The labels of columns in fixed format.

use hdf5_file::{Charset, Dataset, Datatype, FileWriter, Group};
use pose_frame::{Label, LevelName, PoseTable};

use super::empty_array;
use crate::Storage;
use crate::write::Hdf5WriteError;
use crate::write::labels::{code_type, datatype};
use crate::write::pytables::NodeAttributes;
use crate::write::rows::size_of;

/// Writes the labels of some columns under a name.
pub(super) fn write(
    writer: &mut FileWriter,
    group: &mut Group,
    node: NodeAttributes,
    name: &str,
    table: &dyn PoseTable,
    columns: &[usize],
) -> Result<NodeAttributes, Hdf5WriteError> {
    let schema = table.schema();
    let label = |column: usize, level: usize| &schema.columns()[column].key.labels()[level];
    if let [level_name] = schema.levels() {
        let labels: Vec<&Label> = columns.iter().map(|&column| label(column, 0)).collect();
        group.insert(name, labels_dataset(writer, &labels, level_name)?)?;
        return Ok(node.text(format!("{name}_variety"), "regular"));
    }
    for (level, level_name) in schema.levels().iter().enumerate() {
        let labels: Vec<&Label> = columns.iter().map(|&column| label(column, level)).collect();
        let mut different = labels.clone();
        different.sort_unstable();
        different.dedup();
        let code = |label: &&Label| different.binary_search(label).unwrap_or(0) as u64;
        let size = size_of(&code_type(different.len()));
        let codes: Vec<u8> =
            labels.iter().flat_map(|label| code(label).to_le_bytes()[..size].to_vec()).collect();
        group.insert(&format!("{name}_level{level}"), labels_dataset(writer, &different, level_name)?)?;
        let codes = if labels.is_empty() {
            empty_array(writer, "int8", &[0], NodeAttributes::default())?
        } else {
            let storage = writer.contiguous(&codes)?;
            Dataset::new(datatype(&code_type(different.len()), None), &[labels.len() as u64], storage)
                .with_attributes(NodeAttributes::array().finish())
        };
        group.insert(&format!("{name}_label{level}"), codes)?;
    }
    let levels = schema.levels().len() as u64;
    Ok(node.text(format!("{name}_variety"), "multi").integer(format!("{name}_nlevels"), levels))
}

/// The labels of columns in one level.
fn labels_dataset(
    writer: &mut FileWriter,
    labels: &[&Label],
    level_name: &LevelName,
) -> Result<Dataset, Hdf5WriteError> {
    if let Some(name) = level_name.as_deref().filter(|name| name.ends_with('\0')) {
        let what = format!("a level called {name:?}, which ends with a zero character,");
        return Err(Hdf5WriteError::cannot_hold(Storage::Fixed, what));
    }
    let texts: Option<Vec<&str>> = labels.iter().map(|label| label.as_text()).collect();
    let numbers: Option<Vec<i64>> = labels
        .iter()
        .map(|label| match label {
            Label::Integer(number) => Some(*number),
            _ => None,
        })
        .collect();
    let (datatype, dtype, kind, values) = match (texts, numbers) {
        (Some(texts), _) => {
            if let Some(text) = texts.iter().find(|text| text.ends_with('\0')) {
                let what = format!("the label {text:?}, which ends with a zero character,");
                return Err(Hdf5WriteError::cannot_hold(Storage::Fixed, what));
            }
            let size = texts.iter().map(|text| text.len()).max().unwrap_or(0).max(1);
            let mut values = Vec::with_capacity(size * texts.len());
            for text in texts {
                let end = values.len() + size;
                values.extend_from_slice(text.as_bytes());
                values.resize(end, 0);
            }
            let text =
                Datatype::Text { size: u32::try_from(size).unwrap_or(u32::MAX), charset: Charset::Ascii };
            (text, "|S1", "string", values)
        }
        (None, Some(numbers)) => {
            let values = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            (Datatype::I64, "int64", "integer", values)
        }
        (None, None) => {
            let what = "a level of columns in which some labels are numbers and some are texts";
            return Err(Hdf5WriteError::cannot_hold(Storage::Fixed, what));
        }
    };
    let describe = |node: NodeAttributes| {
        let node = node.text("kind", kind).level_name("name", level_name);
        if kind == "string" { node.text("nan_rep", "") } else { node }
    };
    if labels.is_empty() {
        return empty_array(writer, dtype, &[0], describe(NodeAttributes::default()));
    }
    let storage = writer.contiguous(&values)?;
    let node = describe(NodeAttributes::array()).finish();
    Ok(Dataset::new(datatype, &[labels.len() as u64], storage).with_attributes(node))
}
