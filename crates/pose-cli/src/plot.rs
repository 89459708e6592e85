//! `pose plot`.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use pose_plot::{PlotOptions, plot};

use crate::args::PlotArgs;
use crate::output::{self, Outcome};
use crate::select::select;
use crate::stores;

pub(crate) fn run(args: &PlotArgs) -> anyhow::Result<Outcome> {
    let picture = Picture::named(&args.output)?;
    let opened = stores::open_noting(&args.file, args.key.clone())?;
    let name = opened.path.file_name().unwrap_or(opened.path.as_os_str()).to_string_lossy();
    let options = PlotOptions::default()
        .title(name)
        .selection(select(&args.individual, &args.bodypart, args.frames))
        .min_likelihood(args.min_likelihood)
        .frame_rate_hz(args.fps);
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{bar:40} frame {human_pos} of {human_len}")?);
    let svg = plot(opened.table.as_ref(), &options, &|at| {
        bar.set_length(at.num_frames as u64);
        bar.set_position(at.frames as u64);
    });
    bar.finish_and_clear();
    let svg = svg.with_context(|| opened.path.display().to_string())?;
    let bytes = picture.bytes(svg)?;
    output::write_file(&args.output, &bytes, args.force)?;
    Ok(Outcome::Done)
}

/// What a picture is written as.
#[derive(Clone, Copy, Debug)]
enum Picture {
    Svg,
    #[cfg(feature = "png")]
    Png,
}

impl Picture {
    fn named(path: &Path) -> anyhow::Result<Self> {
        let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
        match extension.as_deref() {
            _ if path == Path::new("-") => Ok(Self::Svg),
            Some("svg") => Ok(Self::Svg),
            #[cfg(feature = "png")]
            Some("png") => Ok(Self::Png),
            #[cfg(not(feature = "png"))]
            Some("png") => anyhow::bail!(
                "{}: PNG was left out of this build: name it something.svg, or build with the feature `png`",
                path.display()
            ),
            _ => anyhow::bail!("{}: a picture is something.svg, something.png, or -", path.display()),
        }
    }

    #[cfg_attr(
        not(feature = "png"),
        allow(clippy::unnecessary_wraps, reason = "text is always bytes, PNG is made")
    )]
    fn bytes(self, svg: String) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Svg => Ok(svg.into_bytes()),
            // Two pixels for each of the picture's own: text is read in print as well.
            #[cfg(feature = "png")]
            Self::Png => Ok(pose_plot::png(&svg, 2.0)?),
        }
    }
}
