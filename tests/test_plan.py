"""`flexqa power`: against the textbook, against statsmodels, and against simulation."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower
from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.errors import BadInput
from flexqa.plan import from_runs
from flexqa.scoring.compare import compare
from flexqa.scoring.power import (
    Components,
    Design,
    components,
    power,
    smallest_difference,
    standard_error,
    subjects_needed,
)
from tests.scoring.runs import mixed_questions, write_run

PLAIN = Components(sd=0.5, icc_clip=0.3, icc_subject=0.05)


def simulate(rng: np.random.Generator, c: Components, d: Design, mean: float = 0.0) -> tuple[np.ndarray, ...]:
    """Normal values with these components, and their clips and subjects."""
    s, k, q = d.subjects, int(d.clips_per_subject), int(d.questions_per_clip)
    of_subject = rng.normal(size=(s, 1, 1)) * c.icc_subject**0.5
    of_clip = rng.normal(size=(s, k, 1)) * (c.icc_clip - c.icc_subject) ** 0.5
    own = rng.normal(size=(s, k, q)) * (1 - c.icc_clip) ** 0.5
    values = mean + c.sd * (of_subject + of_clip + own)
    clip, subject = np.arange(s * k).repeat(q), np.arange(s).repeat(k * q)
    return values.ravel(), clip, subject


def test_components_are_found_again() -> None:
    design = Design(subjects=400, clips_per_subject=8, questions_per_clip=10)
    y, clip, subject = simulate(np.random.default_rng(1), PLAIN, design)
    found = components(y.tolist(), clip.tolist(), subject.tolist())
    assert found.sd == pytest.approx(0.5, rel=0.03)
    assert found.icc_clip == pytest.approx(0.3, abs=0.03)
    assert found.icc_subject == pytest.approx(0.05, abs=0.02)


def test_what_does_not_vary_is_refused() -> None:
    with pytest.raises(BadInput, match="--sd"):
        components([1.0, 1.0], ["a", "b"], ["s", "t"])


def test_the_standard_error_is_that_of_simulated_means() -> None:
    design = Design(subjects=20, clips_per_subject=3, questions_per_clip=8)
    rng = np.random.default_rng(2)
    means = [simulate(rng, PLAIN, design)[0].mean() for _ in range(4000)]
    assert np.std(means) == pytest.approx(standard_error(PLAIN, design), rel=0.04)


def test_one_question_on_one_clip_of_each_subject_is_the_power_of_a_t_test() -> None:
    design = Design(subjects=40, clips_per_subject=1, questions_per_clip=1)
    expected = TTestPower().power(effect_size=0.2 / 0.5, nobs=40, alpha=0.05)
    assert power(0.2, PLAIN, design) == pytest.approx(expected, abs=1e-9)


def test_the_comparison_finds_the_difference_as_often_as_promised() -> None:
    design, rng = Design(subjects=15, clips_per_subject=4, questions_per_clip=10), np.random.default_rng(3)
    difference = smallest_difference(PLAIN, design)
    assert difference is not None
    assert power(difference, PLAIN, design) == pytest.approx(0.8, abs=1e-6)
    hits = []
    for _ in range(1200):
        y, _, subject = simulate(rng, PLAIN, design, difference)
        hits.append((compare(y.tolist(), [0.0] * len(y), subject).p or 1) < 0.05)
    # The standard error of a simulated power of 80 % is 1.2 points.
    assert np.mean(hits) == pytest.approx(0.8, abs=0.04)


@given(st.floats(0.01, 0.3), st.floats(0.2, 0.9), st.floats(0.1, 0.9), st.floats(0, 0.1), st.integers(1, 50))
def test_the_fewest_subjects_suffice_and_one_less_does_not(
    difference: float, sd: float, icc_clip: float, icc_subject: float, clips: int
) -> None:
    c = Components(sd=sd, icc_clip=icc_clip, icc_subject=icc_subject)
    n = subjects_needed(difference, c, clips_per_subject=clips, questions_per_clip=20)
    assert n is not None

    def reached(subjects: int) -> bool:
        return power(difference, c, Design(subjects=subjects, clips_per_subject=clips, questions_per_clip=20)) >= 0.8

    assert reached(n)
    assert n == 2 or not reached(n - 1)


def test_what_cannot_be_resolved_is_null() -> None:
    assert subjects_needed(1e-5, PLAIN, clips_per_subject=1, questions_per_clip=1) is None
    assert smallest_difference(PLAIN, Design(subjects=1, clips_per_subject=9, questions_per_clip=9)) is None


def test_runs_show_how_differences_vary(tmp_path: Path) -> None:
    questions = mixed_questions(8)
    a = write_run(tmp_path / "a", questions, wrong_every=3, model="fake:a")
    b = write_run(tmp_path / "b", questions, wrong_every=4, model="fake:b")
    alone, design, _ = from_runs(a, None, correlation=0.5)
    assert alone.sd == pytest.approx(0.5, abs=0.06)
    assert (design.subjects, design.clips_per_subject, design.questions_per_clip) == (8, 5, 2)
    pair, _, source = from_runs(a, b, correlation=0.5)
    assert source == "a and b"
    assert pair.sd > 0
    other = write_run(tmp_path / "c", mixed_questions(9)[80:], model="fake:c")
    with pytest.raises(BadInput, match="share no question"):
        from_runs(a, other, correlation=0.5)


def test_the_command(tmp_path: Path) -> None:
    run = str(write_run(tmp_path / "a", mixed_questions(8)))
    shown = CliRunner().invoke(app, ["power", run, "--difference", "0.05"])
    assert shown.exit_code == 0, shown.output
    assert "8 subjects" in shown.stdout
    told = json.loads(CliRunner().invoke(app, ["power", "--difference", "0.05", "--json"]).stdout)
    assert told["at_hand"] is None
    needs = [row["subjects"] for row in told["rows"]]
    assert needs == sorted(needs, reverse=True)
