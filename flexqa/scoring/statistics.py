"""Means with honest intervals.

Questions on one lifter are not independent, so the lifter is the cluster: cluster-robust (CR1) standard errors, and
Student's t with clusters - 1 degrees of freedom. This is what statsmodels gives for OLS on a constant with
`cov_type="cluster", use_t=True`; a run has many slices, so the closed form is used, and a test holds it to
statsmodels.

Sources: Miller, Adding Error Bars to Evals (arXiv 2411.00640) for clustering; Cameron and Miller, A Practitioner's
Guide to Cluster-Robust Inference (J. Human Resources 50, 2015) for CR1 and t(G - 1).
"""

from collections.abc import Hashable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from flexqa.question import Frozen

LEVEL = 0.95
"""of all intervals"""

Labels = Sequence[Hashable] | NDArray[np.intp]
"""the cluster or stratum of each value"""


class Estimate(Frozen):
    """A mean with its uncertainty. `null` means not estimable, and `reason` says why."""

    value: float | None
    se: float | None
    """standard error, in the unit of the value"""
    ci_low: float | None
    ci_high: float | None
    n: int
    """values"""
    n_clusters: int
    reason: str | None = None
    """why there is no interval"""


def estimate(
    values: Sequence[float] | NDArray[np.float64],
    clusters: Labels,
    strata: Labels | None = None,
    bounds: tuple[float, float] | None = None,
) -> Estimate:
    """Estimate a mean and its 95 % interval.

    With e the residuals, S_g their sum in cluster g, G clusters and n values, the variance of the mean is
    G/(G-1) · Σ S_g² / n². With strata, the mean of the k stratum means is estimated: residuals are taken from the
    stratum mean, weighted by 1/(k·n_stratum), and the variance has the further factor (n-1)/(n-k).

    Args:
        values: shape (n,).
        clusters: the cluster of each value, shape (n,).
        strata: the stratum of each value, shape (n,), for a macro average; null for a plain mean.
        bounds: what the quantity cannot leave; the interval is cut there.

    Raises:
        ValueError: the lengths differ, or a value is not finite.
    """
    y = np.asarray(values, dtype=np.float64)
    if len(clusters) != len(y) or (strata is not None and len(strata) != len(y)):
        given = len(clusters) if strata is None else (len(clusters), len(strata))
        raise ValueError(f"{len(y)} values need as many clusters and strata, got {given}")
    if not np.isfinite(y).all():
        raise ValueError("a value is not finite")
    group, n_clusters = cluster_codes(clusters)
    if not len(y):
        return _unknown(None, 0, 0, "no values")
    stratum, k = cluster_codes(strata) if strata is not None else (np.zeros(len(y), dtype=np.intp), 1)
    sizes = np.bincount(stratum, minlength=k)
    means = np.bincount(stratum, weights=y, minlength=k) / sizes
    value = float(means.mean())
    if n_clusters < 2:
        return _unknown(value, len(y), n_clusters, "fewer than 2 clusters")
    if len(np.unique(y)) == 1:
        return _unknown(value, len(y), n_clusters, "all values equal")
    if len(y) <= k:
        return _unknown(value, len(y), n_clusters, "no more values than strata")
    scores = np.bincount(group, weights=(y - means[stratum]) / (k * sizes[stratum]), minlength=n_clusters)
    variance = float(scores @ scores) * n_clusters / (n_clusters - 1) * (len(y) - 1) / (len(y) - k)
    se = variance**0.5
    if se < 1e-12 * max(1.0, abs(value)):
        return _unknown(value, len(y), n_clusters, "no variation between clusters")
    half = t_quantile(n_clusters - 1) * se
    low, high = value - half, value + half
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Estimate(value=value, se=se, ci_low=low, ci_high=high, n=len(y), n_clusters=n_clusters)


@lru_cache(maxsize=1024)
def t_quantile(df: int, p: float = (1 + LEVEL) / 2) -> float:
    """Quantile of Student's t with `df` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


def _unknown(value: float | None, n: int, n_clusters: int, reason: str) -> Estimate:
    return Estimate(value=value, se=None, ci_low=None, ci_high=None, n=n, n_clusters=n_clusters, reason=reason)


def cluster_codes(labels: Labels) -> tuple[NDArray[np.intp], int]:
    """Labels as numbers from 0 and how many there are; in order of appearance, or of size where they are numbers."""
    if isinstance(labels, np.ndarray):
        found, codes = np.unique(labels, return_inverse=True)
        return codes, len(found)
    index: dict[Hashable, int] = {}
    numbers = [index.setdefault(label, len(index)) for label in labels]
    return np.asarray(numbers, dtype=np.intp), len(index)
