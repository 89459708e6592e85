//! Errors as one line, with a hint where there is one.

use pose_frame::{TableError, TableErrorKind};
use pose_io::hdf5::Storage;
use pose_io::nwb::{NwbWriteError, NwbWriteErrorKind};
use pose_io::{PoseIoError, PoseIoErrorKind, recipe};
use pose_stats::StatsErrorKind;

use crate::output::{Style, complain};

/// Prints an error for people: one line, and one with what to do about it.
pub(crate) fn print(error: &anyhow::Error) {
    complain(Style::Error, "pose:", &one_line(error));
    if let Some(hint) = hint(error) {
        complain(Style::Hint, "hint:", &hint);
    }
}

/// The error and its causes in one line; causes that an error tells itself are not repeated.
fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if line.contains(&text) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(&text);
    }
    line
}

fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(hint) = error.chain().find_map(table_hint) {
        return Some(hint);
    }
    if let Some(hint) = error.chain().find_map(recipe_hint) {
        return Some(hint.to_owned());
    }
    match error.downcast_ref::<PoseIoError>()?.kind() {
        PoseIoErrorKind::Exists { .. }
        | PoseIoErrorKind::ExistsAndDiffers { .. }
        | PoseIoErrorKind::ExistsAndIsOther { .. } => {
            Some("--force replaces it".to_owned())
        }
        PoseIoErrorKind::NoTargetFormat { .. } => {
            Some(
                "name it something.parquet, .h5, .nwb or .csv, or say --to parquet, --to hdf5, --to nwb or --to csv"
                    .to_owned(),
            )
        }
        PoseIoErrorKind::NotWritten { source, .. } if source.is::<pose_io::csv::CsvWriteError>() => {
            Some("parquet can hold it".to_owned())
        }
        PoseIoErrorKind::NotWritten { source, .. } => {
            use pose_io::hdf5::Hdf5WriteErrorKind::{CannotHold, Key, KeyExists, TooManyColumns};
            if let Some(error) = source.downcast_ref::<NwbWriteError>() {
                return nwb_hint(error).map(str::to_owned);
            }
            let error: &pose_io::hdf5::Hdf5WriteError = source.downcast_ref()?;
            match error.kind() {
                TooManyColumns { .. } | CannotHold { storage: Storage::Table, .. } => {
                    Some("leave --hdf5-format out, or say --hdf5-format fixed".to_owned())
                }
                CannotHold { storage: Storage::Fixed, .. } => Some("say --hdf5-format table".to_owned()),
                KeyExists { .. } | Key { .. } => Some("--to-key names another one".to_owned()),
                _ => None,
            }
        }
        PoseIoErrorKind::StoresDisabled { .. } => {
            Some("cargo install --locked --path crates/pose-cli --features object-store builds it in".to_owned())
        }
        PoseIoErrorKind::ChooseTable { .. } => {
            Some("--key chooses one of them; `pose info FILE` lists them".to_owned())
        }
        PoseIoErrorKind::NotFiltered { source, .. } => table_hint(source),
        _ => None,
    }
}

/// What to do about a table that has not what was asked for.
fn table_hint(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    use pose_frame::TableErrorKind::{NoLikelihood, UnknownLabel, UnknownLevel};
    let wrapped = error.downcast_ref::<pose_stats::StatsError>().and_then(|error| match error.kind() {
        StatsErrorKind::Table { source } => Some(source),
        _ => None,
    });
    match wrapped.or_else(|| error.downcast_ref::<TableError>())?.kind() {
        NoLikelihood => Some("leave --min-likelihood out".to_owned()),
        UnknownLabel { .. } | UnknownLevel { .. } => {
            Some("`pose info FILE` lists individuals and bodyparts".to_owned())
        }
        _ => None,
    }
}

/// What to do about a recipe, or a packed table.
fn recipe_hint(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    match of_recipe(error)?.kind() {
        recipe::ErrorKind::Recipe { field, .. } if field == "goal" => {
            Some("a larger size, a larger error or a lower ratio can be reached")
        }
        recipe::ErrorKind::Recipe { .. } | recipe::ErrorKind::RecipeVersion { .. } => {
            Some("`pose recipe FILE -o recipe.json` writes one that fits a table")
        }
        recipe::ErrorKind::ContractBroken { .. } => {
            Some("a smaller rate factor in the recipe's codec loses less, and a lower ratio promises less")
        }
        recipe::ErrorKind::NotPacked { .. } => Some("pack the source again, where it is still there"),
        recipe::ErrorKind::Damaged { .. } | recipe::ErrorKind::Video { .. } => Some(
            "pack the source again, where it is still there; `pose unpack --salvage` restores the columns that are left",
        ),
        _ => None,
    }
}

/// What the crate of recipes said, also where others pass it on: they say what it says, and it is not among their causes.
fn of_recipe<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a recipe::Error> {
    if let Some(PoseIoErrorKind::Format { source }) =
        error.downcast_ref::<PoseIoError>().map(PoseIoError::kind)
    {
        return of_recipe(source.as_ref());
    }
    if let Some(TableErrorKind::Read { source }) = error.downcast_ref::<TableError>().map(TableError::kind) {
        return of_recipe(source.as_ref());
    }
    error.downcast_ref()
}

fn nwb_hint(error: &NwbWriteError) -> Option<&'static str> {
    match error.kind() {
        NwbWriteErrorKind::NoTiming => {
            Some("--fps gives the frame rate, --timestamps a file with a moment for each frame")
        }
        NwbWriteErrorKind::NoSessionStart => Some(
            "give it as in --session-start 2023-10-30T14:05:00+01:00, or as session_start_time in the file of --session or --subject",
        ),
        NwbWriteErrorKind::Key { .. } | NwbWriteErrorKind::Taken { .. } => Some("--to-key names another one"),
        NwbWriteErrorKind::AbsoluteVideo { .. } => {
            Some("--video takes a path from the folder of the output on")
        }
        _ => None,
    }
}
