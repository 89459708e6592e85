"""Lets pynwb, nwbinspector and movement judge NWB files.

Standard input: JSON, a list of {"path": path, "containers": {name: {series: {"data": rows, "confidence": numbers}}}}, where
the containers are those that pynwb should find in the module `behavior`, with numbers as hexadecimal floats; `movement` is the
name of the one that movement should read, or null; `keypoint_moseq` is true where there is one alone, which is then read as
keypoint-moseq does; "training" is {frame: {instance: rows}}, or null. Standard output: JSON, a list of {"errors": [text],
"findings": [[importance, check]], "complaints": [text]}.
"""

import contextlib
import json
import struct
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")

import h5py
import ndx_pose  # noqa: F401
import numpy
import pynwb
from hdmf.build import BuildManager, TypeMap
from nwbinspector import inspect_nwbfile, load_config
from pynwb import validation

DANDI = load_config("dandi")


def numbers(found):
    """Every number by its bits; of 32 bits as what it is in 64."""
    found = numpy.asarray(found)
    return found.astype("float64")


def same(expected, found):
    expected = numpy.array(expected, dtype=object)
    flat = [struct.unpack(">d", bytes.fromhex(text))[0] for text in expected.ravel()]
    expected = numpy.array(flat, dtype="float64").reshape(expected.shape)
    found = numbers(found)
    return expected.shape == found.shape and numpy.array_equal(expected, found, equal_nan=True)


def poses(case, file):
    module = file.processing["behavior"]
    for name, series in (case.get("containers") or {}).items():
        container = module[name]
        if list(container.skeleton.nodes[:]) != list(series):
            yield f"{name}: nodes {list(container.skeleton.nodes[:])}"
        if set(container.pose_estimation_series) != set(series):
            yield f"{name}: series {sorted(container.pose_estimation_series)}"
        for point, expected in series.items():
            found = container[point]
            if not same(expected["data"], found.data[:]):
                yield f"{name}/{point}: other positions"
            if not same(expected["confidence"], found.confidence[:]):
                yield f"{name}/{point}: other confidence"
            if (found.rate is None) == (found.timestamps is None):
                yield f"{name}/{point}: no time, or two"
    for name, instances in (case.get("training") or {}).items():
        frame = module["PoseTraining"].training_frames[name]
        if set(frame.skeleton_instances.skeleton_instances) != set(instances):
            yield f"{name}: other instances"
        for instance, expected in instances.items():
            if not same(expected, frame.skeleton_instances[instance].node_locations[:]):
                yield f"{name}/{instance}: other positions"


def of_movement(case):
    from movement.io import load_poses

    name = case["movement"]
    dataset = load_poses.from_nwb_file(case["path"], pose_estimation_key=name)
    for point, expected in case["containers"][name].items():
        position = dataset.position.sel(keypoint=point) if "keypoint" in dataset.dims else dataset.position.sel(keypoints=point)
        if not same(expected["data"], position.squeeze(drop=True).values):
            yield f"movement: {point} is elsewhere"


def of_keypoint_moseq(case):
    """Looks as keypoint-moseq does: for the only PoseEstimation of the file, its nodes, and a series called as each of them."""
    with pynwb.NWBHDF5IO(case["path"], "r", load_namespaces=True) as io:
        found = [one for one in io.read().all_children() if isinstance(one, ndx_pose.PoseEstimation)]
        if len(found) != 1:
            return [f"keypoint-moseq: there are {len(found)} PoseEstimations"]
        nodes = list(found[0].nodes[:])
        by_node = [found[0].pose_estimation_series[node] for node in nodes]
        positions = numpy.stack([one.data[()] for one in by_node], axis=1)
        confidences = numpy.stack([one.confidence[()] for one in by_node], axis=1)
    (expected,) = case["containers"].values()
    if nodes != list(expected):
        return [f"keypoint-moseq: other nodes: {nodes}"]
    same_all = [
        same(of["data"], positions[:, place]) and same(of["confidence"], confidences[:, place])
        for place, of in enumerate(expected.values())
    ]
    return [] if all(same_all) else ["keypoint-moseq: other values"]


# Opened without ndx-pose, pynwb makes its classes from what the file itself says of the types.
WITHOUT_NDX_POSE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pynwb

def complaint(path):
    try:
        with pynwb.NWBHDF5IO(path, "r") as io:
            module = io.read().processing["behavior"]
            assert "ndx_pose" not in sys.modules
            made = [type(one).__module__ for one in module.data_interfaces.values()]
            assert any(name == "abc" or "ndx_pose" in name for name in made), made
    except Exception as error:
        return repr(error)

json.dump([complaint(path) for path in sys.argv[1:]], sys.stdout)
"""


def without_ndx_pose(paths):
    """What is wrong with each file for whoever has no ndx-pose: asked of one Python, as it takes seconds to start."""
    if not paths:
        return {}
    ran = subprocess.run([sys.executable, "-c", WITHOUT_NDX_POSE, *paths], capture_output=True, text=True)
    if ran.returncode:
        return dict.fromkeys(paths, ran.stderr[-500:])
    return dict(zip(paths, json.loads(ran.stdout), strict=True))


def rules_of(path):
    """The rules that a file caches, as they stand in it."""
    rules = []

    def note(name, item):
        if isinstance(item, h5py.Dataset):
            rules.append((name, item[()]))

    with h5py.File(path) as file:
        if "specifications" in file:
            file["specifications"].visititems(note)
    return tuple(rules)


class RulesOnce:
    """Has pynwb read the same rules once: that takes four fifths of the time of validating a small file.

    Each file is still held against what itself caches: files whose rules differ in a single character have them read anew.
    """

    def __init__(self):
        self.read = validation.get_cached_namespaces_to_validate
        self.seen = {}

    def __call__(self, path=None, driver=None, aws_region=None, io=None):
        if path is None:
            return self.read(path, driver, aws_region, io)
        rules = rules_of(path)
        if rules not in self.seen:
            self.seen[rules] = self.read(path, driver, aws_region, io)
        names, manager, dependencies = self.seen[rules]
        if manager is not None:
            # A manager remembers what it has built: each file has its own.
            manager = BuildManager(type_map=TypeMap(namespaces=manager.namespace_catalog))
        return names, manager, dependencies


validation.get_cached_namespaces_to_validate = RulesOnce()


def judge(case, alone):
    answer = {"errors": [], "findings": [], "complaints": []}
    found = pynwb.validate(path=case["path"])
    errors = found[0] if isinstance(found, tuple) else found
    answer["errors"] = [str(error) for error in errors]
    # What it would say of validation is among the errors already.
    for message in inspect_nwbfile(nwbfile_path=case["path"], config=DANDI, skip_validate=True):
        if message.importance.name in ("ERROR", "CRITICAL", "BEST_PRACTICE_VIOLATION"):
            answer["findings"].append([message.importance.name, message.check_function_name])
    if alone.get(case["path"]):
        answer["complaints"].append("without ndx-pose: " + alone[case["path"]])
    with pynwb.NWBHDF5IO(case["path"], "r") as io:
        answer["complaints"].extend(poses(case, io.read()))
    if case.get("movement"):
        answer["complaints"].extend(of_movement(case))
    if case.get("keypoint_moseq"):
        answer["complaints"].extend(of_keypoint_moseq(case))
    return answer


def main():
    cases = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        alone = without_ndx_pose([case["path"] for case in cases if case.get("alone")])
        answers = [judge(case, alone) for case in cases]
    json.dump(answers, sys.stdout)


main()
