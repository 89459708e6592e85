//! Every way to write a table: the one place to name another.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, Float32Array};
use arrow_schema::DataType;
use pose_frame::{LongNames, LongTable, PoseFrame, PoseSchema, PoseTable as _};
use pose_parquet::{Layout, Narrow, Profile, WriteOptions};

/// A way to write, and the head of its column in the table.
pub(super) struct Way {
    pub(super) name: String,
    pub(super) options: WriteOptions,
}

/// All of them.
pub(super) fn ways() -> Vec<Way> {
    let of_profile = |profile: Profile| Way {
        name: profile.name().to_owned(),
        options: WriteOptions::default().with_profile(profile),
    };
    let mut ways: Vec<Way> = Profile::ALL.into_iter().map(of_profile).collect();
    let narrow = of_profile(Profile::Fast);
    ways.push(Way {
        name: "fast narrow".to_owned(),
        options: narrow.options.with_narrow(Narrow::WhereExact),
    });
    for profile in [Profile::Fast, Profile::Portable] {
        let Way { name, options } = of_profile(profile);
        let options = options.with_layout(Layout::Long(LongNames::default()));
        ways.push(Way { name: format!("{name} long"), options });
    }
    ways
}

impl Way {
    /// The table as other programs see it when it is written in this way; none where it cannot be.
    pub(super) fn seen(&self, table: &PoseFrame) -> Option<PoseFrame> {
        if let Layout::Long(names) = &self.options.layout {
            let long = LongTable::new(table, names).ok()?;
            return Some(long.load().expect("a frame in memory can be read"));
        }
        Some(if self.options.narrow == Narrow::Never { table.clone() } else { narrowed(table) })
    }
}

/// The table with those columns of float64 as float32 whose every value is one.
fn narrowed(table: &PoseFrame) -> PoseFrame {
    let narrow = |values: &ArrayRef| -> Option<ArrayRef> {
        let values = values.as_primitive_opt::<Float64Type>()?.values();
        let first_nan = values.iter().find(|value| value.is_nan()).map(|value| value.to_bits());
        #[expect(clippy::cast_possible_truncation, reason = "what is lost is looked for")]
        let round = |value: f64| value as f32;
        let is_exact = |value: &f64| {
            if value.is_nan() {
                Some(value.to_bits()) == first_nan
            } else {
                f64::from(round(*value)).to_bits() == value.to_bits()
            }
        };
        let rounded = || values.iter().map(|&value| if value.is_nan() { f32::NAN } else { round(value) });
        let narrow: ArrayRef = Arc::new(Float32Array::from_iter_values(rounded()));
        values.iter().all(is_exact).then_some(narrow)
    };
    let mut columns = table.schema().columns().to_vec();
    let mut arrays = table.columns().to_vec();
    for (column, array) in columns.iter_mut().zip(&mut arrays) {
        if let Some(narrow) = narrow(array) {
            (column.data_type, *array) = (DataType::Float32, narrow);
        }
    }
    let (levels, index) = (table.schema().levels().to_vec(), table.schema().index().clone());
    let schema = PoseSchema::new(levels, columns, index).expect("it is well formed");
    PoseFrame::new(Arc::new(schema), table.index().clone(), arrays).expect("it fits")
}
