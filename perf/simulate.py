"""Simulating: filming against encoding a still picture as often, which no renderer can beat, and signals alone.

Prints the peak memory of a process that films little and much; clips per second, and recordings without video, on one
and on two processes; and, by size and view, frames per second of processor time of rendering, of rendering and
encoding and of the floor, and their ratio (medians of runs in turns).  python perf/simulate.py [RUNS]
"""

import itertools
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.recordings.model import Camera
from flexqa.simulate.equipment import solids
from flexqa.simulate.film.camera import cameras
from flexqa.simulate.film.render import encode, render_clip, render_frames, resample
from flexqa.simulate.film.scene import Scene
from flexqa.simulate.generate import SimulateOptions, simulate
from flexqa.simulate.inject import Lifter, faultless
from flexqa.simulate.lifts import lift_of
from flexqa.simulate.motion import move
from flexqa.simulate.subject import draw_subject

FPS = 25.0
SIZES = ((320, 180), (640, 360), (1280, 720))
ACTIONS = ("A16", "A09", "A05")
"""a large moving barbell, a bench as well, two small dumbbells"""
FULL_SET = 7512
"""recordings of FLEX"""


def scene_of(action: str) -> Scene:
    """One repetition."""
    graph, subject = load_graph(default_graph()), draw_subject(7, 1)
    lift = lift_of(graph, action)
    pose = move(lift, subject, faultless(Lifter(graph, action, lift, subject), np.random.default_rng(1)))
    return Scene(pose, subject.look, *solids(lift, pose, 60.0), subject.girth)


@dataclass(frozen=True, slots=True)
class Shoot:
    """One clip to be made, three ways."""

    scene: Scene
    camera: Camera

    def frames(self) -> int:
        """How many."""
        return len(resample(self.scene, FPS).pose.points)

    def render(self) -> int:
        """Pictures only."""
        return sum(1 for _ in render_frames(self.scene, self.camera, FPS))

    def film(self) -> int:
        """Pictures and mp4."""
        with tempfile.TemporaryDirectory() as place:
            render_clip(self.scene, self.camera, Path(place) / "clip.mp4", FPS)
        return self.frames()

    def floor(self) -> int:
        """The first picture, encoded as often."""
        still = next(render_frames(self.scene, self.camera, FPS))
        with tempfile.TemporaryDirectory() as place:
            encode(itertools.repeat(still, self.frames()), self.camera, Path(place) / "clip.mp4", FPS)
        return self.frames()


def rate(work: Callable[[], int]) -> float:
    """Frames per second of this process, which other processes cannot disturb."""
    started = time.process_time()
    return work() / (time.process_time() - started)


def by_size(runs: int) -> None:
    """Frames per second of one core."""
    print(f"{'action':8}{'size':>10}{'view':>6}{'render':>8}{'+encode':>9}{'floor':>7}  times the floor's time")
    for action, (width, height) in [(a, (640, 360)) for a in ACTIONS] + [
        (ACTIONS[0], s) for s in SIZES if s[0] != 640
    ]:
        for view in ("1", "P"):
            shoot = Shoot(scene_of(action), cameras(width, height)[view])
            shoot.floor()
            found = [[rate(work) for work in (shoot.render, shoot.film, shoot.floor)] for _ in range(runs)]
            render, film, floor = (statistics.median(column) for column in zip(*found, strict=True))
            size = f"{shoot.camera.width}x{shoot.camera.height}"
            print(f"{action:8}{size:>10}{view:>6}{render:8.0f}{film:9.0f}{floor:7.0f}  {floor / film:.1f}")


def film_set(out: str, subjects: int, video: bool, workers: int) -> tuple[float, float]:
    """Seconds and peak MiB of this process for a set of one action."""
    options = SimulateOptions(
        actions=("A16",), subjects=subjects, reps=2, workers=workers, fps=FPS,
        video="mp4" if video else "none", views=("1", "P"),
    )  # fmt: skip
    started = time.perf_counter()
    simulate(load_graph(default_graph()), Path(out), options)
    return time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_process(subjects: int, *, video: bool, workers: int = 1) -> tuple[float, float]:
    """`film_set` in a process of its own."""
    with (
        tempfile.TemporaryDirectory() as place,
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        return pool.submit(film_set, f"{place}/set", subjects, video, workers).result()


def by_processes() -> None:
    """Sets on one and on two processes; the start of the processes counts."""
    for video, subjects, what in ((True, 5, "clips"), (False, 25, "recordings, signals only")):
        count = 2 * subjects * (2 if video else 1)
        one, two = (count / in_process(subjects, video=video, workers=w)[0] for w in (1, 2))
        print(f"{what} per second: {one:.2f} on one process, {two:.2f} on two, ratio {two / one:.2f}")
        if not video:
            print(f"  so the signals of {FULL_SET} recordings take {FULL_SET / two / 60:.1f} minutes on two")


def by_memory() -> None:
    """Constant memory: a longer set does not need more."""
    few, many = (in_process(subjects, video=True)[1] for subjects in (1, 5))
    print(f"peak memory of a process: {few:.0f} MiB after 4 clips, {many:.0f} MiB after 20, ratio {many / few:.2f}")


def main() -> None:
    """Measure and print."""
    # First of all: a new process counts the peak of the one that started it as its own.
    by_memory()
    by_processes()
    by_size(int(sys.argv[1]) if len(sys.argv) > 1 else 3)


if __name__ == "__main__":
    main()
