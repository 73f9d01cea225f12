"""`flexqa compare`: pairs, clusters, tests and corrections, and what it refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import permutation_test
from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.compare_runs import compare_runs
from flexqa.errors import RunError
from flexqa.record import Presentation
from flexqa.scoring.compare import compare, corrected, sign_flip
from flexqa.store import MANIFEST
from tests.scoring.runs import mixed_questions, write_run


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    questions = mixed_questions(8)
    return (
        write_run(tmp_path / "good", questions, wrong_every=10, model="fake:good"),
        write_run(tmp_path / "fair", questions, wrong_every=4, model="fake:fair"),
        write_run(tmp_path / "poor", questions, wrong_every=2, model="fake:poor"),
    )


def test_a_pair_is_compared_question_by_question(folders: tuple[Path, Path, Path]) -> None:
    found = compare_runs(folders)
    assert (found.n_questions, found.n_clusters, len(found.pairs)) == (80, 8, 3)
    good, fair, _ = found.runs
    first = found.pairs[0]
    assert (first.first, first.second) == (good.run_id, fair.run_id)
    assert first.overall.difference.value == pytest.approx(
        (good.accuracy.value or 0) - (fair.accuracy.value or 0), abs=1e-12
    )
    a = first.agreement
    assert a.both + a.only_first + a.only_second + a.neither == 80
    assert (a.only_first - a.only_second) / 80 == pytest.approx(first.overall.difference.value)
    for pair in found.pairs:
        assert pair.overall.p_holm is not None
        assert pair.overall.p is not None
        assert pair.overall.p_holm >= pair.overall.p
        assert pair.overall.p_sign_flip_holm is not None
        assert pair.overall.p_sign_flip_holm >= 2 / 2**8


def test_slices_are_compared_and_corrected_together(folders: tuple[Path, Path, Path]) -> None:
    (pair,) = compare_runs(folders[:2], by="type").pairs
    assert set(pair.slices) == {"type_choice", "type_choices", "type_yes_no", "type_number"}
    assert sum(c.difference.n for c in pair.slices.values()) == 80
    total = sum((c.difference.value or 0) * c.difference.n for c in pair.slices.values()) / 80
    assert total == pytest.approx(pair.overall.difference.value)
    tested = [c for c in pair.slices.values() if c.p is not None]
    assert all((c.p_holm or 0) >= (c.p or 0) for c in tested)


def test_the_order_of_lines_is_of_no_matter(folders: tuple[Path, Path, Path]) -> None:
    before = compare_runs(folders[:2])
    for name in ("questions.jsonl", "predictions.jsonl"):
        path = folders[0] / name
        path.write_text("".join(sorted(path.read_text().splitlines(keepends=True), reverse=True)))
    assert compare_runs(folders[:2]) == before


def test_other_questions_are_refused_unless_told(tmp_path: Path, folders: tuple[Path, Path, Path]) -> None:
    other = write_run(tmp_path / "other", mixed_questions(9)[10:], model="fake:other")
    with pytest.raises(RunError, match=r"70 are shared.*--shared-questions"):
        compare_runs([folders[0], other])
    found = compare_runs([folders[0], other], shared_questions=True)
    assert found.n_questions == 70
    assert set(found.n_left_out.values()) == {10}


def test_other_presentations_are_refused_unless_told(folders: tuple[Path, Path, Path]) -> None:
    manifest = json.loads((folders[1] / MANIFEST).read_text())
    manifest["spec"]["presentation"] = Presentation(frames=4).model_dump()
    (folders[1] / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(RunError, match=r'"frames":4.*--other-presentation'):
        compare_runs(folders[:2])
    found = compare_runs(folders[:2], other_presentation=True)
    assert set(found.differ_in) == {"presentation"}


def test_a_run_is_not_compared_with_itself(tmp_path: Path, folders: tuple[Path, Path, Path]) -> None:
    shutil.copytree(folders[0], tmp_path / "copy")
    for same in ([folders[0]], [folders[0], tmp_path / "copy"]):
        with pytest.raises(RunError, match="two or more different runs"):
            compare_runs(same)


def test_the_command_prints_a_table_and_json(folders: tuple[Path, Path, Path]) -> None:
    names = [str(f) for f in folders]
    shown = CliRunner().invoke(app, ["compare", *names, "--by", "level"])
    assert shown.exit_code == 0
    assert "A - B" in shown.stdout
    assert "scoring" in shown.stdout
    assert "80 questions on 8 subjects" in shown.stdout
    told = json.loads(CliRunner().invoke(app, ["compare", *names, "--json"]).stdout)
    assert [r["model"]["name"] for r in told["runs"]] == ["fake:good", "fake:fair", "fake:poor"]
    assert len(told["pairs"]) == 3


@pytest.mark.parametrize("n", [2, 5, 12, 16])
def test_an_exact_sign_flip_equals_scipy(n: int) -> None:
    rng = np.random.default_rng(n)
    sums = rng.integers(-4, 7, n).astype(float)
    expected = permutation_test(
        (sums, np.zeros(n)),
        lambda a, b, axis: np.sum(a - b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert sign_flip(sums) == pytest.approx(expected.pvalue, abs=1e-12)


def test_random_sign_flips_are_near_the_exact_ones_and_repeat() -> None:
    sums = np.random.default_rng(4).normal(0.3, 1.0, 20)
    signs = 1 - 2.0 * ((np.arange(1 << 19)[:, None] >> np.arange(20)) & 1)
    exact = float(np.mean(np.abs(signs @ sums) >= abs(sums.sum()) - 1e-9))
    got = sign_flip(sums)
    assert got == sign_flip(sums)
    assert got == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 20_000) ** 0.5)


def test_holm_equals_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    p_values = np.random.default_rng(2).random(9) ** 3
    template = compare([1.0, 0.0, 1.0], [0.0, 0.0, 1.0], ["a", "b", "c"])
    made = [template.model_copy(update={"p": float(p)}) for p in p_values]
    made.insert(4, template.model_copy(update={"p": None}))
    got = [c.p_holm for c in corrected(made)]
    assert got.pop(4) is None
    assert got == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), abs=1e-15)


def test_where_there_is_nothing_to_flip() -> None:
    assert sign_flip(np.array([3.0])) is None
    assert sign_flip(np.zeros(4)) == 1
    assert compare([1.0, 0.0], [0.0, 1.0], ["a", "a"]).p_sign_flip is None
    assert corrected([]) == []


def test_equal_runs_are_seldom_told_apart() -> None:
    rng = np.random.default_rng(8)
    p_values = []
    for _ in range(400):
        shared = np.repeat(rng.normal(size=12), 10)
        a, b = ((shared + rng.normal(size=120) > 0).astype(float) for _ in range(2))
        p_values.append(compare(a.tolist(), b.tolist(), np.repeat(np.arange(12), 10)).p_sign_flip or 1)
    # The standard error of a simulated rate of 5 % is 1.1 points.
    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.085
