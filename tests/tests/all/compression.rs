//! PyTables itself says that its compression is undone here, and undoes ours.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pose_frame::{PoseFrame, PoseTable as _, Tolerance, first_difference};
use pose_hdf5::compression::{BloscCodec, Compression, Encoder, Level, Shuffle};
use pose_hdf5::{Hdf5File, Hdf5Table, OpenOptions};
use pose_tests::python;
use serde_json::{Value, json};

#[test]
fn every_compression_of_pytables_gives_the_values_that_went_in() {
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let files: Vec<PathBuf> =
        serde_json::from_value(ask(&["write".as_ref(), scratch.path()], None)).expect("paths");
    assert!(files.len() > 60, "PyTables has every compression");
    let (plain, compressed): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("plain")));
    let expected = tables(&plain[0]);
    assert_eq!(expected.len(), 12, "each frame in both formats");
    for path in plain.iter().skip(1).chain(&compressed) {
        let found = tables(path);
        assert!(found.len() >= expected.len() - 1, "{}: a table is missing", path.display());
        for (key, frame) in found {
            let same = &expected.iter().find(|(expected, _)| *expected == key).expect("a key").1;
            let difference =
                first_difference(same, &frame, Tolerance::BitForBit).expect("they are in memory");
            assert!(difference.is_none(), "{} {key}: {difference:?}", path.display());
        }
    }
}

/// Every table of a file, read at once; and a few rows in the middle of it have to be the same.
fn tables(path: &Path) -> Vec<(String, PoseFrame)> {
    let file = Hdf5File::open(path).unwrap_or_else(|error| panic!("{error}"));
    let entries = file.tables().unwrap_or_else(|error| panic!("{error}"));
    let read = |key: String| {
        let options = OpenOptions::default().with_key(Some(key.clone()));
        let table = Hdf5Table::open(path, &options).unwrap_or_else(|error| panic!("{error}"));
        let frame = table.load().unwrap_or_else(|error| panic!("{key}: {error}"));
        (key, frame)
    };
    entries.into_iter().map(|entry| read(entry.key)).collect()
}

#[test]
fn pytables_undoes_every_compression_of_ours() {
    let orders = [Shuffle::Off, Shuffle::Bytes];
    let mut cases = Vec::new();
    let mut compressions = vec![Compression::None];
    for level in [1, 2, 3, 5, 7, 9].map(|level| Level::new(level).expect("a level")) {
        for shuffle in orders {
            compressions.push(Compression::Zlib { level, shuffle });
            for codec in [BloscCodec::Lz4, BloscCodec::Zstd] {
                compressions.push(Compression::Blosc { codec, level, shuffle });
            }
        }
    }
    for compression in compressions {
        for type_bytes in [1, 4, 8, 56, 300] {
            let mut encoder = Encoder::new(compression, type_bytes);
            let mut stored = Vec::new();
            for chunk in chunks(type_bytes) {
                encoder
                    .encode(&chunk, &mut stored)
                    .unwrap_or_else(|error| panic!("{compression:?}: {error}"));
                let filters = encoder.filters(chunk.len()).into_iter().map(
                    |filter| json!({"id": filter.id, "flags": u16::from(filter.optional), "client_data": filter.client_data}),
                );
                let filters: Vec<Value> = filters.collect();
                let (stored, chunk) = (base64(&stored), base64(&chunk));
                let what =
                    format!("{compression:?}, type of {type_bytes} bytes, chunk of {} bytes", chunk.len());
                cases.push((
                    what,
                    json!({"stored": stored, "chunk": chunk, "type_bytes": type_bytes, "filters": filters}),
                ));
            }
        }
    }
    let chunks: Vec<&Value> = cases.iter().map(|(_, case)| case).collect();
    let complaints: Vec<Option<String>> =
        serde_json::from_value(ask(&["read".as_ref()], Some(json!(chunks)))).expect("complaints");
    assert_eq!(complaints.len(), cases.len(), "PyTables judged every chunk");
    let complaints: Vec<String> = cases
        .iter()
        .zip(complaints)
        .filter_map(|((what, _), complaint)| Some(format!("{what}: {}", complaint?)))
        .collect();
    assert!(complaints.is_empty(), "PyTables disagrees:\n{}", complaints.join("\n"));
}

/// Smooth numbers, numbers that cannot be compressed, and zeros; small and large.
fn chunks(type_bytes: usize) -> Vec<Vec<u8>> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut noise = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut found = Vec::new();
    for values in [1, 3, 17, 1000, 20_000] {
        let bytes = values * type_bytes;
        if bytes > 400_000 {
            continue;
        }
        let smooth = (0u32..).flat_map(|value| (value * 3 / 2).to_le_bytes());
        found.push(smooth.take(bytes).collect());
        found.push(std::iter::repeat_with(&mut noise).flatten().take(bytes).collect());
        found.push(vec![0; bytes]);
    }
    found
}

fn ask(arguments: &[&Path], input: Option<Value>) -> Value {
    let judge = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/compression.py"));
    let mut child = Command::new(python())
        .arg(judge)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut listener = child.stdin.take().expect("piped");
    if let Some(input) = input {
        listener.write_all(input.to_string().as_bytes()).expect("Python listens");
    }
    drop(listener);
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "compression.py ended with {}", output.status);
    serde_json::from_slice(&output.stdout).expect("compression.py answers in JSON")
}

/// Bytes as JSON takes them.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |position: usize| u32::from(three.get(position).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit <= three.len() { char::from(DIGITS[value]) } else { '=' });
        }
    }
    text
}
