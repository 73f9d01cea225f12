"""Compare runs on the same questions: paired, clustered, and corrected for the number of comparisons.

The difference of two runs is the mean of the differences question by question, with the interval of
`flexqa.scoring.statistics`; the p-value is that of Student's t with clusters - 1 degrees of freedom. Holm's procedure
(statsmodels `multipletests`) keeps the family-wise error over all pairs of a board. A rank interval counts the runs
that are significantly better and those that are significantly worse.
"""

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations

from flexqa.question import Frozen
from flexqa.scoring.statistics import Estimate, estimate

ALPHA = 0.05


class Comparison(Frozen):
    """One run against another."""

    difference: Estimate
    """accuracy of the first less that of the second, 0-1"""
    p: float | None
    """two-sided; null where the difference has no standard error"""
    p_holm: float | None
    """p after Holm's correction over all pairs of the board"""


def compare(first: Sequence[float], second: Sequence[float], clusters: Sequence[Hashable]) -> Comparison:
    """Compare two runs on the same questions in the same order; `p_holm` is left null."""
    difference = estimate([a - b for a, b in zip(first, second, strict=True)], clusters, bounds=(-1, 1))
    return Comparison(difference=difference, p=_p_value(difference), p_holm=None)


def compare_all(
    runs: Mapping[str, Sequence[float]], clusters: Sequence[Hashable]
) -> dict[tuple[str, str], Comparison]:
    """Every ordered pair of runs, with Holm's correction over the unordered ones.

    Args:
        runs: run id -> score of each question, shape (n,), in one order for all runs.
        clusters: the cluster of each question, shape (n,).
    """
    pairs = {(a, b): compare(runs[a], runs[b], clusters) for a, b in combinations(sorted(runs), 2)}
    tested = {pair: c.p for pair, c in pairs.items() if c.p is not None}
    corrected = dict(zip(tested, _holm(list(tested.values())), strict=True))
    both = {}
    for (a, b), c in pairs.items():
        found = c.model_copy(update={"p_holm": corrected.get((a, b))})
        both[a, b], both[b, a] = found, _reversed(found)
    return both


def rank_interval(run: str, others: Sequence[str], pairs: Mapping[tuple[str, str], Comparison]) -> tuple[int, int]:
    """Best and worst rank that the comparisons leave open."""
    better = sum(_beats(pairs[other, run]) for other in others)
    worse = sum(_beats(pairs[run, other]) for other in others)
    return 1 + better, 1 + len(others) - worse


def _beats(c: Comparison) -> bool:
    return c.p_holm is not None and c.p_holm < ALPHA and (c.difference.value or 0) > 0


def _p_value(difference: Estimate) -> float | None:
    from scipy.special import stdtr

    if difference.value is None or not difference.se:
        return None
    return float(2 * stdtr(difference.n_clusters - 1, -abs(difference.value) / difference.se))


def _holm(p_values: list[float]) -> list[float]:
    from statsmodels.stats.multitest import multipletests

    return [float(p) for p in multipletests(p_values, method="holm")[1]] if p_values else []


def _reversed(c: Comparison) -> Comparison:
    d = c.difference
    flipped = {"value": _minus(d.value), "ci_low": _minus(d.ci_high), "ci_high": _minus(d.ci_low)}
    return c.model_copy(update={"difference": d.model_copy(update=flipped)})


def _minus(value: float | None) -> float | None:
    return None if value is None else 0.0 - value
