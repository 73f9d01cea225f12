"""Accuracy, clustered interval and paired test once more, from the files of a run and with other libraries.

Nothing of `flexqa.scoring` is used on this side: replies are bare answers, files are read as JSON, statsmodels gives
intervals and t test, scipy the permutation test, and Holm's correction is written out.
"""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import permutation_test

from flexqa.compare_runs import compare_runs
from flexqa.question import AnswerFormat as Form
from flexqa.question import Question
from flexqa.rescore import score_folder
from flexqa.store import RunFolder
from tests.scoring.runs import failure_of, question, reply_to, spec

FORMS = (Form.CHOICE, Form.YES_NO, Form.NUMBER, Form.CHOICES)
BARE = {"choice": "B", "yes_no": "yes", "number": "80", "choices": "B, C"}
OTHER = {"choice": "D", "yes_no": "no", "number": "20", "choices": "A, C"}


def write(folder: Path, questions: list[Question], skill: float, seed: int) -> Path:
    rng = random.Random(seed)
    the_spec = spec(f"fake:{seed}", len(questions))
    with RunFolder.open(folder, the_spec, questions, {}, {}) as run:
        for q in questions:
            text = (BARE if rng.random() < skill + 0.03 * int(q.subject[1:]) else OTHER)[q.answer_format.value]
            p = failure_of(q) if rng.random() < 0.05 else reply_to(q, text)
            if rng.random() > 0.03:
                run.append(p.model_copy(update={"run_id": run.manifest.run_id}))
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    # Subjects have 6 to 41 questions each.
    questions = [
        question(100 * s + i, FORMS[(s + i) % 4], f"S{s:02}") for s in range(11) for i in range(6 + (7 * s) % 36)
    ]
    home = tmp_path_factory.mktemp("runs")
    return [write(home / str(k), questions, skill, k) for k, skill in enumerate((0.55, 0.5, 0.35))]


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Question hash -> subject, type, and 1.0 where the bare answer is right."""
    rows = {}
    for line in (folder / "questions.jsonl").read_text().splitlines():
        q = json.loads(line)
        rows[q["id"]] = {"subject": q["subject"], "type": q["type"], "answer": q["answer"], "score": 0.0}
    for line in (folder / "predictions.jsonl").read_text().splitlines():
        p = json.loads(line)
        row = rows[p["question_id"]]
        if p["reply"]:
            answer = row["answer"]
            right = ", ".join(answer) if isinstance(answer, list) else answer
            text = p["reply"]["text"]
            row["score"] = float(float(text) == right if isinstance(right, float) else text == right)
    return dict(sorted(rows.items()))


def fit(y: np.ndarray, x: np.ndarray, groups: np.ndarray) -> Any:
    return sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)


def columns(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = read(folder).values()
    y = np.array([r["score"] for r in rows])
    _, subjects = np.unique([r["subject"] for r in rows], return_inverse=True)
    return y, subjects, np.array([r["type"] for r in rows])


def test_accuracy_overall_by_type_and_as_mean_of_types(folders: list[Path]) -> None:
    for folder in folders:
        scores = score_folder(folder)
        y, subjects, types = columns(folder)
        cells = {None: scores.overall} | dict(scores.by_type)
        for name, cell in cells.items():
            kept = np.full(len(y), fill_value=True) if name is None else types == name
            f = fit(y[kept], np.ones((kept.sum(), 1)), subjects[kept])
            low, high = f.conf_int()[0]
            e = cell.accuracy
            expected = (f.params[0], f.bse[0], max(low, 0), min(high, 1))
            assert (e.value, e.se, e.ci_low, e.ci_high) == pytest.approx(expected, rel=1e-9, abs=1e-9)
            assert (e.n, e.n_clusters) == (kept.sum(), len(set(subjects[kept])))
        names = sorted(set(types))
        dummies = np.stack([types == n for n in names], axis=1).astype(float)
        macro = fit(y, dummies, subjects).t_test(np.full(len(names), 1 / len(names)))
        assert scores.macro.value == pytest.approx(float(np.squeeze(macro.effect)), rel=1e-9, abs=1e-9)
        assert scores.macro.se == pytest.approx(float(np.squeeze(macro.sd)), rel=1e-9, abs=1e-9)


def holm(p: list[float]) -> list[float]:
    order, worst, found = np.argsort(p), 0.0, [0.0] * len(p)
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, (len(p) - rank) * p[i]))
        found[i] = worst
    return found


def test_paired_differences_with_both_tests(folders: list[Path]) -> None:
    found = compare_runs(folders)
    scores = [columns(f) for f in folders]
    t_values, flip_values = [], []
    for pair, (i, j) in zip(found.pairs, ((0, 1), (0, 2), (1, 2)), strict=True):
        (a, subjects, _), (b, _, _) = scores[i], scores[j]
        f = fit(a - b, np.ones((len(a), 1)), subjects)
        e = pair.overall.difference
        expected = (f.params[0], f.bse[0], *f.conf_int()[0], len(a))
        assert (e.value, e.se, e.ci_low, e.ci_high, e.n) == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert pair.overall.p == pytest.approx(f.pvalues[0], rel=1e-9, abs=1e-9)
        sums = [np.bincount(subjects, weights=y) for y in (a, b)]
        flips = permutation_test(
            sums,
            lambda x, y, axis: np.sum(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=np.inf,
        )
        assert pair.overall.p_sign_flip == pytest.approx(flips.pvalue, rel=1e-9, abs=1e-9)
        t_values.append(f.pvalues[0])
        flip_values.append(flips.pvalue)
    assert [p.overall.p_holm for p in found.pairs] == pytest.approx(holm(t_values), rel=1e-9, abs=1e-9)
    assert [p.overall.p_sign_flip_holm for p in found.pairs] == pytest.approx(holm(flip_values), rel=1e-9, abs=1e-9)
