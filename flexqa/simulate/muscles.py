"""Surface EMG of the muscles that an action records, in arbitrary units as FLEX's figure has them.

Activation follows the phases: the concentric level comes from the graph's prior, the load, tiredness and the errors,
the eccentric one from the prior's ratio. `electrodes` makes the signal of it.
"""

from dataclasses import dataclass

import numpy as np

from flexqa.graph.model import EmgPrior
from flexqa.media import Emg
from flexqa.recordings.signals import side_envelopes
from flexqa.recordings.stroke import minimum_jerk
from flexqa.simulate.electrodes import FULL_RATE_HZ, Electrodes
from flexqa.simulate.geometry import Array
from flexqa.simulate.timeline import Timeline

UNIT = "a.u."
_UNITS_PER_PERCENT = 0.8
"""amplitude of 1 % of maximal voluntary contraction; bursts then reach about 200 as in FLEX's figure"""
_REST = 4.0
"""% of maximal voluntary contraction; with the noise of the electrodes peaks of about 15 as in FLEX's figure"""
_OTHER_MUSCLE = 0.35
"""activity of the second muscle of a side, where the action is judged by the first"""


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


def record_emg(prior: EmgPrior, timeline: Timeline, drive: Drive, electrodes: Electrodes) -> Emg:
    """The EMG of one repetition; columns are L, R, or L, L, R, R where a side has two muscles."""
    columns = 4 if max((*prior.left_cols, *prior.right_cols)) > 1 else 2
    judged = np.isin(np.arange(columns), (*prior.left_cols, *prior.right_cols))
    sides = np.stack([activation(timeline, drive, side, electrodes.rate_hz) for side in (0, 1)], axis=1)
    sides *= np.array([1 + drive.asymmetry, 1 - drive.asymmetry])
    level = np.where(judged, 1.0, _OTHER_MUSCLE) * electrodes.gain * _UNITS_PER_PERCENT
    samples = electrodes.pick_up(np.repeat(sides, columns // 2, axis=1) * level, prior)
    emg = Emg(samples, float(electrodes.rate_hz), UNIT)
    return Emg(_levelled(emg, prior, timeline, drive.asymmetry), emg.rate_hz, UNIT)


def activation(timeline: Timeline, drive: Drive, side: int, rate_hz: int) -> Array:
    """% of maximal voluntary contraction over time at the full rate, as long as the samples stored at `rate_hz`."""
    n = round(timeline.end_s * rate_hz) * (FULL_RATE_HZ // rate_hz)
    clock = np.arange(n) / FULL_RATE_HZ
    level_over_time = np.full(n, _REST)
    for span, lag in zip(timeline.spans()[1:], timeline.lag_s, strict=True):
        t = clock - (-0.5, 0.5)[side] * lag
        uneven = 1 + (1.0, -1.0)[side] * drive.eccentric_asymmetry
        level = drive.concentric if span.phase == "concentric" else drive.eccentric * uneven
        length = span.end_s - span.start_s
        ramp = min(0.12, length / 4)
        inside = minimum_jerk((t - span.start_s + ramp / 2) / ramp) - minimum_jerk((t - span.end_s + ramp / 2) / ramp)
        share = np.clip((t - span.start_s) / length, 0, 1)
        # Hardest a little before the middle, where the lever of the load is longest.
        level_over_time += level * inside * (0.8 + 0.35 * np.sin(np.pi * share**0.8))
    return level_over_time


def _levelled(emg: Emg, prior: EmgPrior, timeline: Timeline, asymmetry: float) -> Array:
    """Takes the chance difference between the sides out, so that the concentric asymmetry is the intended one.

    Over a second or two, noise alone makes sides differ by several per cent.
    """
    left, right = side_envelopes(emg, prior)
    span = next(s for s in timeline.spans() if s.phase == "concentric")
    inside = slice(round(span.start_s * emg.rate_hz), round(span.end_s * emg.rate_hz))
    ratio = left[inside].mean() / right[inside].mean()
    wanted = (1 + asymmetry) / (1 - asymmetry)
    factor = np.sqrt([wanted / ratio, ratio / wanted])
    return np.asarray(emg.samples * np.repeat(factor, emg.samples.shape[1] // 2))
