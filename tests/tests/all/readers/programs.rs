//! The programs that read, and how each is started.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pose_tests::{python_of, target_folder};
use serde_json::{Value, json};

use super::INSTALL;
use super::dump::{Answer, Nan};

/// A reader of Parquet.
pub(super) struct Reader {
    /// What it is called in the table.
    pub(super) title: &'static str,
    program: Program,
    pub(super) nan: Nan,
}

enum Program {
    /// One of the readers in `tests/readers/read.py`.
    Python(&'static str),
    /// The same, where Spark is.
    Spark(&'static str),
    JavaScript,
    Rust,
}

/// What a reader says of the files that it was asked for.
pub(super) struct Answers {
    pub(super) version: String,
    pub(super) answers: Vec<Answer>,
}

const fn python(title: &'static str, name: &'static str, nan: Nan) -> Reader {
    Reader { title, program: Program::Python(name), nan }
}

/// All readers.
pub(super) const READERS: [Reader; 11] = [
    python("pandas, with pyarrow", "pandas", Nan::NoNull),
    python("pandas, with fastparquet", "fastparquet", Nan::NoNull),
    python("pyarrow", "pyarrow", Nan::Exact),
    python("Polars, `read_parquet`", "polars", Nan::Exact),
    python("Polars, `scan_parquet`", "polars_lazy", Nan::Exact),
    python("DuckDB", "duckdb", Nan::Exact),
    python("DataFusion", "datafusion", Nan::Exact),
    Reader { title: "PySpark", program: Program::Spark("spark"), nan: Nan::AnyBits },
    Reader {
        title: "PySpark, `enableVectorizedReader=false`",
        program: Program::Spark("spark_rows"),
        nan: Nan::AnyBits,
    },
    Reader { title: "arrow2, with parquet2", program: Program::Rust, nan: Nan::Exact },
    Reader { title: "hyparquet", program: Program::JavaScript, nan: Nan::AnyBits },
];

impl Reader {
    /// Spark takes minutes: it runs in CI, and where `POSE_SPARK` is set.
    pub(super) fn is_wanted(&self) -> bool {
        let in_ci = env::var_os("CI").is_some_and(|value| value == "true");
        !matches!(self.program, Program::Spark(_)) || in_ci || env::var_os("POSE_SPARK").is_some()
    }

    /// Lets it read files. It is started again where one ends it.
    pub(super) fn ask(&self, cases: &[Value]) -> Answers {
        let (mut version, mut answers) = (None, Vec::new());
        while version.is_none() || answers.len() < cases.len() {
            let output = self.run(&cases[answers.len()..]);
            let mut lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let first =
                lines.next().unwrap_or_else(|| panic!("{} says nothing: {}", self.title, output.status));
            version = Some(serde_json::from_slice(first).expect("a version"));
            let found = lines.map(|line| serde_json::from_slice::<Answer>(line).expect("an answer"));
            answers.extend(found);
            if !output.status.success() {
                assert!(answers.len() < cases.len(), "{} ended with {}", self.title, output.status);
                answers.push(Answer::error(format!("the process ends with {}", output.status)));
            }
        }
        Answers { version: version.expect("it ran"), answers }
    }

    fn run(&self, cases: &[Value]) -> Output {
        let mut question = json!({"cases": cases});
        let scripts = scripts();
        let mut command = match self.program {
            Program::Python(name) | Program::Spark(name) => {
                question["reader"] = name.into();
                let is_spark = matches!(self.program, Program::Spark(_));
                let mut command = Command::new(python_of(if is_spark { "spark" } else { "readers" }));
                command.arg(scripts.join("read.py"));
                command
            }
            Program::JavaScript => {
                let folder = target_folder().join("node/readers");
                assert!(folder.join("node_modules").is_dir(), "hyparquet is missing: {INSTALL}");
                // Beside its modules, because that is where node looks for them.
                let script = folder.join("read.mjs");
                fs::copy(scripts.join("read.mjs"), &script).expect("the script can be copied");
                let mut command = Command::new("node");
                command.arg(script);
                command
            }
            Program::Rust => Command::new(rust_reader()),
        };
        let mut child = command
            // Polars' panics are answers, and no news here.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {command:?} does not start: {error}", self.title));
        let mut listener = child.stdin.take().expect("piped");
        listener.write_all(question.to_string().as_bytes()).expect("the reader listens");
        drop(listener);
        child.wait_with_output().expect("the reader ends")
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("readers")
}

/// Builds the reader in Rust, which has a lock file of its own.
fn rust_reader() -> PathBuf {
    let target = target_folder().join("readers");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--target-dir"])
        .arg(&target)
        .current_dir(scripts())
        .status();
    assert!(built.is_ok_and(|status| status.success()), "`cargo build` fails in tests/readers");
    target.join(format!("debug/pose-readers{}", env::consts::EXE_SUFFIX))
}
