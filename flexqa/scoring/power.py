"""How many clips and subjects resolve a given difference.

Questions on one clip are alike, and so are the clips of one subject. With C clips of each of S subjects and Q
questions on each clip, the variance of a mean is

    sd² / (S C Q) · (1 + (Q - 1) · icc_clip + Q (C - 1) · icc_subject)

the design effect of two-stage sampling (Kish, Survey Sampling, 1965, chapter 5, with one stage more). The power is
that of the two-sided t test with S - 1 degrees of freedom that `flexqa.scoring.compare` makes. More questions on a
clip cannot make up for clips, nor more clips for subjects.
"""

from collections.abc import Hashable, Sequence
from math import sqrt

import numpy as np

from flexqa.errors import BadInput
from flexqa.question import Frozen
from flexqa.scoring.statistics import cluster_codes, sum_of_squares

MOST_SUBJECTS = 1_000_000


class Components(Frozen):
    """How values vary."""

    sd: float
    """standard deviation of a single value: a difference of two runs on one question, 0-1"""
    icc_clip: float
    """correlation of two questions on the same clip"""
    icc_subject: float
    """correlation of two questions on different clips of the same subject"""


class Design(Frozen):
    """A set of questions."""

    subjects: int
    clips_per_subject: float
    questions_per_clip: float


def components(values: Sequence[float], clips: Sequence[Hashable], subjects: Sequence[Hashable]) -> Components:
    """Estimate the components from values: correlations are mean products of deviations over pairs, not below 0.

    Args:
        values: shape (n,), mostly differences of two runs question by question.
        clips: of each value, shape (n,).
        subjects: of each value, shape (n,).

    Raises:
        BadInput: the values do not vary.
    """
    y = np.asarray(values, dtype=np.float64)
    if len(y) < 2 or (y == y[0]).all():
        raise BadInput(f"{len(y)} values without variation tell nothing of how differences vary; give --sd instead")
    e = y - y.mean()
    squared = sum_of_squares(e)
    variance = squared / (len(e) - 1)
    subject, n_subjects = cluster_codes(subjects)
    clip, n_clips = cluster_codes(list(zip(clips, subjects, strict=True)))
    of_clip = np.zeros(n_clips, dtype=np.intp)
    of_clip[clip] = subject
    sizes, sums = np.bincount(clip, minlength=n_clips), np.bincount(clip, weights=e, minlength=n_clips)
    of_clips = sum_of_squares(sums)
    within_clip = of_clips - squared, float((sizes * (sizes - 1)).sum())
    squares = [np.bincount(of_clip, weights=x, minlength=n_subjects) ** 2 for x in (sums, sizes)]
    within_subject = float(squares[0].sum()) - of_clips, float(squares[1].sum() - (sizes * sizes).sum())
    icc_clip, icc_subject = (
        min(1.0, max(0.0, products / pairs / variance)) if pairs else 0.0
        for products, pairs in (within_clip, within_subject)
    )
    return Components(sd=sqrt(variance), icc_clip=icc_clip, icc_subject=icc_subject)


def standard_error(c: Components, d: Design) -> float:
    """Of a mean over a design."""
    q, clips = d.questions_per_clip, d.clips_per_subject
    effect = 1 + (q - 1) * c.icc_clip + q * (clips - 1) * c.icc_subject
    return c.sd * sqrt(effect / (d.subjects * clips * q))


def power(difference: float, c: Components, d: Design, alpha: float = 0.05) -> float:
    """Probability of a two-sided p below `alpha`, for a true mean difference."""
    from scipy.stats import nct, t

    if d.subjects < 2:
        return 0.0
    df, shift = d.subjects - 1, abs(difference) / standard_error(c, d)
    critical = float(t.ppf(1 - alpha / 2, df))
    if df > 10_000:
        from scipy.special import ndtr

        return float(ndtr(shift - critical) + ndtr(-shift - critical))
    return float(nct.sf(critical, df, shift) + nct.cdf(-critical, df, shift))


def subjects_needed(
    difference: float,
    c: Components,
    *,
    clips_per_subject: float,
    questions_per_clip: float,
    wanted: float = 0.8,
    alpha: float = 0.05,
) -> int | None:
    """The fewest subjects with which a difference is found with probability `wanted`; null beyond a million."""

    def found(subjects: int) -> bool:
        design = Design(subjects=subjects, clips_per_subject=clips_per_subject, questions_per_clip=questions_per_clip)
        return power(difference, c, design, alpha) >= wanted

    high = 2
    while not found(high):
        high *= 2
        if high > MOST_SUBJECTS:
            return None
    low = max(1, high // 2)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def smallest_difference(c: Components, d: Design, wanted: float = 0.8, alpha: float = 0.05) -> float | None:
    """The difference that a design finds with probability `wanted`; null with fewer than 2 subjects."""
    if d.subjects < 2:
        return None
    low, high = 0.0, standard_error(c, d)
    while power(high, c, d, alpha) < wanted:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle, c, d, alpha) >= wanted else (middle, high)
    return high
