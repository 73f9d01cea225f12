"""Intervals hold the truth as often as they say: simulated runs with an intra-cluster correlation of 0.3.

A clip's probability of a right answer is drawn from a beta distribution, so that the correlation of two answers on
one clip is exactly 1 / (a + b + 1), and the truth is a / (a + b).
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from flexqa.scoring.compare import compare, compare_all, rank_interval
from flexqa.scoring.details import _balanced, _f1, _mcc, _spearman
from flexqa.scoring.statistics import Estimate, estimate, jackknife_counts

ICC = 0.3
CLIPS = 40

Floats = NDArray[np.float64]


def probabilities(rng: np.random.Generator, p: float, clips: int = CLIPS) -> Floats:
    """Of each clip, shape (clips, 1)."""
    total = 1 / ICC - 1
    return rng.beta(p * total, (1 - p) * total, size=(clips, 1))


def holds(e: Estimate, truth: float) -> bool:
    return e.ci_low is not None and e.ci_high is not None and e.ci_low <= truth <= e.ci_high


def share(hits: list[bool]) -> float:
    return float(np.mean(hits))


@pytest.mark.parametrize("per_clip", [10, 20, 40])
@pytest.mark.parametrize("p", [0.5, 0.75])
def test_accuracy(per_clip: int, p: float) -> None:
    rng = np.random.default_rng(per_clip)
    clusters = np.repeat(np.arange(CLIPS), per_clip)
    hits, naive = [], []
    for _ in range(2500):
        y = (rng.random((CLIPS, per_clip)) < probabilities(rng, p)).astype(float).ravel()
        hits.append(holds(estimate(y, clusters, bounds=(0, 1)), p))
        naive.append(bool(abs(y.mean() - p) <= 1.96 * y.std(ddof=1) / len(y) ** 0.5))
    assert 0.93 <= share(hits) <= 0.97, share(hits)
    assert share(naive) < 0.85, "an interval that ignores clips must not look as good"


def test_correlation_of_the_simulation_is_what_it_says() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random((40_000, 2)) < probabilities(rng, 0.7, 40_000)).astype(float)
    assert np.corrcoef(y.T)[0, 1] == pytest.approx(ICC, abs=0.015)


@pytest.mark.parametrize("per_clip", [10, 40])
def test_the_mean_of_types_with_sizes_that_differ(per_clip: int) -> None:
    rng = np.random.default_rng(per_clip)
    clusters = np.repeat(np.arange(CLIPS), per_clip)
    types = np.tile(np.arange(per_clip) % 5 // 3, CLIPS)
    hits = []
    for _ in range(2000):
        # The second type is harder by a fifth of the probability.
        of_type = probabilities(rng, 0.7) * np.where(types[:per_clip] == 1, 0.8, 1.0)
        y = (rng.random((CLIPS, per_clip)) < of_type).astype(float).ravel()
        hits.append(holds(estimate(y, clusters, strata=types), 0.7 * 0.9))
    assert 0.93 <= share(hits) <= 0.97, share(hits)


@pytest.mark.parametrize("per_clip", [10, 40])
def test_the_difference_of_two_runs(per_clip: int) -> None:
    rng = np.random.default_rng(per_clip)
    clusters = np.repeat(np.arange(CLIPS), per_clip)
    hits = []
    for _ in range(1500):
        shared, own = probabilities(rng, 0.7), probabilities(rng, 0.5)
        first, second = (
            (rng.random((CLIPS, per_clip)) < p).astype(float).ravel() for p in (shared, 0.6 * shared + 0.4 * own)
        )
        hits.append(holds(compare(first.tolist(), second.tolist(), clusters).difference, 0.7 - 0.62))
    assert 0.93 <= share(hits) <= 0.97, share(hits)


def counts(rng: np.random.Generator, rates: tuple[float, float], per_clip: int = 20) -> Floats:
    """True positives, false negatives, true negatives, false positives of each clip, for two hit rates."""
    draws = [
        (rng.random((CLIPS, per_clip // 2)) < probabilities(rng, rate)).sum(axis=1).astype(float) for rate in rates
    ]
    half = float(per_clip // 2)
    return np.stack([draws[0], half - draws[0], draws[1], half - draws[1]], axis=1)


def of_f1(sums: Floats) -> Floats:
    tp, fn, _, fp = np.moveaxis(sums, -1, 0)
    return _f1(np.stack([tp, tp + fp, tp + fn], axis=-1))


@pytest.mark.parametrize("statistic", [_balanced, _mcc, of_f1])
def test_what_is_no_mean(statistic: Callable[[Floats], Floats]) -> None:
    rng = np.random.default_rng(3)
    truth = float(statistic(np.array([0.8, 0.2, 0.6, 0.4])))
    hits = [holds(jackknife_counts(statistic, counts(rng, (0.8, 0.6)), 800), truth) for _ in range(2000)]
    assert 0.93 <= share(hits) <= 0.975, share(hits)


def test_rank_correlation() -> None:
    rng = np.random.default_rng(6)
    rho, per_clip, hits = 0.5, 10, []
    # Of a normal pair with correlation r, Spearman's is 6/pi · asin(r/2).
    r = 2 * np.sin(np.pi * rho / 6)
    clusters = np.repeat(np.arange(CLIPS), per_clip)
    for _ in range(300):
        a, b = (
            (ICC**0.5 * rng.normal(size=(CLIPS, 1)) + (1 - ICC) ** 0.5 * rng.normal(size=(CLIPS, per_clip))).ravel()
            for _ in range(2)
        )
        b = r * a + (1 - r**2) ** 0.5 * b
        hits.append(holds(_spearman(a, b, clusters), rho))
    # The standard error of a simulated coverage is 1.3 points here.
    assert 0.91 <= share(hits) <= 0.985, share(hits)


def simulated_ranks(rng: np.random.Generator, p: list[float], per_clip: int) -> list[tuple[int, int]]:
    """Rank intervals of runs whose true accuracies are given; a clip is hard for all or for none."""
    ease = rng.normal(size=(CLIPS, 1))
    runs = {}
    for i, accuracy in enumerate(p):
        own = rng.normal(size=(CLIPS, per_clip))
        right = ICC**0.5 * ease + (1 - ICC) ** 0.5 * own < ndtri(accuracy)
        runs[f"m{i}"] = right.astype(float).ravel().tolist()
    pairs = compare_all(runs, np.repeat(np.arange(CLIPS), per_clip))
    return [rank_interval(name, [o for o in runs if o != name], pairs) for name in runs]


@pytest.mark.parametrize("p", [[0.7] * 4, [0.75, 0.7, 0.7, 0.6], [0.8, 0.72, 0.64, 0.56]])
def test_ranks(p: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """All intervals together hold all true ranks; equal runs share the ranks from first to last of them."""
    # Ranks follow from the t test; the sign flips would only take time.
    monkeypatch.setattr("flexqa.scoring.compare.sign_flip", lambda _: None)
    rng = np.random.default_rng(len(set(p)))
    best, worst = rankdata([-x for x in p], "min"), rankdata([-x for x in p], "max")
    hits = []
    for _ in range(400):
        found = simulated_ranks(rng, p, 10)
        hits.append(all(low <= b and w <= high for (low, high), b, w in zip(found, best, worst, strict=True)))
    # Holm keeps at least 95 %; where all differences are large, nothing is left to be wrong about.
    assert share(hits) >= 0.93, share(hits)
    if len(set(p)) == 1:
        assert share(hits) <= 0.985, share(hits)
    assert all(a >= b for a, b in pairwise(p))
