"""What surface electrodes make of muscle activity: an interference pattern, and all that gets in besides.

Made at 2,000 Hz, the rate at which FLEX was recorded, and brought down to the stored rate through an anti-aliasing
filter. At the 200 Hz that FLEX seems to store amplitudes are sound and the spectrum above 90 Hz is gone: fatigue
cannot be told by frequency.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.signal import bilinear_zpk, butter, sosfilt, sosfiltfilt, sosfreqz, zpk2sos

from flexqa.graph.model import EmgPrior
from flexqa.simulate.geometry import Array

FULL_RATE_HZ = 2000
STORED_RATES_HZ = (200, 250, 400, 500, 1000, 2000)
"""those that the full rate is a multiple of, and that still hold the muscle's band in part"""

_BAND_HZ = (20.0, 450.0)
_LOW_HZ, _HIGH_HZ = 60.0, 120.0
"""corners of the muscle's own spectrum"""
_WARM_UP = 400
"""samples until the filters have forgotten that they started from zero"""
_CROSSTALK_NEAR, _CROSSTALK_FAR = 0.05, 0.01
"""share of the other muscle's signal on the same side, and on the other side"""
_ELECTRODE_NOISE = 1.2
_WANDER = 1.2
_HEART = {"pec_stern": 14.0, "pec_clav": 12.0, "lat": 9.0, "trap_mid": 6.0, "rhomboid": 6.0, "delt_post": 4.0}
"""height of the R wave on the left side over muscles of chest and back, in the unit of the EMG"""
_HEART_RIGHT = 0.6
_WAVES = ((-0.028, -0.12, 0.008), (0.0, 1.0, 0.010), (0.03, -0.22, 0.010), (0.22, 0.18, 0.045))
"""Q, R, S and T of the heart: time after R (s), height, and width (s)"""


@dataclass(frozen=True, slots=True)
class Electrodes:
    """How a set of electrodes sits on a subject during one repetition."""

    gain: float
    """amplitude relative to others: skin, fat and placement"""
    heart_bpm: float
    noise: tuple[int, ...]
    """seed of everything random"""
    rate_hz: int = 200
    """stored; one of `STORED_RATES_HZ`"""

    def pick_up(self, amplitude: Array, prior: EmgPrior) -> Array:
        """The stored signals.

        Args:
            amplitude: RMS over time that each column's muscle has by itself, shape (samples at 2,000 Hz, columns).
            prior: says where the columns are.

        Returns:
            Shape (samples at the stored rate, columns), in the unit of the amplitude.
        """
        n, columns = amplitude.shape
        muscle = np.stack([self._interference(n, column) for column in range(columns)], axis=1) * amplitude
        body = muscle @ crosstalk(columns) + self._heart(n, columns, prior)
        stored = self._resampled(body)
        return np.asarray(stored + self._wander(*stored.shape) + self._electrode_noise(*stored.shape))

    def _rng(self, what: int, column: int = 0) -> np.random.Generator:
        return np.random.default_rng([*self.noise, what, column])

    def _interference(self, n: int, column: int) -> Array:
        """Many motor units at a time: filtered noise with an RMS of 1 at the stored rate.

        A longer signal begins like a shorter one of the same seed.
        """
        noise = self._rng(1, column).standard_normal(n + _WARM_UP)
        return np.asarray(sosfilt(_muscle_filter(), noise)[_WARM_UP:] / _loudness(self.rate_hz))

    def _heart(self, n: int, columns: int, prior: EmgPrior) -> Array:
        """The heart's beats as chest and back electrodes see them, zeros elsewhere; shape (n, columns)."""
        height = _HEART.get(prior.dominant_muscle, 0.0) * np.repeat([1.0, _HEART_RIGHT], columns // 2)
        beats = np.zeros(n)
        rng, interval = self._rng(2), 60.0 / self.heart_bpm
        at = float(rng.uniform(0, interval))
        while height.any() and at < n / FULL_RATE_HZ:
            begin = round(at * FULL_RATE_HZ)
            part = beats[begin : begin + len(_beat())]
            part += _beat()[: len(part)]
            at += interval * float(rng.normal(1, 0.02))
        return np.asarray(beats[:, None] * height)

    def _wander(self, n: int, columns: int) -> Array:
        """Slow drift of the baseline with breath and movement, below 1 Hz."""
        t = np.arange(n)[:, None] / self.rate_hz
        drift = np.zeros((n, columns))
        for column in range(columns):
            rng = self._rng(3, column)
            rates, starts = rng.uniform(0.15, 0.8, 3), rng.uniform(0, 2 * np.pi, 3)
            drift[:, column] = _WANDER * np.sqrt(2 / 3) * np.sin(2 * np.pi * rates * t + starts).sum(axis=1)
        return drift

    def _electrode_noise(self, n: int, columns: int) -> Array:
        return np.stack([_ELECTRODE_NOISE * self._rng(4, c).standard_normal(n) for c in range(columns)], axis=1)

    def _resampled(self, samples: Array) -> Array:
        step = FULL_RATE_HZ // self.rate_hz
        return samples if step == 1 else np.asarray(sosfiltfilt(_anti_alias(self.rate_hz), samples, axis=0)[::step])


def crosstalk(columns: int) -> Array:
    """Share of each muscle (rows) in each column; columns are L, R or L, L, R, R."""
    half = columns // 2
    side = np.arange(columns) // half
    mix = np.where(side[:, None] == side, _CROSSTALK_NEAR, _CROSSTALK_FAR)
    np.fill_diagonal(mix, 1.0)
    return np.asarray(mix, dtype=np.float64)


@cache
def _beat() -> Array:
    """One beat of the heart, R at 0.1 s, with a height of 1."""
    t = np.arange(round(0.5 * FULL_RATE_HZ)) / FULL_RATE_HZ - 0.1
    return np.asarray(sum(size * np.exp(-(((t - after) / width) ** 2) / 2) for after, size, width in _WAVES))


@cache
def _muscle_filter() -> Array:
    """Shape of a muscle's spectrum, then the amplifier's band.

    The shape is that of Shwedyk et al. (1977) as given by Stulen and De Luca (1981): power goes with
    f² / ((f² + low²) (f² + high²)²).
    """
    low, high = 2 * np.pi * _LOW_HZ, 2 * np.pi * _HIGH_HZ
    shape = zpk2sos(*bilinear_zpk([0.0], [-low, -high, -high], 1.0, FULL_RATE_HZ))
    return np.vstack([shape, butter(4, _BAND_HZ, "bandpass", fs=FULL_RATE_HZ, output="sos")])


@cache
def _anti_alias(rate_hz: int) -> Array:
    return np.asarray(butter(8, 0.45 * rate_hz, fs=FULL_RATE_HZ, output="sos"))


@cache
def _loudness(rate_hz: int) -> float:
    """RMS that white noise of RMS 1 keeps through the muscle's filter and, twice, the anti-aliasing one."""
    power = np.abs(sosfreqz(_muscle_filter(), 8192)[1]) ** 2
    if rate_hz < FULL_RATE_HZ:
        power = power * np.abs(sosfreqz(_anti_alias(rate_hz), 8192)[1]) ** 4
    return float(np.sqrt(power.mean()))
