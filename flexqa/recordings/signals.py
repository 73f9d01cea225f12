"""What the EMG of one repetition says: envelopes, sides, and how they differ.

Amplitudes are only ever compared between the same muscle of both sides, or between phases of one muscle: there is
no maximal contraction to normalise by.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flexqa.errors import RecordingError
from flexqa.graph.model import EmgPrior, Graph
from flexqa.media import Emg
from flexqa.question import Window
from flexqa.recordings.model import PhaseSpan

Array = NDArray[np.float64]


def rms_envelope(emg: Emg, window_s: float = 0.1) -> Array:
    """Root mean square in a centred moving window; the window shrinks at both ends.

    Args:
        emg: raw or rectified samples, shape (samples, channels).
        window_s: length of the window in seconds; 50 ms or more gives a stable amplitude.

    Returns:
        The envelope in the unit of the EMG, shape (samples, channels).

    Raises:
        RecordingError: there are no samples.
    """
    n = len(emg.samples)
    if n == 0:
        raise RecordingError("the EMG has no samples; leave the recording out or export its EMG file again")
    half = max(1, round(window_s * emg.rate_hz)) // 2
    total = np.vstack([np.zeros((1, emg.samples.shape[1])), np.cumsum(np.square(emg.samples), axis=0)])
    first = np.maximum(np.arange(n) - half, 0)
    last = np.minimum(np.arange(n) + half + 1, n)
    mean = (total[last] - total[first]) / (last - first)[:, None]
    return np.asarray(np.sqrt(np.maximum(mean, 0.0)), dtype=np.float64)


def side_envelopes(emg: Emg, prior: EmgPrior) -> tuple[Array, Array]:
    """Envelope of each side: the mean over the columns that the action has for it.

    Returns:
        left, right; each of shape (samples,), in the unit of the EMG.

    Raises:
        RecordingError: the file has fewer columns than the action needs.
    """
    channels, needed = emg.samples.shape[1], max((*prior.left_cols, *prior.right_cols)) + 1
    if channels < needed:
        raise RecordingError(
            f"the EMG has {channels} columns and the action needs {needed} "
            f"(left {prior.left_cols}, right {prior.right_cols}); correct the file, or left_cols and right_cols "
            "of the graph"
        )
    envelope = rms_envelope(emg)
    left, right = (envelope[:, list(columns)].mean(axis=1) for columns in (prior.left_cols, prior.right_cols))
    return left, right


def side_asymmetry(emg: Emg, prior: EmgPrior, span: PhaseSpan) -> float:
    """How much harder the left side works: (L - R) / (L + R) of the mean envelope within a span.

    Returns:
        From -1, only the right side works, to 1, only the left; 0 when neither does.

    Raises:
        RecordingError: the span holds no sample, or the file lacks columns.
    """
    left, right = side_envelopes(emg, prior)
    first, last = round(span.start_s * emg.rate_hz), round(span.end_s * emg.rate_hz)
    if not len(left[first:last]):
        raise RecordingError(
            f"no EMG between {span.start_s:g} s and {span.end_s:g} s: the file ends at "
            f"{len(left) / emg.rate_hz:g} s; correct the phases or the EMG rate"
        )
    return _asymmetry(left[first:last], right[first:last]) or 0.0


def _asymmetry(left: Array, right: Array) -> float | None:
    """(L - R) / (L + R) of the means; null when neither side works."""
    l_mean, r_mean = left.mean(), right.mean()
    return float((l_mean - r_mean) / (l_mean + r_mean)) if l_mean + r_mean > 0 else None


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """A muscle's EMG as it is shown: the envelope of either side."""

    left: Array
    """shape (samples,), in `unit`"""
    right: Array
    rate_hz: float
    unit: str
    muscle: str
    """id of the muscle"""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.left) / self.rate_hz

    @property
    def mean(self) -> Array:
        """Mean of both sides, shape (samples,)."""
        return (self.left + self.right) / 2

    @property
    def asymmetry(self) -> float | None:
        """From -1, only the right side works, to 1, only the left; null when neither does."""
        return _asymmetry(self.left, self.right)

    def within(self, window_s: Window | None) -> "Sides":
        """The part between two moments, in seconds from the start; all of it for null.

        Raises:
            RecordingError: the window holds no sample.
        """
        if window_s is None:
            return self
        first, last = (round(t * self.rate_hz) for t in window_s)
        if not len(self.left[first:last]):
            raise RecordingError(
                f"no EMG between {window_s[0]:g} s and {window_s[1]:g} s: the trace ends at {self.duration_s:g} s"
            )
        return Sides(self.left[first:last], self.right[first:last], self.rate_hz, self.unit, self.muscle)


def shown_sides(graph: Graph, recording_id: str, emg: Emg) -> Sides:
    """The two sides of the dominant muscle of an exercise.

    Args:
        graph: says which columns are left and right.
        recording_id: `A16/001`; its first part is the action.
        emg: the file.

    Raises:
        RecordingError: the graph has no EMG columns for the action, or the file lacks them.
    """
    action = graph.actions.get(recording_id.split("/")[0])
    if action is None or action.emg is None:
        raise RecordingError(f"{recording_id}: the graph does not say which EMG columns are left and right")
    left, right = side_envelopes(emg, action.emg)
    return Sides(left, right, emg.rate_hz, emg.unit, action.emg.dominant_muscle)
