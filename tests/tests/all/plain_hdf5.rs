//! h5py, and libhdf5 below it, find in plain HDF5 what `hdf5-file` was told to write, and work on in it.

use std::fs::File;
use std::path::Path;

use hdf5_file::read::{self, LeadsTo, Member};
use hdf5_file::{
    Attribute, Charset, Chunk, Dataset, Datatype, ExistingKind, Field, FileWriter, Group, Object, Storage,
    WriteError, bytes_of,
};
use pose_tests::ask_python;
use serde_json::{Value, json};

fn open(path: &Path) -> File {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false).open(path).expect("it opens")
}

fn look(path: &Path, then: Option<&str>) -> Value {
    ask_python("h5py_judge.py", &json!({ "path": path, "then": then }))
}

fn texts() -> Vec<String> {
    // Empty, short and long ones; one that fills a collection of its own, and so many that they fill several.
    let mut texts: Vec<String> =
        ["", "a", "größer als alles", "eight by", "日本語"].map(str::to_owned).to_vec();
    texts.extend([4000, 4047, 4048, 4049, 70_000].map(|length| "x".repeat(length)));
    texts.extend((0..3000).map(|number| format!("text {number}{}", "…".repeat(number % 50))));
    texts.push("y".repeat(200_000));
    texts
}

fn chunked(
    writer: &mut FileWriter,
    elements: &[u8],
    row_bytes: usize,
    rows: u32,
) -> Result<Storage, WriteError> {
    let mut chunks = Vec::new();
    for piece in elements.chunks(row_bytes * rows as usize) {
        let mut piece = piece.to_vec();
        piece.resize(row_bytes * rows as usize, 0);
        let address = writer.reserve(piece.len() as u64)?;
        writer.write_at(address, &piece)?;
        chunks.push(Chunk::new(address, u32::try_from(piece.len()).expect("a small chunk")));
    }
    Ok(Storage::Chunked { rows, chunks, filters: Vec::new(), growing: true })
}

/// A file with everything that can be written.
fn write(path: &Path) -> Result<(), WriteError> {
    let mut writer = FileWriter::create(open(path))?;
    let utf8 = || Datatype::VariableText(Charset::Utf8);

    let mut strings = Group::default();
    let texts = texts();
    let elements = writer.texts(&texts)?;
    let storage = writer.contiguous(&elements)?;
    strings.insert("flat", Dataset::new(utf8(), &[texts.len() as u64], storage))?;
    let storage = chunked(&mut writer, &elements, 16, 500)?;
    strings.insert("growing", Dataset::new(utf8(), &[texts.len() as u64], storage))?;
    let elements = writer.texts(&["one"])?;
    let storage = writer.contiguous(&elements)?;
    strings.insert("scalar", Dataset::new(utf8(), &[], storage))?;
    let elements = writer.texts(&["a", "b", "c", "d", "e", "f"])?;
    let storage = writer.contiguous(&elements)?;
    let ascii = Datatype::VariableText(Charset::Ascii);
    strings.insert("lattice", Dataset::new(ascii, &[2, 3], storage))?;
    writer.root().insert("strings", strings)?;

    let mut numbers = Group::default();
    let values: Vec<f64> = (0..24).map(|number| f64::from(number) / 3.0).collect();
    let storage = writer.contiguous(&bytes_of(&values))?;
    numbers.insert("cube", Dataset::new(Datatype::F64, &[2, 3, 4], storage))?;
    let storage = chunked(&mut writer, &bytes_of(&values), 4 * 8, 4)?;
    numbers.insert("growing", Dataset::new(Datatype::F64, &[6, 2, 2], storage))?;
    let storage = writer.contiguous(&bytes_of(&[-7i16]))?;
    numbers.insert("scalar", Dataset::new(Datatype::Integer { size: 2, signed: true }, &[], storage))?;
    let storage = writer.contiguous(&[])?;
    numbers.insert("none", Dataset::new(Datatype::F32, &[0, 3], storage))?;
    let storage = chunked(&mut writer, &[], 12, 5)?;
    numbers.insert("none yet", Dataset::new(Datatype::F32, &[0, 3], storage))?;
    numbers.insert("empty", Dataset::empty(Datatype::F32))?;
    let storage = writer.contiguous(&[1, 0, 1])?;
    numbers.insert("flags", Dataset::new(Datatype::boolean(), &[3], storage))?;
    writer.root().insert("numbers", numbers)?;

    let mut links = Group::default();
    links.insert("soft", Object::SoftLink("/numbers/cube".to_owned()))?;
    links.insert("relative", Object::SoftLink("deeper/there".to_owned()))?;
    links.insert("broken", Object::SoftLink("/nowhere".to_owned()))?;
    links.insert("cube", Object::HardLink("/numbers/cube".to_owned()))?;
    links.insert("a cube", Object::HardLink("links/soft".to_owned()))?;
    links.insert("root", Object::HardLink("/".to_owned()))?;
    let mut deeper = Group::default();
    deeper.insert("there", Group::default())?;
    deeper.insert("up", Object::HardLink("/links".to_owned()))?;
    links.insert("deeper", deeper)?;
    let storage = writer.references(&["/", "/numbers/cube", "links/deeper/up/deeper", "/strings/flat"])?;
    links.insert("references", Dataset::new(Datatype::Reference, &[2, 2], storage))?;
    let row = Datatype::Compound(vec![
        Field::new("start", Datatype::Integer { size: 4, signed: true }),
        Field::new("what", Datatype::Reference),
    ]);
    let address = writer.reserve(24)?;
    writer.write_at(address, &bytes_of(&[5i32, 0, 0, 6, 0, 0]))?;
    writer.refer(address + 4, "/numbers");
    writer.refer(address + 16, "/links/cube");
    links.insert("rows", Dataset::new(row, &[2], Storage::Contiguous { address, bytes: 24 }))?;
    writer.root().insert("links", links)?;

    let root = writer.root();
    root.attributes = vec![
        Attribute::variable_text("variable", "größer"),
        Attribute::variable_text("none", ""),
        Attribute::variable_text("long", "z".repeat(100_000)),
        Attribute::variable_texts("several", ["a", "", "ccc"]),
        Attribute::variable_texts("no several", Vec::<String>::new()),
        Attribute::text("fixed", "größer"),
        Attribute::number("f32", 1.5f32),
        Attribute::number("f64", f64::from_bits(0x7FF8_0000_0000_1234)),
        Attribute::number("u64", u64::MAX),
        Attribute::numbers("i8s", &[-1i8, 2, 3]),
        Attribute::numbers("f64s", &[0.1, -0.0]),
        Attribute::array("square", Datatype::I64, &[2, 2], bytes_of(&[1i64, 2, 3, 4])),
        Attribute::named_bool("yes", true),
        Attribute::named_bool("no", false),
        Attribute::empty("empty", Datatype::F64),
        Attribute::reference(".specloc", "/links/deeper"),
        Attribute::references("several references", ["/", "/numbers/cube"]),
    ];
    writer.finish()?;
    Ok(())
}

fn expected() -> Value {
    let bits = |number: f64| format!("{:016x}", number.to_bits());
    let cube = |shape: [usize; 3]| -> Value {
        let value = |at: usize| bits(f64::from(u8::try_from(at).expect("there are 24")) / 3.0);
        let line = |start: usize| (0..shape[2]).map(|z| value(start + z)).collect::<Vec<_>>();
        let plane = |start: usize| (0..shape[1]).map(|y| line(start + y * shape[2])).collect::<Vec<_>>();
        json!((0..shape[0]).map(|x| plane(x * shape[1] * shape[2])).collect::<Vec<_>>())
    };
    let group = |names: u32| json!({ "kind": "Group", "names": names, "attributes": {} });
    let dataset = |kind: &str, shape: Value, chunks: Value, values: Value| {
        let growing = !chunks.is_null();
        json!({
            "kind": "Dataset", "names": 1, "attributes": {}, "type": kind, "shape": shape, "chunks": chunks,
            "growing": growing, "values": values,
        })
    };
    let attribute =
        |kind: &str, shape: Value, value: Value| json!({ "type": kind, "shape": shape, "value": value });
    let boolean = "|b1";
    let mut numbered_cube = dataset("<f8", json!([2, 3, 4]), Value::Null, cube([2, 3, 4]));
    // Its own, `cube` and `a cube`.
    numbered_cube["names"] = json!(3);
    let texts = texts();
    json!({
        "/": { "kind": "Group", "names": 2, "attributes": {
            "variable": attribute("text utf-8 any", json!([]), json!("größer")),
            "none": attribute("text utf-8 any", json!([]), json!("")),
            "long": attribute("text utf-8 any", json!([]), json!("z".repeat(100_000))),
            "several": attribute("text utf-8 any", json!([3]), json!(["a", "", "ccc"])),
            "no several": attribute("text utf-8 any", json!([0]), json!([])),
            "fixed": attribute("text utf-8 8", json!([]), json!("größer")),
            "f32": attribute("<f4", json!([]), json!("3fc00000")),
            "f64": attribute("<f8", json!([]), json!("7ff8000000001234")),
            "u64": attribute("<u8", json!([]), json!(u64::MAX)),
            "i8s": attribute("|i1", json!([3]), json!([-1, 2, 3])),
            "f64s": attribute("<f8", json!([2]), json!([bits(0.1), bits(-0.0)])),
            "square": attribute("<i8", json!([2, 2]), json!([[1, 2], [3, 4]])),
            "yes": attribute(boolean, json!([]), json!(true)),
            "no": attribute(boolean, json!([]), json!(false)),
            "empty": attribute("<f8", Value::Null, json!({ "empty": "<f8" })),
            ".specloc": attribute("reference", json!([]), json!("/links/deeper")),
            "several references": attribute("reference", json!([2]), json!(["/", "/links/a cube"])),
        } },
        "/strings": group(1),
        "/strings/flat": dataset("text utf-8 any", json!([texts.len()]), Value::Null, json!(texts)),
        "/strings/growing": dataset("text utf-8 any", json!([texts.len()]), json!([500]), json!(texts)),
        "/strings/scalar": dataset("text utf-8 any", json!([]), Value::Null, json!("one")),
        "/strings/lattice": dataset("text ascii any", json!([2, 3]), Value::Null, json!([["a", "b", "c"], ["d", "e", "f"]])),
        "/numbers": group(1),
        "/numbers/cube": { "same as": "/links/a cube" },
        "/numbers/growing": dataset("<f8", json!([6, 2, 2]), json!([4, 2, 2]), cube([6, 2, 2])),
        "/numbers/scalar": dataset("<i2", json!([]), Value::Null, json!(-7)),
        "/numbers/none": dataset("<f4", json!([0, 3]), Value::Null, json!([])),
        "/numbers/none yet": dataset("<f4", json!([0, 3]), json!([5, 3]), json!([])),
        "/numbers/empty": dataset("<f4", Value::Null, Value::Null, json!({ "empty": "<f4" })),
        "/numbers/flags": dataset(boolean, json!([3]), Value::Null, json!([true, false, true])),
        "/links": group(2),
        "/links/soft": { "soft link": "/numbers/cube", "leads": true },
        "/links/relative": { "soft link": "deeper/there", "leads": true },
        "/links/broken": { "soft link": "/nowhere", "leads": false },
        "/links/cube": { "same as": "/links/a cube" },
        "/links/a cube": numbered_cube,
        "/links/root": { "same as": "/" },
        "/links/deeper": group(1),
        "/links/deeper/there": group(1),
        "/links/deeper/up": { "same as": "/links" },
        "/links/references": dataset("reference", json!([2, 2]), Value::Null,
            json!([["/", "/links/a cube"], ["/links/deeper", "/strings/flat"]])),
        "/links/rows": dataset("compound start: <i4, what: reference", json!([2]), Value::Null,
            json!([[5, "/numbers"], [6, "/links/a cube"]])),
    })
}

/// Compares place by place, so that a difference can be read.
fn same(found: &Value, expected: &Value) {
    let (found, expected) = (found.as_object().expect("paths"), expected.as_object().expect("paths"));
    let paths = |all: &serde_json::Map<String, Value>| {
        let mut paths: Vec<String> = all.keys().cloned().collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(found), paths(expected));
    for (path, expected) in expected {
        let found = &found[path];
        assert!(found == expected, "{path}:\n{found:.2000}\nshould be\n{expected:.2000}");
    }
}

#[test]
fn h5py_finds_everything_as_it_was_written() -> Result<(), WriteError> {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("a.h5");
    write(&path)?;
    same(&look(&path, None), &expected());
    Ok(())
}

#[test]
fn the_same_calls_write_the_same_bytes() -> Result<(), WriteError> {
    let scratch = tempfile::tempdir().expect("there is room");
    let (first, second) = (scratch.path().join("a.h5"), scratch.path().join("b.h5"));
    write(&first)?;
    write(&second)?;
    assert!(std::fs::read(first).expect("it reads") == std::fs::read(second).expect("it reads"));
    Ok(())
}

#[test]
fn libhdf5_copies_what_was_written() -> Result<(), WriteError> {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("a.h5");
    write(&path)?;
    let copied = look(&path, Some("copy"));
    let expected = expected();
    for path in
        ["/strings/flat", "/strings/growing", "/strings/lattice", "/numbers/growing", "/numbers/flags"]
    {
        assert!(copied[path] == expected[path], "{path}");
    }
    assert_eq!(copied["/"]["attributes"]["several"], expected["/"]["attributes"]["several"]);
    Ok(())
}

#[test]
fn h5py_goes_on_with_what_was_written() -> Result<(), WriteError> {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("a.h5");
    write(&path)?;
    let found = look(&path, Some("work"));
    // Second names are gone, and the objects are still there under their first.
    for path in ["/links/a cube", "/links"] {
        assert_eq!(found[path]["names"], 1, "{path}");
    }
    assert_eq!(found["/numbers/cube"], Value::Null, "it was a second name");
    assert_eq!(found["/links/soft"]["leads"], false);
    let expected = expected();
    for path in ["/", "/strings", "/numbers", "/links", "/links/deeper", "/links/deeper/there"] {
        let added = &found[path]["attributes"]["added by h5py"]["value"];
        assert_eq!(added, "größer", "{path}");
        let group = &found[format!("{}/added by h5py", path.trim_end_matches('/'))];
        assert_eq!(group["attributes"]["number"]["value"], 1, "{path}");
    }
    for (path, before, grown) in [
        ("/strings/growing", texts().len(), true),
        ("/strings/flat", texts().len(), false),
        ("/numbers/growing", 6, true),
        ("/numbers/none yet", 0, true),
    ] {
        let found = &found[path];
        assert_eq!(found["shape"][0], before + usize::from(grown), "{path}");
        let values = found["values"].as_array().expect("values");
        let old = expected[path]["values"].as_array().expect("values");
        assert!(values[..before] == *old, "{path}");
    }
    Ok(())
}

#[test]
fn what_is_added_refers_to_what_is_there() -> Result<(), WriteError> {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("a.h5");
    write(&path)?;
    let mut writer = FileWriter::append(open(&path))?;
    let kinds = [
        ("/", Some(ExistingKind::Group)),
        ("links/deeper/up", Some(ExistingKind::Group)),
        ("/numbers/cube", Some(ExistingKind::Dataset)),
        ("/links/broken", Some(ExistingKind::SoftLink)),
        ("/links/soft/more", None),
        ("/numbers/cube/more", None),
        ("/nothing", None),
    ];
    for (path, kind) in kinds {
        assert_eq!(writer.existing(path)?, kind, "{path}");
    }
    let mut deeper = Group::default().as_folder();
    let attributes = vec![
        Attribute::reference("old", "/links/relative"),
        Attribute::reference("new", "links/deeper/added"),
        Attribute::references("both", ["/links/soft", "/links/deeper/added/more"]),
        Attribute::variable_text("text", "added"),
    ];
    let mut added = Group::new(attributes);
    let elements = writer.texts(&["", "two"])?;
    let storage = writer.contiguous(&elements)?;
    added.insert("more", Dataset::new(Datatype::VariableText(Charset::Utf8), &[2], storage))?;
    added.insert("cube", Object::HardLink("/numbers/cube".to_owned()))?;
    added.insert("soft", Object::SoftLink("/numbers".to_owned()))?;
    deeper.insert("added", added)?;
    let mut links = Group::default().as_folder();
    links.insert("deeper", deeper)?;
    writer.root().insert("links", links)?;
    writer.finish()?;

    let mut expected = expected();
    let all = expected.as_object_mut().expect("paths");
    all["/links/a cube"]["names"] = json!(4);
    let reference = |path: &str| json!({ "type": "reference", "shape": [], "value": path });
    let added = json!({ "kind": "Group", "names": 1, "attributes": {
        "old": reference("/links/deeper/there"),
        "new": reference("/links/deeper/added"),
        "both": { "type": "reference", "shape": [2], "value": ["/links/a cube", "/links/deeper/added/more"] },
        "text": { "type": "text utf-8 any", "shape": [], "value": "added" },
    } });
    all.insert("/links/deeper/added".to_owned(), added);
    all.insert("/links/deeper/added/cube".to_owned(), json!({ "same as": "/links/a cube" }));
    all.insert("/links/deeper/added/soft".to_owned(), json!({ "soft link": "/numbers", "leads": true }));
    let more = json!({
        "kind": "Dataset", "names": 1, "attributes": {}, "type": "text utf-8 any", "shape": [2], "chunks": null,
        "growing": false, "values": ["", "two"],
    });
    all.insert("/links/deeper/added/more".to_owned(), more);
    same(&look(&path, None), &expected);
    Ok(())
}

#[test]
fn what_h5py_writes_is_read() -> Result<(), Box<dyn std::error::Error>> {
    let scratch = tempfile::tempdir()?;
    for libver in ["earliest", "latest"] {
        let path = scratch.path().join(format!("{libver}.h5"));
        let _: String = ask_python("h5py_writer.py", &json!({ "path": path, "libver": libver }));
        read_of_h5py(&read::File::open(&path)?)?;
    }
    Ok(())
}

fn read_of_h5py(file: &read::File) -> Result<(), Box<dyn std::error::Error>> {
    let root = file.root()?;
    let dataset = |name: &str| -> Result<read::Dataset, Box<dyn std::error::Error>> {
        Ok(root.dataset(name)?.ok_or_else(|| format!("there is no {name}"))?)
    };
    let cube: Vec<f64> = (0..140).map(f64::from).collect();
    for rows in [0..5, 1..4, 4..5] {
        let (start, end) = (usize::try_from(rows.start)? * 28, usize::try_from(rows.end)? * 28);
        assert_eq!(dataset("cube")?.read::<f64>(rows.clone())?, cube[start..end]);
        assert_eq!(dataset("packed")?.read::<f64>(rows)?, cube[start..end]);
    }
    assert_eq!(dataset("swapped")?.read::<f64>(0..35)?, cube);
    assert_eq!(dataset("compact")?.read::<u32>(1..2)?, [3, 4]);
    assert_eq!(dataset("flags")?.read::<u8>(0..3)?, [1, 0, 1]);
    let long = "x".repeat(5000);
    let texts = ["", "größer", &long].repeat(100);
    assert_eq!(dataset("texts")?.texts(0..300)?, texts);
    assert_eq!(dataset("grown")?.texts(0..3)?, ["a", "b", "c"]);
    assert_eq!(dataset("text")?.texts(0..1)?, ["one"]);
    assert_eq!(dataset("ascii")?.texts(0..2)?, ["abc", "d"]);
    assert_eq!(dataset("none")?.num_rows(), 0);

    let group = root.group("group")?.ok_or("there is no group")?;
    let attributes = group.attributes()?;
    for number in 0..50 {
        let texts = attributes.texts(&format!("text {number}"))?;
        assert_eq!(texts, Some(vec![format!("text {number}"), String::new()]));
    }
    let members = group.list()?;
    assert_eq!(members.len(), 54);
    let member = |name: &str| members.iter().find(|(found, _)| found == name).map(|(_, member)| member);
    let cube = dataset("cube")?.identity();
    assert!(matches!(member("again"), Some(Member::Dataset(head)) if head.identity() == cube));
    assert!(matches!(member("soft"), Some(Member::SoftLink { target, leads_to: LeadsTo::Dataset(head) })
        if target == "/packed" && head.path() == "packed"));
    assert!(matches!(member("broken"), Some(Member::SoftLink { leads_to: LeadsTo::Nowhere { .. }, .. })));
    assert!(matches!(member("elsewhere"), Some(Member::ExternalLink { file, path })
        if (file.as_str(), path.as_str()) == ("other.h5", "/a/b")));

    let attributes = root.attributes()?;
    let reference = attributes.reference("reference")?.ok_or("there is no reference")?;
    assert_eq!(file.path_of(reference)?.as_deref(), Some("group"));
    assert_eq!(attributes.number::<u8>("flag")?, Some(1));
    assert_eq!(attributes.numbers::<i64>("big")?, Some(vec![1, -2]));
    assert_eq!(attributes.text("utf8")?.as_deref(), Some("größer"));
    let references = dataset("references")?.references(0..2)?;
    assert_eq!(references[0].identity(), cube);
    assert!(
        matches!(file.dereference(references[1])?, Some(LeadsTo::Group(found)) if found.name() == "group")
    );
    Ok(())
}
