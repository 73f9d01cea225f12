"""Reads FLEX's own division into train and test: `Split_4/split_4_{train,test}_list.mat`.

Rows are class (the number of the action), index (the number of the recording), score.
"""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from flexqa.errors import RecordingError

FLEX_SPLITS: tuple[Literal["train", "test"], ...] = ("train", "test")


@dataclass(frozen=True, slots=True)
class SplitRow:
    """One row of a split list."""

    row: int
    """number of the row, from 1"""
    action: float
    index: float
    score: float

    @property
    def number(self) -> tuple[int, int]:
        """Action and recording as whole numbers, what `number_of` gives for `A16/001`."""
        return int(self.action), int(self.index)

    @property
    def recording(self) -> str:
        """Id of the recording, with FLEX's usual three digits."""
        return f"A{int(self.action):02d}/{int(self.index):03d}"


def split_list_name(split: str) -> str:
    """Where a split list lies within the folder of recordings."""
    return f"Split_4/split_4_{split}_list.mat"


def number_of(recording_id: str) -> tuple[int, int]:
    """Action and recording as whole numbers: `A16/001` gives (16, 1)."""
    action, index = recording_id.split("/")
    return int(action[1:]), int(index)


def read_split_list(root: Path, split: str) -> tuple[SplitRow, ...] | None:
    """The rows of one split list, or None when there is no such file.

    Raises:
        RecordingError: it leads out of the folder, is not a MATLAB 5 file, or holds no rows of 3 finite numbers.
    """
    path = root / split_list_name(split)
    if not path.exists():
        return None
    if not path.resolve().is_relative_to(root.resolve()):
        raise RecordingError(f"{path}: leads out of the folder; copy what it points to to this place")
    key = f"consolidated_{split}_list"
    rows = _matrix(path, key)
    if rows.ndim != 2 or (rows.size and rows.shape[1] < 3) or not np.isfinite(rows).all():
        raise RecordingError(
            f"{path}: {key} has shape {rows.shape}, expected finite rows of class, index, score; restore this file"
        )
    return tuple(SplitRow(n, *map(float, row[:3])) for n, row in enumerate(rows, 1) if len(row))


def load_mat(path: Path, *, simplify_cells: bool = False) -> dict[str, Any]:
    """The variables of a MATLAB 5 file; what scipy says of a damaged one leaves as a `RecordingError`."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        return dict(loadmat(path, simplify_cells=simplify_cells))
    except (
        MatReadError,
        ValueError,
        TypeError,
        NotImplementedError,  # version 7.3, which is HDF5
        OSError,
        IndexError,
        struct.error,
        zlib.error,
    ) as e:
        raise RecordingError(f"{path}: not a readable MATLAB 5 file ({e}); restore it, or save it with -v7") from e


def _matrix(path: Path, key: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    table = load_mat(path)
    if key not in table:
        raise RecordingError(f"{path}: has no table {key}; restore this file")
    try:
        return np.asarray(table[key], dtype=np.float64)
    except (ValueError, TypeError) as e:
        raise RecordingError(f"{path}: {key} does not hold numbers ({e}); restore this file") from e
