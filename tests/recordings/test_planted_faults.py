"""A folder in FLEX's layout with every fault that `flexqa data check` knows, all at once; each is told, none more.

The folder is written by hand with the standard library, Pillow, PyAV and scipy, by nothing of flexqa.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from typer.testing import CliRunner

from flexqa.cli.data import app
from flexqa.graph.model import Graph
from flexqa.recordings.check import check, examine_all
from flexqa.recordings.examine import Task
from flexqa.recordings.fault import Fault
from flexqa.recordings.flex_layout import open_recordings
from tests.recordings.flex_tree import IDS, write_tree

HEALTHY, SICK = 22, 20
"""A16/001-022 are whole: most of the folder, so that they say what is usual; A16/101-120 have one fault each."""
FRAMES, FPS = 10, 10
SIZE = (32, 24)


def recording(root: Path, name: str) -> None:
    for view in "12":
        (root / name / f"View-{view}").mkdir(parents=True)
        for i in range(FRAMES):
            picture = Image.new("RGB", SIZE, (20 * i, 90, int(view) * 60))
            picture.save(root / name / f"View-{view}" / f"img_{i + 1:05d}.JPG")
    skeleton(root, name, np.arange(FRAMES * 63).reshape(FRAMES, 63) / 100)
    emg(root, name, np.sin(np.arange(800).reshape(200, 4) / 7.3))


def skeleton(root: Path, name: str, table: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    path = root / "Skeleton" / name / "skeleton_points.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ",".join(f"c{i}" for i in range(table.shape[1]))
    np.savetxt(path, table, delimiter=",", header=header, comments="")


def emg(root: Path, name: str, table: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    path = root / "EMG" / name / "EMG.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, table, delimiter=",")


def clip(path: Path) -> None:
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for i in range(FRAMES):
            picture = np.random.default_rng(i).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))


def line(name: str, **change: object) -> dict[str, Any]:
    phases = [("preparation", 0.0, 0.2), ("eccentric", 0.2, 0.6), ("concentric", 0.6, 1.0)]
    return {
        "recording": name, "action": "A16", "subject": "S1", "split": "train", "pairs": [], "score": 80.0,
        "phases": [{"phase": p, "start_s": a, "end_s": b} for p, a, b in phases],
    } | change  # fmt: skip


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all the faults."""
    root = tmp_path_factory.mktemp("ward")
    names = [f"A16/{n:03d}" for n in (*range(1, HEALTHY + 1), *range(101, 101 + SICK))]
    for name in names:
        recording(root, name)
    (root / "recordings.toml").write_text(f"frames_fps = {FPS}.0\npose_fps = {FPS}.0\n")
    spoil_pictures(root)
    spoil_sensors(root)
    spoil_annotations(root, names)
    rows = [
        [16, 1, 80.0],
        [16, 2, 180.0],
        [16, 900, 50.0],
        [16.5, 4, 50.0],
        [16, 5, 80.0],
        [16, 5, 80.0],
        [16, 6, 7.0],
    ]
    (root / "Split_4").mkdir()
    savemat(root / "Split_4" / "split_4_train_list.mat", {"consolidated_train_list": np.array(rows)})
    savemat(root / "Split_4" / "split_4_test_list.mat", {"consolidated_test_list": np.array([[16, 1, 80.0]])})
    return root


def spoil_pictures(root: Path) -> None:
    def view(n: int) -> Path:
        return root / f"A16/{n}" / "View-1"

    for i in (3, 6, 7):
        (view(101) / f"img_{i:05d}.JPG").unlink()
    (view(102) / "img_00001.JPG").rename(view(102) / "img_00001.png")
    (view(102) / "thumb.JPG").write_bytes(b"")
    (view(103) / "img_00004.jpg").write_bytes((view(103) / "img_00004.JPG").read_bytes())
    Image.new("RGB", (40, 24)).save(view(104) / "img_00008.JPG")
    whole = (view(105) / "img_00002.JPG").read_bytes()
    (view(105) / "img_00002.JPG").write_bytes(whole[: len(whole) // 2])
    (view(105) / "img_00009.JPG").write_bytes(b"not a picture")
    for file in view(106).iterdir():
        file.unlink()
    view(106).rmdir()
    clip(root / "A16/107/View-P.mp4")
    data = (root / "A16/107/View-P.mp4").read_bytes()
    (root / "A16/107/View-P.mp4").write_bytes(data[: len(data) // 2])
    for file in view(108).iterdir():
        Image.new("RGB", (48, 48)).save(file)
    secret = root.parent / "secret.JPG"
    Image.new("RGB", SIZE).save(secret)
    (view(109) / "img_00005.JPG").unlink()
    (view(109) / "img_00005.JPG").symlink_to(secret)
    (root / "A16/110" / "View-3").symlink_to(root.parent)
    (root / "A16/0022").mkdir()


def spoil_sensors(root: Path) -> None:
    pose = np.arange(FRAMES * 63).reshape(FRAMES, 63) / 100
    skeleton(root, "A16/111", pose[:, :62])
    skeleton(root, "A16/112", np.hstack([pose, pose[:, :3]]))
    skeleton(root, "A16/113", np.where(pose == 1.0, np.nan, pose))
    skeleton(root, "A16/114", np.vstack([pose, pose]))
    wave = np.sin(np.arange(800).reshape(200, 4) / 7.3)
    emg(root, "A16/115", wave[:, :2])
    emg(root, "A16/116", wave * [1, 1, 0, 0])
    emg(root, "A16/117", np.hstack([np.clip(wave[:, :1], -0.5, 0.5), wave[:, 1:]]))
    emg(root, "A16/118", np.tile(wave, (2, 1)))


def spoil_annotations(root: Path, names: list[str]) -> None:
    lines = [line(n) for n in names if n not in ("A16/119", "A16/120")]
    at = {entry["recording"]: entry for entry in lines}
    at["A16/101"]["subject"] = " "
    at["A16/102"]["phases"] = at["A16/102"]["phases"][::-1]
    at["A16/103"]["score"] = 101.0
    at["A16/104"]["pairs"] = [["AK99", "ET999"]]
    at["A16/105"]["phases"] = [
        {"phase": "concentric", "start_s": 0.0, "end_s": 0.5}, {"phase": "eccentric", "start_s": 0.5, "end_s": 1.0}
    ]  # fmt: skip
    del at["A16/106"]["subject"]
    lines += [line("A16/001"), line("A16/777")]
    text = "".join(json.dumps(entry) + "\n" for entry in lines)
    (root / "annotations.jsonl").write_text(text + '{"recording": "A16/119", "action"\n')


TRAIN = "Split_4/split_4_train_list.mat"

BARE = ("EMG", "pose", "view 1", "view 2", "annotation")

EXPECTED = {
    ("subject", "annotations.jsonl:23", True, "A16/101 has no subject"),
    ("phases", "annotations.jsonl:24", True, "eccentric starts at 0.2 s, but concentric ends at 1.0 s"),
    ("score", "annotations.jsonl:25", True, "score 101.0 is not between 0 and 100"),
    ("subject", "annotations.jsonl:28", True, "subject: Field required"),
    ("twice", "annotations.jsonl:41", True, "A16/001 is annotated twice, first in line 1"),
    ("orphan", "annotations.jsonl:42", True, "A16/777 has no files"),
    ("annotation", "annotations.jsonl:43", True, "Invalid JSON"),
    ("graph", "annotations.jsonl", True, "keystep AK99 is not in the graph"),
    ("graph", "annotations.jsonl", True, "error ET999 is not in the graph"),
    ("graph", "annotations.jsonl", True, "phases are concentric, eccentric; in A16 they go preparation, eccentric"),
    ("missing", "A16/119", False, "annotation is missing"),
    ("missing", "A16/120", False, "annotation is missing"),
    ("frame_gap", "A16/101/View-1", True, "frame 3, 6-7 is missing"),
    ("frame_names", "A16/102/View-1", False, "thumb.JPG are not read"),
    ("frame_names", "A16/102/View-1", False, "pictures of several kinds: 9 .JPG, 1 .png"),
    ("frame_twice", "A16/103/View-1", True, "frame 4 is there twice"),
    ("frame_names", "A16/103/View-1", False, "pictures of several kinds: 10 .JPG, 1 .jpg"),
    ("sizes", "A16/104/View-1", True, "frames are 32x24, but img_00008.JPG 40x24"),
    ("picture", "A16/105/View-1", True, "img_00002.JPG (not a readable picture"),
    ("missing", "A16/106", False, "view 1 is missing"),
    ("clip", "A16/107/View-P.mp4", True, "not a readable mp4"),
    ("sizes", "A16/108", False, "view 1 is 48x48, that of most recordings 32x24"),
    ("link", "A16/109/View-1", True, "img_00005.JPG is a link that leads out of this folder"),
    ("link", "A16/110/View-3", True, "leads out of the folder"),
    ("number", "A16/022", True, "A16/022 and A16/0022 have the same number"),
    *(("missing", "A16/0022", False, f"{what} is missing") for what in BARE),
    ("pose", "Skeleton/A16/111/skeleton_points.csv", True, "62 columns, expected 63"),
    ("pose", "Skeleton/A16/112/skeleton_points.csv", True, "66 columns, expected 63"),
    ("pose", "Skeleton/A16/113/skeleton_points.csv", True, "line 3, column 38 is nan"),
    ("pose_rows", "Skeleton/A16/114/skeleton_points.csv", True, "20 rows at 10 Hz are 2.00 s"),
    ("emg_columns", "EMG/A16/115/EMG.csv", True, "2 columns; A16 has 4 columns"),
    ("emg_constant", "EMG/A16/116/EMG.csv", True, "column 3 is 0 throughout"),
    ("emg_constant", "EMG/A16/116/EMG.csv", False, "column 4 is 0 throughout"),
    ("emg_saturated", "EMG/A16/117/EMG.csv", False, "column 1 is saturated"),
    ("lengths", "EMG/A16/118/EMG.csv", True, "400 rows at 200 Hz are 2.00 s"),
    ("split_score", f"{TRAIN}:2", True, "the score 180, which is not between 0 and 100"),
    ("split_row", f"{TRAIN}:3", False, "row 3 points to 16, 900: A16/900 is not here"),
    ("split_row", f"{TRAIN}:4", False, "row 4 points to 16.5, 4"),
    ("split_row", f"{TRAIN}:6", False, "rows 5 and 6 are both A16/005"),
    ("split_score", f"{TRAIN}:7", False, "the score 7, annotations.jsonl 80"),
    ("split_overlap", "Split_4/split_4_test_list.mat", True, "A16/001 is in train as well"),
}  # fmt: skip


@pytest.fixture(scope="module")
def told(ward: Path, graph: Graph) -> tuple[Fault, ...]:
    return check(ward, graph).faults


@pytest.mark.parametrize(("kind", "path", "fatal", "message"), sorted(EXPECTED), ids=str)
def test_a_planted_fault_is_told(told: tuple[Fault, ...], kind: str, path: str, fatal: bool, message: str) -> None:
    found = [f for f in told if (f.kind, f.path, f.fatal) == (kind, path, fatal) and message in f.message]
    assert len(found) == 1, [f for f in told if f.path == path]
    assert found[0].remedy


def test_nothing_else_is_told(told: tuple[Fault, ...]) -> None:
    planted = [(kind, path) for kind, path, *_ in EXPECTED]
    assert sorted((str(f.kind), f.path) for f in told) == sorted(planted)


def test_processes_tell_the_same_in_the_same_order(ward: Path, graph: Graph, told: tuple[Fault, ...]) -> None:
    assert check(ward, graph, workers=2).faults == told


def test_the_command_line_tells_them_all_and_what_is_assumed_once(ward: Path, told: tuple[Fault, ...]) -> None:
    runner = CliRunner(env={"COLUMNS": "250"})
    result = runner.invoke(app, ["check", str(ward), "--json", "--workers", "1"])
    assert result.exit_code == 1
    lines = [json.loads(text) for text in result.stdout.splitlines()]
    assumed = [entry["message"] for entry in lines if entry["kind"] == "assumed"]
    assert [entry["path"] for entry in lines if entry["kind"] != "assumed"] == [f.path for f in told]
    for setting in ("pose_unit", "pose_axes", "pose_joints", "emg_rate_hz", "emg_unit"):
        assert sum(setting in sentence for sentence in assumed) == 1
    table = runner.invoke(app, ["check", str(ward), "--workers", "1"])
    assert table.exit_code == 1
    assert table.stdout.count("EMG files have 200 samples per second") == 1
    assert "frame 3, 6-7 is missing" in table.stdout


@dataclass(frozen=True, slots=True)
class Deadly(Task):
    """Ends the process that it arrives in."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (9,)


def test_a_killed_process_costs_one_recording(ward: Path) -> None:
    recordings = open_recordings(write_tree(ward.parent / "killed"))
    kinds = (Task, Deadly, Task, Task)
    tasks = [kind(recordings.root, r, recordings.info, None) for kind, r in zip(kinds, recordings, strict=True)]
    found = list(examine_all(tasks, 2))
    assert [e.recording for e in found] == list(IDS)
    assert [[f.kind for f in e.faults] for e in found] == [[], ["crash"], [], []]
