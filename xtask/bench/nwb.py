"""NWB with ndx-pose, written and read: ours against pynwb, both in float64 and without compression, which is the default of either.

Ours begins with a table of columns; so does pynwb's in "pynwb, from a table". Otherwise pynwb is given what HDF5 will hold. Every
file carries the rules of its types. What is read is what pynwb wrote. The limit is what one `read` of the same bytes takes.
"""

from bench import Bench, Case, Workload
from made import kept_table, poses, real, real_name, twelve


def cases_of(bench, name, source, bodypart, repeats):
    theirs, ours = bench.files / f"{name}-pynwb.nwb", bench.files / f"{name}-ours.nwb"
    writing = {"load": source, "writes": True, "repeats": repeats}
    reading = {"path": theirs, "repeats": repeats, "agrees": lambda answer: answer}
    return [
        Case("write", "ours", "meter", ("write", ours, "nwb"), ours, **writing),
        Case("write", "pynwb", "pynwb", ("write", theirs), theirs, **writing),
        Case("write", "pynwb, from a table", "pynwb-table", ("write", theirs), theirs, **writing),
        Case("read", "ours", "meter", ("read", theirs), **reading),
        Case("read", "pynwb", "pynwb", ("read", theirs), **reading),
        Case("read", "one read of the file", "meter", ("raw", theirs), theirs, repeats=repeats, with_peak=False),
        Case("read one bodypart", "ours", "meter", ("read", theirs, bodypart), **reading),
        Case("read one bodypart", "pynwb", "pynwb", ("part", theirs, bodypart), **reading),
    ]


def main():
    bench = Bench("nwb")
    short = real(bench.source)
    source = kept_table(bench.work, real_name(bench.source), lambda: short)
    bodypart = short.columns.get_level_values("bodyparts")[0]
    text = f"a short video, {'a real file of DeepLabCut' if bench.source else 'made up'}: {len(short):,} frames x {short.shape[1]} columns"
    cases = cases_of(bench, "short", source, bodypart, bench.chosen(10, 3))
    bench.measure(Workload("short", text, *short.shape), cases, bench.chosen(9, 3))

    frames = bench.chosen(1_000_000, 100_000)
    source = kept_table(bench.work, f"wide-{frames}", lambda: poses(frames, twelve()))
    text = f"{frames:,} frames x 12 bodyparts x 3: 36 columns of float64 that are float32 at heart"
    bench.measure(Workload("wide", text, frames, 36), cases_of(bench, "wide", source, "bodypart3", 1), bench.chosen(7, 2))
    bench.save()


if __name__ == "__main__":
    main()
