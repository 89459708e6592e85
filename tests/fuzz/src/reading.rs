//! Reading all of a file.

use pose_frame::{IndexSchema, PoseTable, Selection};
use pose_hdf5::fuzzing;
use pose_nwb::NwbFile;

/// Tables up to this size are read whole. Values may be more than a thousand times what they are in the file, so that
/// memory is no sign of a fault beyond it.
const WHOLE_BYTES: usize = 8 << 20;

/// More than this is never read: the reader has to refuse it before it takes memory.
const REFUSED_BYTES: usize = 1 << 40;

/// Does with a file one of the things that are done with files: lists what else is in it, opens the table that is opened
/// when none is named, or lists its tables and reads parts of each and all of it. `choice` says which. Coverage tells
/// them apart, and one of them a time leaves time for more files.
pub fn read_file(bytes: Vec<u8>, choice: u8) {
    let Ok(file) = fuzzing::file(bytes) else { return };
    match choice % 4 {
        0 => drop(file.other_objects()),
        1 => drop(fuzzing::attributes(&file)),
        2 => {
            if let Ok(table) = fuzzing::table(&file, None) {
                read_table(&table);
            }
        }
        _ => {
            for entry in file.tables().unwrap_or_default().into_iter().take(4) {
                if let Ok(table) = fuzzing::table(&file, Some(&entry.key)) {
                    read_table(&table);
                }
            }
        }
    }
}

/// Does with an NWB file one of the things that are done with files: opens the table that is opened when none is named, or
/// reads parts of its tables and all of them.
pub fn read_nwb(bytes: Vec<u8>, choice: u8) {
    let Ok(file) = pose_nwb::fuzzing::file(bytes) else { return };
    let read = |file: &NwbFile, key: Option<&str>| {
        if let Ok(table) = file.table(key) {
            read_table(&table);
        }
    };
    if choice.is_multiple_of(4) {
        return read(&file, None);
    }
    for entry in file.tables().into_iter().take(4) {
        read(&file, Some(&entry.key));
    }
}

fn read_table(table: &dyn PoseTable) {
    let (frames, columns) = (table.num_frames(), table.schema().columns().len());
    let _ = table.read(&Selection::all().frames(0..frames.min(3)));
    let _ = table.read(&Selection::all().frames(frames.saturating_sub(2)..frames));
    if columns > 0 {
        let middle = frames / 2;
        let _ = table.read(&Selection::all().columns([columns - 1]).frames(middle..frames.min(middle + 1)));
    }
    let bytes = frames.saturating_mul(columns.max(1)).saturating_mul(8);
    if bytes <= WHOLE_BYTES {
        if let Ok(frame) = table.load() {
            assert_eq!(frame.num_frames(), frames);
        }
    } else if bytes > REFUSED_BYTES && (columns > 0 || !is_counted(table)) {
        assert!(table.load().is_err(), "{frames} frames of {columns} columns are read");
    }
}

/// Whether rows have no labels that take memory.
fn is_counted(table: &dyn PoseTable) -> bool {
    matches!(table.schema().index(), IndexSchema::Range { .. })
}
