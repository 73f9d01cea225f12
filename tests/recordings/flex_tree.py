"""A small folder in FLEX's layout, written by hand: two actions, two repetitions each."""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from scipy.io import savemat

IDS = ("A08/001", "A08/002", "A16/001", "A16/002")
FRAMES = 12
"""per clip, at 12 frames per second: one second"""


def annotation(recording: str) -> dict[str, Any]:
    action, index = recording.split("/")
    return {
        "recording": recording, "action": action, "subject": f"S{index}",
        "split": "train" if index == "001" else "test",
        "phases": [
            {"phase": "preparation", "start_s": 0.0, "end_s": 0.2},
            {"phase": "eccentric", "start_s": 0.2, "end_s": 0.6},
            {"phase": "concentric", "start_s": 0.6, "end_s": 1.0},
        ],
        "pairs": [], "score": 80.0 + int(index),
    }  # fmt: skip


def pose_rows(samples: int = 30) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Column c of row r is r + c / 100."""
    return np.arange(samples)[:, None] + np.arange(63)[None, :] / 100


def write_annotations(root: Path, lines: list[dict[str, Any]]) -> None:
    (root / "annotations.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def write_split(root: Path, split: str, rows: list[list[float]]) -> None:
    (root / "Split_4").mkdir(exist_ok=True)
    savemat(root / "Split_4" / f"split_4_{split}_list.mat", {f"consolidated_{split}_list": np.array(rows, float)})


def write_clip(path: Path) -> None:
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(FRAMES):
            picture = np.full((48, 64, 3), 15 * i, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))


def write_tree(root: Path) -> Path:
    """View 1 as frame folder, view 2 and P as mp4."""
    for recording in IDS:
        action, index = recording.split("/")
        (root / recording / "View-1").mkdir(parents=True)
        for i in range(FRAMES):
            Image.new("RGB", (64, 48), (15 * i, 0, 0)).save(root / recording / "View-1" / f"img_{i + 1:05d}.JPG")
        write_clip(root / recording / "View-2.mp4")
        write_clip(root / recording / "View-P.mp4")
        (root / "Skeleton" / recording).mkdir(parents=True)
        header = ",".join(f"j{i}" for i in range(63))
        np.savetxt(
            root / "Skeleton" / recording / "skeleton_points.csv",
            pose_rows(),
            delimiter=",",
            header=header,
            comments="",
        )
        (root / "EMG" / recording).mkdir(parents=True)
        np.savetxt(root / "EMG" / recording / "EMG.csv", np.arange(800.0).reshape(200, 4), delimiter=",")
        (root / "physio" / action).mkdir(parents=True, exist_ok=True)
        rates = "time_s,heart_bpm,breath_per_min\n0,100,20\n3,104,21\n6,103,22\n"
        (root / "physio" / action / f"{index}.csv").write_text(rates)
    write_annotations(root, [annotation(r) for r in IDS])
    (root / "recordings.toml").write_text("pose_fps = 30.0\nframes_fps = 12.0\n")
    write_split(root, "train", [[8, 1, 81.0], [16, 1, 81.0]])
    write_split(root, "test", [[8, 2, 82.0], [16, 2, 82.0]])
    return root
