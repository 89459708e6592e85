//! What is tried.

mod form;

use std::collections::BTreeMap;

use pose_frame::PoseSchema;
use vidpack::{Ffmpeg, PixelFormat};

use self::form::{Form, can_have_components, channels, forms, has_components};
use super::Goal;
use crate::recipe::{Facts, OfType, grid};
use crate::{ArrayRecipe, Codec, Components, Contract, Encoder, NumberType, Recipe, Shape};

/// What is tried, before it is a recipe: a way to pack, and what it may lose.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    method: Method,
    pub(super) loss: Loss,
}

#[derive(Debug, Clone)]
enum Method {
    /// No array at all.
    Parquet,
    Blocks {
        level: u8,
    },
    Video {
        form: Form,
        components: Option<Components>,
    },
    Pictures {
        encoder: Encoder,
        bits: u8,
        form: Form,
    },
}

/// What a plan may lose of floats.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Loss {
    Nothing,
    Within {
        bound: f64,
        coords: BTreeMap<String, f64>,
    },
    /// As much as leaves this ratio: what errors are worth that are spread evenly, and so many dB more to be sure.
    Ratio {
        db: f64,
        margin: f64,
    },
    /// What a rate factor leaves. The ratio is to be at least this one.
    Factor {
        crf: f32,
        min_psnr: f64,
    },
}

/// What loses nothing.
pub(super) fn exact(schema: &PoseSchema, facts: &Facts, goal: &Goal, ffmpeg: Option<&Ffmpeg>) -> Vec<Plan> {
    let mut methods = vec![Method::Parquet];
    // What may lose something comes as blocks and as videos, too, and is never larger.
    if matches!(goal, Goal::Lossless | Goal::Bytes(_)) || !has_floats(schema) {
        methods.push(blocks());
        if ffmpeg.is_some() {
            let forms = forms(schema, facts);
            methods.extend(forms.into_iter().map(|form| Method::Video { form, components: None }));
        }
    }
    methods.into_iter().map(|method| Plan { method, loss: Loss::Nothing }).collect()
}

/// What loses as much as the goal lets it.
pub(super) fn near(schema: &PoseSchema, facts: &Facts, goal: &Goal, ffmpeg: Option<&Ffmpeg>) -> Vec<Plan> {
    if !has_floats(schema) {
        return Vec::new();
    }
    let loss = match goal {
        Goal::Lossless => return Vec::new(),
        Goal::MaxError { bound, coords } => Loss::Within { bound: *bound, coords: coords.clone() },
        Goal::Psnr(db) => Loss::Ratio { db: *db, margin: 0.0 },
        // Where the search begins.
        Goal::Bytes(_) => Loss::Ratio { db: 0.0, margin: 0.0 },
    };
    let mut methods = vec![blocks()];
    if let Some(ffmpeg) = ffmpeg {
        let forms = forms(schema, facts);
        let videos = |components: Option<Components>| move |form| Method::Video { form, components };
        // What is quick to try comes first: it tells what need not be tried.
        methods.extend(forms.iter().copied().map(videos(None)));
        let analysed = forms.iter().copied().filter(|form| has_components(schema, facts, *form));
        methods.extend(analysed.map(videos(Some(Components::All))));
        if matches!(goal, Goal::Psnr(_) | Goal::Bytes(_)) {
            for (encoder, bits) in encoders(ffmpeg) {
                methods.extend(forms.iter().map(|form| Method::Pictures { encoder, bits, form: *form }));
            }
        }
    }
    methods.into_iter().map(|method| Plan { loss: loss.clone(), method }).collect()
}

impl Plan {
    pub(super) fn with_loss(&self, loss: Loss) -> Self {
        Self { method: self.method.clone(), loss }
    }

    /// The same blocks at the highest level, with what the goal lets them lose.
    pub(super) fn finer(&self) -> Option<Self> {
        let Method::Blocks { level: Codec::DEFAULT_LEVEL } = self.method else { return None };
        Some(Self { method: Method::Blocks { level: Codec::MAX_LEVEL }, loss: self.loss.clone() })
    }

    /// Whether it makes pictures, by another codec, of the form that the other plan has.
    pub(super) fn is_variant_of(&self, other: &Self) -> bool {
        let Method::Pictures { form, .. } = &self.method else { return false };
        match &other.method {
            Method::Video { form: other, components: None } | Method::Pictures { form: other, .. } => {
                other == form
            }
            _ => false,
        }
    }

    /// Whether it is FFV1 of the numbers as they are.
    pub(super) fn is_plain_video(&self) -> bool {
        matches!(self.method, Method::Video { components: None, .. })
    }

    /// Whether an encoder decides what is lost.
    pub(super) fn is_pictures(&self) -> bool {
        matches!(self.method, Method::Pictures { .. })
    }

    /// What it is, for people.
    pub(super) fn name(&self) -> String {
        let form = |form: &Form| match form {
            Form::Row => String::new(),
            Form::Grid => ", on the grid of its names".to_owned(),
            Form::Picture([height, width]) => format!(", as pictures of {height} by {width}"),
        };
        let method = match &self.method {
            Method::Parquet => "Parquet".to_owned(),
            Method::Blocks { level } => Codec::Pco { level: *level }.to_string(),
            Method::Video { form: own, components } => {
                let components = if components.is_some() { ", principal components" } else { "" };
                format!("video (FFV1{}{components})", form(own))
            }
            Method::Pictures { encoder, bits, form: own } => {
                format!("video ({encoder}, {bits} bits{})", form(own))
            }
        };
        match &self.loss {
            Loss::Nothing => format!("{method}, bit for bit"),
            Loss::Within { bound, coords } if coords.is_empty() => format!("{method}, within {bound}"),
            Loss::Within { .. } => format!("{method}, within the bounds"),
            Loss::Ratio { db, .. } => format!("{method}, {db} dB"),
            Loss::Factor { crf, .. } => format!("{method}, rate factor {crf}"),
        }
    }

    pub(super) fn recipe(&self, schema: &PoseSchema, facts: &Facts) -> Recipe {
        if matches!(self.method, Method::Parquet) {
            return Recipe::new(Vec::new());
        }
        Recipe::by_type(schema, facts, |number, columns| self.array(schema, facts, number, columns))
    }

    fn array(
        &self,
        schema: &PoseSchema,
        facts: &Facts,
        number: NumberType,
        columns: OfType<'_>,
    ) -> ArrayRecipe {
        let may_lose = number.is_float() && self.loss != Loss::Nothing;
        let (codec, form) = match &self.method {
            Method::Blocks { level } => (Codec::Pco { level: *level }, Form::Row),
            Method::Pictures { encoder, form, .. } if may_lose => {
                let crf = if let Loss::Factor { crf, .. } = self.loss { Some(crf) } else { None };
                (Codec::Lossy { encoder: *encoder, crf, preset: preset(*encoder) }, *form)
            }
            Method::Video { form, .. } => (Codec::Ffv1 {}, *form),
            // Integers are kept as they are.
            Method::Parquet | Method::Pictures { .. } => (Codec::pco(), Form::Row),
        };
        let contract =
            if may_lose { self.contract(schema, facts, columns.positions) } else { Contract::Lossless };
        let mut array = ArrayRecipe::new(number.name(), columns.selected, codec);
        // A form may suit the columns of one type and not those of another.
        array.shape = match form {
            Form::Grid if grid(schema, columns.positions).is_ok() => Some(Shape::Inferred),
            Form::Picture([height, width]) if height * width == columns.positions.len() => {
                Some(Shape::Axes(vec![height, width]))
            }
            _ => None,
        };
        if may_lose && contract != Contract::Lossless {
            if let Method::Video { components, .. } = self.method {
                let channels = channels(schema, columns.positions, form);
                array.components = components.filter(|_| can_have_components(channels));
            }
            if let Method::Pictures { bits, .. } = self.method {
                array.bits = Some(bits);
            }
        }
        if contract == Contract::Lossless && matches!(array.codec, Codec::Lossy { .. }) {
            array.codec = Codec::pco();
            array.shape = None;
        }
        array.with_contract(contract)
    }

    /// What floats of these columns have to come back as.
    fn contract(&self, schema: &PoseSchema, facts: &Facts, columns: &[usize]) -> Contract {
        let level = schema.coord_level();
        let coord_of =
            |column: usize| level.map(|level| schema.columns()[column].key.labels()[level].to_string());
        match &self.loss {
            Loss::Nothing => Contract::Lossless,
            Loss::Within { bound, coords } => {
                let contract = Contract::MaxError { bound: *bound, coords: coords.clone() };
                contract.of_columns(schema, columns)
            }
            Loss::Ratio { db, .. } if self.is_pictures() => Contract::Quality { min_psnr: *db },
            Loss::Factor { min_psnr, .. } => Contract::Quality { min_psnr: *min_psnr },
            Loss::Ratio { db, margin } => {
                let mut coords: BTreeMap<String, f64> = BTreeMap::new();
                let mut least = f64::INFINITY;
                for column in columns {
                    let Some((low, high)) = facts.ranges[*column] else { continue };
                    let bound = even_errors((high - low) / 2.0, db + margin) * 2.0;
                    if !(bound.is_finite() && bound > 0.0) {
                        continue;
                    }
                    least = least.min(bound);
                    if let Some(coord) = coord_of(*column) {
                        let own = coords.entry(coord).or_insert(bound);
                        *own = own.min(bound);
                    }
                }
                if least.is_finite() {
                    Contract::MaxError { bound: least, coords }
                } else {
                    // Nothing has a range: there is nothing to lose.
                    Contract::Lossless
                }
            }
        }
    }
}

/// The bound of errors that are spread evenly and leave this ratio.
fn even_errors(range: f64, db: f64) -> f64 {
    range * 10_f64.powf(-db / 20.0) * 3_f64.sqrt()
}

/// How much more than what evenly spread errors leave is asked for, one after the other. With the last, errors that are all as
/// large as the bound do not go below the ratio.
pub(super) const MARGINS: [f64; 4] = [0.0, 1.0, 3.0, 4.8];

fn has_floats(schema: &PoseSchema) -> bool {
    schema.columns().iter().filter_map(|column| NumberType::of(&column.data_type)).any(NumberType::is_float)
}

fn blocks() -> Method {
    Method::Blocks { level: Codec::DEFAULT_LEVEL }
}

/// The encoders that this ffmpeg has, with the most bits that they take.
fn encoders(ffmpeg: &Ffmpeg) -> Vec<(Encoder, u8)> {
    let mut found = Vec::new();
    for encoder in [Encoder::X264, Encoder::X265, Encoder::Vp9, Encoder::SvtAv1, Encoder::AomAv1] {
        // Of two encoders of AV1 the quicker one.
        if encoder == Encoder::AomAv1 && found.iter().any(|(other, _)| *other == Encoder::SvtAv1) {
            continue;
        }
        let codec = encoder.codec(vidpack::Lossy::new(vidpack::Quality::Crf(0.0)));
        let takes = |bits: u8| {
            let formats: &[PixelFormat] = match bits {
                8 => &[PixelFormat::Gray8, PixelFormat::Yuv420p],
                10 => &[PixelFormat::Gray10, PixelFormat::Yuv420p10],
                _ => &[PixelFormat::Gray12, PixelFormat::Yuv420p12],
            };
            formats.iter().any(|format| ffmpeg.supports(codec.encoder(), *format).is_ok())
        };
        if let Some(bits) = encoder.bits().iter().rev().find(|bits| takes(**bits)) {
            found.push((encoder, *bits));
        }
    }
    found
}

/// What keeps the slow ones from taking hours.
fn preset(encoder: Encoder) -> Option<String> {
    match encoder {
        Encoder::X264 | Encoder::X265 => None,
        Encoder::Vp9 => Some("4".to_owned()),
        Encoder::AomAv1 => Some("6".to_owned()),
        Encoder::SvtAv1 => Some("8".to_owned()),
    }
}
