"""Intervals equal statsmodels, cover as they say, and are absent where nothing can be estimated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm

from flexqa.scoring.compare import compare, compare_all, rank_interval
from flexqa.scoring.statistics import Estimate, estimate


def reference(
    y: np.ndarray, x: np.ndarray, groups: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float, float]:
    """Value, standard error and interval of a linear contrast of OLS coefficients, as statsmodels gives them."""
    import statsmodels.api as sm

    fit = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    test = fit.t_test(weights)
    low, high = test.conf_int(0.05)[0]
    return float(np.squeeze(test.effect)), float(np.squeeze(test.sd)), float(low), float(high)


@pytest.mark.parametrize("seed", range(5))
def test_a_mean_equals_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = np.sort(rng.integers(0, 7, 60))
    y = (rng.random(60) < 0.3 + 0.08 * groups).astype(float)
    got = estimate(y.tolist(), groups.tolist())
    expected = reference(y, np.ones((60, 1)), groups, np.ones(1))
    assert (got.value, got.se, got.ci_low, got.ci_high) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_a_macro_mean_equals_statsmodels_with_a_dummy_per_stratum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 9, 80)
    strata = np.concatenate([[0, 1, 2], rng.integers(0, 3, 77)])
    y = (rng.random(80) < 0.2 + 0.2 * strata).astype(float)
    got = estimate(y.tolist(), groups.tolist(), strata=strata.tolist())
    expected = reference(y, np.eye(3)[strata], groups, np.full(3, 1 / 3))
    assert (got.value, got.se, got.ci_low, got.ci_high) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "clusters", "reason"),
    [
        ([], [], "no values"),
        ([1.0, 0.0], ["a", "a"], "fewer than 2 clusters"),
        ([1.0, 1.0], ["a", "b"], "all values equal"),
        ([0.0, 0.0, 0.0], ["a", "b", "c"], "all values equal"),
        ([0.0, 1.0, 1.0, 0.0], ["a", "a", "b", "b"], "no variation between clusters"),
    ],
)
def test_where_nothing_can_be_estimated_there_is_no_interval(
    values: list[float], clusters: list[str], reason: str
) -> None:
    got = estimate(values, clusters)
    assert (got.se, got.ci_low, got.ci_high, got.reason) == (None, None, None, reason)
    assert got.value == (sum(values) / len(values) if values else None)


def test_what_cannot_be_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="clusters"):
        estimate([1.0, 0.0], ["a"])
    with pytest.raises(ValueError, match="finite"):
        estimate([float("nan"), 0.0], ["a", "b"])


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.integers(0, 5)), min_size=1, max_size=60),
    st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_the_interval_holds_the_value_and_stays_in_bounds_whatever_the_order(pairs, random) -> None:  # type: ignore[no-untyped-def]
    def run() -> Estimate:
        return estimate([v for v, _ in pairs], [c for _, c in pairs], bounds=(0, 1))

    first = run()
    random.shuffle(pairs)
    second = run()
    assert first.value == pytest.approx(second.value)
    assert first.se == pytest.approx(second.se)
    if first.ci_low is not None and first.ci_high is not None and first.value is not None:
        assert 0 <= first.ci_low <= first.value <= first.ci_high <= 1
        assert first.reason is None
    else:
        assert first.reason


def simulated(rng: np.random.Generator, clusters: int, per_cluster: int, p: float, icc: float) -> NDArray[np.float64]:
    """Right or wrong, shape (clusters, per_cluster); latent normal with intra-cluster correlation `icc`."""
    shared = rng.normal(size=(clusters, 1)) * icc**0.5
    own = rng.normal(size=(clusters, per_cluster)) * (1 - icc) ** 0.5
    threshold = float(norm.ppf(p))
    right: NDArray[np.float64] = (shared + own < threshold).astype(np.float64)
    return right


@pytest.mark.parametrize(("clusters", "p"), [(20, 0.7), (40, 0.7), (40, 0.5)])
def test_coverage_is_near_nominal_with_clustered_questions(clusters: int, p: float) -> None:
    rng = np.random.default_rng(20260101)
    labels = np.repeat(np.arange(clusters), 10).tolist()
    hits, naive, n = 0, 0, 3000
    for _ in range(n):
        y = simulated(rng, clusters, 10, p, icc=0.3).ravel()
        e = estimate(y.tolist(), labels)
        assert e.ci_low is not None
        assert e.ci_high is not None
        hits += e.ci_low <= p <= e.ci_high
        naive += abs(y.mean() - p) <= 1.96 * y.std(ddof=1) / len(y) ** 0.5
    # The standard error of a simulated coverage is 0.4 points.
    assert 0.93 <= hits / n <= 0.965, hits / n
    assert naive / n < 0.85, "an interval that ignores lifters must not look as good"


def test_a_paired_comparison_sees_what_two_intervals_do_not() -> None:
    rng = np.random.default_rng(3)
    difficulty = rng.random(400)
    clusters = np.repeat(np.arange(40), 10).tolist()
    a = (difficulty < 0.70).astype(float).tolist()
    b = (difficulty < 0.64).astype(float).tolist()
    c = compare(a, b, clusters)
    assert c.difference.value == pytest.approx(np.mean(a) - np.mean(b))
    assert c.difference.se is not None
    unpaired = estimate(a, clusters).se
    assert unpaired is not None
    assert c.difference.se < unpaired
    assert c.p is not None
    assert c.p < 0.001


def test_p_equals_the_t_test_of_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(8), 5)
    a, b = (rng.random(40) < 0.7).astype(float), (rng.random(40) < 0.5).astype(float)
    fit = sm.OLS(a - b, np.ones(40)).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    assert compare(a.tolist(), b.tolist(), groups.tolist()).p == pytest.approx(float(fit.pvalues[0]), rel=1e-9)


def test_ranks_that_differences_leave_open() -> None:
    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(30), 10).tolist()
    runs = {
        name: (rng.random(300) < p).astype(float).tolist()
        for name, p in (("good", 0.9), ("twin", 0.89), ("bad", 0.3))
    }
    pairs = compare_all(runs, clusters)
    assert rank_interval("good", ["twin", "bad"], pairs) == (1, 2)
    assert rank_interval("twin", ["good", "bad"], pairs) == (1, 2)
    assert rank_interval("bad", ["good", "twin"], pairs) == (3, 3)
    forth, back = pairs["good", "bad"], pairs["bad", "good"]
    assert forth.difference.value == pytest.approx(-(back.difference.value or 0))
    assert forth.p_holm == back.p_holm
    assert all(c.p is not None and c.p_holm is not None and c.p_holm >= c.p for c in pairs.values())


def test_equal_runs_are_not_told_apart() -> None:
    pairs = compare_all({"a": [1.0, 0.0, 1.0], "b": [1.0, 0.0, 1.0]}, ["x", "y", "z"])
    assert pairs["a", "b"].p is None
    assert rank_interval("a", ["b"], pairs) == (1, 2)
