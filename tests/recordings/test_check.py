"""Each fault is planted alone, is found, names its file, and leaves the other recordings without fault."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flexqa.errors import RecordingError
from flexqa.graph.model import Graph
from flexqa.recordings.check import check
from tests.recordings.flex_tree import FRAMES, IDS, annotation, write_annotations, write_split


def test_a_faultless_folder_has_no_faults(whole_flex: Path, graph: Graph) -> None:
    seen: list[tuple[int, int]] = []
    checked = check(whole_flex, graph, progress=lambda done, total: seen.append((done, total)))
    assert checked.faults == ()
    assert list(checked.recordings.recordings) == list(IDS)
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _reannotate(root: Path, **change: object) -> None:
    write_annotations(root, [annotation(r) | (change if r == "A16/001" else {}) for r in IDS])


Plant = Callable[[Path], object]

FATAL: list[tuple[Plant, str, str]] = [
    (lambda r: _cut(r / "A16/001/View-2.mp4"), "A16/001/View-2.mp4", "have a usable time stamp"),
    (lambda r: (r / "A16/001/View-P.mp4").write_bytes(b""), "A16/001/View-P.mp4", "the file is empty"),
    (lambda r: (r / "A16/001/View-1/img_00005.JPG").unlink(), "A16/001/View-1", "frame 5 is missing"),
    (lambda r: _cut(r / f"A16/001/View-1/img_{FRAMES:05d}.JPG"), "A16/001/View-1", "not a readable picture"),
    (lambda r: (r / "Skeleton/A16/001/skeleton_points.csv").write_text("a,b\n1,2\n"),
     "Skeleton/A16/001/skeleton_points.csv", "2 columns"),
    (lambda r: (r / "EMG/A16/001/EMG.csv").write_text("1,2\n3,nan\n"), "EMG/A16/001/EMG.csv", "column 2 is nan"),
    (lambda r: (r / "physio/A16/001.csv").write_text(""), "physio/A16/001.csv", "holds no values"),
    (lambda r: _reannotate(r, score=-1.0), "annotations.jsonl:3", "score -1.0"),
    (lambda r: _reannotate(r, phases=annotation("A16/001")["phases"][::-1]), "annotations.jsonl:3", "but concentric"),
    (lambda r: _reannotate(r, phases=[{"phase": "eccentric", "start_s": 0, "end_s": 4}]), "annotations.jsonl",
     "phases end at 4.00 s, the shortest clip at 1.00 s"),
    (lambda r: write_annotations(r, [annotation(i) for i in (*IDS, "A16/001")]), "annotations.jsonl:5",
     "annotated twice"),
    (lambda r: write_annotations(r, [annotation(i) for i in (*IDS, "A16/009")]), "annotations.jsonl:5", "no files"),
    (lambda r: write_split(r, "test", [[16, 1, 81.0]]), "Split_4/split_4_test_list.mat", "is in train as well"),
    (lambda r: write_split(r, "test", [[16, 2, 120.0]]), "Split_4/split_4_test_list.mat:1", "the score 120"),
    (lambda r: _cut(r / "Split_4/split_4_test_list.mat"), "Split_4/split_4_test_list.mat", "not a readable MATLAB"),
    (lambda r: (r / "Split_4/split_4_test_list.mat").write_bytes(b"words"),
     "Split_4/split_4_test_list.mat", "not a readable MATLAB"),
    (lambda r: (r / "recordings.toml").write_text("pose_fps = 'x'"), "recordings.toml", "pose_fps"),
]  # fmt: skip

NOTES: list[tuple[Plant, str, str]] = [
    (lambda r: (r / "A16/001/View-2.mp4").unlink(), "A16/001", "view 2 is missing"),
    (lambda r: (r / "EMG/A16/001/EMG.csv").unlink(), "A16/001", "EMG is missing"),
    (
        lambda r: write_split(r, "test", [[16, 77, 81.0]]),
        "Split_4/split_4_test_list.mat:1",
        "points to 16, 77: A16/077 is not here",
    ),
]


@pytest.mark.parametrize(("plant", "path", "message"), FATAL)
def test_a_fatal_fault_is_found_and_named(flex: Path, plant: Plant, path: str, message: str) -> None:
    plant(flex)
    faults = [f for f in check(flex).faults if f.fatal]
    assert [f.path for f in faults] == [path]
    assert message in faults[0].message
    assert faults[0].remedy
    assert faults[0].recording in ("", "A16/001", "A16/002", "A16/009")


@pytest.mark.parametrize(("plant", "path", "message"), NOTES)
def test_what_is_merely_missing_is_noted(flex: Path, plant: Plant, path: str, message: str) -> None:
    plant(flex)
    faults = check(flex).faults
    assert [(f.path, f.fatal) for f in faults] == [(path, False)]
    assert message in faults[0].message


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no such folder"):
        check(tmp_path / "gone")
