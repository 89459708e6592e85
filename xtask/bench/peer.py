"""A peer, as a process of its own that reads and writes on request: `peer.py NAME`.

A request is a line on standard input: `load PATH` (a plain Parquet file of pandas, kept for writing), `drop`, `read PATH`, `part PATH
BODYPART`, `write PATH`, `convert IN OUT`, `query PATH LIKELIHOOD`, `migrate FOLDER`. The answer is a line with seconds and, as ours, how
many numbers were read, or what a query found; or `failed` and why.
"""

import ast
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy

from made import KEY, poses


class Pandas:
    """What the peers have in common: a frame that is loaded, and what they make of it."""

    # What the names of its files end in.
    extension = ".parquet"

    def load(self, path):
        import pandas

        self.made = self.prepared(pandas.read_parquet(path))
        return []

    def prepared(self, frame):
        return frame

    def drop(self):
        self.made = None
        return []


class PandasTable(Pandas):
    """pandas' HDF5, the format with which rows can be selected."""

    options = {"format": "table"}

    def write(self, path):
        self.made.to_hdf(path, key=KEY, mode="w", **self.options)

    def read(self, path):
        import pandas

        return [pandas.read_hdf(path).size]

    def query(self, path, likelihood):
        frame = self.whole(path)
        return summed(
            ((values.mean(), values.std(), values.min()), len(values))
            for point, names in places(frame.columns)
            for values in [frame[name][frame[point] >= likelihood] for name in names]
        )

    whole = staticmethod(lambda path: __import__("pandas").read_hdf(path))


class PandasFixed(PandasTable):
    options = {"format": "fixed"}


class PandasZlib(PandasTable):
    options = {"format": "table", "complib": "zlib", "complevel": 5}


class PandasLz4(PandasTable):
    options = {"format": "table", "complib": "blosc:lz4", "complevel": 5}


class PandasCsv(PandasTable):
    def write(self, path):
        self.made.to_csv(path)

    def read(self, path):
        import pandas

        return [pandas.read_csv(path, header=[0, 1, 2], index_col=0).size]


class PandasParquet(PandasTable):
    def write(self, path):
        self.made.to_parquet(path)

    def read(self, path):
        return [self.whole(path).size]

    def part(self, path, bodypart):
        import pandas

        return [pandas.read_parquet(path, columns=of_bodypart(path, bodypart)).size]

    def convert(self, source, target):
        import pandas

        pandas.read_hdf(source).to_parquet(target)

    def migrate(self, folder):
        for path in sorted(Path(folder).glob("*.h5")):
            self.convert(path, path.with_suffix(".parquet"))

    whole = staticmethod(lambda path: __import__("pandas").read_parquet(path))


class Polars(Pandas):
    def load(self, path):
        import polars

        self.made = polars.read_parquet(path)
        return []

    def write(self, path):
        self.made.write_parquet(path)

    def read(self, path):
        import polars

        frame = polars.read_parquet(path)
        return counted(frame.height, frame.columns)

    def part(self, path, bodypart):
        import polars

        frame = polars.read_parquet(path, columns=of_bodypart(path, bodypart))
        return counted(frame.height, frame.columns)

    def query(self, path, likelihood):
        import polars
        from polars import col

        wanted = []
        for point, names in places(keys(path)):
            likely = col(str(point)) >= likelihood
            for values in (col(str(name)).filter(likely) for name in names):
                number = len(wanted)
                wanted += [what.alias(str(number + at)) for at, what in enumerate((values.mean(), values.std(), values.min(), values.len()))]
        found = polars.scan_parquet(path).select(wanted).collect().row(0)
        return summed((found[at : at + 3], found[at + 3]) for at in range(0, len(found), 4))


class Pyarrow(Pandas):
    """Byte streams and zstd: what there is to pack floats in Parquet with, when asked for."""

    def prepared(self, frame):
        import pyarrow

        return pyarrow.Table.from_pandas(frame)

    def write(self, path):
        import pyarrow.parquet

        floats = {"use_dictionary": False, "use_byte_stream_split": True, "compression": "zstd", "compression_level": 1}
        pyarrow.parquet.write_table(self.made, path, **floats)

    def read(self, path):
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        return counted(table.num_rows, table.column_names)

    def part(self, path, bodypart):
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path, columns=of_bodypart(path, bodypart), use_pandas_metadata=False)
        return counted(table.num_rows, table.column_names)


class DuckDb(Pandas):
    def __init__(self):
        import duckdb

        self.connection = duckdb.connect()

    def load(self, path):
        self.connection.execute(f"CREATE OR REPLACE TABLE made AS SELECT * FROM '{path}'")
        return []

    def drop(self):
        self.connection.execute("DROP TABLE IF EXISTS made")
        return []

    def write(self, path):
        self.connection.execute(f"COPY made TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")

    def read(self, path):
        table = self.connection.sql(f"SELECT * FROM '{path}'").to_arrow_table()
        return counted(table.num_rows, table.column_names)

    def part(self, path, bodypart):
        names = ", ".join(map(quoted, of_bodypart(path, bodypart)))
        table = self.connection.sql(f"SELECT {names} FROM '{path}'").to_arrow_table()
        return counted(table.num_rows, table.column_names)

    def query(self, path, likelihood):
        wanted = []
        for point, names in places(keys(path)):
            for name in names:
                likely = f"FILTER ({quoted(point)} >= {likelihood})"
                wanted += [f"{what}({quoted(name)}) {likely}" for what in ("avg", "stddev_samp", "min", "count")]
        found = self.connection.execute(f"SELECT {', '.join(wanted)} FROM '{path}'").fetchone()
        return summed((found[at : at + 3], found[at + 3]) for at in range(0, len(found), 4))


class H5py(Pandas):
    """Nothing but numbers: what libhdf5 takes without any of what makes a table."""

    def prepared(self, frame):
        self.names = [key_text(key) for key in frame.columns]
        return numpy.ascontiguousarray(frame.to_numpy())

    def write(self, path):
        import h5py

        with h5py.File(path, "w") as file:
            file.create_dataset("values", data=self.made).attrs["bodyparts"] = self.names

    def read(self, path):
        import h5py

        with h5py.File(path) as file:
            return [file["values"][...].size]

    def part(self, path, bodypart):
        import h5py

        with h5py.File(path) as file:
            values = file["values"]
            wanted = [at for at, name in enumerate(values.attrs["bodyparts"]) if name == bodypart]
            return [values[:, wanted[0] : wanted[-1] + 1].size]


class Blosc2(H5py):
    def write(self, path):
        import blosc2

        blosc2.asarray(self.made, urlpath=path, mode="w")

    def read(self, path):
        import blosc2

        return [blosc2.open(path, mode="r")[...].size]


class Pco(Pandas):
    """A column after the other, each with its length before it, and nothing else."""

    def prepared(self, frame):
        return [numpy.ascontiguousarray(frame.iloc[:, column].to_numpy()) for column in range(frame.shape[1])]

    def write(self, path):
        from pcodec import ChunkConfig, standalone

        config = ChunkConfig()
        with open(path, "wb") as file:
            for column in self.made:
                packed = standalone.simple_compress(column, config)
                file.write(len(packed).to_bytes(8, "little") + packed)

    def read(self, path):
        from pcodec import standalone

        packed, columns, at = memoryview(Path(path).read_bytes()), [], 0
        while at < len(packed):
            end = at + 8 + int.from_bytes(packed[at : at + 8], "little")
            columns.append(standalone.simple_decompress(bytes(packed[at + 8 : end])))
            at = end
        return [sum(map(len, columns))]


class Pynwb(Pandas):
    """ndx-pose, given what HDF5 will hold: positions and likelihoods of each bodypart, put together before the clock runs."""

    extension = ".nwb"

    def prepared(self, frame):
        arrays = {}
        for part in frame.columns.get_level_values("bodyparts").unique():
            of = frame.xs(part, axis=1, level="bodyparts").to_numpy()
            arrays[part] = (numpy.ascontiguousarray(of[:, :2]), numpy.ascontiguousarray(of[:, 2]))
        return arrays

    def write(self, path):
        self.write_arrays(self.made, path)

    @staticmethod
    def write_arrays(arrays, path):
        import datetime

        import ndx_pose
        import pynwb

        series = [
            ndx_pose.PoseEstimationSeries(
                name=part, description=f"Positions of {part}.", data=data, confidence=confidence, unit="pixels",
                reference_frame="(0, 0) is the top left corner of the video frame.", rate=30.0, starting_time=0.0,
            )
            for part, (data, confidence) in arrays.items()
        ]  # fmt: skip
        bones = ndx_pose.Skeleton(name="Skeleton", nodes=list(arrays), edges=numpy.zeros((0, 2), dtype="uint8"))
        poses = ndx_pose.PoseEstimation(pose_estimation_series=series, scorer="DLC", skeleton=bones)
        start = datetime.datetime(2023, 10, 30, 14, 5, tzinfo=datetime.timezone.utc)
        file = pynwb.NWBFile("a session", "an identifier", start)
        module = file.create_processing_module("behavior", "Processed behavioral data.")
        module.add(ndx_pose.Skeletons(skeletons=[bones]))
        module.add(poses)
        with pynwb.NWBHDF5IO(str(path), "w") as io:
            io.write(file)

    def read(self, path):
        return self.part(path, None)

    def part(self, path, bodypart):
        import pynwb

        with pynwb.NWBHDF5IO(str(path), "r") as io:
            poses = io.read().processing["behavior"]["PoseEstimation"]
            parts = [bodypart] if bodypart else poses.skeleton.nodes[:]
            arrays = [(poses[part].data[:], poses[part].confidence[:]) for part in parts]
        return [sum(data.size + confidence.size for data, confidence in arrays)]


class PynwbTable(Pynwb):
    """The same, beginning with a table of columns, as ours does."""

    def prepared(self, frame):
        return frame

    def write(self, path):
        self.write_arrays(Pynwb.prepared(self, self.made), path)


class VideoParquet(Pandas):
    """videoparquet: a folder with a video of the table, as large a part of a picture for each frame as it finds."""

    def prepared(self, frame):
        # It takes files, and names that are texts.
        self.source = tempfile.NamedTemporaryFile(suffix=".parquet")
        flat = frame.set_axis(list(map(str, frame.columns)), axis="columns")
        flat.to_parquet(self.source.name)
        return flat

    def write(self, path):
        import videoparquet

        rules = {"values": (list(self.made.columns), "auto", 0, {"c:v": "ffv1"}, 16)}
        videoparquet.parquet2video(self.source.name, "bench", rules, output_path=path, save_dataset=False, verbose=False)

    def read(self, path):
        return [self.unpacked(path).size]

    def unpacked(self, path):
        import pandas
        import videoparquet

        # What it says goes to standard output, which is for answers.
        with contextlib.redirect_stdout(sys.stderr):
            return pandas.read_parquet(videoparquet.video2parquet(path, "bench", "values"))

    def error(self, path):
        """The largest difference of a number that came back."""
        found = self.unpacked(path).to_numpy().astype("float64")
        return [float(numpy.nanmax(abs(found - self.made.to_numpy())))]


PEERS = {
    "pandas-table": PandasTable,
    "pandas-fixed": PandasFixed,
    "pandas-zlib": PandasZlib,
    "pandas-lz4": PandasLz4,
    "pandas-csv": PandasCsv,
    "pandas-parquet": PandasParquet,
    "polars": Polars,
    "pyarrow": Pyarrow,
    "duckdb": DuckDb,
    "h5py": H5py,
    "blosc2": Blosc2,
    "pco": Pco,
    "pynwb": Pynwb,
    "pynwb-table": PynwbTable,
    "videoparquet": VideoParquet,
}


def counted(rows, names):
    """How many numbers there are beside the labels of the rows, which are a column to those who know no labels."""
    return [rows * sum(not name.startswith("__index_level_") for name in names)]


def keys(path):
    """The columns of a Parquet file of pandas, as pandas has them."""
    import pyarrow.parquet

    schema = pyarrow.parquet.read_schema(path)
    # Polars and DuckDB note nothing of rows that have labels.
    pandas = json.loads((schema.metadata or {}).get(b"pandas", '{"index_columns": []}'))
    labels = [name for name in pandas["index_columns"] if isinstance(name, str)]
    return [key_of(name) for name in schema.names if name not in labels]


def key_of(name):
    """`('DLC', 'snout', 'x')` as the names that it is made of."""
    return ast.literal_eval(name) if name.startswith("(") else name


def key_text(key):
    """The bodypart of a column, or its name where it has no levels."""
    return key[-2] if isinstance(key, tuple) else str(key)


def of_bodypart(path, bodypart):
    """The columns of one bodypart, in all individuals."""
    return [str(key) for key in keys(path) if key_text(key) == bodypart]


def places(columns):
    """Each likelihood with the places that it is about."""
    columns = list(columns)
    if not isinstance(columns[0], tuple):
        return [("likelihood", [name for name in columns if name != "likelihood"])]
    points = {}
    for key in columns:
        points.setdefault(key[:-1], []).append(key)
    return [((*point, "likelihood"), [key for key in of if key[-1] != "likelihood"]) for point, of in points.items()]


def quoted(key):
    return '"' + str(key).replace('"', '""') + '"'


def summed(found):
    """How many values there were, and the sums of means, deviations and least values: for all sides to agree on."""
    sums = numpy.zeros(4)
    for numbers, count in found:
        sums += [count, *numbers]
    return sums.tolist()


def warm(peer):
    """Does once, with next to nothing, what will be timed: what a program imports and starts then is there."""
    with tempfile.TemporaryDirectory() as folder:
        plain, path = Path(folder) / "plain.parquet", Path(folder) / f"warm{peer.extension}"
        poses(64, ["snout", "tailbase"]).to_parquet(plain, compression="NONE", use_dictionary=False)
        peer.load(plain)
        # It may be too little for some.
        with contextlib.suppress(Exception):
            peer.write(path)
            peer.read(path)
        peer.drop()


def main():
    peer = PEERS[sys.argv[1]]()
    warm(peer)
    for line in sys.stdin:
        request, *words = line.split()
        start = time.perf_counter()
        try:
            arguments = [float(word) if request == "query" and at == 1 else word for at, word in enumerate(words)]
            found = getattr(peer, request)(*arguments) or []
            seconds = time.perf_counter() - start
            answer = " ".join(map(repr, [seconds, *map(float, found)]))
        except Exception as error:
            answer = "failed " + " ".join(f"{type(error).__name__}: {error}".split())[:1000]
        print(answer, flush=True)


if __name__ == "__main__":
    main()
