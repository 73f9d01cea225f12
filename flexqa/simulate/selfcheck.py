"""Do simulator, pose file and detector tell the same story? Counted for every error of every action.

For each subject a faultless repetition is made, and from it one repetition for each (keystep, error) that a pose can
show. Each is written as a pose file and read again; the detectors of the graph must find in it the error that was put
in and nothing else, and in the faultless one nothing at all.
"""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flexqa.graph.model import Graph
from flexqa.graph.walk import Pair
from flexqa.media import Pose
from flexqa.recordings.detect import shows
from flexqa.recordings.flex_layout import read_pose
from flexqa.recordings.model import Recording, RecordingsInfo
from flexqa.recordings.repetition import Repetition
from flexqa.simulate.inject import Lifter, candidates, faultless, inject
from flexqa.simulate.lifts import known_actions, lift_of
from flexqa.simulate.motion import POSE_FPS, Plan
from flexqa.simulate.subject import draw_subject
from flexqa.simulate.write import write_pose


@dataclass(frozen=True, slots=True)
class Fault:
    """One repetition that does not show what it should."""

    action: str
    subject: int
    wanted: Pair | None
    """null: it was to be faultless"""
    made: bool
    """whether the simulator found a way to make the error at all"""
    found: tuple[Pair, ...]
    """what the detectors found in the pose file"""


@dataclass(frozen=True, slots=True)
class Row:
    """The count of one action."""

    action: str
    triples: int
    """(action, keystep, error) that a pose can show"""
    repetitions: int
    """triples x subjects"""
    found: int
    """repetitions in which the error that was put in was found"""
    extra: int
    """repetitions in which another one was found as well"""
    clean: int
    """faultless repetitions"""
    false_alarms: int
    """faultless repetitions in which an error was found"""
    attempts: int
    """movements that were tried to make all this"""

    @property
    def missed(self) -> int:
        """Repetitions in which the error could not be made, or was not found."""
        return self.repetitions - self.found


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The whole count."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]

    @property
    def total(self) -> Row:
        """All actions together."""
        names = ("triples", "repetitions", "found", "extra", "clean", "false_alarms", "attempts")
        return Row("all", *(sum(getattr(r, name) for r in self.rows) for name in names))

    @property
    def passed(self) -> bool:
        """Every error found, and nothing else."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class _Task:
    graph: Graph
    action: str
    subject: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Done:
    action: str
    faults: tuple[Fault, ...]
    attempts: int


def selfcheck(
    graph: Graph,
    actions: tuple[str, ...] = (),
    subjects: int = 50,
    seed: int = 7,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> SelfCheck:
    """Put every error into every subject, and look for it.

    Args:
        graph: recipes and detectors.
        actions: ids; empty is all.
        subjects: how many, each with a build, a tempo and a preferred side of its own.
        seed: of the subjects.
        workers: processes; the result does not depend on it.
        progress: called with (lifters done, lifters in all).

    Raises:
        BadInput: an action that cannot be simulated.
    """
    chosen = tuple(sorted(actions or (a for a in known_actions() if a in graph.actions)))
    for action in chosen:
        lift_of(graph, action)
    tasks = [_Task(graph, a, s, seed) for s in range(subjects) for a in chosen]
    done: list[_Done] = []
    for one in _run(tasks, workers):
        done.append(one)
        if progress:
            progress(len(done), len(tasks))
    faults = tuple(sorted((f for d in done for f in d.faults), key=lambda f: (f.action, f.wanted or (), f.subject)))
    return SelfCheck(tuple(_row(graph, a, subjects, [d for d in done if d.action == a]) for a in chosen), faults)


def _row(graph: Graph, action: str, subjects: int, done: list[_Done]) -> Row:
    triples = len(candidates(graph, action))
    faults = [f for d in done for f in d.faults if f.wanted is not None]
    return Row(
        action=action,
        triples=triples,
        repetitions=triples * subjects,
        found=triples * subjects - sum(f.wanted not in f.found for f in faults),
        extra=sum(bool(set(f.found) - {f.wanted}) for f in faults),
        clean=subjects,
        false_alarms=sum(f.wanted is None for d in done for f in d.faults),
        attempts=sum(d.attempts for d in done),
    )


def _run(tasks: list[_Task], workers: int) -> Iterator[_Done]:
    if workers == 1:
        yield from map(_check, tasks)
        return
    # Spawned, not forked: the caller may hold threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context) as pool:
        yield from pool.map(_check, tasks, chunksize=max(1, min(20, len(tasks) // (4 * workers))))


def _check(task: _Task) -> _Done:
    """All errors of one action by one subject."""
    number = int(task.action[1:])
    lifter = Lifter(task.graph, task.action, lift_of(task.graph, task.action), draw_subject(task.seed, task.subject))
    rng = np.random.default_rng([task.seed, 4, number, task.subject])
    plan = faultless(lifter, rng)
    side = float(rng.choice((-1.0, 1.0)))
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        if seen := _read_back(lifter, plan, Path(folder)):
            faults.append(Fault(task.action, task.subject, None, True, seen))
        for pair in candidates(task.graph, task.action):
            made = inject(lifter, plan, pair, side, rng, alone=True)
            seen = () if made is None else _read_back(lifter, made, Path(folder))
            if seen != (pair,):
                faults.append(Fault(task.action, task.subject, pair, made is not None, seen))
    return _Done(task.action, tuple(faults), lifter.movements)


def _read_back(lifter: Lifter, plan: Plan, folder: Path) -> tuple[Pair, ...]:
    """What the detectors find in the pose file of a repetition."""
    path = folder / "skeleton_points.csv"
    write_pose(path, lifter.repetition(plan).pose)
    pose = _read(path)
    repetition = Repetition(lifter.graph, lifter.action, pose, plan.timeline.spans())
    return tuple(p for p in lifter.pairs if shows(repetition, *p))


def _read(path: Path) -> Pose:
    info = RecordingsInfo(pose_fps=POSE_FPS)
    return read_pose(Recording("A01/001", {}, path, None, None, None), info)
