//! Objects as pynwb writes them.

use hdf5_file::{Attribute, Dataset, Datatype, FileWriter, Group, Primitive, Storage, bytes_of};

use super::NwbWriteError;
use crate::ObjectIds;

/// The namespace and the name of a type.
pub(super) type NeurodataType = (&'static str, &'static str);

/// Writes small values, and gives objects their ids.
pub(super) struct Objects<'a> {
    pub(super) writer: &'a mut FileWriter,
    pub(super) ids: &'a ObjectIds,
}

impl Objects<'_> {
    /// The attributes that make an object of NWB of one.
    pub(super) fn attributes_of(&self, path: &str, (namespace, name): NeurodataType) -> Vec<Attribute> {
        vec![
            Attribute::variable_text("namespace", namespace),
            Attribute::variable_text("neurodata_type", name),
            Attribute::variable_text("object_id", self.ids.id(path)),
        ]
    }

    /// A group of this type, which is to be at a path.
    pub(super) fn group(&self, path: &str, neurodata_type: NeurodataType) -> Group {
        Group::new(self.attributes_of(path, neurodata_type))
    }

    /// The same with a description.
    pub(super) fn described(&self, path: &str, neurodata_type: NeurodataType, description: &str) -> Group {
        let mut group = self.group(path, neurodata_type);
        group.attributes.push(Attribute::variable_text("description", description));
        group
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) -> Result<Dataset, NwbWriteError> {
        self.texts_of(&[text], &[])
    }

    /// A list of texts.
    pub(super) fn texts<T: AsRef<str>>(&mut self, texts: &[T]) -> Result<Dataset, NwbWriteError> {
        self.texts_of(texts, &[texts.len() as u64])
    }

    /// A number.
    pub(super) fn number<T: Primitive>(&mut self, number: T) -> Result<Dataset, NwbWriteError> {
        self.numbers(&[number], &[])
    }

    /// Numbers in a shape.
    pub(super) fn numbers<T: Primitive>(
        &mut self,
        numbers: &[T],
        shape: &[u64],
    ) -> Result<Dataset, NwbWriteError> {
        Ok(Dataset::new(T::DATATYPE, shape, self.writer.contiguous(&bytes_of(numbers))?))
    }

    /// Numbers that are in the file already.
    pub(super) fn stored(datatype: Datatype, shape: &[u64], address: u64) -> Dataset {
        let count = shape.iter().fold(1u64, |count, &length| count.saturating_mul(length));
        let bytes = count.saturating_mul(datatype.size() as u64);
        Dataset::new(datatype, shape, Storage::Contiguous { address, bytes })
    }

    fn texts_of<T: AsRef<str>>(&mut self, texts: &[T], shape: &[u64]) -> Result<Dataset, NwbWriteError> {
        let elements = self.writer.texts(texts)?;
        let storage = self.writer.contiguous(&elements)?;
        Ok(Dataset::new(Datatype::VariableText(hdf5_file::Charset::Utf8), shape, storage))
    }
}
