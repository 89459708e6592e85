//! Text that a file holds once and says often, and text in encodings that begin with how much of it there is.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use pose_frame::{PoseTable, Selection};
use pose_parquet::ParquetTable;

use crate::memory::{bounded, uncounted};

fn written(texts: ArrayRef, properties: WriterPropertiesBuilder) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable([("text", texts, true)]).unwrap();
    let properties = properties.set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Texts, some missing, some alike.
fn texts(rows: usize) -> ArrayRef {
    let text = |row: usize| {
        (!row.is_multiple_of(7)).then(|| format!("labeled-data/video{}/img{row:05}.png", row % 3))
    };
    Arc::new((0..rows).map(text).collect::<StringArray>())
}

#[test]
fn text_in_every_encoding_comes_back() {
    let _alone = crate::memory::alone();
    let texts = texts(3_000);
    for encoding in [Encoding::PLAIN, Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY] {
        for dictionary in [false, true] {
            let properties = WriterProperties::builder().set_encoding(encoding);
            let properties = properties.set_dictionary_enabled(dictionary).set_data_page_row_count_limit(700);
            let table = ParquetTable::from_bytes(written(Arc::clone(&texts), properties)).unwrap();
            assert_eq!(&table.load().unwrap().columns()[0], &texts, "{encoding}");
            let part = table.read(&Selection::all().frames(650..1_500)).unwrap();
            assert_eq!(&part.columns()[0], &texts.slice(650, 850), "{encoding}");
        }
    }
}

#[test]
fn a_text_that_is_said_again_and_again_is_refused() {
    let _alone = crate::memory::alone();
    let long = "a".repeat(1 << 20);
    for encoding in [None, Some(Encoding::DELTA_BYTE_ARRAY)] {
        let properties = WriterProperties::builder().set_dictionary_page_size_limit(1 << 30);
        let properties = match encoding {
            None => properties,
            Some(encoding) => properties.set_dictionary_enabled(false).set_encoding(encoding),
        };
        let file = uncounted(|| {
            written(Arc::new(StringArray::from_iter_values((0..500).map(|_| &long))), properties)
        });
        assert!(file.len() < 100_000, "{} bytes", file.len());
        // Up to twice 64 MiB while a batch grows.
        bounded("a text again and again", 3 << 20, || {
            let error = ParquetTable::from_bytes(file.clone()).unwrap().load().expect_err("500 MiB");
            assert!(error.to_string().contains("its text is more than"), "{error}");
        });
    }
}
