"""Files of FLEX's layout, with deterministic bytes."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from scipy.io import savemat

from flexqa.media import Emg, Physio, Pose
from flexqa.recordings.model import Annotation
from flexqa.simulate.inject import POSE_DECIMALS
from flexqa.simulate.ledger import draft_of, replace_file
from flexqa.vocabulary import JOINTS

_MAT_HEADER_BYTES = 116
"""of a MATLAB 5 file: free text, where scipy writes the time of day"""


def write_pose(path: Path, pose: Pose) -> None:
    """skeleton_points.csv: a header row and 63 columns, metres to the millimetre."""
    header = ",".join(f"{joint}_{axis}" for joint in JOINTS for axis in "xyz")
    _write_csv(path, pose.points.reshape(len(pose.points), -1), f"%.{POSE_DECIMALS}f", header)


def write_emg(path: Path, emg: Emg) -> None:
    """EMG.csv: no header, one column per channel."""
    _write_csv(path, emg.samples, "%.3f", "")


def write_physio(path: Path, physio: Physio) -> None:
    """physio/Axx/NNN.csv: seconds, beats and breaths per minute."""
    columns = np.column_stack([physio.times_s, physio.heart_bpm, physio.breath_per_min])
    _write_csv(path, columns, "%.1f", "time_s,heart_bpm,breath_per_min")


def _write_csv(path: Path, rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]], fmt: str, header: str) -> None:
    line = ",".join([fmt] * rows.shape[1]) + "\n"
    # One format for all rows: several times faster than numpy's row by row.
    text = (header + "\n" if header else "") + (line * len(rows)) % tuple(rows.ravel().tolist())
    replace_file(path, text.encode())


def write_annotations(path: Path, annotations: Iterable[Annotation]) -> None:
    """annotations.jsonl, in the order given."""
    draft = draft_of(path)
    with draft.open("w", encoding="utf-8", newline="\n") as f:
        f.writelines(a.model_dump_json() + "\n" for a in annotations)
    draft.replace(path)


def write_split(path: Path, key: str, annotations: Iterable[Annotation]) -> None:
    """split_4_*_list.mat: rows [class, index, score]; the class is the number of the action."""
    rows = [[int(a.action[1:]), int(a.recording.split("/")[1]), a.score] for a in annotations]
    buffer = io.BytesIO()
    savemat(buffer, {key: np.array(sorted(rows), dtype=np.float64).reshape(-1, 3)})
    data = b"MATLAB 5.0 MAT-file, written by flexqa simulate".ljust(_MAT_HEADER_BYTES) + buffer.getvalue()[116:]
    replace_file(path, data)
