from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import welch

from flexqa.graph.model import EmgPrior, Graph
from flexqa.media import Emg
from flexqa.recordings.signals import rms_envelope, side_asymmetry, side_envelopes
from flexqa.simulate.electrodes import STORED_RATES_HZ, Electrodes, crosstalk
from flexqa.simulate.muscles import Drive, activation, record_emg
from flexqa.simulate.timeline import Timeline

TIMELINE = Timeline(("preparation", "concentric", "eccentric"), 1.0, 1.5, 2.0)
ELECTRODES = Electrodes(gain=1.0, heart_bpm=90.0, noise=(0,))


def prior_of(graph: Graph, action: str) -> EmgPrior:
    prior = graph.actions[action].emg
    assert prior is not None
    return prior


def record(
    graph: Graph, action: str, drive: Drive, timeline: Timeline = TIMELINE, seed: int = 0, rate_hz: int = 200
) -> Emg:
    electrodes = replace(ELECTRODES, noise=(seed,), rate_hz=rate_hz)
    return record_emg(prior_of(graph, action), timeline, drive, electrodes)


def powers(samples: NDArray[np.float64], rate_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rates, power = welch(samples, rate_hz, nperseg=min(len(samples), round(rate_hz)))
    return rates, power / power.sum()


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.4, 0.4), st.sampled_from(["A03", "A07", "A08", "A16"]), st.integers(0, 99))
def test_the_asymmetry_is_the_one_that_was_asked_for(graph: Graph, wanted: float, action: str, seed: int) -> None:
    emg = record(graph, action, Drive(60, 35, wanted), seed=seed)
    assert side_asymmetry(emg, prior_of(graph, action), TIMELINE.spans()[1]) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize(
    ("action", "columns"), [("A01", 4), ("A03", 4), ("A07", 2), ("A08", 4), ("A17", 2), ("A20", 4)]
)
def test_columns_follow_the_action(graph: Graph, action: str, columns: int) -> None:
    assert record(graph, action, Drive(60, 35, 0.0)).samples.shape == (round(4.5 * 200), columns)


@pytest.mark.parametrize("rate_hz", STORED_RATES_HZ)
def test_every_stored_rate_has_its_samples_and_the_same_loudness(graph: Graph, rate_hz: int) -> None:
    emg = record(graph, "A16", Drive(60, 60, 0.0), rate_hz=rate_hz)
    assert emg.rate_hz == rate_hz
    assert len(emg.samples) == round(4.5 * rate_hz)
    loud = np.sqrt(np.mean(np.square(emg.samples[round(1.1 * rate_hz) :, 0])))
    expected = np.sqrt(np.mean(np.square(0.8 * activation(TIMELINE, Drive(60, 60, 0.0), 0, rate_hz)[2200:])))
    assert loud == pytest.approx(expected, rel=0.12)


def test_the_spectrum_is_that_of_a_muscle(graph: Graph) -> None:
    emg = record(graph, "A16", Drive(80, 80, 0.0), Timeline(TIMELINE.phases, 1.0, 9.0, 9.0), rate_hz=2000)
    rates, power = powers(emg.samples[4000:, 0], 2000)
    assert power[(rates >= 20) & (rates <= 450)].sum() > 0.95
    median = rates[np.searchsorted(np.cumsum(power), 0.5)]
    assert 60 < median < 140


def test_nothing_is_folded_back_at_the_stored_rate(graph: Graph) -> None:
    long = Timeline(TIMELINE.phases, 1.0, 9.0, 9.0)
    full, stored = (record(graph, "A16", Drive(80, 80, 0.0), long, rate_hz=r) for r in (2000, 200))
    rates, power = powers(stored.samples[400:, 0], 200)
    full_rates, full_power = powers(full.samples[4000:, 0], 2000)
    inside, full_inside = (rates >= 20) & (rates <= 80), (full_rates >= 20) & (full_rates <= 80)
    # Below the filter the spectra have the same shape; what would fold back from 120-180 Hz is not there.
    shape, full_shape = power[inside] / power[inside].sum(), full_power[full_inside] / full_power[full_inside].sum()
    assert np.corrcoef(shape, full_shape)[0, 1] > 0.9
    assert power[rates > 97].mean() < 0.1 * power[inside].mean()


def test_the_signal_looks_raw_and_works_hardest_in_the_concentric_phase(graph: Graph) -> None:
    emg = record(graph, "A16", Drive(80, 40, 0.0))
    assert abs(emg.samples.mean()) < 0.05 * emg.samples.std()
    envelope = rms_envelope(emg)[:, 0]
    rest, con, ecc = (envelope[round(s.start_s * 200) : round(s.end_s * 200)].mean() for s in TIMELINE.spans())
    assert con > 1.5 * ecc > 3 * rest


@pytest.mark.parametrize("action", ["A05", "A07", "A08", "A15"])
def test_the_envelope_follows_the_activation(graph: Graph, action: str) -> None:
    drive = Drive(70, 40, 0.0)
    left, right = side_envelopes(record(graph, action, drive), prior_of(graph, action))
    meant = activation(TIMELINE, drive, 0, 200)[::10]
    smooth = np.convolve(left + right, np.ones(30) / 30, "same")
    assert np.corrcoef(smooth, meant)[0, 1] > 0.9


def test_a_side_that_comes_later_bursts_later(graph: Graph) -> None:
    late = Timeline(TIMELINE.phases, 1.0, 1.5, 2.0, lag_s=(0.4, 0.4))
    left, right = side_envelopes(record(graph, "A05", Drive(80, 40, 0.0), late), prior_of(graph, "A05"))
    onset = [int(np.argmax(side > 0.5 * side.max())) / 200 for side in (left, right)]
    assert onset[1] - onset[0] == pytest.approx(0.4, abs=0.12)


@pytest.mark.parametrize("columns", [2, 4])
def test_crosstalk_is_small_and_larger_from_next_door(columns: int) -> None:
    mix = crosstalk(columns)
    assert (np.diag(mix) == 1).all()
    assert mix[~np.eye(columns, dtype=bool)].max() <= 0.05
    if columns == 4:
        assert mix[0, 1] > mix[0, 2] == mix[0, 3] > 0


def test_a_silent_muscle_hears_its_neighbour_faintly(graph: Graph) -> None:
    amplitude = np.zeros((8000, 4))
    amplitude[:, 0] = 100.0
    heard = ELECTRODES.pick_up(amplitude, prior_of(graph, "A16")).std(axis=0)
    assert heard[0] == pytest.approx(100, rel=0.1)
    assert 3 < heard[1] < 8
    assert (heard[2:] < 4).all()


def test_the_heart_shows_over_the_chest_and_not_on_the_thigh(graph: Graph) -> None:
    still = np.zeros((20 * 2000, 4))
    chest, thigh = (ELECTRODES.pick_up(still, prior_of(graph, a)) for a in ("A08", "A16"))
    assert chest[:, 0].max() > 2 * thigh[:, 0].max()
    assert chest[:, 0].max() > chest[:, 2].max() > thigh[:, 2].max()
    beats = chest[:, 0] > 0.6 * chest[:, 0].max()
    assert np.count_nonzero(np.diff(beats.astype(int)) == 1) == pytest.approx(20 * 90 / 60, abs=2)


def test_the_baseline_wanders_slowly(graph: Graph) -> None:
    still = ELECTRODES.pick_up(np.zeros((60 * 2000, 2)), prior_of(graph, "A07"))[:, 1]
    rates, power = welch(still, 200, nperseg=4000)
    slow = power[(rates > 0.1) & (rates < 1)].sum()
    assert 0.2 < slow / power.sum() < 0.8
    assert still.std() < 3


def test_longer_signals_begin_like_shorter_ones(graph: Graph) -> None:
    prior = prior_of(graph, "A08")
    short, long = (ELECTRODES.pick_up(np.full((n, 4), 50.0), prior) for n in (6000, 9000))
    assert np.abs(long[:500] - short[:500]).max() < 0.5
