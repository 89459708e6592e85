//! Ending on a signal: Ctrl-C, and the signal by which batch systems announce that the time is up.

use std::process;

use pose_io::{Stop, discard_temporaries};

use crate::args::Verb;
use crate::output::say;
use crate::pack;

/// What shells expect of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// What works on a folder, packs, or tries ways of packing, is asked to stop, and ended at the second signal; everything else is ended at
/// the first. Nothing of ours is left behind under a temporary name, but the folder of a table that is being packed or tried when the
/// second signal comes.
pub(crate) fn watch(verb: &Verb, stop: &Stop) {
    let says = match verb {
        Verb::Recipe(_) => "stopping; once more, and it ends at once",
        Verb::Pack(args) if !pack::is_folder(&args.input) => "stopping; once more, and it ends at once",
        _ => "stopping after the files that are being worked on; once more, and it ends at once",
    };
    let stop = matches!(verb, Verb::Migrate(_) | Verb::Pack(_) | Verb::Recipe(_)).then(|| stop.clone());
    // Without a handler the system ends the program: files are as whole as ever, and temporary ones are swept up later.
    let _ = ctrlc::set_handler(move || match &stop {
        Some(stop) if !stop.is_asked() => {
            stop.ask();
            say(says);
        }
        _ => {
            discard_temporaries();
            process::exit(INTERRUPTED);
        }
    });
}
