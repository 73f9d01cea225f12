"""Write a folder of simulated recordings in FLEX's layout.

Each recording has random numbers of its own, seeded by (seed, action, subject, repetition), so its bytes depend
neither on the number of workers nor on what else is asked for. A run that was killed is taken up by the same call.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

import flexqa
from flexqa.errors import BadInput
from flexqa.graph.model import Graph
from flexqa.graph.walk import score
from flexqa.processes import in_processes
from flexqa.question import Frozen, Split
from flexqa.recordings.flex_layout import INFO, write_info
from flexqa.recordings.model import Annotation, RecordingsInfo
from flexqa.simulate.bout import LONGEST, Bout, draw_bout
from flexqa.simulate.electrodes import STORED_RATES_HZ, Electrodes
from flexqa.simulate.equipment import solids
from flexqa.simulate.film.scene import Scene
from flexqa.simulate.ledger import Ledger
from flexqa.simulate.lifts import known_actions, lift_of
from flexqa.simulate.motion import POSE_FPS
from flexqa.simulate.muscles import record_emg
from flexqa.simulate.regimes import Drawn, Regime, draw_repetition
from flexqa.simulate.subject import Subject, draw_subject
from flexqa.simulate.write import write_annotations, write_emg, write_physio, write_pose, write_split
from flexqa.vocabulary import VIEWS

_SIGNALS = "signals"


class SimulateOptions(Frozen):
    """What to simulate."""

    actions: tuple[str, ...] = ()
    """ids; empty is all"""
    subjects: int = Field(default=4, ge=1)
    reps: int = Field(default=2, ge=1, le=LONGEST)
    """repetitions of each action by each subject, one set"""
    seed: int = Field(default=7, ge=0)
    video: Literal["mp4", "frames", "empty", "none"] = "mp4"
    """empty: files without content, for work that lists clips and never opens one, as making questions does"""
    views: tuple[str, ...] = VIEWS
    width: int = Field(default=640, ge=32)
    height: int = Field(default=360, ge=32)
    fps: float = Field(default=20.0, gt=0)
    """of the video; the pose is written at 50 Hz"""
    regime: Regime = "mixed"
    """controlled: pairs with and without one error; flexlike: several errors, as FLEX's scores imply; mixed: both"""
    emg_rate_hz: int = 200
    """one of `STORED_RATES_HZ`"""
    workers: int = Field(default=1, ge=1)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work: the signals of one recording, or one of its clips."""

    action: str
    subject: int
    """index, from 0"""
    rep: int
    part: str
    """`signals` or a camera view"""


@dataclass(frozen=True)
class Studio:
    """Makes pieces of recordings; plain data, so that it travels to other processes."""

    graph: Graph
    out: Path
    options: SimulateOptions
    actions: tuple[str, ...]
    _last: dict[tuple[str, int, int], tuple[Subject, Bout, Drawn]] = field(default_factory=dict)

    @cached_property
    def ledger(self) -> Ledger:
        """What is finished."""
        return Ledger(self.out)

    def pieces(self, part: str = "") -> Iterator[Piece]:
        """All pieces of the set, sorted by recording; or those of one part."""
        parts = (part,) if part else (_SIGNALS, *(self.options.views if self.options.video != "none" else ()))
        for action in self.actions:
            for subject in range(self.options.subjects):
                for rep in range(1, self.options.reps + 1):
                    yield from (Piece(action, subject, rep, p) for p in parts)

    def recording_id(self, piece: Piece, rep: int | None = None) -> str:
        """`A05/011`; of another repetition of the same set if `rep` is given."""
        return f"{piece.action}/{piece.subject * self.options.reps + (rep or piece.rep):03d}"

    def name(self, piece: Piece) -> str:
        """What the ledger calls a piece."""
        return f"{self.recording_id(piece)}/{piece.part}"

    def make(self, piece: Piece) -> None:
        """Write the files of a piece, and then that they are there."""
        if piece.part == _SIGNALS:
            files, annotation = self._signals(piece)
            self.ledger.enter(self.name(piece), files, annotation.model_dump_json())
        else:
            clip = self._film(piece)
            files = sorted(clip.iterdir()) if clip.is_dir() else [clip]
            self.ledger.enter(self.name(piece), files)

    def _drawn(self, piece: Piece) -> tuple[Subject, Bout, Drawn]:
        """Who does what; pieces of one recording come one after another."""
        key = (piece.action, piece.subject, piece.rep)
        if key not in self._last:
            o = self.options
            subject, lift = draw_subject(o.seed, piece.subject), lift_of(self.graph, piece.action)
            bout = draw_bout(self.graph, piece.action, lift, subject, (o.seed, int(piece.action[1:]), piece.subject))
            self._last.clear()
            self._last[key] = (
                subject,
                bout,
                draw_repetition(self.graph, piece.action, subject, bout, o.regime, piece.rep),
            )
        return self._last[key]

    def _signals(self, piece: Piece) -> tuple[list[Path], Annotation]:
        subject, bout, drawn = self._drawn(piece)
        name, prior = self.recording_id(piece), self.graph.actions[piece.action].emg
        files = [self.out / "Skeleton" / name / "skeleton_points.csv", self.out / "physio" / f"{name}.csv"]
        write_pose(files[0], drawn.pose)
        write_physio(files[1], bout.physio)
        if prior is not None:
            electrodes = Electrodes(subject.muscle_gain, drawn.heart_bpm, drawn.noise, self.options.emg_rate_hz)
            files.append(self.out / "EMG" / name / "EMG.csv")
            write_emg(files[-1], record_emg(prior, drawn.plan.timeline, drawn.drive, electrodes))
        return files, self._annotation(piece, subject, bout, drawn)

    def _annotation(self, piece: Piece, subject: Subject, bout: Bout, drawn: Drawn) -> Annotation:
        split: Split = "train" if piece.subject % 2 == 0 else "test"
        twin = drawn.twin if drawn.twin and drawn.twin <= self.options.reps else None
        return Annotation(
            recording=self.recording_id(piece),
            action=piece.action,
            subject=subject.id,
            split=split,
            phases=drawn.plan.timeline.spans(),
            pairs=tuple(sorted(drawn.pairs)),
            set_errors=drawn.set_errors,
            score=round(score(self.graph, piece.action, drawn.pairs).value, 2),
            skill=subject.skill,
            rep=piece.rep,
            load_kg=bout.load_kg,
            twin=self.recording_id(piece, twin) if twin else None,
        )

    def _film(self, piece: Piece) -> Path:
        o = self.options
        suffix = "" if o.video == "frames" else ".mp4"
        path = self.out / self.recording_id(piece) / f"View-{piece.part}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if o.video == "empty":
            path.touch()
            return path
        # Rendering needs a video encoder; sensors alone do not.
        from flexqa.simulate.film.camera import cameras
        from flexqa.simulate.film.render import render_clip

        subject, bout, drawn = self._drawn(piece)
        lift = lift_of(self.graph, piece.action)
        scene = Scene(drawn.pose, subject.look, *solids(lift, drawn.pose, bout.load_kg), subject.girth)
        draft = path.with_name(f".View-{piece.part}.part{suffix}")
        # Folders of frames that an earlier run left.
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(path, ignore_errors=True)
        render_clip(scene, cameras(o.width, o.height)[piece.part], draft, o.fps)
        return draft.rename(path)


def simulate(
    graph: Graph, out: Path, options: SimulateOptions, progress: Callable[[int, int], None] | None = None
) -> RecordingsInfo:
    """Write recordings into a new or empty folder, or finish what an earlier call with these options began.

    Args:
        graph: what can go wrong, and how far.
        out: the folder.
        options: how many of what.
        progress: called with (pieces done, pieces in all); a piece is the signals of a recording, or one clip.

    Raises:
        BadInput: an unknown action or view, or a folder that holds something else.
        RecordingError: a folder of other options.
    """
    actions = tuple(sorted(options.actions or (a for a in known_actions() if a in graph.actions)))
    _check(graph, actions, options)
    studio, info = Studio(graph, out, options, actions), _info(options)
    studio.ledger.open(_plan(studio))
    if not (out / INFO).exists():
        _make_all(studio, progress)
        _write_lists(studio)
        # Last of all: where it is, the set is complete.
        write_info(out / INFO, info)
    studio.ledger.close()
    return info


def _check(graph: Graph, actions: tuple[str, ...], options: SimulateOptions) -> None:
    for action in actions:
        lift_of(graph, action)
    if unknown := [v for v in options.views if v not in VIEWS]:
        raise BadInput(f"there is no camera view {unknown[0]!r}; choose from {', '.join(VIEWS)}")
    if options.emg_rate_hz not in STORED_RATES_HZ:
        rates = ", ".join(map(str, STORED_RATES_HZ))
        raise BadInput(f"EMG cannot be stored at {options.emg_rate_hz} samples per second; choose from {rates}")


def _plan(studio: Studio) -> dict[str, Any]:
    """All that the bytes of the set depend on."""
    graph = hashlib.sha256(studio.graph.model_dump_json(exclude={"sha256"}).encode()).hexdigest()
    options = studio.options.model_dump(mode="json", exclude={"workers", "actions"})
    return {"flexqa": flexqa.__version__, "graph": graph, "actions": list(studio.actions), **options}


def _make_all(studio: Studio, progress: Callable[[int, int], None] | None) -> None:
    total = sum(1 for _ in studio.pieces())
    done = 0

    def missing() -> Iterator[Piece]:
        nonlocal done
        for piece in studio.pieces():
            if studio.ledger.has(studio.name(piece)):
                done += 1
            else:
                yield piece

    for _ in in_processes(studio.make, missing(), min(studio.options.workers, total)):
        done += 1
        if progress:
            progress(done, total)


def _write_lists(studio: Studio) -> None:
    """annotations.jsonl and the split lists, from what the pieces found."""

    def annotations(split: Split | None = None) -> Iterator[Annotation]:
        for piece in studio.pieces(_SIGNALS):
            found = Annotation.model_validate_json(studio.ledger.result(studio.name(piece)))
            if split in (None, found.split):
                yield found

    write_annotations(studio.out / "annotations.jsonl", annotations())
    splits: tuple[Split, ...] = ("train", "test")
    for split in splits:
        path = studio.out / "Split_4" / f"split_4_{split}_list.mat"
        write_split(path, f"consolidated_{split}_list", annotations(split))


def _info(options: SimulateOptions) -> RecordingsInfo:
    views = {}
    if options.video not in ("empty", "none"):
        from flexqa.simulate.film.camera import cameras

        views = {v: c for v, c in cameras(options.width, options.height).items() if v in options.views}
    return RecordingsInfo(
        title="Simulated strength training",
        generator=f"flexqa simulate {flexqa.__version__}",
        seed=options.seed,
        pose_fps=POSE_FPS,
        emg_rate_hz=float(options.emg_rate_hz),
        frames_fps=options.fps,
        cameras=views,
    )
