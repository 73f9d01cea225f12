"""Reads FLEX's layout on disk, and the files that flexqa puts beside it for what FLEX does not publish.

    A16/001/View-1.mp4, or View-1/img_00001.JPG ...     clips of views 1, 2, 3, 4 and P
    Skeleton/A16/001/skeleton_points.csv                header, 63 columns: 21 joints x 3
    EMG/A16/001/EMG.csv                                 no header; 2 columns L, R or 4 columns L, L, R, R
    physio/A16/001.csv                                  header time_s,heart_bpm,breath_per_min        (ours)
    annotations.jsonl                                   one `Annotation` per line                     (ours)
    recordings.toml                                     `RecordingsInfo`: rates, units, axes          (ours)

Opening lists folders and reads the last two files only; clips and sensors are read when asked for. FLEX states no
rate, unit or axis order: without recordings.toml the defaults of `RecordingsInfo` are taken, and each is said in
`RecordingSet.assumed`. Nothing outside of the root is ever read, whatever an id or a link says.
"""

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from tomli_w import dumps

from flexqa.errors import RecordingError
from flexqa.files import first_fault
from flexqa.media import Emg, Physio, Pose
from flexqa.recordings.annotations import ANNOTATIONS, RECORDING_ID, Annotations, read_annotations
from flexqa.recordings.fault import Fault, Report
from flexqa.recordings.model import Recording, RecordingSet, RecordingsInfo
from flexqa.vocabulary import JOINTS, VIEWS

INFO = "recordings.toml"
PHYSIO_COLUMNS = "time_s,heart_bpm,breath_per_min"

_VIEW = re.compile(rf"View-([{''.join(VIEWS)}])(\.mp4)?")
_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_ASSUMED = {
    "pose_fps": "pose files have {} samples per second",
    "pose_unit": "pose files are in {}",
    "pose_joints": "the 21 joints of pose files are {}",
    "pose_axes": "the three columns of a joint are {} (x to the subject's left, y up, z forward)",
    "emg_rate_hz": "EMG files have {} samples per second",
    "emg_unit": "EMG files are in {}",
    "frames_fps": "frame folders have {} frames per second",
}


def open_recordings(root: Path) -> RecordingSet:
    """List the recordings of a folder. No clip and no sensor file is read.

    Raises:
        RecordingError: there are no recordings, an annotation or recordings.toml is wrong, or a link leads out.
    """
    return scan(root, _refuse)


def scan(root: Path, report: Report) -> RecordingSet:
    """`open_recordings`, with faults reported and what they concern left out.

    Raises:
        RecordingError: the folder is none, or holds no recordings; or whatever `report` raises.
    """
    if not root.is_dir():
        raise RecordingError(f"{root}: no such folder; give the folder that holds A01/, A02/ ...")
    told: set[str] = set()

    def once(fault: Fault) -> None:
        """A link that leads out is met once for every file below it."""
        if fault.kind != "link" or fault.path not in told:
            told.add(fault.path)
            report(fault)

    return _scan(root, once)


def _scan(root: Path, report: Report) -> RecordingSet:
    info, assumed = _info(root, report)
    found = dict(sorted(_walk(root, report)))
    if not found:
        raise RecordingError(
            f"{root}: no recordings here; clips lie in A16/001/View-1.mp4 or A16/001/View-1/img_00001.JPG"
        )
    path = _own(root, "", root / ANNOTATIONS, report)
    if path is None:
        assumed += (
            f"there is no {ANNOTATIONS}, so recordings have no annotation and no questions can be made of them; "
            "the scores of the split files do not say which errors were seen",
        )
    annotations = read_annotations(path, report) if path else Annotations({}, {})
    for recording_id in sorted(set(annotations.by_recording) - set(found)):
        where = f"{ANNOTATIONS}:{annotations.lines[recording_id]}"
        message = f"{recording_id} has no files in this folder"
        report(Fault("orphan", recording_id, where, message, "add them or delete the line"))
    recordings = {
        recording_id: Recording(recording_id, views, *sensors, annotations.by_recording.get(recording_id))
        for recording_id, (views, sensors) in found.items()
    }
    return RecordingSet(root, info, recordings, assumed)


def fingerprint(recordings: RecordingSet) -> str:
    """sha256 over the sorted annotation lines: what questions are made from."""
    lines = sorted(r.annotation.model_dump_json() for r in recordings if r.annotation)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_info(path: Path) -> RecordingsInfo:
    """Read recordings.toml.

    Raises:
        RecordingError: it is missing, not TOML, or has wrong or unknown fields.
    """
    try:
        info = RecordingsInfo.model_validate(tomllib.loads(path.read_text("utf-8")))
        _axis_order(info)
        if sorted(info.pose_joints) != sorted(JOINTS):
            raise ValueError(f"pose_joints must name each of these once: {', '.join(JOINTS)}")
    except OSError as e:
        raise RecordingError(f"{path}: cannot be read ({e.strerror})") from e
    except ValidationError as e:
        raise RecordingError(f"{path}: {first_fault(e)}; fields are those of RecordingsInfo") from e
    except ValueError as e:  # TOML, UTF-8, axes
        raise RecordingError(f"{path}: {e}") from e
    return info


def write_info(path: Path, info: RecordingsInfo) -> None:
    """Write recordings.toml, replacing it as a whole."""
    part = path.with_suffix(".part")
    part.write_text(dumps(info.model_dump(mode="json", exclude_none=True)), "utf-8")
    part.replace(path)


def read_pose(recording: Recording, info: RecordingsInfo) -> Pose:
    """The joints in metres and in the canonical frame.

    Raises:
        RecordingError: the file is missing, empty, has no header, or holds anything but 63 finite columns.
    """
    path = _needed(recording, recording.skeleton, "pose", "Skeleton/{}/skeleton_points.csv")
    header, table = _table(path, header=True)
    _columns(path, table, table.shape[1] == 3 * len(JOINTS), "63 columns, 21 joints x 3")
    if _numbers(header) not in (None, [float(i) for i in range(3 * len(JOINTS))]):
        raise RecordingError(f"{path}: the first line holds numbers where a header is expected; add a header line")
    points = np.empty((len(table), len(JOINTS), 3))
    joints = [info.pose_joints.index(joint) for joint in JOINTS]
    for column, (axis, sign) in enumerate(_axis_order(info)):
        points[..., axis] = sign * _METRES[info.pose_unit] * table[:, column::3][:, joints]
    return Pose(points, info.pose_fps)


def read_emg(recording: Recording, info: RecordingsInfo) -> Emg:
    """The EMG channels as the file has them.

    Raises:
        RecordingError: the file is missing, empty, or holds anything but 2, or 4 and more, finite columns.
    """
    path = _needed(recording, recording.emg, "EMG", "EMG/{}/EMG.csv")
    _, table = _table(path, header=False)
    _columns(path, table, table.shape[1] == 2 or table.shape[1] >= 4, "2 columns (L, R) or 4 (L, L, R, R)")
    return Emg(table, info.emg_rate_hz, info.emg_unit)


def read_physio(recording: Recording) -> Physio:
    """Heart and breath rate of the set.

    Raises:
        RecordingError: the file is missing, empty, has another header, or values not finite or not in time order.
    """
    path = _needed(recording, recording.physio, "heart and breath rate", "physio/{}.csv")
    header, table = _table(path, header=True)
    if [name.strip() for name in header.split(",")] != PHYSIO_COLUMNS.split(","):
        raise RecordingError(f"{path}: the header is {header!r}; it must be {PHYSIO_COLUMNS}")
    _columns(path, table, table.shape[1] == 3, "3 columns")
    if (np.diff(table[:, 0]) <= 0).any():
        raise RecordingError(f"{path}: time_s does not increase; sort the lines and drop doubles")
    return Physio(table[:, 0], table[:, 1], table[:, 2])


def _refuse(fault: Fault) -> None:
    raise RecordingError(str(fault))


def _info(root: Path, report: Report) -> tuple[RecordingsInfo, tuple[str, ...]]:
    """What recordings.toml says, and a sentence for each thing that it leaves open."""
    path, info = root / INFO, RecordingsInfo()
    if _own(root, "", path, report):
        try:
            info = read_info(path)
        except RecordingError as e:
            message = str(e).removeprefix(f"{path}: ")
            report(Fault("info", "", INFO, message, "mend it, or delete it to take the defaults"))
    open_fields = [f for f in _ASSUMED if f not in info.model_fields_set]
    return info, tuple(_ASSUMED[f].format(_plain(getattr(info, f))) + f" ({INFO}: {f})" for f in open_fields)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


Files = tuple[dict[str, Path], tuple[Path | None, Path | None, Path | None]]


def _walk(root: Path, report: Report) -> Iterator[tuple[str, Files]]:
    """Every id that has any file, with its views and its skeleton, EMG and physio files."""
    ids = set()
    for top in ("", "Skeleton", "EMG", "physio"):
        for action in _entries(root, root / top, report):
            if not re.fullmatch(r"A\d{2,}", action.name) or not action.is_dir():
                continue
            for entry in _entries(root, action, report):
                name = entry.name.removesuffix(".csv") if top == "physio" else entry.name
                if RECORDING_ID.fullmatch(recording_id := f"{action.name}/{name}"):
                    ids.add(recording_id)
    for recording_id in sorted(ids):
        views = _views(root, recording_id, report)
        paths = (
            root / "Skeleton" / recording_id / "skeleton_points.csv",
            root / "EMG" / recording_id / "EMG.csv",
            root / "physio" / f"{recording_id}.csv",
        )
        skeleton, emg, physio = (_own(root, recording_id, path, report) for path in paths)
        yield recording_id, (views, (skeleton, emg, physio))


def _views(root: Path, recording_id: str, report: Report) -> dict[str, Path]:
    views: dict[str, Path] = {}
    for entry in sorted(_entries(root, root / recording_id, report)):
        if not (match := _VIEW.fullmatch(entry.name)):
            continue
        if match[1] in views:
            message = f"view {match[1]} is there as {views[match[1]].name} and as {entry.name}"
            report(Fault("view_twice", recording_id, f"{recording_id}/{entry.name}", message, "delete one of them"))
            continue
        views[match[1]] = entry
    return views


def _entries(root: Path, folder: Path, report: Report) -> Iterator[Path]:
    """The entries of a folder that do not lead out of the root; none when there is no such folder."""
    if _own(root, "", folder, report) is None or not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            # The folder is known to lie inside: only an entry that is itself a link can lead out.
            if not entry.is_symlink() or _own(root, "", path, report):
                yield path


def _own(root: Path, recording_id: str, path: Path, report: Report) -> Path | None:
    """The path, or None when it does not exist or, which is reported, leads out of the root."""
    inside = root.resolve()
    for part in (*reversed(path.relative_to(root).parents[:-1]), path.relative_to(root)):
        if not (root / part).is_symlink():
            continue
        target = Path(os.path.realpath(root / part))  # unlike resolve, it takes links that go round in circles
        if not target.is_relative_to(inside):
            message, remedy = f"leads out of the folder, to {target}", "copy what it points to to this place"
            report(Fault("link", recording_id, part.as_posix(), message, remedy))
            return None
    return path if path.exists() else None


def _needed(recording: Recording, path: Path | None, what: str, place: str) -> Path:
    if path is None:
        raise RecordingError(
            f"recording {recording.id} has no {what}; it is looked for in {place.format(recording.id)}"
        )
    return path


def _table(path: Path, *, header: bool) -> tuple[str, NDArray[np.float64]]:
    """Header line (or nothing) and finite numbers of a CSV file, shape (rows, columns)."""
    if not path.is_file():  # a pipe would be waited for
        raise RecordingError(f"{path}: is no file; restore it")
    try:
        lines = path.read_text("utf-8-sig").splitlines()
        head = lines[0] if header and lines else ""
        rows = {number: line for number, line in enumerate(lines, 1) if line.strip() and number > header}
        table = np.loadtxt([*rows.values()], delimiter=",", ndmin=2, comments=None) if rows else np.empty((0, 0))
    except OSError as e:
        raise RecordingError(f"{path}: cannot be read ({e.strerror}); restore the file") from e
    except ValueError as e:  # not numeric, ragged, not UTF-8
        first = path.read_text("utf-8-sig", errors="replace").splitlines()[0]
        if not header and _numbers(first) is None:
            raise RecordingError(f"{path}: line 1 is not numeric; this file has no header, delete it") from e
        raise RecordingError(f"{path}: {e}; every line holds numbers with commas between them") from e
    if not len(table):
        raise RecordingError(f"{path}: holds no values; fetch or write it again")
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        line = [*rows][row]
        raise RecordingError(f"{path}: line {line}, column {column + 1} is {table[row, column]}; fill or cut the gap")
    return head, table


def _numbers(line: str) -> list[float] | None:
    """The numbers of a CSV line, or None when it holds anything else."""
    try:
        return [float(cell) for cell in line.split(",")]
    except ValueError:
        return None


def _columns(path: Path, table: NDArray[np.float64], right: bool, expected: str) -> None:
    if not right:
        raise RecordingError(f"{path}: {table.shape[1]} columns, expected {expected}; export it again")


def _axis_order(info: RecordingsInfo) -> list[tuple[int, float]]:
    """For each column of a joint: the canonical axis that it is, and its sign.

    Raises:
        ValueError: the three are not x, y and z in some order.
    """
    names = [a.removeprefix("-") for a in info.pose_axes]
    if sorted(names) != ["x", "y", "z"]:
        raise ValueError(f"pose_axes {list(info.pose_axes)} must name x, y and z once each, with or without a minus")
    return [("xyz".index(n), -1.0 if a.startswith("-") else 1.0) for n, a in zip(names, info.pose_axes, strict=True)]
