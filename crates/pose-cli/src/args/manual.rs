//! What the verbs for packagers take.

use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose completions bash > /etc/bash_completion.d/pose
  pose completions fish > ~/.config/fish/completions/pose.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// The folder; it is made where it is not there, and pages in it are replaced.
    pub(crate) folder: PathBuf,
}
