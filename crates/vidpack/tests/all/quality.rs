//! Figures of quality, held against plain loops; targets; every codec for pictures.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_lossless,
    reason = "test data is made of places and dice, and cast as it comes"
)]

use ndarray::{Array as Nd, ArrayD, Axis, Dimension as _, IxDyn};
use vidpack::{
    Array, ArrayOptions, Bound, Codec, Container, Contract, ErrorKind, Ffmpeg, Lossy, Measured, Pack,
    PackOptions, PackWriter, PixelFormat, Planes, Quality, Verify,
};

use crate::support::ffmpeg;
use crate::trip::Dice;

/// Waves that drift, with gaps in one corner that move.
fn waves(shape: &[usize], seed: u64) -> ArrayD<f32> {
    let mut dice = Dice(seed);
    Nd::from_shape_fn(IxDyn(shape), |place| {
        let (t, channel) = (place[0] as f32, if place.ndim() == 4 { place[3] as f32 } else { 0.0 });
        if place[1] < 2 && place[2] < 2 + place[0] % 3 {
            return if place[0] % 2 == 0 {
                f32::from_bits(0x7fc0_0000 | place[2] as u32)
            } else {
                f32::NEG_INFINITY
            };
        }
        let (y, x) = (place[1] as f32, place[2] as f32);
        let wave = (0.12 * x + 0.1 * t + channel).sin() + (0.09 * y - 0.07 * t).cos();
        (10.0 + 90.0 * channel) * wave + 280.0 + dice.unit() as f32 * 0.2
    })
}

fn pack(
    array: &ArrayD<f32>,
    options: &ArrayOptions,
) -> vidpack::Result<(Measured, ArrayD<f32>, Pack, tempfile::TempDir)> {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("pack");
    // It is decoded below, by the reader.
    let mut pack_options = PackOptions::default();
    pack_options.verify = Verify::Skip;
    let mut writer = PackWriter::create(&path, &ffmpeg(), pack_options)?;
    writer.add("field", array.view(), options)?;
    writer.finish()?;
    let pack = Pack::open(&path, &ffmpeg())?;
    let packed = pack.array("field")?;
    packed.verify()?;
    let measured = packed.entry().measured.clone().expect("it may differ");
    let Array::F32(back) = packed.read(..)? else { panic!() };
    Ok((measured, back, pack, folder))
}

/// What is no number is what it was, bit for bit.
fn gaps_are_kept(array: &ArrayD<f32>, back: &ArrayD<f32>) {
    for (value, back) in array.iter().zip(back) {
        assert!(
            value.is_finite() == back.is_finite() && (value.is_finite() || value.to_bits() == back.to_bits())
        );
    }
}

#[test]
fn figures_are_those_of_plain_loops() {
    let array = waves(&[9, 37, 42, 3], 1);
    let codec = Codec::X264(Lossy::new(Quality::Crf(30.0)).with_preset("ultrafast"));
    let (measured, back, _, folder) = pack(&array, &ArrayOptions::quality(8, codec)).unwrap();
    gaps_are_kept(&array, &back);
    let (mut all, mut squares_of_all) = (0.0, 0.0);
    let mut similar = 0.0;
    for (channel, found) in measured.channels.iter().enumerate() {
        let (array, back) = (array.index_axis(Axis(3), channel), back.index_axis(Axis(3), channel));
        let pairs: Vec<_> = array.iter().zip(&back).filter(|(value, _)| value.is_finite()).collect();
        let pairs: Vec<_> =
            pairs.into_iter().map(|(value, back)| (f64::from(*value), f64::from(*back))).collect();
        let range = pairs.iter().map(|pair| pair.0).fold(f64::MIN, f64::max)
            - pairs.iter().map(|pair| pair.0).fold(f64::MAX, f64::min);
        let mse = pairs.iter().map(|(a, b)| (a - b).powi(2)).sum::<f64>() / pairs.len() as f64;
        let worst = pairs.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let psnr = 10.0 * (range * range / mse).log10();
        assert_eq!(found.values, pairs.len() as u64);
        assert_eq!((found.max_error.to_bits(), found.range.to_bits()), (worst.to_bits(), range.to_bits()));
        assert!((found.rmse / mse.sqrt() - 1.0).abs() < 1e-9, "{} {}", found.rmse, mse.sqrt());
        assert!((found.psnr_db.unwrap() - psnr).abs() < 1e-6, "{found:?} {psnr}");
        assert!((20.0..50.0).contains(&psnr), "{psnr}");
        let ssim = ssim(&array.to_owned().into_dyn(), &back.to_owned().into_dyn());
        assert!((found.ssim.unwrap() - ssim).abs() < 1e-6, "{found:?} {ssim}");
        assert!((0.3..0.9999).contains(&ssim), "{ssim}");
        similar += ssim / 3.0;
        squares_of_all += mse / (range * range) * pairs.len() as f64;
        all += pairs.len() as f64;
    }
    assert!((measured.psnr_db.unwrap() + 10.0 * (squares_of_all / all).log10()).abs() < 1e-6);
    assert!((measured.ssim.unwrap() - similar).abs() < 1e-6);
    // The sidecar was attached to the video afterwards.
    let bits: u64 = std::fs::read_dir(folder.path().join("pack"))
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len() * 8)
        .sum();
    let bits_per_value = measured.bits_per_value.unwrap();
    assert!(bits_per_value > 0.0 && bits_per_value < bits as f64 / array.len() as f64);
}

/// The mean over pictures of that over windows, as it is defined.
fn ssim(array: &ArrayD<f32>, back: &ArrayD<f32>) -> f64 {
    let finite: Vec<f64> =
        array.iter().filter(|value| value.is_finite()).map(|value| f64::from(*value)).collect();
    let (low, high) =
        (finite.iter().copied().fold(f64::MAX, f64::min), finite.iter().copied().fold(f64::MIN, f64::max));
    let starts = |length: usize| (0..=length - 8).filter(move |start| start % 4 == 0 || start + 8 == length);
    let mut pictures = Vec::new();
    for t in 0..array.shape()[0] {
        let mut windows = Vec::new();
        for top in starts(array.shape()[1]) {
            for left in starts(array.shape()[2]) {
                let at = |array: &ArrayD<f32>| -> Vec<f64> {
                    let places = (0..64).map(|place| array[[t, top + place / 8, left + place % 8]]);
                    places.map(|value| (f64::from(value) - low) / (high - low)).collect()
                };
                let (x, y) = (at(array), at(back));
                if x.iter().any(|value| !value.is_finite()) {
                    continue;
                }
                let mean = |values: &[f64]| values.iter().sum::<f64>() / 64.0;
                let (mx, my) = (mean(&x), mean(&y));
                let moment = |a: &[f64], ma: f64, b: &[f64], mb: f64| {
                    a.iter().zip(b).map(|(a, b)| (a - ma) * (b - mb)).sum::<f64>() / 64.0
                };
                let (vx, vy, c) = (moment(&x, mx, &x, mx), moment(&y, my, &y, my), moment(&x, mx, &y, my));
                windows.push(
                    (2.0 * mx * my + 1e-4) * (2.0 * c + 9e-4)
                        / ((mx * mx + my * my + 1e-4) * (vx + vy + 9e-4)),
                );
            }
        }
        if !windows.is_empty() {
            pictures.push(windows.iter().sum::<f64>() / windows.len() as f64);
        }
    }
    pictures.iter().sum::<f64>() / pictures.len() as f64
}

#[test]
fn figures_that_do_not_exist_are_left_out() {
    // One channel is constant, one is exact at 8 bits, one has nothing but gaps; and there is no picture large enough.
    let array = Nd::from_shape_fn(IxDyn(&[300, 3]), |place| match place[1] {
        0 => 4.0,
        1 => (place[0] % 256) as f32,
        _ => f32::NAN,
    });
    let (measured, back, packed, _folder) =
        pack(&array, &ArrayOptions::quality(8, Codec::Ffv1(vidpack::Ffv1::default()))).unwrap();
    assert!(array.iter().zip(&back).all(|(value, back)| value.to_bits() == back.to_bits()));
    assert_eq!((measured.psnr_db, measured.ssim, measured.max_error), (None, None, 0.0));
    let channels: Vec<_> =
        measured.channels.iter().map(|channel| (channel.values, channel.range, channel.psnr_db)).collect();
    assert_eq!(channels, [(300, 0.0, None), (300, 255.0, None), (0, 0.0, None)]);
    let json = String::from_utf8(packed.sidecar().to_json()).unwrap();
    assert!(!json.contains("psnr_db") && !json.contains("ssim"), "{json}");

    // The largest and the least there are: nothing overflows.
    let array =
        Nd::from_shape_fn(IxDyn(&[40, 2]), |place| [1e38, 1e-38][place[1]] * (place[0] as f32 - 20.0) * 0.17);
    let mut options = ArrayOptions::max_error(1.0);
    options.contract = Contract::MaxError(Bound::Channels(vec![1e35, 1e-41]));
    let (measured, ..) = pack(&array, &options).unwrap();
    for channel in &measured.channels {
        assert!(channel.rmse > 0.0 && channel.rmse < channel.max_error, "{channel:?}");
        assert!((30.0..100.0).contains(&channel.psnr_db.unwrap()), "{channel:?}");
        assert_eq!(channel.ssim, None);
    }
}

/// The codecs for pictures that this ffmpeg has. SVT-AV1 is the only one that builds are known to lack.
fn codecs(ffmpeg: &Ffmpeg, quality: impl Fn(&str) -> Quality) -> Vec<Codec> {
    type Make = fn(Lossy) -> Codec;
    let all: [(Make, &str); 5] = [
        (Codec::X264, "ultrafast"),
        (Codec::X265, "ultrafast"),
        (Codec::Vp9, "8"),
        (Codec::AomAv1, "8"),
        (Codec::SvtAv1, "8"),
    ];
    let mut found = Vec::new();
    for (codec, preset) in all {
        let name = codec(Lossy::new(Quality::Crf(10.0))).encoder().to_owned();
        match ffmpeg.supports(&name, PixelFormat::Yuv420p) {
            Ok(()) => found.push(codec(Lossy::new(quality(&name)).with_preset(preset))),
            Err(error) => assert_eq!(name, "libsvtav1", "{error}"),
        }
    }
    found
}

fn takes(ffmpeg: &Ffmpeg, codec: &Codec, bits: u8, planes: Planes) -> bool {
    use PixelFormat::*;
    let formats: &[PixelFormat] = match (bits, planes) {
        (8, Planes::Stacked) => &[Gray8, Yuv420p, Yuv444p],
        (10, Planes::Stacked) => &[Gray10, Yuv420p10, Yuv444p10],
        (_, Planes::Stacked) => &[Gray12, Yuv420p12, Yuv444p12],
        (8, _) => &[Yuv444p, Gbrp8],
        (10, _) => &[Yuv444p10, Gbrp10],
        (..) => &[Yuv444p12, Gbrp12],
    };
    formats.iter().any(|format| ffmpeg.supports(codec.encoder(), *format).is_ok())
}

#[test]
fn every_codec_for_pictures_comes_near_at_every_depth_it_takes() {
    let ffmpeg = ffmpeg();
    let mut taken = 0;
    for codec in codecs(&ffmpeg, |_| Quality::Crf(8.0)) {
        for (place, bits) in [8, 10, 12].into_iter().enumerate() {
            for (planes, channels) in [(Planes::Stacked, [1, 3, 7]), (Planes::Three, [4, 2, 1])] {
                // Odd sides, and sides below what some encoders take.
                let (height, width) = [(17, 23), (40, 31), (16, 65)][place];
                let array = waves(&[3, height, width, channels[place]], u64::from(bits));
                let mut options = ArrayOptions::quality(bits, codec.clone());
                options.contract = Contract::Quality { bits, planes };
                let what = format!("{} {bits} bits, {planes:?}, {:?}", codec.encoder(), array.shape());
                if !takes(&ffmpeg, &codec, bits, planes) {
                    let error = pack(&array, &options).expect_err(&what);
                    assert!(matches!(error.kind(), ErrorKind::Ffmpeg(_)), "{what}: {error}");
                    continue;
                }
                taken += 1;
                let (measured, back, ..) =
                    pack(&array, &options).unwrap_or_else(|error| panic!("{what}: {error}"));
                gaps_are_kept(&array, &back);
                assert_eq!(measured.channels.len(), channels[place]);
                for channel in &measured.channels {
                    assert!(channel.psnr_db.unwrap() > 32.0, "{what}: {measured:?}");
                    assert!(channel.max_error < 0.25 * channel.range, "{what}: {measured:?}");
                    assert!(channel.ssim.unwrap() > 0.85, "{what}: {measured:?}");
                }
            }
        }
    }
    assert!(taken >= 12, "only {taken} were taken");
}

#[test]
fn every_container_takes_what_it_holds() {
    let ffmpeg = ffmpeg();
    let array = waves(&[4, 30, 34, 2], 3);
    for codec in codecs(&ffmpeg, |_| Quality::Qp(12)) {
        for container in [Container::Mp4, Container::Webm] {
            let mut options = ArrayOptions::quality(8, codec.clone());
            options.container = container;
            match pack(&array, &options) {
                Ok((measured, back, ..)) => {
                    assert!(container.holds(&codec));
                    gaps_are_kept(&array, &back);
                    assert!(measured.psnr_db.unwrap() > 30.0, "{}: {measured:?}", codec.encoder());
                }
                Err(error) => {
                    assert!(!container.holds(&codec), "{} in {container}: {error}", codec.encoder());
                }
            }
        }
    }
}

#[test]
fn a_target_is_reached_and_not_by_far() {
    let ffmpeg = ffmpeg();
    let array = waves(&[30, 40, 48, 2], 4);
    for (codec, targets) in
        codecs(&ffmpeg, |_| Quality::Crf(51.0)).into_iter().zip([&[30.0, 42.0][..], &[36.0], &[40.0]])
    {
        for target in targets.iter().copied() {
            let mut options = ArrayOptions::quality(8, codec.clone()).with_target_psnr_db(target);
            // Two segments, each found for itself.
            options.segment_bytes = 26 * 40 * 48 * 2 * 4;
            let (measured, _, packed, folder) = pack(&array, &options).unwrap();
            let reached = measured.psnr_db.unwrap();
            assert!(
                reached >= target && reached < target + 6.0,
                "{}: {reached} for {target}",
                codec.encoder()
            );
            assert_eq!(measured.target_psnr_db, Some(target));
            assert_eq!(packed.array("field").unwrap().segments(), [0..26, 26..30]);
            // Nothing is left of what was tried: two videos, a sidecar, and the gaps of each.
            assert_eq!(std::fs::read_dir(folder.path().join("pack")).unwrap().count(), 5);
        }
    }
}

#[test]
fn a_target_takes_what_is_lossless_when_no_factor_will_do_and_fails_beyond() {
    let array = waves(&[3, 24, 24, 1], 5);
    let codec = Codec::X265(Lossy::new(Quality::Crf(28.0)).with_preset("ultrafast"));
    let options = |bits, target| ArrayOptions::quality(bits, codec.clone()).with_target_psnr_db(target);
    let (measured, ..) = pack(&array, &options(8, 58.5)).unwrap();
    assert!(measured.psnr_db.unwrap() >= 58.5, "{measured:?}");
    let error = pack(&array, &options(8, 70.0)).unwrap_err();
    let ErrorKind::Psnr { target_db, best_db, start: 0, .. } = error.kind() else { panic!("{error}") };
    assert!(target_db.to_bits() == 70.0_f64.to_bits() && (58.5..60.0).contains(best_db), "{error}");
    let (measured, ..) = pack(&array, &options(10, 70.0)).unwrap();
    assert!(measured.psnr_db.unwrap() >= 70.0, "{measured:?}");
}

#[test]
fn targets_that_make_no_sense_are_refused() {
    let array = waves(&[2, 16, 16, 1], 6);
    let lossless = ArrayOptions::lossless().with_target_psnr_db(40.0);
    let endless = ArrayOptions::quality(8, Codec::X264(Lossy::new(Quality::Crf(1.0))))
        .with_target_psnr_db(f64::INFINITY);
    for options in [lossless, endless] {
        let error = pack(&array, &options).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Contract { .. }), "{error}");
    }
}
