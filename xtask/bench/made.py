"""The data: made once from seeds, kept below the work folder, the same on every machine."""

import hashlib
import os
from pathlib import Path

import numpy
import pandas

KEY = "df_with_missing"
# Part of every name: with another way of making them, data get other names.
VERSION = 1


def twelve():
    return [f"bodypart{number}" for number in range(12)]


def poses(frames, bodyparts, individuals=None, missing=0.0, seed=0):
    """Predictions that are float32 at heart, as those of DeepLabCut are: walks in a picture of 640 pixels, and likelihoods."""
    random = numpy.random.default_rng(seed)
    coords = ["x", "y", "likelihood"]
    if individuals:
        names, levels = ["scorer", "individuals", "bodyparts", "coords"], [["DLC"], individuals, bodyparts, coords]
    else:
        names, levels = ["scorer", "bodyparts", "coords"], [["DLC"], bodyparts, coords]
    columns = pandas.MultiIndex.from_product(levels, names=names)
    # Column by column, as pandas has a table in memory that it has read.
    values = numpy.empty((len(columns), frames))
    for row, key in zip(values, columns):
        if key[-1] == "likelihood":
            row[:] = 1 / (1 + numpy.exp(-random.normal(4, 2, size=frames)))
        else:
            row[:] = abs(random.normal(scale=2, size=frames).cumsum() % 1280 - 640)
        row[:] = row.astype("float32")
        if missing:
            row[random.random(frames) < missing] = numpy.nan
    return pandas.DataFrame(values.T, columns=columns)


def guide(frames):
    """The frame of the migration guide: three flat columns, rows that nothing names."""
    random = numpy.random.default_rng(3)
    return pandas.DataFrame({name: random.random(frames) * scale for name, scale in (("x", 640), ("y", 480), ("likelihood", 1))})


def sensors(frames, side=64):
    """A table of a grid of sensors, a column each: smooth in space and time, a little noise, float32."""
    values = field(7, shape=(frames, side, side))
    return pandas.DataFrame(values.reshape(frames, -1), columns=[f"r{row:02}c{column:02}" for row in range(side) for column in range(side)])


def field(seed, sigma=4, noise=0.002, shape=(96, 192, 256), scale=20, offset=280):
    """Smooth in space, autoregressive in time."""
    from scipy.ndimage import gaussian_filter

    random, kept, now = numpy.random.default_rng(seed), 0.97, None
    out = numpy.empty(shape, numpy.float32)
    for step in out:
        new = gaussian_filter(random.standard_normal(shape[1:]), sigma, mode="wrap")
        new /= new.std()
        now = new if now is None else kept * now + numpy.sqrt(1 - kept**2) * new
        step[...] = offset + scale * (now + noise * random.standard_normal(shape[1:]))
    return out


def three_channels(frames=120):
    """Three fields: the second follows the first, the third is on its own."""
    shape = (frames, 256, 256)
    first = field(3, shape=shape)
    channels = [first, (first + field(4, shape=shape)) / 2, field(5, shape=shape, scale=3, offset=0)]
    return numpy.stack(channels, -1).astype(numpy.float32)


def kept(folder, name, make, write):
    """A file of this name, made if it is not there; it has its name only when it is whole."""
    path = folder / "data" / f"v{VERSION}-{name}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Its end stays: writers go by it.
        temporary = path.with_name(f"{os.getpid()}-{path.name}")
        write(make(), temporary)
        temporary.rename(path)
    return path


def kept_table(folder, name, make):
    """A table as a plain Parquet file, from which every side takes what it writes."""
    plain = {"compression": "NONE", "use_dictionary": False}
    return kept(folder, f"{name}.parquet", make, lambda frame, path: frame.to_parquet(path, **plain))


def kept_hdf5(folder, name, make, storage="table"):
    """A table as pandas writes it to HDF5."""
    write = lambda frame, path: frame.to_hdf(path, key=KEY, format=storage, mode="w")
    return kept(folder, f"{name}-{storage}.h5", make, write)


def real_name(source):
    """What the table of `real` is kept under: by what is in the file, so that another one is not taken for it."""
    return f"real-{hashlib.sha256(Path(source).read_bytes()).hexdigest()[:12]}" if source else "real-made-up"


def real(source):
    """The real file, or a table of its size where there is none."""
    return pandas.read_hdf(source) if source else poses(2330, list("abcd"))
