"""Generating questions at the size of FLEX: 7,512 recordings, 20 questions each, on two processes.

Prints seconds, questions per second and peak memory of the parent and of its greatest child for a third of the
recordings and for all of them, and the ratios of the two: time must grow with the number, memory must not. The floor,
which no generator can beat, is reading every annotation, pose, EMG and physio file once.
    python perf/questions.py [DIR]      DIR: recordings made by an earlier call, or to be made now (minutes)
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.questions.generate import GenerateOptions, generate
from flexqa.recordings.flex_layout import open_recordings, read_emg, read_physio, read_pose
from flexqa.simulate.generate import SimulateOptions, simulate

PER_RECORDING = 20
WORKERS = 2
SUBJECTS, REPS = 94, 4
"""of 20 actions: 7,520 recordings"""
PART = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """What one call took."""

    recordings: int
    questions: int
    seconds: float
    parent_mib: float
    child_mib: float

    def __str__(self) -> str:
        rate = f"{self.questions / self.seconds:.0f} per second" if self.questions else "files only"
        return (
            f"{self.recordings} recordings: {self.questions} questions in {self.seconds:.1f} s, {rate}; "
            f"peak {self.parent_mib:.0f} MiB, a worker {self.child_mib:.0f} MiB"
        )


def make(root: Path, subjects: int) -> Path:
    """Recordings without pictures; the clips, which the generator only lists, are empty files."""
    options = SimulateOptions(
        subjects=subjects, reps=REPS, seed=11, regime="flexlike", video="empty", workers=WORKERS
    )
    simulate(load_graph(default_graph()), root, options)
    return root


def ask(root: Path, out: Path) -> Measured:
    """Generate; to be called in a process of its own."""
    recordings, started = open_recordings(root), time.perf_counter()
    manifest = generate(
        load_graph(default_graph()), recordings, GenerateOptions(per_recording=PER_RECORDING), out, workers=WORKERS
    )
    return _measured(len(recordings), manifest.n_questions, started)


def read(root: Path, _: Path) -> Measured:
    """Open every file that the generator opens, once, in one process."""
    recordings, started = open_recordings(root), time.perf_counter()
    for recording in recordings:
        read_pose(recording, recordings.info)
        read_emg(recording, recordings.info)
        read_physio(recording)
    return _measured(len(recordings), 0, started)


def _measured(recordings: int, questions: int, started: float) -> Measured:
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Measured(recordings, questions, time.perf_counter() - started, *peaks)


def alone(work: Callable[[Path, Path], Measured], root: Path, out: Path) -> Measured:
    """`work` in a new process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, root, out).result()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(place) / "recordings"
        few = alone(ask, make(root / "few", SUBJECTS // PART), Path(place) / "few.jsonl")
        floor = alone(read, make(root / "all", SUBJECTS), Path(place))
        full = alone(ask, root / "all", Path(place) / "all.jsonl")
    print(few, floor, full, sep="\n")
    more = full.recordings / few.recordings
    print(f"{more:.1f} times the recordings: {full.seconds / few.seconds:.1f} times the time,")
    print(f"  {full.parent_mib / few.parent_mib:.2f} and {full.child_mib / few.child_mib:.2f} times the memory")
    print(f"{WORKERS * full.seconds / floor.seconds:.1f} times the processor time of reading the files once")


if __name__ == "__main__":
    main()
