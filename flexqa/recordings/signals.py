"""What the EMG of one repetition says: envelopes, sides, and how they differ.

Amplitudes are only ever compared between the same muscle of both sides, or between phases of one muscle: there is
no maximal contraction to normalise by.
"""

import numpy as np
from numpy.typing import NDArray

from flexqa.errors import RecordingError
from flexqa.graph.model import EmgPrior
from flexqa.media import Emg
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
    l_mean, r_mean = left[first:last].mean(), right[first:last].mean()
    return float((l_mean - r_mean) / (l_mean + r_mean)) if l_mean + r_mean > 0 else 0.0
