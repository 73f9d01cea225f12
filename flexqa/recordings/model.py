"""A recording and what is true of it, whatever layout it lies in on disk."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from flexqa.question import Frozen, Split
from flexqa.vocabulary import JOINTS, Phase


class PhaseSpan(Frozen):
    """One phase of the repetition."""

    phase: Phase
    start_s: float
    end_s: float


class Annotation(Frozen):
    """What is true of a recording. One line of annotations.jsonl."""

    recording: str
    """`A16/001`: action and index, as the folders are called"""
    action: str
    subject: str
    split: Split
    phases: tuple[PhaseSpan, ...]
    """in time order, without gaps"""
    pairs: tuple[tuple[str, str], ...]
    """observed (keystep, error) pairs, sorted"""
    set_errors: tuple[str, ...] = ()
    """observed errors of the repetition or set as a whole (`Action.set_level_errors`), sorted; outside the score"""
    score: float
    """0-100"""
    skill: Literal["novice", "amateur", "expert"] | None = None
    rep: int | None = None
    """number of the repetition within its set, from 1"""
    load_kg: float | None = None
    twin: str | None = None
    """the other recording of a minimal pair: the same in all but one error, which one of the two shows"""

    def span(self, phase: Phase) -> PhaseSpan | None:
        """The span of a phase, if the recording has it."""
        return next((s for s in self.phases if s.phase == phase), None)


class Camera(Frozen):
    """A pinhole camera in the canonical frame."""

    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    vertical_fov_deg: float
    width: int
    height: int


class RecordingsInfo(Frozen):
    """recordings.toml: rates, units and axes of a set of recordings, none of which FLEX's files state."""

    title: str = ""
    generator: str = ""
    """what wrote the set: `flexqa simulate 0.1.0`, empty for real recordings"""
    seed: int | None = None
    pose_fps: float = 30.0
    pose_unit: Literal["m", "cm", "mm"] = "m"
    pose_axes: tuple[str, str, str] = ("x", "y", "z")
    """what the file's three columns are in the canonical frame, each of x y z or -x -y -z"""
    pose_joints: tuple[str, ...] = JOINTS
    """which joint each three columns of the file are"""
    emg_rate_hz: float = 200.0
    emg_unit: str = "a.u."
    frames_fps: float = 30.0
    """rate of clips that are frame folders; mp4 files state their own"""
    cameras: Mapping[str, Camera] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recording:
    """One repetition by one subject: paths to its evidence, and its annotation."""

    id: str
    views: Mapping[str, Path]
    """camera view -> mp4 file or frame folder"""
    skeleton: Path | None
    emg: Path | None
    physio: Path | None
    annotation: Annotation | None


@dataclass(frozen=True, slots=True)
class RecordingSet:
    """A folder of recordings."""

    root: Path
    info: RecordingsInfo
    recordings: Mapping[str, Recording]
    """by id, sorted"""
    assumed: tuple[str, ...] = ()
    """what no file states and the reader took as given; said once to the user"""

    @property
    def skills(self) -> dict[str, str]:
        """Subject -> skill; those without one, or with several, are left out."""
        told = {(a.subject, a.skill) for r in self if (a := r.annotation) and a.skill}
        times = Counter(subject for subject, _ in told)
        return {subject: skill for subject, skill in sorted(told) if times[subject] == 1}

    def __iter__(self) -> Iterator[Recording]:
        return iter(self.recordings.values())

    def __len__(self) -> int:
        return len(self.recordings)

    def __getitem__(self, recording_id: str) -> Recording:
        return self.recordings[recording_id]
