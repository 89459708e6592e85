//! A recipe held against a table.

mod options;

use pose_frame::PoseSchema;
use vidpack::Planes;

use super::{
    ArrayRecipe, Codec, Components, Contract, Encoder, NumberType, PixelFormat, Recipe, Shape, check_version,
    grid,
};
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
    /// Positions in the table, in the order of the array.
    pub(crate) columns: Vec<usize>,
    pub(crate) types: Vec<NumberType>,
    /// The axes of a frame.
    pub(crate) shape: Vec<usize>,
    pub(crate) components: Option<Components>,
    pub(crate) codec: Codec,
    pub(crate) samples: Samples,
    pub(crate) range: Option<[f64; 2]>,
    pub(crate) contract: Contract,
    /// The bound of each column, where it has one.
    pub(crate) bounds: Vec<Option<f64>>,
}

/// What the pixels of a codec for pictures are.
#[derive(Clone, Copy, Default)]
pub(crate) struct Samples {
    bits: u8,
    planes: Planes,
}

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
        let is_video = self.codec.is_video();
        if is_video && let Some(other) = types.iter().find(|number| **number != types[0]) {
            let why = format!(
                "they are of {} and {}; the numbers of a video are of one type",
                types[0].name(),
                other.name()
            );
            return fail("columns", why);
        }
        // All of one type where there is a shape, so that another order changes nothing else.
        let (shape, columns) = self.shape_of(schema, columns, &field)?;
        if let Some([low, high]) = self.range
            && !(low.is_finite() && high.is_finite() && low <= high)
        {
            return fail("range", format!("{low} to {high} is no range"));
        }
        let bounds = self.bounds(schema, &columns, &types, &field)?;
        let samples = self.check_codec(&field)?;
        self.check_components(&shape, types[0], &field)?;
        let resolved = ResolvedArray {
            name: self.name.clone(),
            columns,
            types,
            shape,
            components: self.components,
            codec: self.codec.clone(),
            samples,
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

    /// The axes of a frame, and the columns in the order of the array.
    fn shape_of(
        &self,
        schema: &PoseSchema,
        columns: Vec<usize>,
        field: &str,
    ) -> Result<(Vec<usize>, Vec<usize>)> {
        let fail = |why: String| Err(Error::recipe(format!("{field}.shape"), why));
        let axes = match &self.shape {
            None => return Ok((vec![columns.len()], columns)),
            Some(_) if !self.codec.is_video() => {
                return fail("pco packs columns one by one: only a video has axes".to_owned());
            }
            Some(Shape::Inferred) => {
                let found = grid(schema, &columns);
                let grid = found.map_err(|why| Error::recipe(format!("{field}.shape"), why))?;
                return Ok((grid.axes, grid.columns));
            }
            Some(Shape::Axes(axes)) => axes,
        };
        if axes.len() > Shape::MAX_AXES {
            return fail(format!("it has {} axes, and at most {} can be", axes.len(), Shape::MAX_AXES));
        }
        let product = axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(*axis));
        if product != Some(columns.len()) {
            return fail(format!("{axes:?} does not hold {} columns", columns.len()));
        }
        Ok((axes.clone(), columns))
    }

    fn check_components(&self, shape: &[usize], number: NumberType, field: &str) -> Result<()> {
        const MOST: usize = vidpack::Components::MAX_CHANNELS;
        let Some(components) = self.components else { return Ok(()) };
        let fail = |why: String| Err(Error::recipe(format!("{field}.components"), why));
        if !self.codec.is_video() {
            return fail("pco packs columns one by one: only a video has components".to_owned());
        }
        let is_exact = match self.contract {
            Contract::Lossless => true,
            Contract::MaxError { .. } => !number.is_float(),
            Contract::Quality { .. } => false,
        };
        if is_exact {
            return fail(format!("they are rounded, and the contract keeps every bit of {}", number.name()));
        }
        let channels = channels_of(shape);
        match components {
            _ if !(2..=MOST).contains(&channels) => fail(format!(
                "a frame of {shape:?} has {channels} channels, and 2 to {MOST} can be analysed: they are on its only axis or the last \
                 of three"
            )),
            Components::AtMost(0) => fail("none are to be kept".to_owned()),
            Components::AtMost(count) if count > channels => {
                fail(format!("{count} are to be kept of {channels} channels"))
            }
            _ => Ok(()),
        }
    }

    fn check_codec(&self, field: &str) -> Result<Samples> {
        let fail = |name: &str, why: String| Err(Error::recipe(format!("{field}.{name}"), why));
        match (&self.codec, &self.contract) {
            (Codec::Lossy { .. }, Contract::Quality { .. }) => {}
            (Codec::Lossy { .. }, _) => {
                return fail(
                    "codec",
                    "it keeps no bound: only the contract `quality` can have it".to_owned(),
                );
            }
            (_, Contract::Quality { .. }) => {
                let why = "this codec loses what a bound lets it: only `lossy` can have `quality`";
                return fail("contract", why.to_owned());
            }
            _ => {}
        }
        if let Contract::Quality { min_psnr } = self.contract
            && !min_psnr.is_finite()
        {
            return fail("contract.quality.min_psnr", "it has to be finite".to_owned());
        }
        let Codec::Lossy { encoder, crf, preset } = &self.codec else {
            let why = "this codec takes what the numbers need: only `lossy` is told";
            return match (&self.codec, self.bits, self.pixel_format) {
                (Codec::Pco { level }, ..) if *level > Codec::MAX_LEVEL => {
                    fail("codec.pco.level", format!("levels are 0 to {}", Codec::MAX_LEVEL))
                }
                (_, Some(_), _) => fail("bits", why.to_owned()),
                (_, None, Some(_)) => fail("pixel_format", why.to_owned()),
                _ => Ok(Samples::default()),
            };
        };
        if let Some(crf) = crf
            && !(0.0..=Codec::MAX_CRF).contains(crf)
        {
            return fail("codec.lossy.crf", format!("rate factors are 0 to {}", Codec::MAX_CRF));
        }
        if let Some(preset) = preset
            && !encoder.takes_preset(preset)
        {
            return fail("codec.lossy.preset", format!("the encoder has no preset {preset:?}"));
        }
        self.check_pixels(*encoder, field)
    }

    /// What the pixels are, held against what says it a second time.
    fn check_pixels(&self, encoder: Encoder, field: &str) -> Result<Samples> {
        let fail = |name: &str, why: String| Err(Error::recipe(format!("{field}.{name}"), why));
        let known = encoder.bits();
        let (name, bits) = match (self.bits, self.pixel_format) {
            (Some(bits), Some(format)) if bits != format.bits() => {
                return fail("bits", format!("the pixel format has {} bits, not {bits}", format.bits()));
            }
            (None, Some(format)) => ("pixel_format", format.bits()),
            (Some(bits), _) => ("bits", bits),
            (None, None) => ("bits", known.last().copied().unwrap_or_default()),
        };
        if !known.contains(&bits) {
            return fail(name, format!("the encoder has {known:?} bits, not {bits}"));
        }
        Ok(Samples { bits, planes: self.pixel_format.map(PixelFormat::planes).unwrap_or_default() })
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

/// How many channels a frame has, as `vidpack` sees it: on its only axis, unless there are too many, or on the last of three or more.
fn channels_of(shape: &[usize]) -> usize {
    let channels = match shape {
        [channels] | [_, _, .., channels] => *channels,
        _ => 1,
    };
    if channels > vidpack::MAX_CHANNELS { 1 } else { channels }
}
