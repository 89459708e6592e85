"""Has h5py write HDF5 files of everything that `hdf5_file::read` reads.

Standard input: JSON, {"path": path, "libver": "earliest" or "latest"}. Standard output: JSON, what wrote it.
"""

import json
import sys

import h5py
import numpy

question = json.load(sys.stdin)
with h5py.File(question["path"], "w", libver=question["libver"]) as file:
    cube = numpy.arange(5 * 7 * 4, dtype=">f8").reshape(5, 7, 4)
    file.create_dataset("cube", data=cube, chunks=(2, 3, 3), maxshape=(None, 7, 4))
    packed = dict(compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("packed", data=cube.astype("<f4"), chunks=(2, 7, 4), **packed)
    file.create_dataset("swapped", data=cube.reshape(35, 4).astype("<i2"), chunks=(6, 2), compression="lzf")
    file.create_dataset("compact", data=numpy.array([[1, 2], [3, 4]], dtype=">u4"))
    file.create_dataset("flags", data=numpy.array([True, False, True]))
    file.create_dataset("texts", data=["", "größer", "x" * 5000] * 100)
    file.create_dataset("grown", data=["a", "b", "c"], maxshape=(None,), chunks=(2,), compression="gzip")
    file.create_dataset("text", data="one")
    file.create_dataset("ascii", data=numpy.array([b"abc", b"d"]))
    file.create_dataset("none", data=h5py.Empty("f4"))
    group = file.create_group("group")
    # So many that they do not stand in headers, where there is another place.
    for number in range(50):
        group.attrs[f"text {number}"] = [f"text {number}", ""]
        group.create_group(f"member {number}")
    group["again"] = file["cube"]
    group["soft"] = h5py.SoftLink("/packed")
    group["broken"] = h5py.SoftLink("nothing")
    group["elsewhere"] = h5py.ExternalLink("other.h5", "/a/b")
    file.attrs["reference"] = group.ref
    file.attrs["flag"] = numpy.bool_(True)
    file.attrs["big"] = numpy.array([1, -2], dtype=">i4")
    file.attrs["utf8"] = "größer"
    file.create_dataset("references", data=[file["cube"].ref, group.ref], dtype=h5py.ref_dtype)
json.dump(h5py.version.hdf5_version, sys.stdout)
