"""scores.json: every question counts once, in whatever order, and the bytes are fixed."""

import json
import random
from pathlib import Path

import pytest

from flexqa.errors import RunError
from flexqa.question import AnswerFormat
from flexqa.scoring.aggregate import judge_run, score_run, to_json
from flexqa.scoring.table import modality_set
from tests.scoring.runs import failure_of, manifest, mixed_questions, question, replies, reply_to


def test_every_question_counts_once() -> None:
    questions = mixed_questions()
    predictions = replies(questions)[:-4]
    scores = score_run(questions, predictions, manifest())
    assert (scores.n_questions, scores.n_predictions, scores.missing) == (60, 56, 4)
    assert sum(scores.statuses.values()) == 60
    assert scores.statuses == {"ok": 53, "error": 1, "refused": 1, "unparsable": 1, "missing": 4}
    assert scores.overall.n_failed == 5
    assert scores.overall.n_unparsable == 2
    assert scores.parse_failure_rate == pytest.approx(2 / 55)
    right = sum(i % 3 != 0 for i in range(3, 56))
    assert scores.overall.accuracy.value == pytest.approx(right / 60)
    assert scores.overall.accuracy.n_clusters == 6
    for cells in (scores.by_type, scores.by_level, scores.by_modality, scores.by_action):
        assert sum(c.accuracy.n for c in cells.values()) == 60
    assert sum(c.accuracy.n for t in scores.by_type_modality.values() for c in t.values()) == 60


def test_slices_say_what_they_are() -> None:
    questions = mixed_questions()
    scores = score_run(questions, replies(questions), manifest())
    assert modality_set(question(3)) == "video+emg"
    assert set(scores.by_modality) == {"video", "video+emg"}
    assert set(scores.by_level) == {"recognition", "scoring"}
    cell = scores.by_type["type_choice"]
    assert cell.accuracy.value is not None
    assert cell.chance == 0.25
    assert cell.chance_corrected.value == pytest.approx((cell.accuracy.value - 0.25) / 0.75)
    assert cell.mae is None
    number = scores.by_type["type_number"].mae
    assert number is not None
    assert number.value is not None
    assert 2 <= number.value <= 40
    types = [c.accuracy.value or 0 for c in scores.by_type.values()]
    assert scores.macro.value == pytest.approx(sum(types) / len(types))


def test_a_group_is_right_when_all_of_it_is() -> None:
    questions = [question(i, AnswerFormat.YES_NO, f"S{i // 2:02}") for i in range(8)]
    texts = ["yes", "yes", "yes", "no", "no", "no", "yes", "yes"]
    scores = score_run(questions, [reply_to(q, t) for q, t in zip(questions, texts, strict=True)], manifest())
    chain = scores.by_group["chain"]
    assert (chain.accuracy.value, chain.accuracy.n, chain.chance) == (0.5, 4, 0.25)


def test_the_bytes_do_not_depend_on_the_order() -> None:
    questions = mixed_questions()
    predictions = replies(questions)
    first = to_json(score_run(questions, predictions, manifest()))
    random.Random(1).shuffle(questions)
    random.Random(2).shuffle(predictions)
    assert to_json(score_run(questions, predictions, manifest())) == first
    assert first.endswith("}\n")
    assert "NaN" not in first
    assert json.dumps(json.loads(first), sort_keys=True, indent=1, ensure_ascii=False) + "\n" == first


def test_the_format_is_that_of_the_golden_file() -> None:
    questions = mixed_questions(2)
    golden = Path(__file__).parent / "scores.golden.json"
    got = to_json(score_run(questions, replies(questions), manifest()))
    assert got == golden.read_text(), f"if the change is meant, raise the version and rewrite {golden}"


def test_a_second_attempt_after_a_failure_counts_and_a_second_answer_does_not() -> None:
    q = question(1)
    assert score_run([q], [failure_of(q), reply_to(q, "B")], manifest()).overall.accuracy.value == 1
    with pytest.raises(RunError, match="answered twice"):
        score_run([q], [reply_to(q, "B"), reply_to(q, "B")], manifest())


def test_a_stranger_among_the_predictions_is_named() -> None:
    with pytest.raises(RunError, match="not in the question set"):
        score_run([question(1)], [reply_to(question(2), "B")], manifest())
    with pytest.raises(RunError, match="no questions"):
        score_run([], [], manifest())


def test_one_subject_gives_a_figure_and_no_interval() -> None:
    q = [question(1), question(2)]
    cell = score_run(q, [reply_to(q[0], "B"), reply_to(q[1], "A")], manifest()).overall
    assert cell.accuracy.value == 0.5
    assert cell.accuracy.reason == "fewer than 2 clusters"


def test_subjects_count_by_their_skill_where_it_is_known() -> None:
    questions = mixed_questions(4)
    run = manifest(len(questions)).model_copy(update={"skills": {"S00": "expert", "S01": "novice", "S02": "novice"}})
    scores = score_run(questions, replies(questions), run)
    assert {name: c.accuracy.n_clusters for name, c in scores.by_skill.items()} == {"expert": 1, "novice": 2}
    assert {name: c.accuracy.n for name, c in scores.by_skill.items()} == {"expert": 10, "novice": 20}
    expert = [j.verdict.score for j in judge_run(questions, replies(questions)) if j.question.subject == "S00"]
    assert scores.by_skill["expert"].accuracy.value == pytest.approx(sum(expert) / 10)
