//! `pose info`.

use pose_frame::{Crop, Metadata};
use pose_io::{FileInfo, PackedArrayInfo, StoredLong, TableInfo, describe};

use crate::args::InfoArgs;
use crate::human;
use crate::output::{self, Outcome, say};
use crate::recipe::promise;
use crate::stores;

pub(crate) fn run(args: &InfoArgs) -> anyhow::Result<Outcome> {
    let info = describe(&args.file, &stores::open_options(args.key.clone()))?;
    if args.json {
        output::json(&info)?;
        return Ok(Outcome::Done);
    }
    for (name, value) in file_lines(&info) {
        say(format_args!("{name:<12} {value}"));
    }
    match &info.table {
        Some(table) => {
            for (name, value) in table_lines(&info, table) {
                say(format_args!("{name:<12} {value}"));
            }
        }
        None => say("hint: --key chooses one of them"),
    }
    Ok(Outcome::Done)
}

/// How many names are listed before they are only counted.
const LISTED: usize = 20;

fn file_lines(info: &FileInfo) -> Vec<(&'static str, String)> {
    let mut lines =
        vec![("file", format!("{} ({}, {})", info.path.display(), info.format, human::bytes(info.bytes)))];
    if let Some(asked) = &info.instead_of {
        lines.push(("instead of", format!("{}, which is not there", asked.display())));
    }
    if let Some(StoredLong { rows, columns, .. }) = &info.stored_long {
        lines.push(("stored long", format!("{} of {}", human::counted(*rows, "row"), list(columns))));
    }
    lines.extend(info.packed.iter().map(|array| {
        let PackedArrayInfo { name, codec, contract, max_error, psnr, .. } = array;
        let ratio = psnr.map(|psnr| format!(", {psnr:.1} dB")).unwrap_or_default();
        let error = match *max_error {
            error if error > 0.0 => format!("; {} at most{ratio}", human::number(error)),
            _ => String::new(),
        };
        ("array", format!("{name}: {codec}, {}{error}", promise(contract)))
    }));
    if info.tables.len() > 1 {
        for table in &info.tables {
            let key = table.key.as_deref().unwrap_or_default();
            let what = match (&table.extent, &table.error) {
                (Some(extent), _) => format!(
                    "{}, {} of {}",
                    extent.kind,
                    human::counted(extent.frames, "frame"),
                    human::counted(extent.columns, "column")
                ),
                (None, error) => format!("cannot be opened: {}", error.as_deref().unwrap_or("unknown")),
            };
            lines.push(("table", format!("{key}: {what}")));
        }
    }
    lines
}

fn table_lines(info: &FileInfo, table: &TableInfo) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let source = table.metadata.source.as_ref();
    if let Some(key) = source.and_then(|source| source.key.as_ref()).filter(|key| info.keys.contains(key)) {
        lines.push(("key", key.clone()));
    }
    lines.push(("kind", table.kind.to_string()));
    for (name, labels) in [("scorer", &table.scorers), ("individuals", &table.individuals)] {
        if !labels.is_empty() {
            lines.push((name, list(labels)));
        }
    }
    lines.extend(bodyparts(table).into_iter().map(|line| ("bodyparts", line)));
    if !table.coords.is_empty() {
        lines.push(("coords", list(&table.coords)));
    }
    lines.push(("levels", names(&table.levels)));
    let rows = match (&table.index.first, &table.index.last) {
        (Some(first), Some(last)) => format!(", from {first} to {last}"),
        _ => String::new(),
    };
    let named = if table.index.names.iter().all(Option::is_none) {
        String::new()
    } else {
        format!(" named {}", names(&table.index.names))
    };
    let labels = table.index.types.join(", ");
    lines.push(("frames", format!("{}, labelled by {labels}{named}{rows}", human::count(table.frames))));
    let types: Vec<String> =
        table.types.iter().map(|found| format!("{} {}", found.columns, found.data_type)).collect();
    lines.push(("columns", format!("{} ({})", human::count(table.columns.len()), types.join(", "))));
    lines.push(("missing", format!("{:.2} %", table.missing_percent)));
    lines.extend(beside(&table.metadata));
    if let Some(source) = &table.metadata.source
        && info.path.file_name().is_none_or(|name| *name != *source.name)
    {
        let key = source.key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
        lines.push(("made from", format!("{}{key}", source.name)));
        if let Some(hash) = &source.blake3 {
            lines.push(("its BLAKE3", hash.clone()));
        }
    }
    lines.extend(info.notes.iter().map(|note| ("note", note.clone())));
    lines
}

/// What is known of a table beside its values.
fn beside(metadata: &Metadata) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(rate) = metadata.frame_rate_hz {
        lines.push(("frame rate", format!("{rate} Hz")));
    }
    let frames =
        metadata.video_frames.map(|frames| human::counted(frames.try_into().unwrap_or(usize::MAX), "frame"));
    let size = metadata.frame_size.map(|size| format!("{} × {} pixels", size.width, size.height));
    let video: Vec<String> = metadata.video.clone().into_iter().chain(frames).chain(size).collect();
    if !video.is_empty() {
        lines.push(("video", video.join(", ")));
    }
    if let Some(crop) = metadata.crop {
        let Crop { x_min, x_max, y_min, y_max } = crop;
        lines.push(("crop", format!("x {x_min} to {x_max}, y {y_min} to {y_max}")));
    }
    if let Some(project) = &metadata.project {
        let scorer = project.scorer.as_ref().map(|scorer| format!("labelled by {scorer}"));
        let project: Vec<String> = project.task.clone().into_iter().chain(scorer).collect();
        lines.push(("project", project.join(", ")));
    }
    if !metadata.skeleton_edges.is_empty() {
        let edges: Vec<String> =
            metadata.skeleton_edges.iter().map(|(from, to)| format!("{from}–{to}")).collect();
        lines.push(("skeleton", list(&edges)));
    }
    lines
}

/// The bodyparts; where they differ, a line for those individuals that have the same ones.
fn bodyparts(table: &TableInfo) -> Vec<String> {
    if table.bodyparts_of.is_empty() {
        return if table.bodyparts.is_empty() { Vec::new() } else { vec![list(&table.bodyparts)] };
    }
    let mut groups: Vec<(Vec<String>, &[String])> = Vec::new();
    for of in &table.bodyparts_of {
        match groups.iter_mut().find(|(_, bodyparts)| *bodyparts == of.bodyparts) {
            Some((individuals, _)) => individuals.push(of.individual.clone()),
            None => groups.push((vec![of.individual.clone()], &of.bodyparts)),
        }
    }
    groups
        .into_iter()
        .map(|(individuals, bodyparts)| format!("{} ({})", list(bodyparts), list(&individuals)))
        .collect()
}

/// Names in a line.
fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).cloned().collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn names(names: &[Option<String>]) -> String {
    list(&names.iter().map(|name| name.clone().unwrap_or_else(|| "(unnamed)".to_owned())).collect::<Vec<_>>())
}
