"""Measures beyond accuracy: equal to those of scikit-learn and scipy, and absent where they mean nothing."""

import random
from math import log

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import balanced_accuracy_score, f1_score, matthews_corrcoef

from flexqa.question import AnswerFormat, Media, Modality, Option, Question
from flexqa.record import Prediction
from flexqa.scoring.aggregate import Scores, score_run
from flexqa.scoring.verdict import judge
from tests.scoring.runs import TEXTS, failure_of, manifest, mixed_questions, question, replies, reply_to

SUBJECTS = 8


def scored(pairs: list[tuple[Question, str]]) -> Scores:
    return score_run([q for q, _ in pairs], [reply_to(q, text) for q, text in pairs], manifest())


def with_answer(form: AnswerFormat, i: int, answer: object, **update: object) -> Question:
    q = question(i, form, f"S{i % SUBJECTS:02}")
    return q.model_copy(update={"answer": answer, "groups": {}, **update})


def yes_no_pairs(n: int = 120) -> list[tuple[str, str]]:
    rng = random.Random(5)
    truth = [rng.choice(("yes", "no", "no")) for _ in range(n)]
    return [(t, t if rng.random() < 0.7 else "yes") for t in truth]


def test_yes_no_equals_scikit_learn() -> None:
    answers = yes_no_pairs()
    pairs = [(with_answer(AnswerFormat.YES_NO, i, t), said) for i, (t, said) in enumerate(answers)]
    found = scored(pairs).details.yes_no
    assert found is not None
    truth, said = zip(*answers, strict=True)
    assert found.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(truth, said), abs=1e-12)
    assert found.mcc.value == pytest.approx(matthews_corrcoef(truth, said), abs=1e-12)
    assert found.said_yes.value == pytest.approx(said.count("yes") / len(said))
    assert found.is_yes == pytest.approx(truth.count("yes") / len(truth))
    for e in (found.balanced_accuracy, found.mcc, found.said_yes):
        assert e.ci_low is not None
        assert e.ci_high is not None
        assert e.ci_low < (e.value or 0) < e.ci_high
        assert (e.n_clusters, e.reason) == (SUBJECTS, None)


def test_a_jackknife_interval_is_that_of_leaving_out_each_subject() -> None:
    answers = yes_no_pairs()
    pairs = [(with_answer(AnswerFormat.YES_NO, i, t), said) for i, (t, said) in enumerate(answers)]
    found = scored(pairs).details.yes_no
    assert found is not None
    left = []
    for subject in range(SUBJECTS):
        kept = [a for i, a in enumerate(answers) if i % SUBJECTS != subject]
        left.append(matthews_corrcoef(*zip(*kept, strict=True)))
    se = (np.var(left) * (SUBJECTS - 1)) ** 0.5
    assert found.mcc.se == pytest.approx(se, rel=1e-9)


def test_who_does_not_answer_yes_or_no_is_wrong_and_said_neither() -> None:
    pairs = [(with_answer(AnswerFormat.YES_NO, i, "yes" if i % 2 else "no"), "The lifter moves.") for i in range(16)]
    found = scored(pairs).details.yes_no
    assert found is not None
    assert found.balanced_accuracy.value == 0
    assert found.mcc.value == -1
    assert (found.said_yes.value, found.said_yes.reason) == (None, "no values")


def test_only_one_right_answer_leaves_balanced_accuracy_undefined() -> None:
    pairs = [(with_answer(AnswerFormat.YES_NO, i, "yes"), "yes") for i in range(16)]
    found = scored(pairs).details.yes_no
    assert found is not None
    assert found.mcc.value is None
    assert found.mcc.reason == "not defined for these values"
    assert found.is_yes == 1


def test_multi_select_equals_scikit_learn() -> None:
    rng = random.Random(9)
    truth = np.zeros((80, 4), dtype=int)
    said = np.zeros((80, 4), dtype=int)
    pairs = []
    for i in range(80):
        truth[i] = [rng.random() < p for p in (0.7, 0.5, 0.4, 0.2)]
        truth[i, rng.randrange(4)] = 1
        said[i] = [t if rng.random() < 0.8 else 1 - t for t in truth[i]]
        options = tuple(
            Option(text=t, kind="answer" if right else "random") for t, right in zip(TEXTS, truth[i], strict=True)
        )
        answer = tuple(letter for letter, right in zip("ABCD", truth[i], strict=True) if right)
        text = ", ".join(letter for letter, chosen in zip("ABCD", said[i], strict=True) if chosen) or "None of them."
        pairs.append((with_answer(AnswerFormat.CHOICES, i, answer, options=options), text))
    found = scored(pairs).details.multi_select
    assert found is not None
    assert found.micro_f1.value == pytest.approx(f1_score(truth, said, average="micro"), abs=1e-12)
    assert found.macro_f1.value == pytest.approx(f1_score(truth, said, average="macro"), abs=1e-12)
    for label, expected in zip(TEXTS, f1_score(truth, said, average=None), strict=True):
        assert found.by_label[label].f1.value == pytest.approx(expected, abs=1e-12)
        assert found.by_label[label].n_right == truth[:, TEXTS.index(label)].sum()


def test_numbers_equal_scipy() -> None:
    rng = np.random.default_rng(2)
    truth = rng.integers(20, 101, 60).astype(float)
    said = np.clip(truth + rng.normal(0, 12, 60).round(), 0, 100)
    actions = [f"A0{1 + i % 3}" for i in range(60)]
    pairs = [
        (with_answer(AnswerFormat.NUMBER, i, t, action=a), f"{s:.0f}")
        for i, (t, s, a) in enumerate(zip(truth, said, actions, strict=True))
    ]
    pairs.append((with_answer(AnswerFormat.NUMBER, 60, 50.0), "I cannot tell."))
    found = scored(pairs).details.numbers["type_number"]
    assert found.mae.value == pytest.approx(np.abs(truth - said).mean())
    assert found.spearman.value == pytest.approx(spearmanr(truth, said).statistic, abs=1e-12)
    relative = []
    for action in set(actions):
        chosen = np.array(actions) == action
        spread = np.ptp(truth[chosen])
        relative.extend(((truth - said)[chosen] / spread) ** 2)
    assert found.relative_l2.value == pytest.approx(100 * np.mean(relative))
    assert (found.mae.n, found.n_unread) == (60, 1)


def test_a_constant_number_has_no_rank_correlation() -> None:
    pairs = [(with_answer(AnswerFormat.NUMBER, i, float(50 + i)), "70") for i in range(24)]
    found = scored(pairs).details.numbers["type_number"]
    assert (found.spearman.value, found.spearman.reason) == (None, "not defined for these values")
    assert found.mae.value is not None


def logprobs(q: Question, p: tuple[float, ...]) -> Prediction:
    letter = "ABCD"[p.index(max(p))]
    found = reply_to(q, letter)
    assert found.reply is not None
    of = dict(zip("ABCD", map(log, p), strict=True))
    return found.model_copy(update={"reply": found.reply.model_copy(update={"choice_logprobs": of})})


def test_confidence_and_brier_follow_from_log_probabilities() -> None:
    q = question(1)
    verdict = judge(q, logprobs(q, (0.1, 0.4, 0.2, 0.1)))
    assert verdict.confidence == pytest.approx(0.5)
    assert verdict.brier == pytest.approx(0.125**2 + 0.5**2 + 0.25**2 + 0.125**2)
    assert judge(q, reply_to(q, "B")).brier is None
    found = logprobs(q, (0.1, 0.4, 0.2, 0.1))
    assert found.reply is not None
    for broken in ({"A": -1.0}, {"A": float("nan"), "B": 0.0, "C": 0.0, "D": 0.0}):
        half = found.model_copy(update={"reply": found.reply.model_copy(update={"choice_logprobs": broken})})
        assert judge(q, half).brier is None


def test_calibration_error_over_bins() -> None:
    questions = [question(i, subject=f"S{i % SUBJECTS:02}") for i in range(80)]
    sure, unsure = (0.04, 0.9, 0.03, 0.03), (0.55, 0.2, 0.15, 0.1)
    predictions = [logprobs(q, sure if i % 4 else unsure) for i, q in enumerate(questions)]
    found = score_run(questions, predictions, manifest()).details.calibration
    assert found is not None
    # Three quarters are right with a confidence of 0.9, one quarter wrong with 0.55.
    assert found.ece.value == pytest.approx(0.75 * 0.1 + 0.25 * 0.55)
    assert found.brier.n == 80


def test_rates_say_what_became_of_the_questions() -> None:
    questions = mixed_questions()
    rates = score_run(questions, replies(questions)[:-4], manifest()).details.rates
    assert rates.failure.value == pytest.approx(5 / 60)
    assert rates.unread.value == pytest.approx(2 / 55)
    assert (rates.failure.n, rates.unread.n) == (60, 55)
    assert rates.refusal.value == pytest.approx(1 / 55)
    assert (rates.truncation.value, rates.truncation.reason) == (0, "all values equal")
    failed = score_run(questions[:3], [failure_of(q) for q in questions[:3]], manifest()).details.rates
    assert (failed.failure.value, failed.refusal.value) == (1, None)


def test_a_question_is_in_the_slice_of_each_view_and_error() -> None:
    media = tuple(Media(recording="A02/001", modality=Modality.VIDEO, view=v) for v in ("1", "4"))
    path = (("A02/001", "observed", "ET112"), ("A02/001", "free_of", "ET104"), ("A02", "contains", "AK05"))
    q = [
        question(i, subject=f"S{i % 4}").model_copy(
            update={"media": media[: 1 + i % 2], "graph_path": path[: 1 + i % 3]}
        )
        for i in range(12)
    ]
    scores = score_run(q, [reply_to(x, "B") for x in q], manifest())
    assert {name: c.accuracy.n for name, c in scores.by_view.items()} == {"1": 12, "4": 6}
    assert scores.by_skill == {}
    assert {name: c.accuracy.n for name, c in scores.by_error.items()} == {"ET104": 8, "ET112": 12}


@pytest.mark.parametrize("form", list(AnswerFormat))
def test_a_run_of_one_format_has_the_measures_of_that_format_alone(form: AnswerFormat) -> None:
    questions = [question(i, form, f"S{i % 4}") for i in range(8)]
    d = score_run(questions, replies(questions), manifest()).details
    assert (d.yes_no is not None) == (form is AnswerFormat.YES_NO)
    assert (d.multi_select is not None) == (form is AnswerFormat.CHOICES)
    assert bool(d.numbers) == (form is AnswerFormat.NUMBER)
    assert d.calibration is None
