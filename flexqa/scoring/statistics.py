"""Means with honest intervals.

Questions on one lifter are not independent, so the lifter is the cluster: cluster-robust (CR1) standard errors, and
Student's t with clusters - 1 degrees of freedom. This is what statsmodels gives for OLS on a constant with
`cov_type="cluster", use_t=True`; a run has many slices, so the closed form is used, and a test holds it to
statsmodels.

What is no mean (F1, a correlation, a calibration error) gets the delete-one-cluster jackknife with the same t.

Sources: Miller, Adding Error Bars to Evals (arXiv 2411.00640) for clustering; Cameron and Miller, A Practitioner's
Guide to Cluster-Robust Inference (J. Human Resources 50, 2015) for CR1 and t(G - 1); Efron and Tibshirani, An
Introduction to the Bootstrap (1993), chapter 11, for the jackknife.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from math import fsum, sqrt

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
        return unknown(None, 0, 0, "no values")
    stratum, k = cluster_codes(strata) if strata is not None else (np.zeros(len(y), dtype=np.intp), 1)
    sizes = np.bincount(stratum, minlength=k)
    means = np.bincount(stratum, weights=y, minlength=k) / sizes
    value = float(means.mean())
    if n_clusters < 2:
        return unknown(value, len(y), n_clusters, "fewer than 2 clusters")
    if (y == y[0]).all():
        return unknown(value, len(y), n_clusters, "all values equal")
    if len(y) <= k:
        return unknown(value, len(y), n_clusters, "no more values than strata")
    scores = np.bincount(group, weights=(y - means[stratum]) / (k * sizes[stratum]), minlength=n_clusters)
    variance = sum_of_squares(scores) * n_clusters / (n_clusters - 1) * (len(y) - 1) / (len(y) - k)
    se = sqrt(variance)
    if se < 1e-12 * max(1.0, abs(value)):
        return unknown(value, len(y), n_clusters, "no variation between clusters")
    return _with_interval(value, se, len(y), n_clusters, bounds)


def jackknife(
    whole: float,
    left_out: NDArray[np.float64],
    n: int,
    bounds: tuple[float, float] | None = None,
) -> Estimate:
    """An estimate from the statistic of all clusters and of all but one.

    With T_g the statistic without cluster g, the variance is (G-1)/G · Σ (T_g - mean T)².

    Args:
        whole: the statistic; NaN where it is not defined.
        left_out: T_g, shape (clusters,); NaN where it is not defined.
        n: values.
        bounds: what the quantity cannot leave.
    """
    n_clusters = len(left_out)
    if not n:
        return unknown(None, 0, 0, "no values")
    if not np.isfinite(whole):
        return unknown(None, n, n_clusters, "not defined for these values")
    if n_clusters < 2:
        return unknown(float(whole), n, n_clusters, "fewer than 2 clusters")
    if not np.isfinite(left_out).all():
        return unknown(float(whole), n, n_clusters, "not defined without one of the clusters")
    deviations = left_out - left_out.mean()
    se = sqrt(sum_of_squares(deviations) * (n_clusters - 1) / n_clusters)
    if se < 1e-12 * max(1.0, abs(whole)):
        return unknown(float(whole), n, n_clusters, "no variation between clusters")
    return _with_interval(float(whole), se, n, n_clusters, bounds)


def jackknife_counts(
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    sums: NDArray[np.float64],
    n: int,
    bounds: tuple[float, float] | None = None,
) -> Estimate:
    """`jackknife` of a statistic that depends on sums over all values alone.

    Args:
        statistic: sums, shape (..., k) -> the statistic, shape (...); NaN where it is not defined.
        sums: of each cluster, shape (clusters, k).
        n: values.
        bounds: what the quantity cannot leave.
    """
    total = sums.sum(axis=0)
    # 0/0 is NaN, which `jackknife` takes as not defined.
    with np.errstate(divide="ignore", invalid="ignore"):
        return jackknife(float(statistic(total)), statistic(total - sums), n, bounds)


def sum_of_squares(values: NDArray[np.floating | np.integer]) -> float:
    """Rounded once, so the same on every machine; the last digit of BLAS's depends on the processor."""
    return fsum((values * values).tolist())


def portable(value: float) -> float:
    """To 12 significant digits: in the last ones, logarithms and Student's t depend on the machine."""
    return float(f"{value:.12g}")


@lru_cache(maxsize=1024)
def t_quantile(df: int, p: float = (1 + LEVEL) / 2) -> float:
    """Quantile of Student's t with `df` degrees of freedom."""
    from scipy.special import stdtrit

    return portable(stdtrit(df, p))


def shifted(e: Estimate, by: float, scale: float = 1.0) -> Estimate:
    """The estimate of scale · (quantity + by), for a scale above 0."""

    def moved(value: float | None) -> float | None:
        return None if value is None else scale * (value + by)

    update = {name: moved(getattr(e, name)) for name in ("value", "ci_low", "ci_high")}
    return e.model_copy(update=update | {"se": None if e.se is None else scale * e.se})


def unknown(value: float | None, n: int, n_clusters: int, reason: str) -> Estimate:
    """An estimate without an interval."""
    return Estimate(value=value, se=None, ci_low=None, ci_high=None, n=n, n_clusters=n_clusters, reason=reason)


def _with_interval(value: float, se: float, n: int, n_clusters: int, bounds: tuple[float, float] | None) -> Estimate:
    half = t_quantile(n_clusters - 1) * se
    low, high = value - half, value + half
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Estimate(value=value, se=se, ci_low=low, ci_high=high, n=n, n_clusters=n_clusters)


def cluster_codes(labels: Labels) -> tuple[NDArray[np.intp], int]:
    """Labels as numbers from 0 and how many there are; in order of appearance, or of size where they are numbers."""
    if isinstance(labels, np.ndarray):
        if labels.dtype == np.intp and len(labels) and labels.min() >= 0 and labels.max() <= len(labels):
            # Places in a list of names need no sorting.
            there = np.bincount(labels) > 0
            return (np.cumsum(there) - 1)[labels], int(there.sum())
        found, codes = np.unique(labels, return_inverse=True)
        return codes, len(found)
    index: dict[Hashable, int] = {}
    numbers = [index.setdefault(label, len(index)) for label in labels]
    return np.asarray(numbers, dtype=np.intp), len(index)
