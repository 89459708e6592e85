//! Files that were made to do harm, or were damaged.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use pose_frame::{Metadata, PoseSchema, RowIndex};
use pose_project::{ProjectConfig, ProjectError, SideFiles, VideoMeta};

use crate::{MULTI, OPENFIELD, SINGLE, TRIMICE, fixture};

/// The same numbers in every run: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("it is below a usize")
    }
}

#[test]
fn no_bit_of_a_meta_file_makes_it_panic() {
    for name in [
        format!("{OPENFIELD}/videos/openfield1{SINGLE}_meta.pickle"),
        format!("{OPENFIELD}/videos/cropped1{SINGLE}_meta.pickle"),
        format!("{TRIMICE}/videos/trimice1{MULTI}_meta.pickle"),
    ] {
        let whole = fs::read(fixture(&name)).expect("it is a fixture");
        let (mut read, mut refused) = (0, 0);
        for position in 0..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[position] ^= 1 << bit;
                match VideoMeta::from_bytes(&bytes, &name) {
                    Ok(_) => read += 1,
                    Err(_) => refused += 1,
                }
            }
            VideoMeta::from_bytes(&whole[..position], &name).expect_err("a pickle without its end");
        }
        assert!(read > 0 && refused > 0, "{name}: {read} read, {refused} refused");
    }
}

#[test]
fn no_byte_of_a_project_makes_it_panic() {
    const SYNTAX: &[u8] = b"[]{}:,-?&*!|>'\"%@`#\n\t \r\\~<0.";
    let mut random = Random(1);
    for folder in [OPENFIELD, TRIMICE, "windows"] {
        let whole = fs::read(fixture(folder).join("config.yaml")).expect("it is a fixture");
        let (mut read, mut refused) = (0, 0);
        for _ in 0..1_500 {
            let mut bytes = whole.clone();
            for _ in 0..=random.below(4) {
                let position = random.below(bytes.len());
                match random.below(3) {
                    0 => bytes[position] ^= 1 << random.below(8),
                    1 => bytes[position] = SYNTAX[random.below(SYNTAX.len())],
                    _ => bytes.insert(position, SYNTAX[random.below(SYNTAX.len())]),
                }
            }
            match ProjectConfig::from_yaml(&String::from_utf8_lossy(&bytes)) {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
        }
        assert!(read > 0 && refused > 0, "{folder}: {read} read, {refused} refused");
    }
}

/// A text whose reading must end soon, and not with a project of more than a few megabytes.
fn ends_soon(text: &str) -> Result<Option<ProjectConfig>, ProjectError> {
    let start = Instant::now();
    let outcome = ProjectConfig::from_yaml(text);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?} for {:.40}", start.elapsed(), text);
    outcome
}

#[test]
fn aliases_are_not_expanded() {
    let mut bomb = "Task: t\nscorer: s\nbodyparts: [a]\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..100 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{aliases}]").expect("a text takes it");
    }
    bomb.push_str("skeleton: *a99\nindividuals: *a99\n");
    let config = ends_soon(&bomb).unwrap_or_else(|error| panic!("{error}")).expect("it is DeepLabCut's");
    assert_eq!(config.skeleton, []);

    let name = "x".repeat(1 << 20);
    let many = vec!["*x"; 100_000].join(", ");
    let text = format!("x: &x {name}\nTask: t\nscorer: s\nbodyparts: [{many}]\n");
    ends_soon(&text).expect_err("more aliases than are read");
    let text = format!("x: &x {name}\nTask: t\nscorer: s\nbodyparts: [{}]\n", vec!["*x"; 900].join(", "));
    let config = ends_soon(&text).unwrap_or_else(|error| panic!("{error}")).expect("it is DeepLabCut's");
    assert_eq!(config.bodyparts.len(), 0, "no bodypart has such a name");

    let itself =
        "Task: t\nscorer: s\nbodyparts: &b [a, *b]\nskeleton: &s [*s, [a, a]]\nvideo_sets: &v {a: *v}\n";
    let config = ends_soon(itself).unwrap_or_else(|error| panic!("{error}")).expect("it is DeepLabCut's");
    assert_eq!((config.bodyparts.len(), config.skeleton.len(), config.videos.len()), (1, 1, 1));
}

#[test]
fn depth_and_size_are_bounded() {
    const BYTES: usize = 1 << 18;
    for unit in [
        "[",
        "{",
        "- ",
        "? ",
        "{a: ",
        "[a, ",
        "&a ",
        "\"",
        "'",
        ": ",
        "a: ",
        "|\n",
        "!t ",
        "*a ",
        "- a\n",
        "a: b\n",
        "\n",
        "---\n",
        "\\",
        "a b ",
        "#",
        "\t",
        "? a\n: b\n",
        "%TAG !a! b\n",
    ] {
        let _ = ends_soon(&format!("Task: t\nscorer: s\nbodyparts: {}", unit.repeat(BYTES / unit.len())));
        let _ = ends_soon(&unit.repeat(BYTES / unit.len()));
    }
    let deep = format!("Task: t\nscorer: s\nbodyparts: {}{}\n", "[".repeat(40), "]".repeat(40));
    let error = ends_soon(&deep).expect_err("it is too deep");
    assert!(error.to_string().contains("nested"), "{error}");
    let wide = format!("Task: t\nscorer: s\nbodyparts: [{}]\n", "a,".repeat(300_000));
    let error = ends_soon(&wide).expect_err("it is too much");
    assert!(error.to_string().contains("more in it"), "{error}");
}

#[test]
fn a_broken_file_is_a_note_and_no_more() {
    let scratch = tempfile::tempdir().expect("there is room");
    let folder = scratch.path().join("videos");
    fs::create_dir(&folder).expect("there is room");
    fs::write(folder.join("a_meta.pickle"), b"cos\nsystem\n(S'true'\ntR.").expect("there is room");
    fs::write(scratch.path().join("config.yaml"), "Task: t\nscorer: [s\n").expect("there is room");
    let found = SideFiles::of(folder.join("a_filtered.h5"));
    assert!(found.video.is_none() && found.project.is_none());
    let schema = PoseSchema::new(vec![None], vec![], RowIndex::range(3).schema()).expect("well formed");
    let mut metadata = Metadata::default();
    let notes = found.merge_into(&mut metadata, &schema, 3);
    assert_eq!(metadata, Metadata::default());
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("a_meta.pickle: cannot be decoded"), "{notes:?}");
    assert!(notes[1].contains("config.yaml: is not YAML"), "{notes:?}");
}
