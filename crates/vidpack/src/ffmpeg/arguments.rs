//! What an encoder is told on the command line.

use super::settings::{Codec, Ffv1, Ffv1Coder, Ffv1Context, Lossy, Quality};
use super::{FfmpegError, FrameFormat, VideoSettings, slices};

/// Where libx265 was seen to lose numbers although it was told not to: frames that predict from others, up to 64×64.
const X265_SAFE_SIDE: u32 = 128;

/// From how many pixels on the large context model of FFV1 makes up for what it has to learn: 8 frames of 256 × 192 were 0.7 %
/// smaller, 2 frames 0.7 % larger, 96 frames 4 % smaller.
const LEARNT_PIXELS: u64 = 1 << 18;

/// The options of the encoder, after checks that need no ffmpeg.
pub(super) fn encoder(settings: &VideoSettings, format: &FrameFormat) -> Result<Vec<String>, FfmpegError> {
    check_frame(settings, format)?;
    let mut arguments = Arguments(Vec::new());
    arguments.add("c:v", settings.codec.encoder());
    let threads = settings.threads.max(1).to_string();
    match &settings.codec {
        Codec::Ffv1(ffv1) => {
            arguments.add("threads", &threads);
            arguments.ffv1(ffv1, format, slices::choose(format, ffv1.slices)?);
        }
        Codec::X264(lossy) => {
            arguments.add("threads", &threads);
            arguments.rate(settings, "qp", lossy)?;
            if lossy.quality == Quality::Lossless {
                arguments.add("qp", "0");
            }
            arguments.lossy("preset", lossy);
            // The encoder writes its version and settings between the frames.
            arguments.add("bsf:v", "filter_units=remove_types=6");
        }
        Codec::X265(lossy) => {
            arguments.rate(settings, "qp", lossy)?;
            arguments.lossy("preset", lossy);
            arguments.add("x265-params", &x265_params(lossy, format, &threads));
        }
        Codec::Vp9(lossy) => {
            arguments.add("threads", &threads);
            arguments.add("row-mt", "1");
            arguments.rate(settings, "", lossy)?;
            if lossy.quality == Quality::Lossless {
                arguments.add("lossless", "1");
            }
            arguments.lossy("cpu-used", lossy);
        }
        Codec::AomAv1(lossy) => {
            arguments.add("threads", &threads);
            arguments.add("row-mt", "1");
            arguments.rate(settings, "", lossy)?;
            if lossy.quality == Quality::Lossless {
                arguments.add("aom-params", "lossless=1");
            }
            arguments.lossy("cpu-used", lossy);
        }
        Codec::SvtAv1(lossy) => {
            if lossy.quality == Quality::Lossless {
                let encoder = settings.codec.encoder().to_owned();
                return Err(FfmpegError::NoSetting { encoder, setting: "lossless" });
            }
            arguments.add("svtav1-params", &format!("lp={threads}"));
            arguments.rate(settings, "qp", lossy)?;
            arguments.lossy("preset", lossy);
        }
        Codec::Other { options, .. } => {
            arguments.add("threads", &threads);
            arguments.options(options);
        }
    }
    arguments.checked()
}

fn check_frame(settings: &VideoSettings, format: &FrameFormat) -> Result<(), FfmpegError> {
    let (codec, container) = (&settings.codec, settings.container);
    if !container.holds(codec) {
        return Err(FfmpegError::NotInContainer { container, encoder: codec.encoder().to_owned() });
    }
    let (width, height) = codec.min_frame_size();
    if format.width < width || format.height < height {
        return Err(FfmpegError::TooSmall {
            format: *format,
            encoder: codec.encoder().to_owned(),
            width,
            height,
        });
    }
    if !format.fits_ffmpeg() {
        return Err(FfmpegError::TooLarge { format: *format });
    }
    let side = format.pixel_format.alignment();
    if !format.width.is_multiple_of(side) || !format.height.is_multiple_of(side) {
        return Err(FfmpegError::Uneven { format: *format, width: side, height: side });
    }
    Ok(())
}

fn x265_params(lossy: &Lossy, format: &FrameFormat, threads: &str) -> String {
    // `info=0`: no version and settings between the frames. One frame at a time: how many are in work changes what is written.
    let mut params = format!("log-level=error:info=0:frame-threads=1:pools={threads}");
    if lossy.quality == Quality::Lossless {
        params.push_str(":lossless=1");
        if format.width.min(format.height) < X265_SAFE_SIDE {
            params.push_str(":keyint=1");
        }
    }
    params
}

/// Options and values, in turn.
struct Arguments(Vec<String>);

impl Arguments {
    fn add(&mut self, option: &str, value: &str) {
        self.0.push(format!("-{option}"));
        self.0.push(value.to_owned());
    }

    fn ffv1(&mut self, ffv1: &Ffv1, format: &FrameFormat, slices: u16) {
        let frames = ffv1.keyframe_interval.unwrap_or(1).max(1);
        self.add("level", "3");
        self.add("g", &frames.to_string());
        self.add("slices", &slices.to_string());
        self.add("slicecrc", "1");
        let coder = match ffv1.coder {
            Ffv1Coder::Rice => "rice",
            Ffv1Coder::Range => "range_def",
            Ffv1Coder::RangeTable => "range_tab",
        };
        self.add("coder", coder);
        let learnt = u64::from(frames) * u64::from(format.width) * u64::from(format.height);
        let wide = if learnt >= LEARNT_PIXELS { Ffv1Context::Large } else { Ffv1Context::Small };
        let context = match ffv1.context.unwrap_or(wide) {
            Ffv1Context::Small => "0",
            Ffv1Context::Large => "1",
        };
        self.add("context", context);
    }

    /// How much may be lost. Encoders without a quantiser of their own (`quantiser` is empty) have it held between bounds.
    fn rate(&mut self, settings: &VideoSettings, quantiser: &str, lossy: &Lossy) -> Result<(), FfmpegError> {
        match lossy.quality {
            Quality::Lossless => {}
            Quality::Crf(crf) if !crf.is_finite() || crf < 0.0 => {
                let encoder = settings.codec.encoder().to_owned();
                return Err(FfmpegError::NoSetting { encoder, setting: "a crf below zero or without end" });
            }
            Quality::Crf(crf) => {
                self.add("crf", &crf.to_string());
                if quantiser.is_empty() {
                    // Else the encoder keeps to a default bit rate.
                    self.add("b:v", "0");
                }
            }
            Quality::Qp(qp) if quantiser.is_empty() => {
                let qp = qp.to_string();
                for (option, value) in [("crf", &*qp), ("qmin", &*qp), ("qmax", &*qp), ("b:v", "0")] {
                    self.add(option, value);
                }
            }
            Quality::Qp(qp) => self.add(quantiser, &qp.to_string()),
            Quality::KilobitsPerSecond(rate) => self.add("b:v", &format!("{rate}k")),
        }
        Ok(())
    }

    fn lossy(&mut self, preset: &str, lossy: &Lossy) {
        if let Some(value) = &lossy.preset {
            self.add(preset, value);
        }
        if let Some(frames) = lossy.keyframe_interval {
            self.add("g", &frames.to_string());
        }
        self.options(&lossy.options);
    }

    fn options(&mut self, options: &[(String, String)]) {
        for (option, value) in options {
            self.add(option, value);
        }
    }

    /// Names of options are words, so that none of them passes for a file.
    fn checked(self) -> Result<Vec<String>, FfmpegError> {
        let is_word = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphanumeric())
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_:-".contains(letter))
        };
        match self.0.iter().step_by(2).map(|option| &option[1..]).find(|name| !is_word(name)) {
            Some(name) => Err(FfmpegError::BadName { what: "name of an option", text: name.to_owned() }),
            None => Ok(self.0),
        }
    }
}
