"""Reads every file of one recording and tells what is wrong with it: the part of `check` that runs in parallel."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from flexqa.errors import RecordingError
from flexqa.graph.model import EmgPrior
from flexqa.media import Emg
from flexqa.recordings.fault import Fault, FaultKind, fault_of
from flexqa.recordings.flex_layout import read_emg, read_physio, read_pose
from flexqa.recordings.model import Recording, RecordingsInfo
from flexqa.recordings.video import clip_info, decode_all, frame_files, picture_size

_PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
_NAMED = 4
"""how many of many things a message names"""
_CLIPPED_RUN = 3
"""equal samples in a row at an extreme that are no accident"""
_CLIPPED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Task:
    """One recording to examine; plain data, so that it travels to another process."""

    root: Path
    recording: Recording
    info: RecordingsInfo
    emg: EmgPrior | None
    """where the action's electrodes are, where a graph says so"""


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What a clip turned out to be."""

    frames: int
    fps: float
    size: tuple[int, int]
    """width and height in pixels, as shown"""

    @property
    def seconds(self) -> float:
        """Length of the clip."""
        return self.frames / self.fps


@dataclass(frozen=True, slots=True)
class Examined:
    """What one recording turned out to be."""

    recording: str
    faults: tuple[Fault, ...]
    clips: Mapping[str, ClipFacts] = field(default_factory=dict)
    """readable clips by view"""
    pose_rows: int | None = None
    emg_rows: int | None = None


class _Tell(Protocol):
    """Takes down a fault of the clip in hand."""

    def __call__(self, kind: FaultKind, message: str, remedy: str, *, fatal: bool = True) -> None: ...


def examine(task: Task) -> Examined:
    """Read every clip and sensor file of a recording once."""
    faults: list[Fault] = []
    clips = {}
    for view, path in task.recording.views.items():
        found = _folder(task, path, faults) if path.is_dir() else _mp4(task, path, faults)
        if found:
            clips[view] = found
    pose_rows, emg_rows = _sensors(task, faults)
    return Examined(task.recording.id, tuple(faults), clips, pose_rows, emg_rows)


def _mp4(task: Task, path: Path, faults: list[Fault]) -> ClipFacts | None:
    try:
        frames = decode_all(path, task.info.frames_fps)
        _, fps, width, height = clip_info(path, task.info.frames_fps)
    except RecordingError as e:
        faults.append(fault_of(e, "clip", task.recording.id, path, task.root))
        return None
    return ClipFacts(frames, fps, (width, height))


def _folder(task: Task, path: Path, faults: list[Fault]) -> ClipFacts | None:
    """A frame folder: unlike the reader, which stops at the first fault, this tells all of them."""
    found: list[Fault] = []

    def tell(kind: FaultKind, message: str, remedy: str, *, fatal: bool = True) -> None:
        shown = path.relative_to(task.root).as_posix()
        found.append(Fault(kind, task.recording.id, shown, message, remedy, fatal))

    try:
        files = frame_files(path)
    except RecordingError as e:
        faults.append(fault_of(e, "link", task.recording.id, path, task.root))
        return None
    unread = sorted(
        {e.name for e in os.scandir(path) if e.name.lower().endswith(_PICTURES)} - {f.name for _, f in files}
    )
    if unread:
        tell("frame_names", f"{_some(unread)} are not read", "call pictures img_00001.JPG and so on", fatal=False)
    if not files:
        tell("clip", "no frames in this folder", "fetch the folder again")
    kinds = Counter(f.suffix for _, f in files)
    if len(kinds) > 1:
        told = ", ".join(f"{n} {suffix}" for suffix, n in kinds.most_common())
        tell("frame_names", f"pictures of several kinds: {told}", "make sure that they are of one clip", fatal=False)
    numbers = Counter(n for n, _ in files)
    if twice := [n for n, count in numbers.items() if count > 1]:
        tell("frame_twice", f"frame {_some(twice)} is there twice", "delete one of each")
    if missing := _gaps(sorted(numbers)):
        tell("frame_gap", f"frame {_some(missing)} is missing", "fetch the folder again")
    sizes = _sizes((f for _, f in files), tell)
    if len(sizes) > 1:
        usual = max(sizes, key=lambda s: len(sizes[s]))
        odd = [f"{name} {w}x{h}" for (w, h), names in sizes.items() if (w, h) != usual for name in names]
        tell("sizes", f"frames are {usual[0]}x{usual[1]}, but {_some(odd)}", "fetch or write these again")
    faults += found
    return None if any(f.fatal for f in found) else ClipFacts(len(files), task.info.frames_fps, next(iter(sizes)))


def _gaps(numbers: list[int]) -> list[str]:
    """Missing frame numbers as `5` or `5-8`; the first frame is 0 or 1."""
    if not numbers:
        return []
    start = -1 if numbers[0] == 0 else 0
    ranges = [(a + 1, b - 1) for a, b in pairwise([start, *numbers]) if b > a + 1]
    return [str(a) if a == b else f"{a}-{b}" for a, b in ranges]


def _sizes(files: Iterable[Path], tell: _Tell) -> dict[tuple[int, int], list[str]]:
    """Names of pictures by their width and height; those that cannot be read are told."""
    sizes: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    broken = []
    for file in files:
        try:
            sizes[picture_size(file)].append(file.name)
        except RecordingError as e:
            broken.append(f"{file.name} ({str(e).removeprefix(f'{file}: ').split(';')[0]})")
    if broken:
        tell("picture", f"pictures cannot be read: {_some(broken)}", "fetch or write them again")
    return dict(sizes)


def _sensors(task: Task, faults: list[Fault]) -> tuple[int | None, int | None]:
    """Rows of pose and of EMG, where these can be read."""
    pose_rows = emg_rows = None
    r = task.recording
    try:
        if r.skeleton:
            pose_rows = len(read_pose(r, task.info).points)
    except RecordingError as e:
        faults.append(fault_of(e, "pose", r.id, r.skeleton or task.root, task.root))
    try:
        if r.emg:
            emg = read_emg(r, task.info)
            emg_rows = len(emg.samples)
            faults += _emg(task, r.emg, emg)
    except RecordingError as e:
        faults.append(fault_of(e, "emg", r.id, r.emg or task.root, task.root))
    try:
        if r.physio:
            read_physio(r)
    except RecordingError as e:
        faults.append(fault_of(e, "physio", r.id, r.physio or task.root, task.root))
    return pose_rows, emg_rows


def _emg(task: Task, path: Path, emg: Emg) -> Iterator[Fault]:
    """Columns that do not fit the action, and channels that measured nothing or too much."""
    action, shown = task.recording.id.split("/")[0], path.relative_to(task.root).as_posix()
    channels = emg.samples.shape[1]
    used = set(range(channels)) if task.emg is None else {*task.emg.left_cols, *task.emg.right_cols}
    if task.emg and (channels <= max(used) or (max(used) == 1 and channels != 2)):
        expected = "2 columns (L, R)" if max(used) == 1 else "4 columns (L, L, R, R)"
        message = f"{channels} columns; {action} has {expected}"
        yield Fault(
            "emg_columns", task.recording.id, shown, message, "export it again, or correct `emg` of the graph"
        )
        return
    for channel in range(channels):
        samples = emg.samples[:, channel]
        name = f"column {channel + 1}"
        if samples.min() == samples.max():
            message, remedy = f"{name} is {samples[0]:g} throughout", "the electrode was off: leave the file out"
            yield Fault("emg_constant", task.recording.id, shown, message, remedy, fatal=channel in used)
        elif (share := clipped_share(samples)) >= _CLIPPED_SHARE:
            message = f"{name} is saturated: {share:.0%} of its samples stand at {np.abs(samples).max():g}"
            remedy = "amplitudes of this channel are too low: export it with a wider range, or leave the file out"
            yield Fault("emg_saturated", task.recording.id, shown, message, remedy, fatal=False)


def clipped_share(samples: NDArray[np.float64]) -> float:
    """Share of samples that stand at the largest or smallest value for three samples or longer.

    A floor of zero is not clipping: rectified signals rest there.

    Args:
        samples: one channel, shape (samples,).
    """
    clipped = 0
    for extreme in {float(samples.min()), float(samples.max())} - {0.0}:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], samples == extreme, [False]]).astype(np.int8)))
        runs = edges[1::2] - edges[::2]
        clipped += int(runs[runs >= _CLIPPED_RUN].sum())
    return clipped / len(samples)


def _some(names: Iterable[object]) -> str:
    listed = [str(name) for name in names]
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more
