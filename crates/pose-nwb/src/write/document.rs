//! What is in a file besides poses: the session, its subject, and the rules that the file keeps.

use hdf5_file::{Attribute, Group};

use super::objects::Objects;
use super::{NwbWriteError, NwbWriteErrorKind, WriteOptions};
use crate::specifications::{self, NWB_VERSION, Namespace};
use crate::{Moment, Session, Subject};

/// Fills the root of a new file with everything but the poses. `description` is what the session is called when nobody
/// said.
pub(super) fn put_session(
    objects: &mut Objects<'_>,
    root: &mut Group,
    options: &WriteOptions,
    description: &str,
) -> Result<(), NwbWriteError> {
    let session = &options.session;
    let start = session.session_start_time.ok_or(NwbWriteErrorKind::NoSessionStart)?;
    let id = objects.ids.id("/");
    root.attributes = vec![
        Attribute::reference(".specloc", "/specifications"),
        Attribute::variable_text("namespace", "core"),
        Attribute::variable_text("neurodata_type", "NWBFile"),
        Attribute::variable_text("nwb_version", NWB_VERSION),
        Attribute::variable_text("object_id", id.clone()),
    ];
    let created = options.created.unwrap_or_else(Moment::now).to_string();
    root.insert("file_create_date", objects.texts(&[created])?)?;
    let description = session.session_description.as_deref().unwrap_or(description);
    let reference = session.timestamps_reference_time.unwrap_or(start);
    for (name, text) in [
        ("identifier", session.identifier.as_deref().unwrap_or(&id)),
        ("session_description", description),
        ("session_start_time", &start.to_string()),
        ("timestamps_reference_time", &reference.to_string()),
    ] {
        root.insert(name, objects.text(text)?)?;
    }
    root.insert("general", general(objects, session)?)?;
    root.insert("analysis", Group::default())?;
    let mut stimulus = Group::default();
    stimulus.insert("presentation", Group::default())?;
    stimulus.insert("templates", Group::default())?;
    root.insert("stimulus", stimulus)?;
    let mut all = Group::default();
    for namespace in specifications::core() {
        put_namespace(objects, &mut all, &namespace)?;
    }
    put_namespace(objects, &mut all, &options.version.namespace())?;
    root.insert("specifications", all)?;
    Ok(())
}

/// The rules of a namespace.
pub(super) fn put_namespace(
    objects: &mut Objects<'_>,
    all: &mut Group,
    namespace: &Namespace,
) -> Result<(), NwbWriteError> {
    let mut version = Group::default();
    for (source, json) in namespace.sources() {
        version.insert(&source, objects.text(&json)?)?;
    }
    let mut group = Group::default().as_folder();
    group.insert(namespace.version, version)?;
    Ok(all.insert(namespace.name, group)?)
}

/// Where the subject is.
pub(super) const SUBJECT: &str = "/general/subject";

fn general(objects: &mut Objects<'_>, session: &Session) -> Result<Group, NwbWriteError> {
    let mut general = Group::default();
    for (name, text) in [
        ("session_id", &session.session_id),
        ("institution", &session.institution),
        ("lab", &session.lab),
        ("experiment_description", &session.experiment_description),
        ("notes", &session.notes),
        ("protocol", &session.protocol),
        ("pharmacology", &session.pharmacology),
        ("surgery", &session.surgery),
        ("virus", &session.virus),
        // So NWB calls the notes about stimuli.
        ("stimulus", &session.stimulus_notes),
        ("data_collection", &session.data_collection),
    ] {
        if let Some(text) = text {
            general.insert(name, objects.text(text)?)?;
        }
    }
    for (name, texts) in [
        ("experimenter", &session.experimenter),
        ("keywords", &session.keywords),
        ("related_publications", &session.related_publications),
    ] {
        if !texts.is_empty() {
            general.insert(name, objects.texts(texts)?)?;
        }
    }
    if let Some(subject) = &session.subject {
        general.insert("subject", subject_group(objects, subject)?)?;
    }
    Ok(general)
}

fn subject_group(objects: &mut Objects<'_>, subject: &Subject) -> Result<Group, NwbWriteError> {
    let mut group = objects.group(SUBJECT, ("core", "Subject"));
    let born = subject.date_of_birth.map(|moment| moment.to_string());
    for (name, text) in [
        ("subject_id", &subject.subject_id),
        ("species", &subject.species),
        ("sex", &subject.sex),
        ("date_of_birth", &born),
        ("description", &subject.description),
        ("genotype", &subject.genotype),
        ("strain", &subject.strain),
        ("weight", &subject.weight),
    ] {
        if let Some(text) = text {
            group.insert(name, objects.text(text)?)?;
        }
    }
    if let Some(age) = &subject.age {
        const USUAL: &str = "birth";
        let reference = subject.age_reference.as_deref().unwrap_or(USUAL);
        let reference = Attribute::variable_text("reference", reference);
        group.insert("age", objects.text(age)?.with_attributes(vec![reference]))?;
    }
    Ok(group)
}
