//! What goes in comes out.

use tempfile::tempdir;
use vidpack::{
    Codec, Container, ErrorKind, FfmpegError, Ffv1, Ffv1Coder, Ffv1Context, FrameFormat, Lossy, PixelFormat,
    Quality, VideoInfo, VideoReader, VideoSettings, VideoWriter, count_frames,
};

use crate::support::{ffmpeg, names, noise, read, write};

fn ffv1() -> VideoSettings {
    VideoSettings::new(Codec::Ffv1(Ffv1::default()))
}

fn lossless(codec: fn(Lossy) -> Codec) -> VideoSettings {
    VideoSettings::new(codec(Lossy::new(Quality::Lossless)))
}

#[test]
fn ffv1_keeps_noise_in_every_pixel_format_that_the_encoder_has() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let mut kept = 0;
    for pixel_format in PixelFormat::ALL {
        let format = FrameFormat { width: 48, height: 34, pixel_format };
        if ffmpeg.supports("ffv1", pixel_format).is_err() {
            assert_eq!(pixel_format, PixelFormat::Gbrp8, "every other format is one of FFV1");
            continue;
        }
        let frames = noise(format, 4, 1);
        let path = folder.path().join(format!("{pixel_format}.mkv"));
        write(&ffmpeg, &path, &ffv1(), format, &frames).unwrap();
        assert!(read(&ffmpeg, &path, format, 0..4).unwrap() == frames, "{format}");
        kept += 1;
    }
    assert_eq!(kept, PixelFormat::ALL.len() - 1);
}

#[test]
fn ffv1_keeps_frames_of_sizes_that_are_near_its_limits() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let sizes =
        [(16, 16), (17, 16), (16, 19), (31, 33), (353, 16), (16, 289), (17, 700), (700, 17), (130, 127)];
    for (width, height) in sizes {
        for pixel_format in [PixelFormat::Gray8, PixelFormat::Gray16, PixelFormat::Gbrp16] {
            let format = FrameFormat { width, height, pixel_format };
            let frames = noise(format, 2, 2);
            let path = folder.path().join(format!("{width}x{height}-{pixel_format}.mkv"));
            write(&ffmpeg, &path, &ffv1(), format, &frames).unwrap();
            assert!(read(&ffmpeg, &path, format, 0..2).unwrap() == frames, "{format}");
        }
    }
}

#[test]
fn ffv1_keeps_frames_with_every_coder_context_and_the_most_slices() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    for coder in [Ffv1Coder::Rice, Ffv1Coder::Range, Ffv1Coder::RangeTable] {
        for context in [Ffv1Context::Small, Ffv1Context::Large] {
            for (size, slices) in [(16, None), (16, Some(1)), (48, Some(24)), (64, Some(16))] {
                let mut options = Ffv1::default();
                (options.coder, options.context, options.slices) = (coder, Some(context), slices);
                let settings = VideoSettings::new(Codec::Ffv1(options));
                let format = FrameFormat { width: size, height: size, pixel_format: PixelFormat::Gray8 };
                let frames = noise(format, 2, 3);
                let path = folder.path().join("one.mkv");
                match write(&ffmpeg, &path, &settings, format, &frames) {
                    Ok(_) => assert!(read(&ffmpeg, &path, format, 0..2).unwrap() == frames, "{settings:?}"),
                    // 48 pixels in 7 columns are too thin.
                    Err(error) => {
                        assert!(
                            matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::Slices { .. })),
                            "{error}"
                        );
                        assert_eq!((size, slices), (48, Some(24)));
                        continue;
                    }
                }
                std::fs::remove_file(path).unwrap();
            }
        }
    }
}

#[test]
fn lossless_encoders_keep_noise_at_a_size_where_they_do() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let all: [(VideoSettings, &[PixelFormat]); 4] = [
        (
            lossless(Codec::X264),
            &[PixelFormat::Gray8, PixelFormat::Gray10, PixelFormat::Yuv420p, PixelFormat::Yuv444p10],
        ),
        (lossless(Codec::X265), &[PixelFormat::Gray8, PixelFormat::Gbrp10, PixelFormat::Yuv420p12]),
        (lossless(Codec::Vp9), &[PixelFormat::Yuv420p, PixelFormat::Gbrp8, PixelFormat::Yuv444p12]),
        (lossless(Codec::AomAv1), &[PixelFormat::Yuv420p, PixelFormat::Yuv444p10]),
    ];
    for (settings, pixel_formats) in all {
        for pixel_format in pixel_formats {
            for container in [Container::Matroska, Container::Mp4, Container::Webm] {
                let settings = settings.clone().with_container(container);
                let format = FrameFormat { width: 128, height: 96, pixel_format: *pixel_format };
                let name = format!("{}-{pixel_format}.{}", settings.codec.encoder(), container.extension());
                let path = folder.path().join(&name);
                let frames = noise(format, 3, 4);
                match write(&ffmpeg, &path, &settings, format, &frames) {
                    Ok(summary) => {
                        assert_eq!(summary.frames, 3);
                        assert!(read(&ffmpeg, &path, format, 0..3).unwrap() == frames, "{name}");
                    }
                    Err(error) => {
                        assert!(!container.holds(&settings.codec), "{name}: {error}");
                        let kind = error.kind();
                        assert!(
                            matches!(kind, ErrorKind::Ffmpeg(FfmpegError::NotInContainer { .. })),
                            "{error}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn lossy_settings_are_taken_by_their_encoders_and_come_near() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let format = FrameFormat { width: 64, height: 64, pixel_format: PixelFormat::Yuv420p };
    // Smooth: every encoder keeps it within a few steps.
    let frames: Vec<Vec<u8>> = (0..8_u8).map(|frame| vec![100 + frame; format.frame_bytes()]).collect();
    let qualities = [Quality::Crf(8.0), Quality::Qp(8), Quality::KilobitsPerSecond(2000)];
    let codecs = [Codec::X264, Codec::X265, Codec::Vp9, Codec::AomAv1, Codec::SvtAv1];
    for (place, codec) in codecs.into_iter().enumerate() {
        let available = codec(Lossy::new(Quality::Lossless));
        if let Err(error) = ffmpeg.supports(available.encoder(), PixelFormat::Yuv420p) {
            // Static builds come without it; the other four are in all that were seen.
            assert_eq!(available.encoder(), "libsvtav1", "{error}");
            continue;
        }
        for quality in qualities {
            let preset = if place < 2 { "ultrafast" } else { "8" };
            let codec = codec(Lossy::new(quality).with_preset(preset).with_keyframe_interval(4));
            let settings = VideoSettings::new(codec).with_threads(1);
            let path = folder.path().join("lossy.mkv");
            write(&ffmpeg, &path, &settings, format, &frames).unwrap();
            let read = read(&ffmpeg, &path, format, 0..8).unwrap();
            let worst = frames.concat().iter().zip(read.concat()).map(|(a, b)| a.abs_diff(b)).max();
            assert!(worst < Some(6), "{settings:?}: {worst:?}");
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn the_same_frames_give_the_same_bytes() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let format = FrameFormat { width: 128, height: 128, pixel_format: PixelFormat::Yuv444p };
    let frames = noise(format, 12, 5);
    let crf = |codec: fn(Lossy) -> Codec| VideoSettings::new(codec(Lossy::new(Quality::Crf(20.0))));
    for settings in [
        ffv1(),
        crf(Codec::X264),
        crf(Codec::X264).with_container(Container::Mp4),
        crf(Codec::X265),
        crf(Codec::Vp9).with_container(Container::Webm),
    ] {
        let files: Vec<Vec<u8>> = ["first", "second"]
            .map(|name| {
                let path = folder.path().join(name);
                write(&ffmpeg, &path, &settings, format, &frames).unwrap();
                let bytes = std::fs::read(&path).unwrap();
                std::fs::remove_file(path).unwrap();
                bytes
            })
            .into();
        assert!(files[0] == files[1], "{settings:?}");
        let holds = |text: &str| files[0].windows(text.len()).any(|window| window == text.as_bytes());
        for text in ["x264 - core", "x265 (build", "Lavf5", "Lavf6", "Lavc5", "Lavc6"] {
            assert!(!holds(text), "{settings:?} wrote {text}");
        }
    }
}

#[test]
fn a_video_says_what_it_is_before_it_is_decoded() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.mkv");
    let format = FrameFormat { width: 40, height: 24, pixel_format: PixelFormat::Gbrp12 };
    let summary = write(&ffmpeg, &path, &ffv1(), format, &noise(format, 37, 6)).unwrap();
    assert_eq!(summary.bytes, path.metadata().unwrap().len());
    let info = VideoInfo::read(&ffmpeg, &path).unwrap();
    assert_eq!((info.codec.as_str(), info.width, info.height), ("ffv1", 40, 24));
    assert_eq!((info.pixel_format, info.frames_by_duration), (Some(PixelFormat::Gbrp12), Some(37)));
    assert_eq!(count_frames(&ffmpeg, &path).unwrap(), 37);
}

#[test]
fn a_video_of_another_size_or_other_pixels_is_refused_at_its_first_frame() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.mkv");
    let format = FrameFormat { width: 40, height: 24, pixel_format: PixelFormat::Gray16 };
    write(&ffmpeg, &path, &ffv1(), format, &noise(format, 3, 7)).unwrap();
    for other in [
        FrameFormat { width: 24, height: 40, ..format },
        FrameFormat { pixel_format: PixelFormat::Gray12, ..format },
    ] {
        let mut reader = VideoReader::open(&ffmpeg, &path, other, 0..3).unwrap();
        let error = reader.read(&mut vec![0; other.frame_bytes()]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::OtherVideo { .. })), "{error}");
        assert!(error.to_string().contains("holds ffv1 40x24 gray16le"), "{error}");
    }
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("never.mkv");
    let format = FrameFormat { width: 64, height: 64, pixel_format: PixelFormat::Gray8 };
    let gray = PixelFormat::Gray8;
    let refused = |settings: &VideoSettings, format| {
        let error = VideoWriter::create(&ffmpeg, &path, settings, format).unwrap_err();
        assert_eq!(names(folder.path()), [""; 0], "{error}");
        error
    };
    let kind = |settings: &VideoSettings, format| refused(settings, format).to_string();

    assert!(
        kind(&ffv1(), FrameFormat { width: 15, ..format }).contains("too small for ffv1, which needs 16x16")
    );
    assert!(kind(&ffv1(), FrameFormat { width: 20_000, height: 20_000, ..format }).contains("268 million"));
    let half = FrameFormat { width: 63, height: 64, pixel_format: PixelFormat::Yuv420p };
    assert!(kind(&ffv1(), half).contains("no multiple of 2x2"));
    assert!(kind(&ffv1().with_container(Container::Mp4), format).contains("mp4 does not hold ffv1"));
    assert!(
        kind(&lossless(Codec::X264).with_container(Container::Webm), format).contains("webm does not hold")
    );
    let even = FrameFormat { width: 64, ..half };
    assert!(kind(&lossless(Codec::SvtAv1), even).contains("no setting for lossless"));

    let version = ffmpeg.version().to_owned();
    let gbrp = FrameFormat { pixel_format: PixelFormat::Gbrp8, ..format };
    assert_eq!(kind(&ffv1(), gbrp), format!("encoder ffv1 of ffmpeg {version} does not take gbrp pixels"));
    let other = |name: &str, option: &str| {
        let options = vec![(option.to_owned(), "1".to_owned())];
        VideoSettings::new(Codec::Other { name: name.to_owned(), options })
    };
    assert_eq!(kind(&other("libnone", "g"), format), format!("ffmpeg {version} has no encoder libnone"));
    // The name of a codec is not that of an encoder.
    assert_eq!(kind(&other("h264", "g"), format), format!("ffmpeg {version} has no encoder h264"));
    assert!(kind(&other("ffv1 -i x", "g"), format).contains("no encoder that ffmpeg can be given"));
    assert!(kind(&other("ffv1", " /etc/x"), format).contains("no name of an option"));
    assert!(ffmpeg.supports("ffv1", gray).is_ok());
}

#[test]
fn any_encoder_can_be_named_with_its_options() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("other.mkv");
    let codec =
        Codec::Other { name: "ffvhuff".to_owned(), options: vec![("pred".to_owned(), "left".to_owned())] };
    let format = FrameFormat { width: 32, height: 32, pixel_format: PixelFormat::Gbrp10 };
    let frames = noise(format, 3, 8);
    write(&ffmpeg, &path, &VideoSettings::new(codec), format, &frames).unwrap();
    assert!(read(&ffmpeg, &path, format, 0..3).unwrap() == frames);
}

#[test]
fn options_that_an_encoder_refuses_are_an_error_and_leave_no_file() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let format = FrameFormat { width: 64, height: 64, pixel_format: PixelFormat::Yuv420p };
    let codec = Codec::X264(Lossy::new(Quality::Crf(20.0)).with_preset("nonsense"));
    let frames = noise(format, 500, 9);
    let settings = VideoSettings::new(codec);
    let error = write(&ffmpeg, &folder.path().join("x.mkv"), &settings, format, &frames).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::Failed { .. })), "{error}");
    assert!(error.to_string().contains("nonsense"), "{error}");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_dropped_writer_leaves_nothing_and_a_file_that_was_there_stays() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let format = FrameFormat { width: 64, height: 64, pixel_format: PixelFormat::Gray8 };
    let path = folder.path().join("a.mkv");
    let mut writer = VideoWriter::create(&ffmpeg, &path, &ffv1(), format).unwrap();
    for frame in noise(format, 600, 10) {
        writer.push(&frame).unwrap();
    }
    drop(writer);
    assert_eq!(names(folder.path()), [""; 0]);

    std::fs::write(&path, "mine").unwrap();
    let error = VideoWriter::create(&ffmpeg, &path, &ffv1(), format).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::Exists { .. })), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
}

#[test]
fn a_frame_of_the_wrong_length_is_no_frame() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let format = FrameFormat { width: 64, height: 64, pixel_format: PixelFormat::Gray8 };
    let mut writer = VideoWriter::create(&ffmpeg, folder.path().join("a.mkv"), &ffv1(), format).unwrap();
    let error = writer.push(&[0; 4095]).unwrap_err();
    assert_eq!(error.to_string(), "a frame has 4095 bytes instead of 4096");
    writer.push(&[0; 4096]).unwrap();
    assert_eq!(writer.finish().unwrap().frames, 1);
}

#[test]
fn a_number_with_more_bits_than_its_pixels_is_refused() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.mkv");
    let format = FrameFormat { width: 32, height: 32, pixel_format: PixelFormat::Gray10 };
    let frames = noise(format, 2, 11);
    let mut writer = VideoWriter::create(&ffmpeg, &path, &ffv1(), format).unwrap();
    writer.push(&frames[0]).unwrap();
    let mut large = frames[1].clone();
    large[101] = 4;
    let error = writer.push(&large).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a number in a frame is larger than gray10le pixels hold, which have 10 bits"
    );
    writer.push(&frames[1]).unwrap();
    assert_eq!(writer.finish().unwrap().frames, 2);
    assert!(read(&ffmpeg, &path, format, 0..2).unwrap() == frames);
}

#[test]
fn settings_come_back_from_json() {
    let mut x265 = Lossy::new(Quality::Crf(12.5)).with_preset("slow");
    x265.options.push(("tune".to_owned(), "psnr".to_owned()));
    for settings in [ffv1(), VideoSettings::new(Codec::X265(x265)), lossless(Codec::Vp9)] {
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<VideoSettings>(&json).unwrap(), settings, "{json}");
    }
}
