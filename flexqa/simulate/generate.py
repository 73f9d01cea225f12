"""Write a folder of simulated recordings in FLEX's layout.

Each recording has random numbers of its own, seeded by (seed, action, subject, repetition), so its bytes depend
neither on the number of workers nor on what else is asked for.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

import flexqa
from flexqa.errors import BadInput
from flexqa.graph.model import Graph
from flexqa.graph.walk import score
from flexqa.question import Frozen, Split
from flexqa.recordings.model import Annotation, RecordingsInfo
from flexqa.simulate.equipment import BAR_KG, solids
from flexqa.simulate.lifts import Lift, known_actions, lift_of
from flexqa.simulate.motion import POSE_FPS, move
from flexqa.simulate.muscles import EMG_RATE_HZ, record_emg
from flexqa.simulate.physio import record_physio
from flexqa.simulate.regimes import Drawn, Regime, draw_repetition
from flexqa.simulate.scene import Scene
from flexqa.simulate.subject import Subject, draw_subject
from flexqa.simulate.write import write_annotations, write_emg, write_info, write_physio, write_pose, write_split
from flexqa.vocabulary import VIEWS


class SimulateOptions(Frozen):
    """What to simulate."""

    actions: tuple[str, ...] = ()
    """ids; empty is all"""
    subjects: int = Field(default=4, ge=1)
    reps: int = Field(default=2, ge=1)
    """repetitions of each action by each subject"""
    seed: int = Field(default=7, ge=0)
    video: Literal["mp4", "frames", "none"] = "mp4"
    views: tuple[str, ...] = VIEWS
    width: int = Field(default=640, ge=32)
    height: int = Field(default=360, ge=32)
    fps: float = Field(default=20.0, gt=0)
    """of the video; the pose is written at 50 Hz"""
    regime: Regime = "controlled"
    """controlled: no error or one per repetition; flexlike: several, about as many as FLEX's scores imply"""
    workers: int = Field(default=1, ge=1)


@dataclass(frozen=True, slots=True)
class _Task:
    """One recording to make; plain data, so that it travels to another process."""

    graph: Graph
    out: Path
    options: SimulateOptions
    action: str
    subject: int
    rep: int


def simulate(
    graph: Graph, out: Path, options: SimulateOptions, progress: Callable[[int, int], None] | None = None
) -> RecordingsInfo:
    """Write recordings into a new or empty folder.

    Args:
        graph: what can go wrong, and how far.
        out: the folder.
        options: how many of what.
        progress: called with (recordings done, recordings in all).

    Raises:
        BadInput: an unknown action or view, or a folder that is not empty.
    """
    actions = tuple(sorted(options.actions or (a for a in known_actions() if a in graph.actions)))
    _check(graph, out, actions, options)
    tasks = [
        _Task(graph, out, options, a, s, r)
        for a in actions
        for s in range(options.subjects)
        for r in range(1, options.reps + 1)
    ]
    annotations = []
    for done, annotation in enumerate(_run(tasks, options.workers), 1):
        annotations.append(annotation)
        if progress:
            progress(done, len(tasks))
    write_annotations(out / "annotations.jsonl", annotations)
    for split in ("train", "test"):
        rows = [a for a in annotations if a.split == split]
        write_split(out / "Split_4" / f"split_4_{split}_list.mat", f"consolidated_{split}_list", rows)
    info = _info(options)
    write_info(out / "recordings.toml", info)
    return info


def _check(graph: Graph, out: Path, actions: tuple[str, ...], options: SimulateOptions) -> None:
    for action in actions:
        lift_of(graph, action)
    if unknown := [v for v in options.views if v not in VIEWS]:
        raise BadInput(f"there is no camera view {unknown[0]!r}; choose from {', '.join(VIEWS)}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"{out} exists and is not an empty folder; give the name of a new one")
    out.mkdir(parents=True, exist_ok=True)


def _run(tasks: list[_Task], workers: int) -> Iterator[Annotation]:
    if workers == 1:
        yield from map(_record, tasks)
        return
    # Spawned, not forked: the caller may hold threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=context) as pool:
        yield from pool.map(_record, tasks, chunksize=max(1, len(tasks) // (8 * workers)))


def _record(task: _Task) -> Annotation:
    """Make one recording and write its files."""
    o, number = task.options, int(task.action[1:])
    rng = np.random.default_rng([o.seed, 2, number, task.subject, task.rep])
    subject, lift = draw_subject(o.seed, task.subject), lift_of(task.graph, task.action)
    repetition = draw_repetition(task.graph, task.action, subject, o.regime, rng)
    index = f"{task.subject * o.reps + task.rep:03d}"
    set_rng = np.random.default_rng([o.seed, 3, number, task.subject])
    load = _load(task.graph, lift, task.action, subject, set_rng)
    _write_sensors(task, index, subject, lift, repetition, rng)
    effort = load / max(task.graph.actions[task.action].load_kg_mean.get(subject.skill, load), 1.0)
    write_physio(
        task.out / "physio" / task.action / f"{index}.csv", record_physio(subject.rest_heart_bpm, effort, set_rng)
    )
    if o.video != "none":
        _film(task, index, subject, lift, repetition, load)
    split: Split = "train" if task.subject % 2 == 0 else "test"
    return Annotation(
        recording=f"{task.action}/{index}",
        action=task.action,
        subject=subject.id,
        split=split,
        phases=repetition.plan.timeline.spans(),
        pairs=tuple(sorted(repetition.pairs)),
        score=round(score(task.graph, task.action, repetition.pairs).value, 2),
        skill=subject.skill,
        rep=task.rep,
        load_kg=load,
    )


def _load(graph: Graph, lift: Lift, action: str, subject: Subject, rng: np.random.Generator) -> float:
    """Kilograms of the set: steps of 2.5 with a bar of 20, of 1 for dumbbells."""
    mean = graph.actions[action].load_kg_mean.get(subject.skill, 20.0)
    kg = mean * subject.strength * rng.uniform(0.9, 1.1)
    if lift.equipment == "dumbbells":
        return float(max(2.0, round(kg)))
    return float(max(BAR_KG, round(kg / 2.5) * 2.5))


def _write_sensors(
    task: _Task, index: str, subject: Subject, lift: Lift, repetition: Drawn, rng: np.random.Generator
) -> None:
    name = f"{task.action}/{index}"
    write_pose(task.out / "Skeleton" / name / "skeleton_points.csv", move(lift, subject, repetition.plan))
    prior = task.graph.actions[task.action].emg
    if prior is not None:
        emg = record_emg(prior, repetition.plan.timeline, repetition.drive, subject.muscle_gain, rng)
        write_emg(task.out / "EMG" / name / "EMG.csv", emg)


def _film(task: _Task, index: str, subject: Subject, lift: Lift, repetition: Drawn, load: float) -> None:
    # Rendering needs a video encoder; sensors alone do not.
    from flexqa.simulate.camera import cameras
    from flexqa.simulate.render import render_clip

    o = task.options
    pose = move(lift, subject, repetition.plan)
    rods, discs, boxes = solids(lift, pose, load)
    scene = Scene(pose, subject.look, rods, discs, boxes, subject.girth)
    views = cameras(o.width, o.height)
    for view in o.views:
        folder = task.out / task.action / index
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (f"View-{view}.mp4" if o.video == "mp4" else f"View-{view}")
        render_clip(scene, views[view], path, o.fps)


def _info(options: SimulateOptions) -> RecordingsInfo:
    views = {}
    if options.video != "none":
        from flexqa.simulate.camera import cameras

        views = {v: c for v, c in cameras(options.width, options.height).items() if v in options.views}
    return RecordingsInfo(
        title="Simulated strength training",
        generator=f"flexqa simulate {flexqa.__version__}",
        seed=options.seed,
        pose_fps=POSE_FPS,
        emg_rate_hz=EMG_RATE_HZ,
        frames_fps=options.fps,
        cameras=views,
    )
