"""Reads a folder of recordings from end to end and tells everything that is wrong with it.

One bad recording never stops the others, not even one whose reading kills the process: each fault names its
recording, file and remedy. A fatal fault is one that would put wrong evidence or a wrong answer into a question; what
is merely missing is not fatal. Recordings are examined one by one (`examine`), in processes when asked to; what shows
only between files or between recordings is found here.
"""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from flexqa.errors import RecordingError
from flexqa.graph.model import Graph
from flexqa.recordings.annotations import ANNOTATIONS, graph_faults
from flexqa.recordings.examine import Examined, Task, examine
from flexqa.recordings.fault import Fault, FaultKind, fault_of
from flexqa.recordings.flex_layout import INFO, scan
from flexqa.recordings.model import Recording, RecordingSet
from flexqa.recordings.split_lists import FLEX_SPLITS, SplitRow, number_of, read_split_list, split_list_name

_AGREE_S = 0.25
"""by how much the ends of clips, sensors and phases of one recording may differ"""
_WAITING = 64
"""recordings handed to the processes ahead of those that are done: memory does not grow with the folder"""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """A folder of recordings and what is wrong with it."""

    recordings: RecordingSet
    """what is left without the annotations and links that are at fault"""
    faults: tuple[Fault, ...]


def check(root: Path, graph: Graph | None = None, workers: int = 1, progress: Progress | None = None) -> Checked:
    """Read every file of a folder once.

    Args:
        root: the folder of recordings.
        graph: annotations and EMG columns are checked against it; None leaves that out.
        workers: processes; the faults and their order do not depend on it.
        progress: called with (recordings done, recordings in all).

    Raises:
        RecordingError: the folder is none, or holds no recordings.
    """
    faults: list[Fault] = []
    recordings = scan(root, faults.append)
    # Without rates nothing can be said about lengths.
    rates_known = all(f.kind != "info" for f in faults)
    told = {f.recording for f in faults if f.path.startswith(ANNOTATIONS)}
    usual = _usual(recordings)
    examined = []
    for done, found in enumerate(examine_all(_tasks(recordings, graph), workers), 1):
        recording = recordings[found.recording]
        faults += chain(_missing(recording, usual, told), found.faults)
        examined.append(found)
        if progress:
            progress(done, len(recordings))
    faults += _same_numbers(recordings)
    faults += _odd_sizes(examined)
    if rates_known:
        faults += chain.from_iterable(_lengths(recordings[e.recording], e) for e in examined)
        faults += _sensor_lengths(recordings, examined)
    if graph:
        faults += _against_graph(recordings, graph)
    faults += _splits(recordings)
    return Checked(recordings, tuple(faults))


def _tasks(recordings: RecordingSet, graph: Graph | None) -> list[Task]:
    def task(recording: Recording) -> Task:
        action = graph.actions.get(recording.id.split("/")[0]) if graph else None
        return Task(recordings.root, recording, recordings.info, action.emg if action else None)

    return [task(r) for r in recordings]


def examine_all(tasks: Sequence[Task], workers: int) -> Iterator[Examined]:
    """Examine recordings, in processes if there are to be several.

    Returns:
        Results in the order of the tasks; one whose files kill the process has the fault `crash`.
    """
    if workers == 1 or len(tasks) < 2:
        yield from map(examine, tasks)
        return
    done = 0
    while done < len(tasks):
        try:
            for found in _in_pool(tasks[done:], workers):
                yield found
                done += 1
        except BrokenProcessPool:
            # Some file of those in hand killed its process: each of them gets a process of its own.
            for task in tasks[done : done + _WAITING]:
                yield _alone(task)
                done += 1


def _in_pool(tasks: Sequence[Task], workers: int) -> Iterator[Examined]:
    # Spawned, not forked: the caller may hold threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context) as pool:
        waiting: list[Future[Examined]] = []
        for task in tasks:
            waiting.append(pool.submit(examine, task))
            if len(waiting) == _WAITING:
                yield waiting.pop(0).result()
        yield from (future.result() for future in waiting)


def _alone(task: Task) -> Examined:
    try:
        [found] = _in_pool([task], 1)
    except BrokenProcessPool:
        message, remedy = "reading its files kills the process", "leave it out, or fetch its files again"
        fault = Fault("crash", task.recording.id, task.recording.id, message, remedy)
        return Examined(task.recording.id, (fault,))
    return found


def _evidence(recording: Recording) -> set[str]:
    """What a recording has: `view 1`, `pose` ..."""
    files = {"pose": recording.skeleton, "EMG": recording.emg, "physio": recording.physio}
    has = {f"view {v}" for v in recording.views} | {name for name, path in files.items() if path}
    return has | ({"annotation"} if recording.annotation else set())


def _usual(recordings: RecordingSet) -> set[str]:
    """What at least half of the recordings have."""
    counts = Counter(chain.from_iterable(map(_evidence, recordings)))
    return {name for name, n in counts.items() if 2 * n >= len(recordings)}


def _missing(recording: Recording, usual: set[str], told: set[str]) -> Iterator[Fault]:
    for name in sorted(usual - _evidence(recording)):
        if name == "annotation" and recording.id in told:
            continue
        message = f"{name} is missing, which most recordings have"
        yield Fault("missing", recording.id, recording.id, message, "fetch it", fatal=False)


def _same_numbers(recordings: RecordingSet) -> Iterator[Fault]:
    """Folders like A16/001 and A16/0001, which are one recording to FLEX's lists."""
    first: dict[tuple[int, int], str] = {}
    for recording_id in recordings.recordings:
        other = first.setdefault(number_of(recording_id), recording_id)
        if other != recording_id:
            message = f"{recording_id} and {other} have the same number"
            yield Fault("number", recording_id, recording_id, message, "rename or delete one of them")


def _odd_sizes(examined: Iterable[Examined]) -> Iterator[Fault]:
    """Clips that are not as large as most of their view."""
    clips = [(e.recording, view, clip.size) for e in examined for view, clip in e.clips.items()]
    counts = Counter((view, size) for _, view, size in clips)
    usual = {view: size for (view, size), _ in reversed(counts.most_common())}
    for recording, view, size in clips:
        if size != usual[view]:
            (w, h), (w0, h0) = size, usual[view]
            message = f"view {view} is {w}x{h}, that of most recordings {w0}x{h0}"
            yield Fault("sizes", recording, recording, message, "make sure that it is the right clip", fatal=False)


def _lengths(recording: Recording, found: Examined) -> Iterator[Fault]:
    """Clips of different length, and phases that run past the end of the shortest."""
    lengths = {view: clip.seconds for view, clip in found.clips.items()}
    if not lengths:
        return
    if max(lengths.values()) - min(lengths.values()) > _AGREE_S:
        told = ", ".join(f"view {v} {s:.2f} s" for v, s in lengths.items())
        message = f"clips differ in length: {told}"
        yield Fault("lengths", recording.id, recording.id, message, "cut them alike", fatal=False)
    phases = recording.annotation.phases if recording.annotation else ()
    if phases and phases[-1].end_s > min(lengths.values()) + _AGREE_S:
        message = f"phases end at {phases[-1].end_s:.2f} s, the shortest clip at {min(lengths.values()):.2f} s"
        yield Fault("phases", recording.id, ANNOTATIONS, message, f"correct the phases, or the rate in {INFO}")


def _sensor_lengths(recordings: RecordingSet, examined: Sequence[Examined]) -> Iterator[Fault]:
    """Pose and EMG that last longer or shorter than the clips."""
    info = recordings.info
    pose = _Sensor("pose", "pose_rows", "Skeleton/{}/skeleton_points.csv", "pose_fps", info.pose_fps)
    emg = _Sensor("EMG", "lengths", "EMG/{}/EMG.csv", "emg_rate_hz", info.emg_rate_hz)
    # A pose of one row per frame fits, whatever the rates: FLEX's code takes it so.
    yield from _against_clips(pose, examined, lambda e: e.pose_rows, by_frames=True)
    yield from _against_clips(emg, examined, lambda e: e.emg_rows, by_frames=False)


@dataclass(frozen=True, slots=True)
class _Sensor:
    """A sensor file that has a rate."""

    name: str
    kind: FaultKind
    place: str
    setting: str
    rate: float


def _against_clips(
    sensor: _Sensor, examined: Iterable[Examined], rows_of: Callable[[Examined], int | None], *, by_frames: bool
) -> Iterator[Fault]:
    """Where most recordings agree the others are at fault.

    Where most do not, a rate is wrong or the clips were resampled, which one sentence says better than thousands.
    """
    compared, wrong = 0, []
    for e in examined:
        rows = rows_of(e)
        if rows is None or not e.clips:
            continue
        compared += 1
        seconds = min(clip.seconds for clip in e.clips.values())
        fits = by_frames and rows in {clip.frames for clip in e.clips.values()}
        if not fits and abs(rows / sensor.rate - seconds) > _AGREE_S:
            wrong.append((e.recording, rows, seconds))
    if 2 * len(wrong) > compared > 1:
        message = f"{sensor.name} lasts as long as the clips in only {compared - len(wrong)} of {compared} recordings"
        remedy = f"state {sensor.setting} and frames_fps; until then moments of clip and {sensor.name} do not agree"
        yield Fault(sensor.kind, "", INFO, message, remedy, fatal=False)
        return
    for recording, rows, seconds in wrong:
        lasts = rows / sensor.rate
        message = f"{rows} rows at {sensor.rate:g} Hz are {lasts:.2f} s; the shortest clip lasts {seconds:.2f} s"
        remedy = f"export it again, or state {sensor.setting} in {INFO}"
        yield Fault(sensor.kind, recording, sensor.place.format(recording), message, remedy)


def _against_graph(recordings: RecordingSet, graph: Graph) -> Iterator[Fault]:
    remedy = f"correct {ANNOTATIONS}, or give the graph that it was made for: --graph"
    for recording in recordings:
        for message in graph_faults(recording.annotation, graph) if recording.annotation else ():
            yield Fault("graph", recording.id, ANNOTATIONS, message, remedy)


def _splits(recordings: RecordingSet) -> Iterator[Fault]:
    """Faults of the official split files, where there are any."""
    by_number = {number_of(i): i for i in recordings.recordings}
    seen: dict[str, str] = {}
    for split in FLEX_SPLITS:
        name = split_list_name(split)
        try:
            rows = read_split_list(recordings.root, split) or ()
        except RecordingError as e:
            yield fault_of(e, "split_file", "", recordings.root / name, recordings.root)
            continue
        yield from _row_faults(rows, name, recordings, by_number)
        for recording_id in sorted({by_number[r.number] for r in rows if r.number in by_number}):
            if recording_id in seen:
                message = f"{recording_id} is in {seen[recording_id]} as well"
                yield Fault("split_overlap", recording_id, name, message, "take it out of one")
            seen[recording_id] = split


def _row_faults(
    rows: Iterable[SplitRow], name: str, recordings: RecordingSet, known: dict[tuple[int, int], str]
) -> Iterator[Fault]:
    first: dict[tuple[int, int], int] = {}
    for row in rows:
        recording_id = known.get(row.number, row.recording)
        where = f"{name}:{row.row}"
        if (row.action, row.index) != row.number or row.number not in known:
            message = f"row {row.row} points to {row.action:g}, {row.index:g}: {row.recording} is not here"
            remedy = "fetch it, or ignore this when the folder is a part"
            yield Fault("split_row", recording_id, where, message, remedy, fatal=False)
            continue
        if first.setdefault(row.number, row.row) != row.row:
            message = f"rows {first[row.number]} and {row.row} are both {recording_id}"
            yield Fault("split_row", recording_id, where, message, "delete one of them", fatal=False)
        annotation = recordings[recording_id].annotation
        if not 0 <= row.score <= 100:
            message = f"row {row.row} gives {recording_id} the score {row.score:g}, which is not between 0 and 100"
            yield Fault("split_score", recording_id, where, message, "correct the row")
        elif annotation and abs(annotation.score - row.score) > 0.01:
            message = (
                f"row {row.row} gives {recording_id} the score {row.score:g}, {ANNOTATIONS} {annotation.score:g}"
            )
            yield Fault("split_score", recording_id, where, message, "make sure which is right", fatal=False)
