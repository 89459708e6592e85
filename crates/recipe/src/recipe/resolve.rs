//! A recipe held against a table.

use pose_frame::PoseSchema;
use vidpack::{ArrayOptions, Bound, Lossy, Quality};

use super::{ArrayRecipe, Codec, Contract, Encoder, NumberType, Recipe, check_version};
use crate::{Error, Result};

/// A recipe whose columns are found in a table.
pub(crate) struct Resolved {
    pub(crate) arrays: Vec<ResolvedArray>,
    /// What no array takes.
    pub(crate) rest: Vec<usize>,
}

/// An array whose columns are found in a table.
pub(crate) struct ResolvedArray {
    pub(crate) name: String,
    /// Where it stands in the recipe.
    pub(crate) field: String,
    pub(crate) columns: Vec<usize>,
    pub(crate) types: Vec<NumberType>,
    /// The axes of a frame.
    pub(crate) shape: Vec<usize>,
    pub(crate) codec: Codec,
    pub(crate) bits: u8,
    pub(crate) range: Option<[f64; 2]>,
    pub(crate) contract: Contract,
    /// The bound of each column, where it has one.
    pub(crate) bounds: Vec<Option<f64>>,
}

const DEFAULT_BITS: u8 = 12;

impl Recipe {
    /// Finds the columns of every array, and holds the fields against each other.
    pub(crate) fn resolve(&self, schema: &PoseSchema) -> Result<Resolved> {
        check_version(self.version)?;
        let mut taken_by: Vec<Option<usize>> = vec![None; schema.columns().len()];
        let mut arrays = Vec::new();
        for (number, array) in self.arrays.iter().enumerate() {
            let field = format!("arrays[{number}]");
            if let Some(other) = self.arrays[..number].iter().position(|other| other.name == array.name) {
                return Err(Error::recipe(
                    format!("{field}.name"),
                    format!("arrays[{other}] is called so too"),
                ));
            }
            let resolved = array.resolve(schema, field)?;
            for column in &resolved.columns {
                if let Some(other) = taken_by[*column].replace(number) {
                    let key = &schema.columns()[*column].key;
                    let why = format!("arrays[{other}] takes the column {key} too");
                    return Err(Error::recipe(format!("{}.columns", resolved.field), why));
                }
            }
            arrays.push(resolved);
        }
        let rest = (0..taken_by.len()).filter(|column| taken_by[*column].is_none()).collect();
        Ok(Resolved { arrays, rest })
    }
}

impl ArrayRecipe {
    fn resolve(&self, schema: &PoseSchema, field: String) -> Result<ResolvedArray> {
        let fail = |name: &str, why: String| Err(Error::recipe(format!("{field}.{name}"), why));
        if self.name.is_empty() {
            return fail("name", "it is empty".to_owned());
        }
        let columns = self.columns.positions(schema, &format!("{field}.columns"))?;
        if columns.is_empty() {
            return fail("columns", "the table has no such columns".to_owned());
        }
        let mut types = Vec::new();
        for column in &columns {
            let column = &schema.columns()[*column];
            let Some(number) = NumberType::of(&column.data_type) else {
                let why = format!(
                    "column {} holds {}, no numbers: leave it out, and it is kept beside",
                    column.key, column.data_type
                );
                return fail("columns", why);
            };
            types.push(number);
        }
        let is_video = !matches!(self.codec, Codec::Pco { .. });
        if is_video && let Some(other) = types.iter().find(|number| **number != types[0]) {
            let why = format!(
                "they are of {} and {}; the numbers of a video are of one type",
                types[0].name(),
                other.name()
            );
            return fail("columns", why);
        }
        let shape = self.shape.clone().unwrap_or_else(|| vec![columns.len()]);
        let product = shape.iter().try_fold(1_usize, |product, axis| product.checked_mul(*axis));
        if product != Some(columns.len()) {
            return fail("shape", format!("{shape:?} does not hold {} columns", columns.len()));
        }
        if shape.len() > 1 && !is_video {
            return fail("shape", "pco packs columns one by one: only a video has axes".to_owned());
        }
        if let Some([low, high]) = self.range
            && !(low.is_finite() && high.is_finite() && low <= high)
        {
            return fail("range", format!("{low} to {high} is no range"));
        }
        let bounds = self.bounds(schema, &columns, &types, &field)?;
        let bits = self.check_codec(&field)?;
        let resolved = ResolvedArray {
            name: self.name.clone(),
            columns,
            types,
            shape,
            codec: self.codec.clone(),
            bits,
            range: self.range,
            contract: self.contract.clone(),
            bounds,
            field,
        };
        if is_video {
            resolved.video_options()?;
        }
        Ok(resolved)
    }

    fn check_codec(&self, field: &str) -> Result<u8> {
        let fail = |name: &str, why: &str| Err(Error::recipe(format!("{field}.{name}"), why));
        match (&self.codec, &self.contract) {
            (Codec::Lossy { .. }, Contract::Quality { .. }) => {}
            (Codec::Lossy { .. }, _) => {
                return fail("codec", "it keeps no bound: only the contract `quality` can have it");
            }
            (_, Contract::Quality { .. }) => {
                return fail(
                    "contract",
                    "this codec loses what a bound lets it: only `lossy` can have `quality`",
                );
            }
            _ => {}
        }
        if let Contract::Quality { min_psnr } = self.contract
            && !min_psnr.is_finite()
        {
            return fail("contract.quality.min_psnr", "it has to be finite");
        }
        match (&self.codec, self.bits) {
            (Codec::Pco { level }, _) if *level > 12 => fail("codec.pco.level", "levels are 0 to 12"),
            (Codec::Pco { .. } | Codec::Ffv1 {}, Some(_)) => {
                fail("bits", "this codec takes as many bits as the numbers have: only `lossy` is told")
            }
            (Codec::Lossy { crf, .. }, _) if !(0.0..=63.0).contains(crf) => {
                fail("codec.lossy.crf", "rate factors are 0 to 63")
            }
            (Codec::Lossy { encoder, .. }, bits) => {
                let bits = bits.unwrap_or(if *encoder == Encoder::X264 { 10 } else { DEFAULT_BITS });
                let known: &[u8] = if *encoder == Encoder::X264 { &[8, 10] } else { &[8, 10, 12] };
                if !known.contains(&bits) {
                    return fail("bits", &format!("the encoder has {known:?} bits, not {bits}"));
                }
                Ok(bits)
            }
            _ => Ok(0),
        }
    }

    /// The bound of each column.
    fn bounds(
        &self,
        schema: &PoseSchema,
        columns: &[usize],
        types: &[NumberType],
        field: &str,
    ) -> Result<Vec<Option<f64>>> {
        let Contract::MaxError { bound, coords } = &self.contract else {
            return Ok(vec![None; columns.len()]);
        };
        let field = format!("{field}.contract.max_error");
        let check = |name: String, bound: f64| {
            if bound.is_finite() && bound > 0.0 {
                return Ok(());
            }
            Err(Error::recipe(name, format!("a bound of {bound}; it has to be finite and more than zero")))
        };
        check(format!("{field}.bound"), *bound)?;
        let level = schema.coord_level();
        let coord_of =
            |column: usize| level.map(|level| schema.columns()[column].key.labels()[level].to_string());
        for (coord, bound) in coords {
            let name = format!("{field}.coords.{coord}");
            check(name.clone(), *bound)?;
            if !columns.iter().any(|column| coord_of(*column).as_ref() == Some(coord)) {
                return Err(Error::recipe(name, "the array has no such coord"));
            }
        }
        let bound_of = |(column, number): (&usize, &NumberType)| {
            let own = coord_of(*column).and_then(|coord| coords.get(&coord));
            number.is_float().then(|| *own.unwrap_or(bound))
        };
        Ok(columns.iter().zip(types).map(bound_of).collect())
    }
}

impl ResolvedArray {
    /// What `vidpack` is told of the array.
    pub(crate) fn video_options(&self) -> Result<ArrayOptions> {
        let contract = match &self.contract {
            Contract::Lossless => vidpack::Contract::Lossless,
            Contract::MaxError { .. } => match self.bounds.iter().copied().collect::<Option<Vec<f64>>>() {
                None => vidpack::Contract::Lossless,
                Some(bounds) => vidpack::Contract::MaxError(self.video_bound(&bounds)?),
            },
            Contract::Quality { .. } => {
                vidpack::Contract::Quality { bits: self.bits, planes: vidpack::Planes::default() }
            }
        };
        let mut options = ArrayOptions::new(contract);
        if let Codec::Lossy { encoder, crf } = &self.codec {
            let lossy = Lossy::new(Quality::Crf(*crf));
            options.codec = match encoder {
                Encoder::X264 => vidpack::Codec::X264(lossy),
                Encoder::X265 => vidpack::Codec::X265(lossy),
                Encoder::Vp9 => vidpack::Codec::Vp9(lossy),
            };
        }
        Ok(options)
    }

    /// Videos have bounds for positions on the last of two or four axes.
    fn video_bound(&self, bounds: &[f64]) -> Result<Bound> {
        if bounds.iter().all(|bound| bound.to_bits() == bounds[0].to_bits()) {
            return Ok(Bound::All(bounds[0]));
        }
        let channels = match self.shape.as_slice() {
            [channels] | [_, _, channels] => *channels,
            _ => 0,
        };
        let first = bounds.get(..channels).unwrap_or_default();
        if channels == 0 || bounds.chunks(channels).any(|chunk| chunk != first) {
            let why = format!(
                "bounds that differ need a frame of one or three axes, the last of them for what differs, not {:?}",
                self.shape
            );
            return Err(Error::recipe(format!("{}.shape", self.field), why));
        }
        Ok(Bound::Channels(first.to_vec()))
    }
}
