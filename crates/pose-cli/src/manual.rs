//! What is made of the command line itself: completions and manual pages.

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::args::{Args, CompletionsArgs, ManArgs};
use crate::output::{self, Outcome, say};

pub(crate) fn complete(args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "pose", &mut script);
    output::bytes(&script)?;
    Ok(Outcome::Done)
}

pub(crate) fn write(args: &ManArgs) -> anyhow::Result<Outcome> {
    let shown = args.folder.display();
    std::fs::create_dir_all(&args.folder).with_context(|| format!("{shown} cannot be made"))?;
    clap_mangen::generate_to(Args::command(), &args.folder)
        .with_context(|| format!("{shown}: manual pages cannot be written"))?;
    say(format_args!("{shown}: manual pages of pose and its verbs"));
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_verb_has_examples() {
        for verb in Args::command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            let example = format!("pose {}", verb.get_name());
            assert!(help.contains("Example") && help.contains(&example), "pose {}", verb.get_name());
        }
    }
}
