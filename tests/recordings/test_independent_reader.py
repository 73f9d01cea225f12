"""The simulated tree, read by code that knows only what FLEX's own loader expects, and nothing of flexqa."""

import csv
import json
import re
import tomllib
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.io import loadmat

ACTIONS = ("A02", "A08", "A16")

# FLEX's loader takes the left and right muscle from these columns (mean of two for the bench lifts).
EMG_SIDES = {"A02": ((0,), (2,)), "A08": ((0, 1), (2, 3)), "A16": ((0,), (2,))}


def samples(tree: Path) -> list[str]:
    found = [f"{p.parent.name}/{p.name}" for p in sorted(tree.glob("A??/*")) if p.is_dir()]
    assert found
    return found


def test_every_sample_has_its_folders(tree: Path) -> None:
    for sample in samples(tree):
        action, index = sample.split("/")
        assert action in ACTIONS
        assert re.fullmatch(r"\d{3}", index)
        assert (tree / "Skeleton" / sample / "skeleton_points.csv").is_file()
        assert (tree / "EMG" / sample / "EMG.csv").is_file()
        assert (tree / sample / "View-1.mp4").is_file()
        assert (tree / sample / "View-2.mp4").is_file()


def test_skeletons_are_a_header_and_rows_of_63_numbers(tree: Path) -> None:
    for sample in samples(tree):
        with (tree / "Skeleton" / sample / "skeleton_points.csv").open(newline="") as f:
            header, *rows = csv.reader(f)
        assert len(header) == 63
        points = np.array(rows, dtype=float).reshape(-1, 21, 3)
        assert np.isfinite(points).all()
        height = points[:, 0, 1] - points[:, [14, 15, 19, 20], 1].min(axis=1)
        if sample.startswith(("A02", "A16")):
            assert (height > 0.5).all(), "the head is above the feet in a standing lift"
            assert (height < 2.2).all()


def test_emg_has_no_header_and_the_columns_that_the_loader_takes(tree: Path) -> None:
    for sample in samples(tree):
        text = (tree / "EMG" / sample / "EMG.csv").read_text()
        emg = np.array([line.split(",") for line in text.splitlines()], dtype=float)
        left, right = EMG_SIDES[sample[:3]]
        assert emg.shape[1] == 4
        for columns in (left, right):
            peak = np.abs(emg[:, columns]).mean(axis=1).max()
            assert peak > 0


def test_split_rows_are_class_sample_and_score(tree: Path) -> None:
    rows = []
    for part in ("train", "test"):
        mat = loadmat(tree / "Split_4" / f"split_4_{part}_list.mat")
        rows.append(mat[f"consolidated_{part}_list"])
        assert len(rows[-1])
    named = {f"A{int(c):02d}/{int(i):03d}": float(s) for c, i, s, *_ in np.concatenate(rows)}
    assert sorted(named) == samples(tree)
    assert all(0 <= score <= 100 for score in named.values())
    annotated = {(a := json.loads(x))["recording"]: a for x in (tree / "annotations.jsonl").read_text().splitlines()}
    assert {k: a["score"] for k, a in annotated.items()} == pytest.approx(named)
    lifters = [{annotated[f"A{int(c):02d}/{int(i):03d}"]["subject"] for c, i, *_ in part} for part in rows]
    assert not lifters[0] & lifters[1], "no subject is in both parts"


def test_video_pose_emg_and_phases_last_equally_long(tree: Path) -> None:
    info = tomllib.loads((tree / "recordings.toml").read_text())
    for line in (tree / "annotations.jsonl").read_text().splitlines():
        annotation = json.loads(line)
        sample = annotation["recording"]
        ends = [phase["end_s"] for phase in annotation["phases"]]
        duration = ends[-1]
        assert [p["start_s"] for p in annotation["phases"]] == [0.0, *ends[:-1]]
        with (tree / "Skeleton" / sample / "skeleton_points.csv").open() as f:
            pose_s = (sum(1 for _ in f) - 1) / info["pose_fps"]
        emg_s = (tree / "EMG" / sample / "EMG.csv").read_text().count("\n") / info["emg_rate_hz"]
        with av.open(str(tree / sample / "View-1.mp4")) as video:
            stream = video.streams.video[0]
            frames = sum(1 for _ in video.decode(stream))
            assert stream.average_rate is not None
            video_s = frames / float(stream.average_rate)
            assert (stream.width, stream.height) == (160, 96)
        assert pose_s == pytest.approx(duration, abs=0.06)
        assert emg_s == pytest.approx(duration, abs=0.06)
        assert video_s == pytest.approx(duration, abs=0.41)
