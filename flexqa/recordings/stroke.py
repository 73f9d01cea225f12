"""One movement from rest to rest, fitted by the profile that such movements of people have.

The model is the minimum-jerk movement of Flash and Hogan (1985), skewed in time by a power where a movement starts
slowly and ends fast, or the other way round. It tells when a movement begins and ends better than any threshold: near
its ends it is so slow that a threshold comes late by a tenth of its length.
"""

from dataclasses import dataclass

import numpy as np

from flexqa.recordings.measures import Array

_LEVELS = np.array([0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95])
"""shares of the way at which a movement is compared with the profile"""
_POWERS = np.array([1, 1.15, 1.3, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5, 6])
"""skews that are tried; the time share of a movement is raised to this power"""


def minimum_jerk(share: Array) -> Array:
    """Share of the way that is done after a share of the time."""
    u = np.clip(share, 0.0, 1.0)
    return np.asarray(u**3 * (10 - 15 * u + 6 * u**2))


def _profiles() -> tuple[Array, Array]:
    """When each profile passes the levels, shares of its length, shape (profiles, levels), and its skew."""
    grid = np.linspace(0, 1, 2001)
    passed = np.interp(_LEVELS, minimum_jerk(grid), grid)
    late, early = [passed ** (1 / p) for p in _POWERS], [1 - (1 - passed) ** (1 / p) for p in _POWERS[1:]]
    return np.array(late + early), np.log(np.concatenate([_POWERS, _POWERS[1:]]))


_PROFILES, _SKEWS = _profiles()
_MEANS = _PROFILES.mean(axis=1, keepdims=True)
_CENTRED = _PROFILES - _MEANS
_VARIANCES = np.sum(_CENTRED**2, axis=1)


@dataclass(frozen=True, slots=True)
class Stroke:
    """When a movement begins and ends, in samples from the start of its course."""

    begin: float
    end: float
    misfit: float
    """root mean square distance from the profile in time, as a share of the length"""
    skew: float
    """0 for a movement that gathers and loses speed alike"""


def fit_stroke(course: Array) -> Stroke | None:
    """Fits one movement.

    Args:
        course: any measure of it, from rest at the first sample to its end at the last, shape (samples,).

    Returns:
        The best profile; None when the course does not go from one value to another.
    """
    way = course[-1] - course[0]
    if len(course) < 3 or not np.isfinite(way) or way == 0:
        return None
    share = (course - course[0]) / way
    # The last sample below each level: what comes before may wander.
    before = len(share) - 2 - np.argmax((share[:-1] < _LEVELS[:, None])[:, ::-1], axis=1)
    steps = share[before + 1] - share[before]
    times = before + (_LEVELS - share[before]) / np.where(steps > 0, steps, np.inf)
    mean = times.mean()
    lengths = (_CENTRED @ (times - mean)) / _VARIANCES
    misses = np.sqrt(np.mean((times - mean - lengths[:, None] * _CENTRED) ** 2, axis=1))
    best = int(np.argmin(misses))
    begin = float(mean - lengths[best] * _MEANS[best, 0])
    return Stroke(
        begin, begin + float(lengths[best]), float(misses[best] / max(lengths[best], 1.0)), float(_SKEWS[best])
    )


def fit_strokes(courses: Array) -> Stroke | None:
    """The mean of the strokes of several courses, the worst of their misfits; None when one has none.

    Args:
        courses: shape (samples, courses), as for `fit_stroke`.
    """
    strokes = [fit_stroke(course) for course in courses.T]
    known = [s for s in strokes if s is not None]
    if not known or len(known) < len(strokes):
        return None
    begin, end = float(np.mean([s.begin for s in known])), float(np.mean([s.end for s in known]))
    return Stroke(begin, end, max(s.misfit for s in known), max(s.skew for s in known))
