"""Evidence in memory, as decoded: what recordings give and what adapters take."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Sampled frames of one clip, with the moments that they show."""

    frames: NDArray[np.uint8]
    """RGB, shape (frames, height, width, 3)"""
    times_s: tuple[float, ...]
    """seconds from the start of the recording, one per frame"""
    indices: tuple[int, ...]
    """indices of the frames in the source file"""
    source_fps: float
    source_frames: int
    """number of frames of the source file"""
    sha256: str
    """over frames, shape, indices and rate: equal hash, equal input to a model; the media id of engines' caches"""

    @property
    def covered_frames(self) -> int:
        """Source frames that the clip spans: all of them, or those of its window.

        Processors take frames sampled / this * fps as the rate at which frames were sampled. The length of the file
        would make the motion of a window too slow.
        """
        count = len(self.indices)
        if count < 2:
            return self.source_frames
        spacing = (max(self.indices) - min(self.indices)) / (count - 1)
        covered = round(count * spacing)
        whole = abs(covered - self.source_frames) <= max(1.0, spacing)
        return self.source_frames if whole else max(covered, 1)

    @property
    def is_window(self) -> bool:
        """Whether it shows a part of the file; a model counts from its first frame then, lest the place answers."""
        return self.covered_frames < self.source_frames

    @property
    def shown_times_s(self) -> tuple[float, ...]:
        """Seconds of the frames as a model is told them."""
        start = self.times_s[0] if self.is_window else 0.0
        return tuple(t - start for t in self.times_s)


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """3D joints over time, in the canonical frame: x to the subject's left, y up, z forward."""

    points: NDArray[np.float64]
    """metres, shape (samples, 21, 3); joint order of `flexqa.vocabulary.JOINTS`"""
    fps: float

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Seconds from the start of the recording, shape (samples,)."""
        return np.arange(len(self.points)) / self.fps


@dataclass(frozen=True, slots=True, eq=False)
class Emg:
    """Surface EMG."""

    samples: NDArray[np.float64]
    """shape (samples, channels), in `unit`"""
    rate_hz: float
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class Physio:
    """Heart and breath rate of the set that the repetition belongs to: rates, not waveforms."""

    times_s: NDArray[np.float64]
    """seconds from the start of the set, shape (values,)"""
    heart_bpm: NDArray[np.float64]
    breath_per_min: NDArray[np.float64]
