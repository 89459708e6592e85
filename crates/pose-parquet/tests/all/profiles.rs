//! Every profile holds the same values; pages, row groups, nulls and ranges of frames in every combination that matters.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Float64Array, Int64Array, StringArray};
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::basic::{ColumnOrder, Encoding};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::statistics::Statistics;
use pose_frame::{PoseFrame, PoseTable, RowIndex, Selection, Tolerance, first_difference, testing};
use pose_parquet::{Narrow, ParquetErrorKind, ParquetTable, Profile, TableWriter, WriteOptions, write_table};

use crate::{flat, frame};

/// More than two pages of 65,536 frames, in row groups of 131,072.
const FRAMES: usize = 150_000;

/// Floats of every kind: noise, runs of missing values within and across pages, mixed NaN, none at all.
fn long_table() -> PoseFrame {
    let position = |frame: usize| f64::from(u32::try_from(frame * 7_919 % 10_007).unwrap()) / 16.0;
    let gap = |frame: usize| frame % 1_000 < 300 || (60_000..70_000).contains(&frame);
    let of = |value: &dyn Fn(usize) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values((0..FRAMES).map(value)))
    };
    let single = (0..FRAMES).map(|frame| if gap(frame) { f32::NAN } else { 0.1 }).collect::<Vec<f32>>();
    frame(
        &[None],
        vec![
            flat("whole", of(&|frame| position(frame))),
            flat("gaps", of(&|frame| if gap(frame) { f64::NAN } else { position(frame) })),
            flat("negative gaps", of(&|frame| if gap(frame) { -f64::NAN } else { 0.1 })),
            flat("mixed", of(&|frame| f64::from_bits(f64::NAN.to_bits() + (frame % 3) as u64))),
            flat("missing", of(&|_| f64::NAN)),
            flat("single", Arc::new(Float32Array::from(single))),
            flat("number", Arc::new(Int64Array::from_iter_values((0..150_000).map(|frame| frame / 3)))),
            flat("text", Arc::new(StringArray::from_iter_values((0..FRAMES).map(|_| "a")))),
        ],
        RowIndex::range(FRAMES),
    )
}

fn written(table: &PoseFrame, options: &WriteOptions) -> Bytes {
    write_table(table, Vec::new(), options).expect("it can be written").into()
}

fn same(table: &dyn PoseTable, expected: &dyn PoseTable) {
    let difference = first_difference(table, expected, Tolerance::BitForBit).expect("both can be read");
    assert!(difference.is_none(), "{}", difference.unwrap());
}

fn footer(file: &Bytes) -> ParquetMetaData {
    let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Optional);
    reader.parse_and_finish(file).expect("the footer is whole")
}

#[test]
fn every_profile_holds_every_bit() {
    let table = long_table();
    for profile in Profile::ALL {
        // zstd's highest levels take seconds for what is not noise.
        let table = if profile == Profile::Compact {
            table.read(&Selection::all().frames(68_000..73_000)).unwrap()
        } else {
            table.clone()
        };
        for narrow in [Narrow::Never, Narrow::WhereExact] {
            let options = WriteOptions::default().with_profile(profile).with_narrow(narrow);
            same(&ParquetTable::from_bytes(written(&table, &options)).unwrap(), &table);
        }
    }
}

#[test]
fn any_range_of_frames_is_read_from_any_page() {
    let table = long_table();
    for profile in [Profile::Fast, Profile::Portable] {
        let file = ParquetTable::from_bytes(written(&table, &WriteOptions::default().with_profile(profile)));
        let file = file.unwrap();
        let ends = [0, 299, 65_535, 65_536, 131_071, 131_073, FRAMES];
        for (position, &start) in ends.iter().enumerate() {
            for &end in &ends[position..] {
                let wanted = Selection::all().columns([1, 2, 3, 5, 6]).frames(start..end);
                same(&file.read(&wanted).unwrap(), &table.read(&wanted).unwrap());
            }
        }
    }
}

#[test]
fn pages_do_not_depend_on_how_values_come() {
    let table = long_table();
    let options = WriteOptions::default();
    let whole = written(&table, &options);
    for frames in [997, 65_536, 100_000] {
        let mut writer = TableWriter::new(Vec::new(), table.schema(), &options).unwrap();
        for start in (0..FRAMES).step_by(frames) {
            let batch = Selection::all().frames(start..FRAMES.min(start + frames));
            writer.write(&table.read(&batch).unwrap()).unwrap();
        }
        assert!(writer.finish().unwrap() == whole, "in batches of {frames}");
    }
}

#[test]
fn short_row_groups_and_one_row_come_back() {
    let table = testing::predictions(100);
    for profile in Profile::ALL {
        for row_group_frames in [0, 7, 99, 100, 101] {
            let mut options = WriteOptions::default().with_profile(profile);
            options.row_group_frames = row_group_frames;
            same(&ParquetTable::from_bytes(written(&table, &options)).unwrap(), &table);
        }
    }
}

#[test]
fn statistics_are_in_the_order_that_every_reader_knows() {
    let file = written(&long_table(), &WriteOptions::default());
    let footer = footer(&file);
    let orders = footer.file_metadata().column_orders().expect("orders are said");
    assert!(orders.iter().all(|order| matches!(order, ColumnOrder::TYPE_DEFINED_ORDER(_))), "{orders:?}");
    let group = footer.row_group(0);
    let Some(Statistics::Double(whole)) = group.column(0).statistics() else {
        panic!("statistics of doubles")
    };
    assert_eq!(
        (whole.min_opt(), whole.max_opt(), whole.null_count_opt()),
        (Some(&-0.0), Some(&625.375), Some(0))
    );
    let Some(Statistics::Double(missing)) = group.column(4).statistics() else {
        panic!("statistics of doubles")
    };
    assert_eq!((missing.min_opt(), missing.null_count_opt()), (None, Some(131_072)));
    let Some(Statistics::Int64(number)) = group.column(6).statistics() else {
        panic!("statistics of integers")
    };
    assert_eq!((number.min_opt(), number.max_opt()), (Some(&0), Some(&(131_071 / 3))));
    // Of several pages there are indexes.
    for column in 0..8 {
        assert!(group.column(column).offset_index_offset().is_some(), "column {column}");
        // Of a page that is all NaN, none of it missing, there is nothing to say.
        assert_eq!(group.column(column).column_index_offset().is_some(), column != 3, "column {column}");
        assert!(footer.row_group(1).column(column).offset_index_offset().is_some(), "of all, or of none");
    }
    // In a file whose chunks are one page each they would say what the footer says.
    let short = long_table().read(&Selection::all().frames(0..65_536)).unwrap();
    let footer = self::footer(&written(&short, &WriteOptions::default()));
    for chunk in footer.row_group(0).columns() {
        assert_eq!((chunk.offset_index_offset(), chunk.column_index_offset()), (None, None));
    }
}

#[test]
fn what_is_exactly_float32_is_stored_as_that_and_comes_back_wide() {
    let table = long_table();
    let file = written(&table, &WriteOptions::default().with_narrow(Narrow::WhereExact));
    let footer = footer(&file);
    let stored = footer.file_metadata().schema_descr().columns().iter();
    let stored: Vec<String> = stored.map(|column| column.physical_type().to_string()).collect();
    // 0.1 is no float32, and neither are three patterns of NaN; nothing but missing values is.
    let expected = ["FLOAT", "FLOAT", "DOUBLE", "DOUBLE", "FLOAT", "FLOAT", "INT64", "BYTE_ARRAY"];
    assert_eq!(stored, expected);
    let back = ParquetTable::from_bytes(file).unwrap();
    assert_eq!(back.schema().columns()[0].data_type, DataType::Float64);
    assert_eq!(back.schema().columns()[5].data_type, DataType::Float32, "what was float32 stays it");
    testing::conformance(&back, &table);
}

#[test]
fn what_cannot_be_narrow_is_refused_by_name() {
    let table = long_table();
    let write = |narrow| {
        let options = WriteOptions::default().with_narrow(narrow);
        write_table(&table, Vec::new(), &options).unwrap_err()
    };
    let error = write(Narrow::Columns(vec![0, 2]));
    let ParquetErrorKind::NotNarrow { column, frame, value } = error.kind() else { panic!("{error}") };
    assert_eq!((column.to_string().as_str(), *frame, *value), ("negative gaps", 300, 0.1));
    assert!(matches!(write(Narrow::Columns(vec![6])).kind(), ParquetErrorKind::NarrowType { .. }));
    assert!(matches!(write(Narrow::Columns(vec![99])).kind(), ParquetErrorKind::Table { .. }));
    let options = WriteOptions::default().with_narrow(Narrow::WhereExact);
    let error = TableWriter::new(Vec::new(), table.schema(), &options).err().expect("it cannot look ahead");
    assert!(matches!(error.kind(), ParquetErrorKind::NarrowAhead));
}

#[test]
fn a_file_from_which_frames_were_left_out_is_not_finished() {
    let table = long_table();
    let options = WriteOptions::default().with_narrow(Narrow::Columns(vec![2]));
    let mut writer = TableWriter::new(Vec::new(), table.schema(), &options).unwrap();
    writer.write(&table.read(&Selection::all().frames(0..10)).unwrap()).unwrap();
    writer.write(&table.read(&Selection::all().frames(295..305)).unwrap()).unwrap_err();
    writer.write(&table.read(&Selection::all().frames(10..20)).unwrap()).unwrap();
    let error = writer.finish().expect_err("ten frames are not in it");
    assert!(matches!(error.kind(), ParquetErrorKind::FramesLeftOut), "{error}");
}

#[test]
fn the_smaller_layout_is_chosen_for_what_a_filter_repeats() {
    let noise = |frame: usize| f64::from(u32::try_from(frame * 7_919_777 % 1_000_003).unwrap()).sqrt();
    let median = |frame: usize| {
        let mut window: Vec<f64> = (frame..frame + 5).map(noise).collect();
        window.sort_unstable_by(f64::total_cmp);
        window[2]
    };
    let table = frame(
        &[None],
        vec![
            flat("filtered", Arc::new(Float64Array::from_iter_values((0..20_000).map(median)))),
            flat("predicted", Arc::new(Float64Array::from_iter_values((0..20_000).map(noise)))),
        ],
        RowIndex::range(20_000),
    );
    let file = written(&table, &WriteOptions::default().with_profile(Profile::Compact));
    let footer = ParquetMetaDataReader::new().parse_and_finish(&file).unwrap();
    let encodings = |column: usize| footer.row_group(0).column(column).encodings().collect::<Vec<_>>();
    assert!(encodings(0).contains(&Encoding::PLAIN), "{:?}", encodings(0));
    assert!(encodings(1).contains(&Encoding::BYTE_STREAM_SPLIT), "{:?}", encodings(1));
    same(&ParquetTable::from_bytes(file).unwrap(), &table);
}

#[test]
fn a_flipped_bit_in_a_page_of_floats_is_found() {
    let table = frame(
        &[None],
        vec![flat("x", Arc::new(Float64Array::from_iter_values((0..5_000).map(|n| f64::from(n).sqrt()))))],
        RowIndex::range(5_000),
    );
    let file = written(&table, &WriteOptions::default()).to_vec();
    let footer = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(file.clone())).unwrap();
    let length = usize::try_from(footer.row_group(0).column(0).compressed_size()).unwrap();
    for position in (4..4 + length).step_by(11) {
        let mut damaged = file.clone();
        damaged[position] ^= 0x10;
        let read = ParquetTable::from_bytes(damaged).and_then(|damaged| damaged.load().map_err(Into::into));
        // What does not matter to the values may change: lengths of statistics in a page's header, and the like.
        assert!(
            read.is_err()
                || read.is_ok_and(|read| first_difference(&read, &table, Tolerance::BitForBit)
                    .unwrap()
                    .is_none()),
            "a bit of byte {position} makes other values"
        );
    }
}
