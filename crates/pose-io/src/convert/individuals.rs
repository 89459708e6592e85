//! One file into an NWB file for each of its individuals.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use pose_frame::{Filter, FilteredTable, Label, PoseTable, Selection, UNIQUE};

use super::{ConvertOptions, Converted, Source, Written, same_file, write_verified};
use crate::progress::ConvertProgress;
use crate::target::Target;
use crate::{Existing, Format, PoseIoError, PoseIoErrorKind, stores};

/// A file that was made of one individual.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConvertedIndividual {
    /// Who is in it.
    pub individual: Label,
    /// Where it is.
    pub target: PathBuf,
    /// What was done for it.
    pub converted: Converted,
}

/// Writes an NWB file for each individual of a table: of `target` `out.nwb` they are `out_mouse1.nwb`, `out_mouse2.nwb`.
///
/// Every one is read back and compared before the first gets its name. Together they hold the whole table: points that are of no
/// animal, which DeepLabCut puts under `single`, are in a file of their own, without a subject. A subject without `subject_id` is in
/// the other files under the name of their individual.
///
/// Characters that a file name cannot have on some system become `_`; names that differ only in case get a number.
///
/// # Errors
///
/// As [`convert`](super::convert) does, and when the table has no individuals, the target is no local NWB file or is added to, or
/// the subject has a `subject_id`, which cannot be that of all of them. None of the files is there then, or all are as they were;
/// only when replacing files fails midway, which is when the disk or the folder goes, some may be new.
pub fn convert_individuals(
    source: &Path,
    target: &Path,
    options: &ConvertOptions,
    progress: &(dyn Fn(ConvertProgress) + Sync),
) -> Result<Vec<ConvertedIndividual>, PoseIoError> {
    let start = Instant::now();
    let path = || target.to_owned();
    let opened = Source::open(source, target, options)?;
    if opened.target_format != Format::Nwb || stores::is_url(target) || options.nwb.append {
        return Err(PoseIoErrorKind::NotPerIndividual { path: path() }.into());
    }
    let individuals: Vec<Label> = opened.table.schema().individuals().into_iter().cloned().collect();
    if individuals.is_empty() {
        return Err(PoseIoErrorKind::NoIndividuals { path: source.to_owned() }.into());
    }
    let subject = options.nwb.write.session.subject.as_ref();
    if subject.is_some_and(|subject| subject.subject_id.is_some()) && individuals.len() > 1 {
        return Err(PoseIoErrorKind::OneSubject { path: path(), individuals: individuals.len() }.into());
    }

    let names = names_of(&individuals);
    let mut written = Vec::with_capacity(individuals.len());
    for (individual, name) in individuals.into_iter().zip(names) {
        let target = beside(target, &name);
        let source_path = opened.read_instead.as_deref().unwrap_or(source);
        if same_file(source_path, &target, options)? {
            return Err(PoseIoErrorKind::SameFile { path: target }.into());
        }
        let filter = Filter::select(Selection::all().individual(individual.clone()));
        let table = FilteredTable::new(opened.table.as_ref(), &filter)
            .map_err(|source| PoseIoErrorKind::NotFiltered { path: target.clone(), source })?;
        let into = Target::new(Format::Nwb, opened.metadata.clone(), &of(&individual, options), &target)?;
        let Written { file, bytes, losses } =
            write_verified(&table, &target, &into, options.existing, progress)?;
        let findings = into.findings(&table, &target);
        let converted = opened.converted(&table, bytes, losses, findings, start.elapsed());
        written.push((file, ConvertedIndividual { individual, target, converted }));
    }
    let mut done: Vec<ConvertedIndividual> = Vec::with_capacity(written.len());
    for (file, made) in written {
        if let Err(error) = file.commit() {
            // Those that were there before cannot be brought back; new ones can be taken away.
            if options.existing == Existing::Keep {
                for made in &done {
                    let _ = fs::remove_file(&made.target);
                }
            }
            return Err(error);
        }
        done.push(made);
    }
    Ok(done)
}

/// What the file of an individual is written with.
fn of(individual: &Label, options: &ConvertOptions) -> ConvertOptions {
    let mut options = options.clone();
    let subject = &mut options.nwb.write.session.subject;
    if individual.as_text() == Some(UNIQUE) {
        *subject = None;
    } else if let Some(subject) = subject {
        subject.subject_id.get_or_insert_with(|| individual.to_string());
    }
    options
}

/// The path of a file with something put behind its stem.
fn beside(target: &Path, name: &str) -> PathBuf {
    let mut file = target.file_stem().unwrap_or_default().to_owned();
    file.push("_");
    file.push(name);
    if let Some(extension) = target.extension() {
        file.push(".");
        file.push(extension);
    }
    target.with_file_name(file)
}

/// Names that files can have on any system, each once, whatever the case.
fn names_of(individuals: &[Label]) -> Vec<String> {
    let forbidden = |found: char| found.is_control() || r#"/\:*?"<>|"#.contains(found);
    let mut taken = HashSet::new();
    let safe = |individual: &Label| -> String {
        let name: String =
            individual.to_string().chars().map(|found| if forbidden(found) { '_' } else { found }).collect();
        let mut free = name.clone();
        for number in 2u32.. {
            if taken.insert(free.to_lowercase()) {
                break;
            }
            free = format!("{name}_{number}");
        }
        free
    };
    individuals.iter().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_safe_and_each_is_there_once() {
        let labels = ["a", "A", "../x", "a_2", "c:d\0", "", "mouse 1.5"].map(Label::from);
        assert_eq!(names_of(&labels), ["a", "A_2", ".._x", "a_2_2", "c_d_", "", "mouse 1.5"]);
        let path = beside(Path::new("lab/v1.5.nwb"), ".._x");
        assert_eq!(path, Path::new("lab/v1.5_.._x.nwb"));
        assert_eq!(beside(Path::new("out.nwb"), "mouse 1.5"), Path::new("out_mouse 1.5.nwb"));
    }
}
