//! How the command gets into stores: as its environment says.

use std::path::Path;

use pose_io::{ConvertOptions, OpenOptions, Opened, open};

use crate::output::say;

pub(crate) fn open_options(key: Option<String>) -> OpenOptions {
    let options = OpenOptions::default().with_key(key);
    #[cfg(feature = "object-store")]
    let options = options.with_store(from_environment());
    options
}

/// Opens a file, and says so when its twin is read in its place.
pub(crate) fn open_noting(path: &Path, key: Option<String>) -> anyhow::Result<Opened> {
    let opened = open(path, &open_options(key))?;
    if let Some(asked) = &opened.instead_of {
        say(format_args!("{} is not there, {} is read", asked.display(), opened.path.display()));
    }
    Ok(opened)
}

pub(crate) fn convert_options() -> ConvertOptions {
    #[allow(unused_mut, reason = "in a build without stores")]
    let mut options = ConvertOptions::default();
    #[cfg(feature = "object-store")]
    {
        options.store = from_environment();
    }
    options
}

/// The variables that other programs for these stores go by, too.
#[cfg(feature = "object-store")]
fn from_environment() -> pose_io::parquet::StoreOptions {
    const PREFIXES: [&str; 3] = ["AWS_", "GOOGLE_", "AZURE_"];
    // What is not Unicode is no key or value of a store.
    let texts = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
    texts.filter(|(key, _)| PREFIXES.iter().any(|prefix| key.starts_with(prefix))).collect()
}
