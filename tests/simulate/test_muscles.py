import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexqa.graph.model import Graph
from flexqa.media import Emg
from flexqa.recordings.signals import rms_envelope, side_asymmetry, side_envelopes
from flexqa.simulate.muscles import Drive, record_emg
from flexqa.simulate.physio import record_physio
from flexqa.simulate.timeline import Timeline

TIMELINE = Timeline(("preparation", "concentric", "eccentric"), 1.0, 1.5, 2.0)


def record(graph: Graph, action: str, drive: Drive, timeline: Timeline = TIMELINE, seed: int = 0) -> Emg:
    prior = graph.actions[action].emg
    assert prior is not None
    return record_emg(prior, timeline, drive, 1.0, np.random.default_rng(seed))


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.4, 0.4), st.sampled_from(["A03", "A07", "A08", "A16"]), st.integers(0, 99))
def test_the_asymmetry_is_the_one_that_was_asked_for(graph: Graph, wanted: float, action: str, seed: int) -> None:
    prior = graph.actions[action].emg
    assert prior is not None
    emg = record(graph, action, Drive(60, 35, wanted), seed=seed)
    assert side_asymmetry(emg, prior, TIMELINE.spans()[1]) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize(("action", "columns"), [("A01", 4), ("A03", 4), ("A07", 2), ("A08", 4), ("A17", 2)])
def test_columns_follow_the_action(graph: Graph, action: str, columns: int) -> None:
    assert record(graph, action, Drive(60, 35, 0.0)).samples.shape == (round(4.5 * 200), columns)


def test_the_signal_looks_raw_and_works_hardest_in_the_concentric_phase(graph: Graph) -> None:
    emg = record(graph, "A16", Drive(80, 40, 0.0))
    assert abs(emg.samples.mean()) < 0.05 * emg.samples.std()
    envelope = rms_envelope(emg)[:, 0]
    rest, con, ecc = (envelope[round(s.start_s * 200) : round(s.end_s * 200)].mean() for s in TIMELINE.spans())
    assert con > 1.5 * ecc > 3 * rest


def test_a_side_that_comes_later_bursts_later(graph: Graph) -> None:
    prior = graph.actions["A05"].emg
    assert prior is not None
    late = Timeline(TIMELINE.phases, 1.0, 1.5, 2.0, lag_s=(0.4, 0.4))
    left, right = side_envelopes(record(graph, "A05", Drive(80, 40, 0.0), late), prior)
    onset = [int(np.argmax(side > 0.5 * side.max())) / 200 for side in (left, right)]
    assert onset[1] - onset[0] == pytest.approx(0.4, abs=0.12)


def test_rates_are_rates_of_living_people() -> None:
    for seed in range(30):
        physio = record_physio(80, 1.0, np.random.default_rng(seed))
        assert len(physio.times_s) == 15
        assert 60 < physio.heart_bpm.min() <= physio.heart_bpm.max() < 160
        assert 5 < physio.breath_per_min.min() <= physio.breath_per_min.max() < 45
