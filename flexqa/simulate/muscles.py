"""Surface EMG of the muscles that an action records.

Activation follows the phases: the concentric level comes from the graph's prior, the load and the errors, the
eccentric one from the prior's ratio. The signal is band-limited noise, made at 2,000 Hz and stored at 200 Hz, so it
looks raw and has an RMS envelope; it holds no spectrum worth analysing.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfiltfilt

from flexqa.graph.model import EmgPrior
from flexqa.media import Emg
from flexqa.recordings.signals import side_envelopes
from flexqa.simulate.geometry import Array
from flexqa.simulate.timeline import Timeline, minimum_jerk

EMG_RATE_HZ = 200.0
_FULL_RATE_HZ = 2000.0
_UNITS_PER_PERCENT = 0.8
"""amplitude of 1 % of maximal voluntary contraction; bursts then reach about 200 as in FLEX's figure"""
_REST = 2.5
"""% of maximal voluntary contraction"""


@dataclass(frozen=True, slots=True)
class Drive:
    """How hard the muscles work in one repetition."""

    concentric: float
    """% of maximal voluntary contraction"""
    eccentric: float
    asymmetry: float
    """(L - R) / (L + R) in the concentric phase"""
    eccentric_asymmetry: float = 0.0
    """the same in the eccentric phase, beyond that of the concentric one"""


def record_emg(prior: EmgPrior, timeline: Timeline, drive: Drive, gain: float, rng: np.random.Generator) -> Emg:
    """The EMG of one repetition: columns of left and right sides as the prior has them, arbitrary units."""
    channels = max((*prior.left_cols, *prior.right_cols)) + 1
    channels = 4 if channels > 2 else 2
    factor = (1 + drive.asymmetry, 1 - drive.asymmetry)
    n = round(timeline.end_s * EMG_RATE_HZ)
    columns = np.zeros((n, channels))
    for column in range(channels):
        side = 0 if column < channels // 2 else 1
        main = column in (*prior.left_cols, *prior.right_cols)
        level = factor[side] * (1.0 if main else 0.35) * gain * _UNITS_PER_PERCENT
        columns[:, column] = _burst(_activation(timeline, drive, side) * level, rng)
    return Emg(_levelled(columns, prior, timeline, drive.asymmetry), EMG_RATE_HZ, "a.u.")


def _activation(timeline: Timeline, drive: Drive, side: int) -> Array:
    """% of maximal voluntary contraction over time at the full rate, shape (samples,)."""
    n = round(timeline.end_s * EMG_RATE_HZ) * round(_FULL_RATE_HZ / EMG_RATE_HZ)
    clock = np.arange(n) / _FULL_RATE_HZ
    activation = np.full(n, _REST)
    for span, lag in zip(timeline.spans()[1:], timeline.lag_s, strict=True):
        t = clock - (-0.5, 0.5)[side] * lag
        uneven = 1 + (1.0, -1.0)[side] * drive.eccentric_asymmetry
        level = drive.concentric if span.phase == "concentric" else drive.eccentric * uneven
        length = span.end_s - span.start_s
        ramp = min(0.12, length / 4)
        inside = minimum_jerk((t - span.start_s + ramp / 2) / ramp) - minimum_jerk((t - span.end_s + ramp / 2) / ramp)
        share = np.clip((t - span.start_s) / length, 0, 1)
        # Hardest a little before the middle, where the lever of the load is longest.
        activation += level * inside * (0.8 + 0.35 * np.sin(np.pi * share**0.8))
    return activation


def _burst(amplitude: Array, rng: np.random.Generator) -> Array:
    """Noise of this RMS amplitude, from 2,000 Hz down to 200 Hz."""
    noise = rng.standard_normal(len(amplitude))
    band = butter(4, (20, 450), "bandpass", fs=_FULL_RATE_HZ, output="sos")
    alias = butter(8, 90, "lowpass", fs=_FULL_RATE_HZ, output="sos")
    raw = sosfiltfilt(band, noise)
    scale = sosfiltfilt(alias, raw).std()
    return np.asarray(sosfiltfilt(alias, raw * amplitude)[:: round(_FULL_RATE_HZ / EMG_RATE_HZ)] / scale)


def _levelled(columns: Array, prior: EmgPrior, timeline: Timeline, asymmetry: float) -> Array:
    """Takes the chance difference between the sides out, so that the concentric asymmetry is the intended one."""
    left, right = side_envelopes(Emg(columns, EMG_RATE_HZ, "a.u."), prior)
    span = next(s for s in timeline.spans() if s.phase == "concentric")
    inside = slice(round(span.start_s * EMG_RATE_HZ), round(span.end_s * EMG_RATE_HZ))
    ratio = left[inside].mean() / right[inside].mean()
    wanted = (1 + asymmetry) / (1 - asymmetry)
    factor = np.ones(columns.shape[1])
    half = columns.shape[1] // 2
    factor[:half], factor[half:] = np.sqrt(wanted / ratio), np.sqrt(ratio / wanted)
    return np.asarray(columns * factor)
