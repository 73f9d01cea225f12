import numpy as np

from flexqa.simulate.physio import record_physio


def test_rates_are_rates_of_living_people() -> None:
    for seed in range(60):
        physio = record_physio(80, 1.0, np.random.default_rng(seed))
        assert len(physio.times_s) == len(physio.heart_bpm) == len(physio.breath_per_min) == 15
        assert 60 < physio.heart_bpm.min() <= physio.heart_bpm.max() < 160
        assert 5 < physio.breath_per_min.min() <= physio.breath_per_min.max() < 45
        assert np.abs(np.diff(physio.heart_bpm)).max() < 15


def test_the_heart_lags_and_may_fall_within_a_set() -> None:
    sets = [record_physio(80, 1.0, np.random.default_rng(seed)) for seed in range(200)]
    change = np.array([s.heart_bpm[-1] - s.heart_bpm[0] for s in sets])
    assert 0.6 < np.mean(change > 3) < 0.95
    assert np.mean(change < -1) > 0.05
    # Of what the heart rises by, the first sixth of the set shows less than a third.
    rising = [s.heart_bpm for s, c in zip(sets, change, strict=True) if c > 8]
    assert np.mean([(h[2] - h[0]) / (h[-1] - h[0]) for h in rising]) < 0.33


def test_breath_dips_deeper_than_it_drifts_in_some_sets() -> None:
    sets = [record_physio(80, 1.0, np.random.default_rng(seed)).breath_per_min for seed in range(100)]
    dips = [min(b[0], b[-1]) - b.min() for b in sets]
    assert max(dips) > 5
    assert np.mean([b[-1] > b[0] for b in sets]) > 0.3
