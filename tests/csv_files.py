"""Writes CSV files as DeepLabCut, pandas and people do, with what pandas finds in each.

Standard input: JSON, {"folder": path}. Standard output: JSON, a list of {"csv": path, "oracle": path}. The oracles are those
that fixtures/generate.py describes.
"""

import io
import json
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "fixtures"))

from generator import oracle  # noqa: E402
from generator.frames import S3, S4, XYL, image_rows, multi, poses, single  # noqa: E402

SCORER, PARTS = "DLC_net", ["snout", "tail"]
ANIMALS = {"0": ["snout", "tail"], "1": ["snout", "tail"], "single": ["corner"]}
HEAD = "scorer,s,s\nbodyparts,a,a\ncoords,x,y\n"


def frames():
    """Frames by name, with how many rows and columns of labels pandas is told of."""
    three = single(SCORER, PARTS, XYL)
    numbers, texts = pd.Index(range(5, 25)), pd.Index([f"frame_{n}" for n in range(20)])
    for name, rows in (("range", pd.RangeIndex(20)), ("numbers", numbers), ("texts", texts)):
        yield name, poses(name, rows, three, S3, missing=0.2), 3, 1
        yield f"animals_{name}", poses(name, rows, multi(SCORER, ANIMALS, XYL), S4, missing=0.2), 4, 1
        flat = poses(name, rows, [("p", c) for c in XYL], [None, None])
        flat.columns = pd.Index(XYL)
        yield f"flat_{name}", flat, 1, 1
        flat.columns.name = "coords"
        yield f"flat_level_{name}", flat, 1, 1
        yield f"named_{name}", poses(name, rows.rename("a frame"), three, S3), 3, 1
    images = image_rows("video 1", range(0, 60, 5))
    yield "labels", poses("labels", images, single("lab", PARTS, ["x", "y"]), S3, 0.3) * 1.1, 3, 3
    yield "labels_several", poses("labels", images, multi("lab", ANIMALS, ["x", "y"]), S4, 0.3), 4, 3
    named = images.set_names(["folder", None, "image"])
    yield "labels_named", poses("labels", named, single("lab", PARTS, ["x", "y"]), S3), 3, 3
    yield "labels_flat", poses("labels", images, [("p", "x"), ("p", "y")], [None, None]).droplevel(0, axis=1), 1, 3
    yield "skeleton", poses("skeleton", 12, [("a_b", c) for c in ("length", "orientation")], [None, None]), 2, 1
    yield "three_d", poses("3d", 12, single("DLC_3D", PARTS, ["x", "y", "z"]), S3, 0.2), 3, 1
    yield "stats", poses("stats", 12, [("s", "a", "sig"), ("s", "a", "meanx")], ["scorer", "bodyparts", "stats"]) / 3, 3, 1
    odd = ["it's", 'the "nose"', "left,ear", "line\nbreak", "鼻", "🐭 tail", " padded ", "('a', 'b')"]
    yield "odd_names", poses("odd", pd.Index(["a,b", 'c"d', "e\nf"]), single("s,1", odd, ["x", "y"]), S3), 3, 1
    empty = poses("empty", 8, three, S3)
    # Not all of them: pandas would lose the first row.
    empty.iloc[:, 2:] = np.nan
    yield "empty_columns", empty, 3, 1
    extremes = [0.1, 1e-5, 1e-4, 0.00012345, 1e15, 1e16, 1.2345678901234568e17, -0.0, 5e-324, 1.7976931348623157e308, np.inf, -np.inf]
    columns = pd.MultiIndex.from_product([["s"], ["a"], ["x", "y"]], names=S3)
    yield "extremes", pd.DataFrame(np.array([extremes, extremes[::-1]]).T, columns=columns), 3, 1
    yield "types", types(), 1, 1


def types():
    """Columns of every kind that a CSV can tell."""
    return pd.DataFrame(
        {
            "whole": [1, -2, 3],
            "gaps": [1.0, np.nan, 3.0],
            "large": np.array([2**64 - 1, 0, 1], dtype="uint64"),
            "seen": [True, False, True],
            "unsure": pd.array([True, None, False], dtype="boolean"),
            "text": ["a", None, 'b, "c"'],
            "mixed": ["1", "2", "three"],
            "nothing": [np.nan] * 3,
            "f32": np.array([0.1, 1e7, np.nan], dtype="float32"),
        }
    )


def texts():
    """Files as people leave them."""
    yield "crlf", (HEAD + "0,1.5,2\n1,,3\n").replace("\n", "\r\n"), 3, 1
    yield "cr", (HEAD + "0,1.5,2\n1,,3\n").replace("\n", "\r"), 3, 1
    yield "bom", "\ufeff" + HEAD + "0,1.5,2\n", 3, 1
    yield "no_last_newline", HEAD + "0,1.5,2\n1,1,3", 3, 1
    yield "blank_lines", HEAD + "0,1.5,2\n\n1,1,3\n\n\n", 3, 1
    yield "quoted", HEAD.replace("scorer,s", '"scorer","s"') + '"0","1.5",2\n1,"",3\n', 3, 1
    missing = ["", "nan", "NaN", "NA", "N/A", "n/a", "NULL", "null", "None", "<NA>", "-nan", "#N/A", "-1.#IND", "-1.#QNAN"]
    yield "missing", HEAD + "".join(f"{n},{m},1.5\n" for n, m in enumerate(["0.5"] + missing)), 3, 1
    numbers = ["1", "-2", "+3", "00012", " 1", "2 ", "\t3", ".5", "5.", "1e5", "1E-5", "1.e5", "1e400", "-1e-400", "inf", "-INF", "+Infinity", "-0.0"]
    yield "numbers", HEAD + "".join(f"{n},{m},1\n" for n, m in enumerate(numbers)), 3, 1
    rng = np.random.default_rng(3)
    odd = [repr(float(v)) for v in rng.integers(0, 2**63, 400).view("float64") if np.isfinite(v)]
    yield "any_floats", HEAD + "".join(f"{n},{m},1\n" for n, m in enumerate(odd)), 3, 1
    for number, cell in enumerate([".", "-", "1e", "1e+", "e5", "1_0", "0x10", "1d5", "1 2", "NAN", "nan ", " ", "true ", "1;5", "١"]):
        yield f"text_{number}", HEAD + f"0,1,2\n1,{cell},3\n2,,4\n", 3, 1
    for number, cells in enumerate([("True", "1"), ("True", "x"), ("TRUE", "false"), ("18446744073709551615", "-1"), ("9223372036854775807", "")]):
        yield f"pair_{number}", HEAD + "".join(f"{n},{c},1\n" for n, c in enumerate(cells)), 3, 1
    yield "no_index", "x,y,likelihood\n1.5,2,0.5\n3,,1\n", 1, 0
    yield "labels_gap", ",x,y\na,1,2\n,3,4\n", 1, 1
    yield "labels_numbers_gap", ",x,y\n1,1,2\n,3,4\n", 1, 1
    yield "labels_mixed", HEAD + "1,1,2\nb,3,4\n", 3, 1
    yield "windows_paths", HEAD + "labeled-data\\v\\img1.png,1,2\nlabeled-data\\v\\img2.png,,4\n", 3, 1


def cases(folder: pathlib.Path):
    written = [(name, frame.to_csv(), rows, labels) for name, frame, rows, labels in frames()]
    for name, text, rows, labels in [*written, *texts()]:
        path = folder / f"{name}.csv"
        path.write_bytes(text.encode())
        header = list(range(rows)) if rows > 1 else 0
        index = list(range(labels)) if labels > 1 else (0 if labels else False)
        frame = pd.read_csv(io.BytesIO(text.encode()), header=header, index_col=index, float_precision="round_trip")
        for place, column in enumerate(frame.columns):
            values = frame.iloc[:, place]
            if values.dtype == object and all(isinstance(v, bool) or pd.isna(v) for v in values):
                frame = frame.astype({column: "boolean"})
        expected = path.with_suffix(".json")
        expected.write_text(oracle.encode(frame, None, "csv"), encoding="utf-8")
        yield {"csv": str(path), "oracle": str(expected)}


warnings.simplefilter("ignore")
json.dump(list(cases(pathlib.Path(json.load(sys.stdin)["folder"]))), sys.stdout)
