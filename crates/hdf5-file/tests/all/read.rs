//! What was written is read back, and what contradicts itself is refused. What other programs write is read in the tests
//! across crates.

use std::io::{Read as _, Seek as _};

use hdf5_file::read::{self, Attribute as Value, Element, LeadsTo, Member};
use hdf5_file::{
    Attribute, Charset, Chunk, Dataset, Datatype, FileWriter, Group, Object, Primitive, ReadErrorKind,
    Storage, bytes_of,
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The bytes of a file that is filled so.
fn written(make: impl FnOnce(&mut FileWriter) -> Result) -> Result<Vec<u8>> {
    let mut writer = FileWriter::create(tempfile::tempfile()?)?;
    make(&mut writer)?;
    let (mut file, mut bytes) = (writer.finish()?, Vec::new());
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn opened(make: impl FnOnce(&mut FileWriter) -> Result) -> Result<read::File> {
    Ok(read::File::of_bytes("made.h5", written(make)?)?)
}

fn numbers<T: Primitive>(writer: &mut FileWriter, name: &str, shape: &[u64], values: &[T]) -> Result {
    let storage = writer.contiguous(&bytes_of(values))?;
    writer.root().insert(name, Dataset::new(T::DATATYPE, shape, storage))?;
    Ok(())
}

fn dataset(file: &read::File, name: &str) -> Result<read::Dataset> {
    Ok(file.root()?.dataset(name)?.ok_or("it is there")?)
}

#[test]
fn numbers_are_converted_where_nothing_is_lost() -> Result {
    let nan = f64::from_bits(0x7FF8_0000_0000_1234);
    let file = opened(|writer| {
        numbers(writer, "f64", &[4], &[1.5f64, -0.0, nan, f64::MAX])?;
        numbers(writer, "f32", &[2], &[0.1f32, f32::from_bits(0x7FC0_0012)])?;
        numbers(writer, "i16", &[3], &[-1i16, 0, 300])?;
        numbers(writer, "u64", &[2], &[u64::MAX, 1 << 53])?;
        numbers(writer, "cube", &[2, 2, 3], &(0..12).map(f64::from).collect::<Vec<_>>())?;
        let storage = writer.contiguous(&[1, 0])?;
        writer.root().insert("flags", Dataset::new(Datatype::boolean(), &[2], storage))?;
        numbers(writer, "scalar", &[], &[7i32])?;
        writer.root().insert("null", Dataset::empty(Datatype::F64))?;
        Ok(())
    })?;
    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let f64s = dataset(&file, "f64")?;
    assert_eq!(bits(f64s.read(0..4)?), bits(vec![1.5, -0.0, nan, f64::MAX]));
    assert_eq!(f64s.read::<f32>(0..2)?, [1.5, -0.0]);
    let error = f64s.read::<f32>(2..3).expect_err("the payload has no place");
    assert!(matches!(error.kind(), ReadErrorKind::Unexpected { found, .. } if found == "NaN"), "{error}");
    assert!(f64s.read::<i64>(0..1).is_err(), "a fraction");
    assert_eq!(bits(dataset(&file, "f32")?.read(0..1)?), bits(vec![f64::from(0.1f32)]));
    assert_eq!(dataset(&file, "f32")?.read::<f32>(1..2)?[0].to_bits(), 0x7FC0_0012);
    assert_eq!(dataset(&file, "i16")?.read::<i64>(0..3)?, [-1, 0, 300]);
    assert_eq!(dataset(&file, "i16")?.read::<f32>(1..3)?, [0.0, 300.0]);
    assert!(dataset(&file, "i16")?.read::<u8>(2..3).is_err(), "300 is no u8");
    assert!(dataset(&file, "u64")?.read::<f64>(0..1).is_err(), "no float is as large");
    assert_eq!(dataset(&file, "u64")?.read::<f64>(1..2)?, [9_007_199_254_740_992.0]);
    assert_eq!(dataset(&file, "cube")?.read::<f64>(1..2)?, (6..12).map(f64::from).collect::<Vec<_>>());
    assert_eq!(dataset(&file, "flags")?.read::<u8>(0..2)?, [1, 0]);
    let scalar = dataset(&file, "scalar")?;
    assert_eq!((scalar.shape().len(), scalar.num_rows(), scalar.read::<i32>(0..1)?), (0, 1, vec![7]));
    assert_eq!(dataset(&file, "null")?.read::<f64>(0..dataset(&file, "null")?.num_rows())?, [0.0; 0]);
    let error = dataset(&file, "cube")?.read::<f64>(1..3).expect_err("there are two");
    assert!(error.to_string().contains("expected 3 rows, found 2"), "{error}");
    assert!(dataset(&file, "cube")?.texts(0..1).is_err(), "numbers are no texts");
    Ok(())
}

#[test]
fn chunks_are_put_together_on_every_axis() -> Result {
    // Rows are cut by the writer; that other axes are cut too is tested with files of h5py.
    let file = opened(|writer| {
        let values: Vec<f32> = (0..7u16 * 2 * 3).map(f32::from).collect();
        let mut chunks = Vec::new();
        for piece in values.chunks(3 * 6) {
            let mut bytes = bytes_of(piece);
            bytes.resize(3 * 6 * 4, 0);
            let address = writer.reserve(bytes.len() as u64)?;
            writer.write_at(address, &bytes)?;
            chunks.push(Chunk::new(address, u32::try_from(bytes.len())?));
        }
        let storage = Storage::Chunked { rows: 3, chunks, filters: Vec::new(), growing: true };
        writer.root().insert("values", Dataset::new(Datatype::F32, &[7, 2, 3], storage))?;
        Ok(())
    })?;
    let values = dataset(&file, "values")?;
    for rows in [0..7u16, 0..1, 2..4, 6..7, 3..3] {
        let expected: Vec<f32> = (rows.start * 6..rows.end * 6).map(f32::from).collect();
        assert_eq!(values.read::<f32>(rows.start.into()..rows.end.into())?, expected);
    }
    Ok(())
}

#[test]
fn texts_come_back_whatever_their_length() -> Result {
    let mut texts: Vec<String> = ["", "a", "größer"].map(str::to_owned).to_vec();
    texts.extend((0..500).map(|number| "x".repeat(number * 7)));
    texts.push("y".repeat(100_000));
    let file = opened(|writer| {
        let elements = writer.texts(&texts)?;
        let storage = writer.contiguous(&elements)?;
        let variable = Datatype::VariableText(Charset::Utf8);
        let shape = [texts.len() as u64];
        writer.root().insert("texts", Dataset::new(variable.clone(), &shape, storage))?;
        let elements = writer.texts(&["one"])?;
        let storage = writer.contiguous(&elements)?;
        writer.root().insert("scalar", Dataset::new(variable, &[], storage))?;
        let fixed = Datatype::Text { size: 4, charset: Charset::Utf8 };
        let storage = writer.contiguous(b"abcdef\0\0")?;
        writer.root().insert("fixed", Dataset::new(fixed, &[2], storage))?;
        writer.root().attributes = vec![
            Attribute::variable_text("long", "z".repeat(70_000)),
            Attribute::variable_texts("several", ["a", "", "ccc"]),
            Attribute::variable_texts("none", Vec::<String>::new()),
            Attribute::text("fixed", "größer"),
            Attribute::number("number", 2.5f32),
            Attribute::numbers("numbers", &[1i8, -2]),
            Attribute::named_bool("yes", true),
        ];
        Ok(())
    })?;
    let stored = dataset(&file, "texts")?;
    assert_eq!(*stored.element(), Element::VariableText);
    assert_eq!(stored.texts(0..stored.num_rows())?, texts);
    assert_eq!(stored.texts(1..3)?, ["a", "größer"]);
    assert_eq!(dataset(&file, "scalar")?.texts(0..1)?, ["one"]);
    assert_eq!(dataset(&file, "fixed")?.texts(0..2)?, ["abcd", "ef"]);

    let attributes = file.root()?.attributes()?;
    assert_eq!(attributes.text("long")?.map(|text| text.len()), Some(70_000));
    assert_eq!(attributes.texts("several")?, Some(vec!["a".to_owned(), String::new(), "ccc".to_owned()]));
    assert_eq!(attributes.shape("several"), Some(&[3][..]));
    assert_eq!(attributes.texts("none")?, Some(Vec::new()));
    assert_eq!(attributes.text("fixed")?.as_deref(), Some("größer"));
    assert_eq!(attributes.text("absent")?, None);
    assert_eq!(attributes.number::<f64>("number")?, Some(2.5));
    assert_eq!(attributes.numbers::<i64>("numbers")?, Some(vec![1, -2]));
    assert_eq!(attributes.get("yes"), Some(Value::Bool(true)));
    let error = attributes.text("several").expect_err("there are three");
    assert_eq!(
        error.to_string(),
        "made.h5: attribute several of the root group is not what was asked for: expected one text, found 3"
    );
    assert!(attributes.text("number").is_err(), "a number is no text");
    Ok(())
}

#[test]
fn texts_that_are_the_same_bytes_again_and_again_are_refused() -> Result {
    // Ten thousand elements that all stand for one text: 10 GB of a file of 1 MB.
    let mut texts = 0;
    let file = opened(|writer| {
        let one = writer.texts(&["x".repeat(1 << 20)])?;
        let storage = writer.contiguous(&one.repeat(10_000))?;
        let datatype = Datatype::VariableText(Charset::Utf8);
        writer.root().insert("texts", Dataset::new(datatype, &[10_000], storage))?;
        Ok(())
    })?;
    let error = dataset(&file, "texts")?
        .visit_texts(0..10_000, &mut |_| {
            texts += 1;
            Ok::<(), hdf5_file::ReadError>(())
        })
        .expect_err("the file has not as many bytes");
    assert!(matches!(error.kind(), ReadErrorKind::TooLarge { .. }), "{error}");
    assert!(texts <= 2, "{texts}");
    Ok(())
}

fn linked() -> Result<Vec<u8>> {
    written(|writer| {
        numbers(writer, "numbers", &[2], &[1i8, 2])?;
        let mut group = Group::default();
        group.insert("again", Object::HardLink("/numbers".to_owned()))?;
        group.insert("soft", Object::SoftLink("/numbers".to_owned()))?;
        group.insert("relative", Object::SoftLink("./inner".to_owned()))?;
        group.insert("through", Object::SoftLink("relative/up/soft".to_owned()))?;
        group.insert("broken", Object::SoftLink("inner/nothing".to_owned()))?;
        group.insert("below a dataset", Object::SoftLink("/numbers/0".to_owned()))?;
        group.insert("round", Object::SoftLink("and round".to_owned()))?;
        group.insert("and round", Object::SoftLink("/group/round".to_owned()))?;
        let mut inner = Group::new(vec![Attribute::reference("up", "/group")]);
        inner.insert("up", Object::HardLink("/group".to_owned()))?;
        group.insert("inner", inner)?;
        writer.root().insert("group", group)?;
        let storage = writer.references(&["/numbers", "/group/inner", "/"])?;
        writer.root().insert("references", Dataset::new(Datatype::Reference, &[3], storage))?;
        let storage = writer.contiguous(&bytes_of(&[0u64, u64::MAX, 8]))?;
        writer.root().insert("nothing", Dataset::new(Datatype::Reference, &[3], storage))?;
        Ok(())
    })
}

#[test]
fn links_are_told_apart_and_followed() -> Result {
    let file = read::File::of_bytes("linked.h5", linked()?)?;
    let group = file.root()?.group("group")?.ok_or("it is there")?;
    let mut found = Vec::new();
    for (name, member) in group.list()? {
        found.push(match member {
            Member::Group(group) => format!("{name}: group {}", group.name()),
            Member::Dataset(head) => format!("{name}: dataset {}", head.path()),
            Member::SoftLink { target, leads_to } => match leads_to {
                LeadsTo::Group(group) => format!("{name}: {target} is group {}", group.name()),
                LeadsTo::Dataset(head) => format!("{name}: {target} is dataset {}", head.path()),
                LeadsTo::Nowhere { why } => format!("{name}: {target} is nothing, {why}"),
                _ => return Err("nothing else was written".into()),
            },
            _ => return Err("nothing else was written".into()),
        });
    }
    let expected = [
        "again: dataset group/again",
        "and round: /group/round is nothing, its links go round in circles",
        "below a dataset: /numbers/0 is nothing, /numbers is no group",
        "broken: inner/nothing is nothing, /group/inner holds no \"nothing\"",
        "inner: group group/inner",
        "relative: ./inner is group group/inner",
        "round: and round is nothing, its links go round in circles",
        "soft: /numbers is dataset numbers",
        "through: relative/up/soft is dataset numbers",
    ];
    assert_eq!(found, expected);
    // Two names, one dataset.
    let again = group.dataset("again")?.ok_or("it is there")?;
    assert_eq!(again.identity(), dataset(&file, "numbers")?.identity());
    assert_ne!(again.identity(), dataset(&file, "references")?.identity());
    Ok(())
}

#[test]
fn references_lead_to_their_objects() -> Result {
    let file = read::File::of_bytes("linked.h5", linked()?)?;
    let references = dataset(&file, "references")?.references(0..3)?;
    let mut paths = Vec::new();
    for &reference in &references {
        paths.push(file.path_of(reference)?.ok_or("it has a path")?);
    }
    assert_eq!(paths, ["numbers", "group/inner", ""]);
    let Some(LeadsTo::Dataset(head)) = file.dereference(references[0])? else {
        return Err("a dataset".into());
    };
    assert_eq!(head.open()?.read::<i8>(0..2)?, [1, 2]);
    assert_eq!(references[0].identity(), head.identity());
    let Some(LeadsTo::Group(inner)) = file.dereference(references[1])? else { return Err("a group".into()) };
    let up = inner.attributes()?.reference("up")?.ok_or("it is there")?;
    assert_eq!(file.path_of(up)?.as_deref(), Some("group"));
    // None, none as some programs say it, and one to where no object is.
    let nothing = dataset(&file, "nothing")?.references(0..3)?;
    assert_eq!(nothing.iter().map(|reference| reference.is_null()).collect::<Vec<_>>(), [true, true, false]);
    for reference in nothing {
        assert_eq!(file.path_of(reference)?, None);
        assert!(file.dereference(reference)?.is_none());
    }
    Ok(())
}

/// Reads whatever can be read of a file, and makes nothing of it.
fn read_all(bytes: Vec<u8>) -> std::result::Result<(), hdf5_file::ReadError> {
    let file = read::File::of_bytes("damaged.h5", bytes)?;
    let mut groups = vec![(file.root()?, 0)];
    while let Some((group, depth)) = groups.pop() {
        if let Ok(attributes) = group.attributes() {
            read_attributes(&file, &attributes);
        }
        for (_, member) in group.list()? {
            match member {
                Member::Group(group) if depth < 3 => groups.push((group, depth + 1)),
                Member::Dataset(head) => {
                    read_attributes(&file, &head.attributes);
                    let Ok(dataset) = head.open() else { continue };
                    let rows = 0..dataset.num_rows().min(100_000);
                    let _ = dataset.texts(rows.clone());
                    let _ = dataset.read::<f64>(rows.clone());
                    for reference in dataset.references(rows).unwrap_or_default() {
                        let _ = file.dereference(reference);
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn read_attributes(file: &read::File, attributes: &read::Attributes) {
    for name in attributes.names() {
        let _ = (attributes.get(name), attributes.texts(name), attributes.numbers::<f64>(name));
        for reference in attributes.references(name).ok().flatten().unwrap_or_default() {
            let _ = file.dereference(reference);
        }
    }
}

#[test]
fn every_damaged_byte_and_every_cut_gives_an_answer() -> Result {
    let whole = linked()?;
    read_all(whole.clone())?;
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xFF;
        let _ = read_all(damaged);
    }
    for cut in (0..whole.len()).step_by(7) {
        assert!(read_all(whole[..cut].to_vec()).is_err(), "{cut} bytes");
    }
    Ok(())
}
