//! What is written is read back by another program's rules: those of the crate `hdf5-reader`.
//!
//! libhdf5 itself judges in the tests across crates, where pandas opens what is made with this.

use std::fs::File;
use std::io::Read as _;

use hdf5_file::{
    Attribute, BlobReference, Charset, Chunk, Dataset, Datatype, Field, FileWriter, Filter, Group, Object,
    Storage, WriteErrorKind,
};
use hdf5_reader::Hdf5File;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::datatype::Datatype as Read;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A file of its own, which is gone when it is dropped.
struct Scratch(tempfile::NamedTempFile);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::NamedTempFile::new().expect("there is room"))
    }

    fn file(&self) -> File {
        File::options().read(true).write(true).open(self.0.path()).expect("it opens")
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.file().read_to_end(&mut bytes).expect("it reads");
        bytes
    }

    fn read(&self) -> Hdf5File {
        Hdf5File::open(self.0.path()).expect("it is HDF5")
    }
}

fn numbers(count: u32) -> Vec<u8> {
    (0..count).flat_map(|number| f64::from(number).to_le_bytes()).collect()
}

/// A dataset of so many rows in chunks of so many.
fn chunked(writer: &mut FileWriter, rows: u32, chunk_rows: u32) -> Result<Dataset> {
    let mut chunks = Vec::new();
    for start in (0..rows).step_by(chunk_rows as usize) {
        let end = rows.min(start + chunk_rows);
        let mut bytes: Vec<u8> = (start..end).flat_map(|row| f64::from(row).to_le_bytes()).collect();
        bytes.resize(chunk_rows as usize * 8, 0);
        let address = writer.reserve(bytes.len() as u64)?;
        writer.write_at(address, &bytes)?;
        chunks.push(Chunk::new(address, u32::try_from(bytes.len())?));
    }
    let storage = Storage::Chunked { rows: chunk_rows, chunks, filters: Vec::new(), growing: true };
    Ok(Dataset::new(Datatype::F64, &[u64::from(rows)], storage))
}

#[test]
fn values_come_back_from_every_storage() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    let storage = writer.contiguous(&numbers(10))?;
    writer.root().insert("flat", Dataset::new(Datatype::F64, &[5, 2], storage))?;
    let empty = writer.contiguous(&[])?;
    writer.root().insert("empty", Dataset::new(Datatype::I64, &[0], empty))?;
    // One chunk, a full node of them, one more, and a tree of three levels.
    for chunks in [1, 64, 65, 64 * 64 + 3] {
        let dataset = chunked(&mut writer, chunks * 3 - 1, 3)?;
        writer.root().insert(&format!("chunks {chunks}"), dataset)?;
    }
    let none = chunked(&mut writer, 0, 3)?;
    writer.root().insert("no chunks", none)?;
    writer.finish()?;

    let file = scratch.read();
    let flat: Vec<f64> = file.dataset("/flat")?.read_array()?.into_iter().collect();
    assert_eq!(flat, (0..10).map(f64::from).collect::<Vec<_>>());
    assert_eq!(file.dataset("/flat")?.shape(), [5, 2]);
    assert_eq!(file.dataset("/empty")?.shape(), [0]);
    assert_eq!(file.dataset("/no chunks")?.read_array::<f64>()?.len(), 0);
    for chunks in [1, 64, 65, 64 * 64 + 3] {
        let dataset = file.dataset(&format!("/chunks {chunks}"))?;
        let values: Vec<f64> = dataset.read_array()?.into_iter().collect();
        assert_eq!(values, (0..chunks * 3 - 1).map(f64::from).collect::<Vec<_>>(), "{chunks}");
        assert_eq!(dataset.max_dims(), Some(&[u64::MAX][..]));
    }
    Ok(())
}

#[test]
fn groups_hold_as_many_members_as_they_get() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    // Some leaves, some nodes of leaves, and nodes of nodes.
    for count in [0, 1, 8, 9, 256, 257, 9000] {
        let mut group = Group::default();
        for member in 0..count {
            group.insert(&format!("member {member}"), Group::new(vec![Attribute::i64("number", member)]))?;
        }
        writer.root().insert(&format!("of {count}"), group)?;
    }
    writer.finish()?;

    let file = scratch.read();
    for count in [0, 1, 8, 9, 256, 257, 9000] {
        let group = file.group(&format!("/of {count}"))?;
        assert_eq!(group.groups()?.len(), count);
        for member in [0, count / 2, count.saturating_sub(1)].into_iter().filter(|&member| member < count) {
            let number =
                group.group(&format!("member {member}"))?.attribute("number")?.read_scalar::<i64>()?;
            assert_eq!(usize::try_from(number)?, member);
        }
    }
    Ok(())
}

#[test]
fn attributes_and_types_are_what_they_were() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    let text = |size| Datatype::Text { size, charset: Charset::Ascii };
    let row = Datatype::Compound(vec![
        Field::new("index", Datatype::I64),
        Field::new("values", Datatype::Array(3, Box::new(Datatype::F32))),
        Field::new("a name of many characters", text(5)),
        Field::new("flag", Datatype::Bits8),
    ]);
    assert_eq!(row.size(), 8 + 12 + 5 + 1);
    let storage = writer.contiguous(&vec![7; row.size() * 2])?;
    let attributes = vec![
        Attribute::text("title", "größer"),
        Attribute::text("nothing", ""),
        Attribute::ascii("pickle", b"(lp0\n."),
        Attribute::i32("dirty", -3),
        Attribute::bool("sorted", true),
        Attribute::text("größe", "named in UTF-8"),
    ];
    writer.root().insert("rows", Dataset::new(row, &[2], storage).with_attributes(attributes))?;
    writer.finish()?;

    let dataset = scratch.read().dataset("/rows")?;
    let Read::Compound { fields, size } = dataset.dtype() else { return Err("it is a compound".into()) };
    assert_eq!(*size, 26);
    let offsets: Vec<(&str, u32)> =
        fields.iter().map(|field| (field.name.as_str(), field.byte_offset)).collect();
    assert_eq!(offsets, [("index", 0), ("values", 8), ("a name of many characters", 20), ("flag", 25)]);
    assert_eq!(dataset.attribute("title")?.read_string()?, "größer");
    assert_eq!(dataset.attribute("größe")?.read_string()?, "named in UTF-8");
    assert_eq!(dataset.attribute("dirty")?.read_scalar::<i32>()?, -3);
    assert_eq!(dataset.attributes().len(), 6);
    Ok(())
}

#[test]
fn blobs_come_back_whole() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    let blobs: Vec<Vec<u8>> =
        [0, 1, 7, 8, 4047, 4048, 4049, 100_000].map(|length| vec![0xA5; length]).to_vec();
    let references =
        blobs.iter().map(|blob| Ok(writer.blob(blob)?)).collect::<Result<Vec<BlobReference>>>()?;
    let elements: Vec<u8> = references.iter().flat_map(|reference| reference.to_bytes()).collect();
    let storage = writer.contiguous(&elements)?;
    writer.root().insert("blobs", Dataset::new(Datatype::Blob, &[blobs.len() as u64], storage))?;
    writer.finish()?;

    let dataset = scratch.read().dataset("/blobs")?;
    for (reference, blob) in references.iter().zip(&blobs) {
        assert_eq!(dataset.resolve_vlen_reference_bytes(&reference.to_bytes(), 1)?, *blob, "{}", blob.len());
    }
    Ok(())
}

#[test]
fn filters_are_noted() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    let address = writer.reserve(16)?;
    writer.write_at(address, &[0; 16])?;
    let filter = |id, name: &str, client_data: &[u32]| Filter {
        id,
        name: name.to_owned(),
        optional: true,
        client_data: client_data.to_vec(),
    };
    let filters =
        vec![filter(2, "shuffle", &[8]), filter(32001, "blosc", &[2, 2, 8, 16]), filter(1, "", &[])];
    let mut chunk = Chunk::new(address, 16);
    // None was applied.
    chunk.filter_mask = 0b111;
    let storage = Storage::Chunked { rows: 2, chunks: vec![chunk], filters, growing: false };
    writer.root().insert("packed", Dataset::new(Datatype::F64, &[2], storage))?;
    writer.finish()?;
    let file = scratch.read();
    let dataset = file.dataset("/packed")?;
    assert_eq!(dataset.max_dims(), Some(&[2][..]));
    let header = file.get_or_parse_header(dataset.address())?;
    let noted = header.messages.iter().find_map(|message| match message {
        HdfMessage::FilterPipeline(pipeline) => Some(&pipeline.filters),
        _ => None,
    });
    let noted: Vec<_> = noted
        .ok_or("there are filters")?
        .iter()
        .map(|filter| (filter.id, filter.name.as_deref(), filter.client_data.clone()))
        .collect();
    let expected =
        [(2, Some("shuffle"), vec![8]), (32001, Some("blosc"), vec![2, 2, 8, 16]), (1, None, vec![])];
    assert_eq!(noted, expected);
    Ok(())
}

#[test]
fn what_is_added_leaves_the_rest_as_it_was() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    let mut first = Group::default();
    let dataset = chunked(&mut writer, 100, 7)?;
    first.insert("values", dataset)?;
    writer.root().insert("first", first)?;
    writer.finish()?;
    let before = scratch.bytes();

    // A hundred times, into the root, into a folder that is there, and into one that is not.
    for number in 0..100 {
        let mut writer = FileWriter::append(scratch.file())?;
        let mut folder = Group::default().as_folder();
        folder.insert(&format!("run {number}"), Group::new(vec![Attribute::i64("number", number)]))?;
        writer.root().insert("runs", folder)?;
        let storage = writer.contiguous(&numbers(3))?;
        writer.root().insert(&format!("numbers {number}"), Dataset::new(Datatype::F64, &[3], storage))?;
        writer.finish()?;
    }
    let file = scratch.read();
    assert_eq!(file.group("/runs")?.groups()?.len(), 100);
    assert_eq!(file.group("/runs/run 57")?.attribute("number")?.read_scalar::<i64>()?, 57);
    let values: Vec<f64> = file.dataset("/first/values")?.read_array()?.into_iter().collect();
    assert_eq!(values, (0..100).map(f64::from).collect::<Vec<_>>());
    for number in 0..100 {
        assert_eq!(file.dataset(&format!("/numbers {number}"))?.shape(), [3]);
    }
    // But for where the links are and how long the file is, no byte has changed.
    let changed = before.iter().zip(scratch.bytes()).filter(|&(a, b)| *a != b).count();
    assert!(changed <= 40, "{changed} bytes have changed");
    Ok(())
}

#[test]
fn what_stands_behind_hdf5_stays_there() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    writer.root().insert("first", Group::default())?;
    writer.finish()?;
    let mut whole = scratch.bytes();
    whole.extend_from_slice(b"someone else's");
    std::fs::write(scratch.0.path(), &whole)?;
    let mut writer = FileWriter::append(scratch.file())?;
    writer.root().insert("second", Group::default())?;
    writer.finish()?;
    assert_eq!(scratch.read().root_group()?.groups()?.len(), 2);
    assert_eq!(&scratch.bytes()[whole.len() - 14..whole.len()], b"someone else's");
    Ok(())
}

#[test]
fn what_cannot_be_written_is_refused() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    for name in ["", ".", "..", "a/b", "a\0"] {
        let refused = writer.root().insert(name, Group::default()).map_err(|error| format!("{error}"));
        assert!(refused.is_err_and(|error| error.contains("no object")), "{name:?}");
    }
    writer.root().insert("twice", Group::default())?;
    let error = writer.root().insert("twice", Group::default()).expect_err("it is there");
    assert!(matches!(error.kind(), WriteErrorKind::Exists { path } if path == "twice"));
    let long = Attribute::text("long", &"x".repeat(70_000));
    assert!(long.num_bytes() > Attribute::LIMIT);
    writer.root().insert("long", Group::new(vec![long]))?;
    let error = writer.finish().expect_err("it is too long");
    assert!(error.to_string().contains("\"long\" of /long has 700"), "{error}");

    let mut writer = FileWriter::create(scratch.file())?;
    writer.root().insert("there", Group::default())?;
    writer.finish()?;
    let mut writer = FileWriter::append(scratch.file())?;
    writer.root().insert("there", Group::default())?;
    let error = writer.finish().expect_err("it is there");
    assert!(matches!(error.kind(), WriteErrorKind::Exists { path } if path == "/there"), "{error}");
    Ok(())
}

#[test]
fn references_and_links_that_lead_nowhere_are_refused() -> Result {
    let scratch = Scratch::new();
    let refused = |fill: &dyn Fn(&mut FileWriter) -> Result| -> Result<String> {
        let mut writer = FileWriter::create(scratch.file())?;
        let mut group = Group::default();
        group.insert("there", Group::default())?;
        writer.root().insert("group", group)?;
        fill(&mut writer)?;
        let error = writer.finish().expect_err("it leads nowhere");
        assert!(matches!(error.kind(), WriteErrorKind::NoTarget { .. }), "{error}");
        Ok(error.to_string())
    };
    let message = refused(&|writer| {
        writer.root().attributes.push(Attribute::reference("leads", "/group/elsewhere"));
        Ok(())
    })?;
    assert_eq!(message, "nothing leads to /group/elsewhere: /group holds no \"elsewhere\"");
    refused(&|writer| {
        writer.root().insert("link", Object::HardLink("/group/there/below".to_owned()))?;
        Ok(())
    })?;
    refused(&|writer| {
        writer.references(&["/group", "/soft"])?;
        writer.root().insert("soft", Object::SoftLink("nowhere".to_owned()))?;
        Ok(())
    })?;
    // Links that lead to each other, and one that leads below itself.
    let message = refused(&|writer| {
        writer.root().insert("a", Object::HardLink("/b".to_owned()))?;
        writer.root().insert("b", Object::SoftLink("a".to_owned()))?;
        Ok(())
    })?;
    assert!(message.ends_with("its links go round in circles"), "{message}");
    refused(&|writer| {
        writer.root().insert("a", Object::HardLink("/a/a".to_owned()))?;
        Ok(())
    })?;
    // Links to nothing at all.
    let mut group = Group::default();
    for path in ["", "a\0b"] {
        for link in [Object::HardLink(path.to_owned()), Object::SoftLink(path.to_owned())] {
            let error = group.insert("link", link).expect_err("nothing has this path");
            assert!(matches!(error.kind(), WriteErrorKind::Name { name } if name == path), "{error}");
        }
    }
    Ok(())
}

#[test]
fn what_would_not_come_back_is_refused() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    let error = writer.texts(&["a", "b\0c"]).expect_err("it would come back as b");
    assert!(matches!(error.kind(), WriteErrorKind::Zero { text } if text == "b\0c"), "{error}");

    let shaped = |shape: &[u64], rows: u32| -> Result<String> {
        let mut writer = FileWriter::create(scratch.file())?;
        let storage = Storage::Chunked { rows, chunks: Vec::new(), filters: Vec::new(), growing: true };
        writer.root().insert("values", Dataset::new(Datatype::F64, shape, storage))?;
        let error = writer.finish().expect_err("it has no place");
        assert!(matches!(error.kind(), WriteErrorKind::Shape { path, .. } if path == "/values"), "{error}");
        Ok(error.to_string())
    };
    assert!(shaped(&[], 1)?.ends_with("there is no axis to cut"));
    assert!(shaped(&[5], 0)?.ends_with("its chunks have no bytes"));
    assert!(shaped(&[5, 0], 1)?.ends_with("its chunks have no bytes"));
    assert!(shaped(&[5, 1 << 40], 1)?.ends_with("have 4 GiB or more"));
    assert!(shaped(&[5, u64::MAX, u64::MAX], u32::MAX)?.ends_with("have 4 GiB or more"));
    assert!(shaped(&[1; 33], 1)?.contains("33 axes"));
    Ok(())
}

#[test]
fn texts_share_collections_that_are_well_filled() -> Result {
    let scratch = Scratch::new();
    let mut writer = FileWriter::create(scratch.file())?;
    let texts: Vec<String> =
        (0..10_000).map(|number| format!("{number:05}").repeat(1 + number % 9)).collect();
    // What they take at least: a head of 16 bytes each, and their own, in eights.
    let needed: u64 = texts.iter().map(|text| 16 + text.len().next_multiple_of(8) as u64).sum();
    let before = writer.reserve(0)?;
    let elements = writer.texts(&texts)?;
    let taken = writer.reserve(0)? - before;
    assert!(taken < needed + needed / 100 + 4096, "{needed} bytes take {taken}");
    // And so they do when they come one by one, as those of attributes.
    for text in &texts {
        writer.texts(&[text])?;
    }
    let singly = writer.reserve(0)? - before - taken;
    assert!(singly < needed + needed / 50 + 4096, "{needed} bytes take {singly}");

    let storage = writer.contiguous(&elements)?;
    let datatype = Datatype::VariableText(Charset::Utf8);
    writer.root().insert("texts", Dataset::new(datatype, &[texts.len() as u64], storage))?;
    writer.finish()?;
    assert_eq!(scratch.read().dataset("/texts")?.read_strings()?, texts);
    Ok(())
}

#[test]
fn nothing_is_added_to_what_is_damaged_or_unknown() -> Result {
    let scratch = Scratch::new();
    let refused = |bytes: &[u8]| {
        std::fs::write(scratch.0.path(), bytes).expect("it is written");
        FileWriter::append(scratch.file()).err().map(|error| error.to_string())
    };
    assert!(refused(b"").is_some_and(|error| error.contains("superblock")));
    assert!(refused(&[0; 4096]).is_some_and(|error| error.contains("does not begin with one")));

    let whole = {
        let mut writer = FileWriter::create(scratch.file())?;
        for number in 0..20 {
            writer.root().insert(&format!("member {number}"), Group::default())?;
        }
        writer.root().insert("soft", Object::SoftLink("/member 12".to_owned()))?;
        writer.finish()?;
        scratch.bytes()
    };
    assert!(refused(&whole).is_none());
    assert!(refused(&whole[..whole.len() - 1]).is_some_and(|error| error.contains("should have")));
    let mut later = whole.clone();
    later[8] = 3;
    assert!(refused(&later).is_some_and(|error| error.contains("superblock is of version 3")));
    // Whatever byte is wrong: an answer, and no panic.
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xFF;
        let _ = refused(&damaged);
        let Ok(mut writer) = FileWriter::append(scratch.file()) else { continue };
        let _ = writer.existing("/member 7/nothing");
        let mut more = Group::new(vec![Attribute::reference("leads", "/soft")]);
        more.insert("seven", Object::HardLink("/member 7".to_owned()))?;
        writer.root().insert("more", more)?;
        let _ = writer.finish();
    }
    Ok(())
}
