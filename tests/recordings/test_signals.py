import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.errors import RecordingError
from flexqa.graph.model import EmgPrior
from flexqa.media import Emg
from flexqa.recordings.model import PhaseSpan
from flexqa.recordings.signals import rms_envelope, side_asymmetry, side_envelopes

PRIOR = EmgPrior(left_cols=(0, 1), right_cols=(2, 3), dominant_muscle="pec_stern")
SPAN = PhaseSpan(phase="concentric", start_s=0.5, end_s=1.5)


def noise(levels: tuple[float, ...], seconds: float = 2.0) -> Emg:
    rng = np.random.default_rng(0)
    return Emg(rng.standard_normal((round(seconds * 200), len(levels))) * np.array(levels), 200.0, "a.u.")


def test_the_envelope_of_a_constant_is_the_constant_up_to_both_ends() -> None:
    envelope = rms_envelope(Emg(np.full((50, 2), -3.0), 200.0, "a.u."))
    assert envelope.shape == (50, 2)
    np.testing.assert_allclose(envelope, 3.0)


@given(st.floats(0.01, 50), st.floats(0.02, 0.5))
def test_the_envelope_scales_with_the_signal_and_ignores_its_sign(factor: float, window_s: float) -> None:
    emg = noise((1.0, 2.0), 0.5)
    scaled = Emg(-factor * emg.samples, emg.rate_hz, emg.unit)
    np.testing.assert_allclose(rms_envelope(scaled, window_s), factor * rms_envelope(emg, window_s), rtol=1e-6)


def test_a_side_is_the_mean_over_its_columns() -> None:
    left, right = side_envelopes(Emg(np.tile([1.0, 3.0, 4.0, 8.0], (40, 1)), 200.0, "a.u."), PRIOR)
    np.testing.assert_allclose(left, 2.0)
    np.testing.assert_allclose(right, 6.0)


@given(st.floats(0.2, 5), st.floats(0.2, 5))
def test_asymmetry_is_bounded_and_turns_its_sign_when_the_sides_are_exchanged(a: float, b: float) -> None:
    emg = noise((a, a, b, b))
    mirrored = Emg(emg.samples[:, [2, 3, 0, 1]], emg.rate_hz, emg.unit)
    one, other = side_asymmetry(emg, PRIOR, SPAN), side_asymmetry(mirrored, PRIOR, SPAN)
    assert -1 <= one <= 1
    assert one == pytest.approx(-other)
    assert one == pytest.approx((a - b) / (a + b), abs=0.06)


def test_only_the_span_counts() -> None:
    samples = np.ones((400, 4))
    samples[:100, :2] = 50.0
    assert side_asymmetry(Emg(samples, 200.0, "a.u."), PRIOR, SPAN.model_copy(update={"start_s": 0.7})) == 0.0


def test_silence_is_symmetric() -> None:
    assert side_asymmetry(Emg(np.zeros((400, 4)), 200.0, "a.u."), PRIOR, SPAN) == 0.0


@pytest.mark.parametrize(
    ("emg", "says"),
    [
        (Emg(np.zeros((0, 4)), 200.0, "a.u."), "no samples"),
        (Emg(np.zeros((400, 2)), 200.0, "a.u."), "2 columns and the action needs 4"),
        (Emg(np.zeros((50, 4)), 200.0, "a.u."), "ends at 0.25 s"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_its_value(emg: Emg, says: str) -> None:
    with pytest.raises(RecordingError, match=says):
        side_asymmetry(emg, PRIOR, SPAN)
