"""Heart and breath rate of a set, as rates: about 15 values, like FLEX's figure.

The heart lags behind the effort and may fall within a set; no question may equate its slope with effort.
"""

import numpy as np

from flexqa.media import Physio

_VALUES = 15
_STEP_S = 4.0


def record_physio(rest_bpm: float, effort: float, rng: np.random.Generator) -> Physio:
    """Rates over one set.

    Args:
        rest_bpm: heart rate before the session.
        effort: load relative to what is usual for the subject, about 0.7-1.3.
        rng: draws the course.
    """
    t = np.arange(_VALUES, dtype=np.float64) * _STEP_S
    start = rest_bpm + rng.uniform(5, 24)
    rise = rng.uniform(-6, 22) * effort
    delay = rng.uniform(4, 16)
    heart = start + rise * (1 - np.exp(-np.maximum(t - delay, 0) / rng.uniform(12, 30)))
    heart = heart - rng.uniform(0, 5) * np.exp(-(((t - rng.uniform(6, 20)) / 7) ** 2)) + rng.normal(0, 0.6, _VALUES)
    dip = rng.uniform(0, 12) * np.exp(-(((t - rng.uniform(10, 35)) / 9) ** 2))
    breath = rng.uniform(17, 26) + rng.uniform(-3, 7) * t / t[-1] - dip + rng.normal(0, 0.5, _VALUES)
    return Physio(
        t,
        np.asarray(np.clip(heart, 50, 195).round(1), dtype=np.float64),
        np.asarray(np.clip(breath, 6, 45).round(1), dtype=np.float64),
    )
