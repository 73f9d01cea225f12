"""Questions of the score: as annotated, and asked only where scores differ."""

from collections import Counter, defaultdict

import pytest

from flexqa.questions.corpus import Annotated
from flexqa.questions.question_set import QuestionSet
from tests.questions.sets import of_type


def test_scores_are_the_annotated_ones(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, "score"):
        assert q.answer == pytest.approx(by_id[q.media[0].recording].truth.score, abs=0.005)
        assert q.tolerance == 5
        assert 0.1 <= q.chance <= 0.5


def test_the_better_clip_is_better_by_five_points(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    answers: defaultdict[object, Counter[str]] = defaultdict(Counter)
    pairs = set()
    for q in of_type(question_set, "better_repetition"):
        scores = {letter: by_id[m.recording].truth.score for letter, m in zip("AB", q.media, strict=True)}
        assert scores[str(q.answer)] == max(scores.values()) >= min(scores.values()) + 5
        assert [m.label for m in q.media] == [o.text for o in q.options] == ["Clip 1", "Clip 2"]
        answers[q.split, q.action][str(q.answer)] += 1
        pairs.add(frozenset(m.recording for m in q.media))
    assert all(abs(count["A"] - count["B"]) <= 2 for count in answers.values())
    assert len(pairs) == sum(map(Counter.total, answers.values()))
