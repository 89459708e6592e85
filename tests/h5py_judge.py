"""Lets h5py, and with it libhdf5, say what is in HDF5 files, and work on in them.

Standard input: JSON, {"path": path, "then": null, "copy" or "work"}. Before it looks, "copy" copies everything, by the
rules of libhdf5, into a new file beside it and looks at that; "work" adds to the file and removes from it. Standard output: JSON, a list of everything that
h5py finds, by path: kind, type, shape, values, attributes, where links lead, and which paths are names of one object.
"""

import json
import sys

import h5py
import numpy


def type_name(dtype):
    text = h5py.check_string_dtype(dtype)
    if text is not None:
        length = "any" if text.length is None else text.length
        return f"text {text.encoding} {length}"
    names = h5py.check_enum_dtype(dtype)
    if names is not None:
        return f"enum {dtype.str} {sorted(names.items())}"
    if h5py.check_ref_dtype(dtype) is h5py.Reference:
        return "reference"
    if dtype.names:
        return "compound " + ", ".join(f"{name}: {type_name(dtype[name])}" for name in dtype.names)
    return dtype.str


def plain(file, value):
    """A value as JSON: references as paths, floats as bits."""
    if isinstance(value, h5py.Empty):
        return {"empty": type_name(value.dtype)}
    if isinstance(value, h5py.Reference):
        try:
            return file[value].name if value else None
        except KeyError:
            return {"leads": "nowhere"}
    if isinstance(value, numpy.ndarray):
        return [plain(file, item) for item in value]
    if isinstance(value, numpy.void):
        return [plain(file, value[name]) for name in value.dtype.names]
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (float, numpy.floating)):
        return numpy.asarray(value).tobytes()[::-1].hex()
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    if isinstance(value, numpy.integer):
        return int(value)
    return value


def attributes(file, thing):
    found = {}
    for name in sorted(thing.attrs):
        stored = thing.attrs.get_id(name)
        value = plain(file, thing.attrs[name])
        found[name] = {"type": type_name(stored.dtype), "shape": stored.shape, "value": value}
    return found


def describe(file, thing):
    found = {"attributes": attributes(file, thing)}
    if isinstance(thing, h5py.Dataset):
        found["type"] = type_name(thing.dtype)
        found["shape"] = None if thing.shape is None else list(thing.shape)
        found["growing"] = thing.maxshape is not None and thing.maxshape[:1] == (None,)
        found["chunks"] = thing.chunks
        found["values"] = plain(file, thing[()])
    return found


def walk(file, group, path, seen, out):
    for name in sorted(group):
        link = group.get(name, getlink=True)
        here = f"{path}/{name}"
        if isinstance(link, h5py.SoftLink):
            out[here] = {"soft link": link.path, "leads": name in group and group.get(name) is not None}
            continue
        thing = group[name]
        address = h5py.h5o.get_info(thing.id).addr
        if address in seen:
            out[here] = {"same as": seen[address]}
            continue
        seen[address] = here
        out[here] = {"kind": type(thing).__name__, "names": h5py.h5o.get_info(thing.id).rc}
        out[here].update(describe(file, thing))
        if isinstance(thing, h5py.Group):
            walk(file, thing, here, seen, out)


def work(path):
    """Adds to every group, lets every dataset grow that can, and removes every second name of an object."""
    with h5py.File(path, "r+") as file:
        groups, datasets, seconds, seen = [file], [], [], {h5py.h5o.get_info(file.id).addr}

        def collect(group):
            for name in sorted(group):
                if isinstance(group.get(name, getlink=True), h5py.SoftLink):
                    continue
                thing = group[name]
                address = h5py.h5o.get_info(thing.id).addr
                if address in seen:
                    seconds.append((group, name))
                    continue
                seen.add(address)
                if isinstance(thing, h5py.Group):
                    groups.append(thing)
                    collect(thing)
                else:
                    datasets.append(thing)

        collect(file)
        for group, name in seconds:
            del group[name]
        for group in groups:
            group.attrs["added by h5py"] = "größer"
            group.create_group("added by h5py").attrs["number"] = 1
        for dataset in datasets:
            dataset.attrs["added by h5py"] = 2.5
            if dataset.maxshape is not None and dataset.maxshape[:1] == (None,):
                dataset.resize(len(dataset) + 1, axis=0)


def copy(path):
    copied = path + ".copied"
    with h5py.File(path) as source, h5py.File(copied, "w") as target:
        for name in source:
            if isinstance(source.get(name, getlink=True), h5py.SoftLink):
                target[name] = source.get(name, getlink=True)
            elif name not in target:
                source.copy(name, target, expand_refs=False)
        for name, value in source.attrs.items():
            # A reference means nothing in another file.
            if h5py.check_ref_dtype(source.attrs.get_id(name).dtype) is None:
                target.attrs[name] = value
    return copied


question = json.load(sys.stdin)
path = question["path"]
if question["then"] == "work":
    work(path)
elif question["then"] == "copy":
    path = copy(path)
found = {}
with h5py.File(path) as file:
    found["/"] = {"kind": "Group", "names": h5py.h5o.get_info(file.id).rc, **describe(file, file)}
    walk(file, file, "", {h5py.h5o.get_info(file.id).addr: "/"}, found)
json.dump(found, sys.stdout)
