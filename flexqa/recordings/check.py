"""Reads a folder of recordings from end to end and tells everything that is wrong with it.

One bad recording never stops the others: each fault names its recording, file and remedy. A fatal fault is one that
would put wrong evidence or a wrong answer into a question; what is merely missing is not fatal.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from flexqa.errors import RecordingError
from flexqa.recordings.flex_layout import ANNOTATIONS, INFO, Fault, read_emg, read_physio, read_pose, scan
from flexqa.recordings.model import Recording, RecordingSet
from flexqa.recordings.video import clip_info, decode_all

SPLITS = ("train", "test")

_RESTORE = "restore this file"
_AGREE_S = 0.25
"""by how much the ends of clips, sensors and phases of one recording may differ"""


def check(root: Path, progress: Callable[[int, int], None] | None = None) -> tuple[Fault, ...]:
    """Read every file of a folder once.

    Args:
        root: the folder of recordings.
        progress: called with (recordings done, recordings in all).

    Raises:
        RecordingError: the folder is none, or holds no recordings.
    """
    faults: list[Fault] = []
    recordings = scan(root, faults.append)
    usual = _usual(recordings)
    rates_known = all(f.path != INFO for f in faults)
    for done, recording in enumerate(recordings, 1):
        faults += chain(
            _missing(recording, usual), _clips(recording, recordings, rates_known), _sensors(recording, recordings)
        )
        if progress:
            progress(done, len(recordings))
    faults += _splits(recordings)
    return tuple(faults)


def _evidence(recording: Recording) -> set[str]:
    """What a recording has: `view 1`, `pose` ..."""
    sensors = {"pose": recording.skeleton, "EMG": recording.emg, "physio": recording.physio}
    return {f"view {v}" for v in recording.views} | {name for name, path in sensors.items() if path}


def _usual(recordings: RecordingSet) -> set[str]:
    """What at least half of the recordings have."""
    counts: dict[str, int] = {}
    for name in chain.from_iterable(map(_evidence, recordings)):
        counts[name] = counts.get(name, 0) + 1
    return {name for name, n in counts.items() if 2 * n >= len(recordings)}


def _missing(recording: Recording, usual: set[str]) -> Iterator[Fault]:
    for name in sorted(usual - _evidence(recording)):
        yield Fault(
            recording.id, recording.id, f"{name} is missing, which most recordings have", "fetch it", fatal=False
        )


def _clips(recording: Recording, recordings: RecordingSet, rates_known: bool) -> Iterator[Fault]:
    """Faults of clips and, where rates are known, of phases that run past the end of the shortest."""
    lengths: dict[str, float] = {}
    for view, path in recording.views.items():
        try:
            frames = decode_all(path, recordings.info.frames_fps)
            lengths[view] = frames / clip_info(path, recordings.info.frames_fps)[1]
        except RecordingError as e:
            yield _fault(recording, recordings, path, str(e))
    if not lengths or not rates_known:
        return
    if max(lengths.values()) - min(lengths.values()) > _AGREE_S:
        told = ", ".join(f"view {v} {s:.2f} s" for v, s in lengths.items())
        yield Fault(recording.id, recording.id, f"clips differ in length: {told}", "cut them alike", fatal=False)
    phases = recording.annotation.phases if recording.annotation else ()
    if phases and phases[-1].end_s > min(lengths.values()) + _AGREE_S:
        message = f"phases end at {phases[-1].end_s:.2f} s, the shortest clip at {min(lengths.values()):.2f} s"
        yield Fault(recording.id, ANNOTATIONS, message, "correct the phases, or the rate in recordings.toml")


def _sensors(recording: Recording, recordings: RecordingSet) -> Iterator[Fault]:
    info = recordings.info
    readers: tuple[tuple[Path | None, Callable[[], object]], ...] = (
        (recording.skeleton, lambda: read_pose(recording, info)),
        (recording.emg, lambda: read_emg(recording, info)),
        (recording.physio, lambda: read_physio(recording)),
    )
    for path, read in readers:
        if path is None:
            continue
        try:
            read()
        except RecordingError as e:
            yield _fault(recording, recordings, path, str(e))


def _fault(recording: Recording, recordings: RecordingSet, path: Path, message: str) -> Fault:
    """A reader's message is `path: what; remedy`; the path and the remedy have fields of their own here."""
    what, _, remedy = message.removeprefix(f"{path}: ").rpartition("; ")
    shown = str(path.relative_to(recordings.root))
    return Fault(recording.id, shown, what or remedy, remedy if what else _RESTORE)


def _splits(recordings: RecordingSet) -> Iterator[Fault]:
    """Faults of the official split files, where there are any."""
    by_number = {_number(i): i for i in recordings.recordings}
    seen: dict[str, str] = {}
    for split in SPLITS:
        name = f"Split_4/split_4_{split}_list.mat"
        path = recordings.root / name
        if not path.exists():
            continue
        try:
            rows = _split_rows(path, f"consolidated_{split}_list")
        except RecordingError as e:
            yield Fault("", name, str(e), _RESTORE)
            continue
        yield from _row_faults(rows, name, by_number)
        for recording_id in sorted({by_number[r] for r in map(_row_number, rows) if r in by_number}):
            if recording_id in seen:
                yield Fault(
                    recording_id, name, f"{recording_id} is in {seen[recording_id]} as well", "take it out of one"
                )
            seen[recording_id] = split


def _row_faults(rows: Iterable[list[float]], name: str, known: dict[tuple[int, int], str]) -> Iterator[Fault]:
    for number, row in enumerate(rows, 1):
        action, index = _row_number(row)
        recording_id = known.get((action, index), f"A{action:02d}/{index:03d}")
        if (action, index) not in known:
            message = f"row {number} points to {recording_id}, which is not here"
            yield Fault(
                recording_id, name, message, "fetch it, or ignore this when the folder is a part", fatal=False
            )
        if not 0 <= row[2] <= 100:
            message = f"row {number} gives {recording_id} the score {row[2]:g}, which is not between 0 and 100"
            yield Fault(recording_id, name, message, "correct the row")


def _split_rows(path: Path, key: str) -> list[list[float]]:
    """Rows [class, index, score, ...] of a split file."""
    try:
        rows = np.asarray(loadmat(path)[key], dtype=np.float64)
    except KeyError as e:
        raise RecordingError(f"has no table {key}") from e
    except (
        MatReadError,
        ValueError,
        TypeError,
        NotImplementedError,
        OSError,
        IndexError,
        struct.error,
        zlib.error,
    ) as e:
        raise RecordingError(f"not a readable MATLAB 5 file ({e})") from e
    if rows.ndim != 2 or (rows.size and rows.shape[1] < 3) or not np.isfinite(rows).all():
        raise RecordingError(f"{key} has shape {rows.shape}; expected finite rows of class, index, score")
    table: list[list[float]] = rows.tolist()
    return [row for row in table if row]


def _row_number(row: list[float]) -> tuple[int, int]:
    return int(row[0]), int(row[1])


def _number(recording_id: str) -> tuple[int, int]:
    action, index = recording_id.split("/")
    return int(action[1:]), int(index)
