"""Groups, the ladder of levels, and wordings, counted by hand."""

import pytest

from flexqa.question import AnswerFormat, Level, Question
from flexqa.scoring.aggregate import Scores, score_run
from tests.scoring.runs import manifest, question, reply_to


def asked(i: int, level: Level, recording: str, subject: str, **update: object) -> Question:
    q = question(i, AnswerFormat.YES_NO, subject)
    return q.model_copy(update={"level": level, "groups": {"chain": recording}, **update})


def scored(pairs: list[tuple[Question, bool]]) -> Scores:
    predictions = [reply_to(q, "yes" if right else "no") for q, right in pairs]
    return score_run([q for q, _ in pairs], predictions, manifest())


def ladder_of(outcomes: list[str]) -> Scores:
    """Recordings with one question on each level; `1010` is right on recognition and evaluation."""
    levels = (Level.RECOGNITION, Level.STANDARDS, Level.EVALUATION, Level.SCORING)
    pairs = []
    for r, outcome in enumerate(outcomes):
        for k, right in enumerate(outcome):
            pairs.append((asked(10 * r + k, levels[k], f"A02/{r:03}", f"S{r % 3}"), right == "1"))
    return scored(pairs)


def test_conditional_accuracy_is_that_of_recordings_whose_level_above_is_right() -> None:
    found = ladder_of(["1111", "1100", "1010", "0110", "0001", "1111"]).ladder
    assert found.chain is not None
    assert found.chain.accuracy.value == pytest.approx(2 / 6)
    assert found.chain.accuracy.n == 6
    assert found.chain.chance == pytest.approx(0.5**4)
    right = {level: (e.value, e.n) for level, e in found.given_right.items()}
    wrong = {level: (e.value, e.n) for level, e in found.given_wrong.items()}
    assert right == {"standards": (0.75, 4), "evaluation": (0.75, 4), "scoring": (0.5, 4)}
    assert wrong == {"standards": (0.5, 2), "evaluation": (0.5, 2), "scoring": (0.5, 2)}


def test_other_levels_are_no_part_of_the_chain() -> None:
    pairs = [
        (asked(1, Level.RECOGNITION, "A02/001", "S1"), True),
        (asked(2, Level.EVALUATION, "A02/001", "S1"), True),
        (asked(3, Level.CROSSMODAL, "A02/001", "S1"), False),
        (asked(4, Level.SCORING, "A02/002", "S2"), True),
        (asked(5, Level.CROSSMODAL, "A02/002", "S2"), True),
    ]
    scores = scored(pairs)
    assert scores.ladder.chain is not None
    assert (scores.ladder.chain.accuracy.value, scores.ladder.chain.accuracy.n) == (1, 1)
    assert scores.by_group["chain"].accuracy.value == 0.5
    assert scores.ladder.given_right == {}


def test_a_run_without_chains_has_no_ladder() -> None:
    q = question(1).model_copy(update={"groups": {}})
    found = scored([(q, True)])
    assert found.ladder.chain is None
    assert found.by_group == {}


def test_consistency_tells_who_always_says_the_same() -> None:
    pairs = []
    for i in range(12):
        q = question(i, AnswerFormat.YES_NO, f"S{i // 2 % 3}")
        affirmed = i % 2 == 0
        group = {"affirmed_negated": f"G{i // 2}"}
        pairs.append((q.model_copy(update={"answer": "yes" if affirmed else "no", "groups": group}), "yes"))
    always_yes = score_run([q for q, _ in pairs], [reply_to(q, t) for q, t in pairs], manifest())
    cell = always_yes.by_group["affirmed_negated"]
    assert (cell.accuracy.value, cell.consistency.value) == (0, 0)
    assert always_yes.overall.accuracy.value == 0.5
    knows = score_run([q for q, _ in pairs], [reply_to(q, str(q.answer)) for q, _ in pairs], manifest())
    assert knows.by_group["affirmed_negated"].consistency.value == 1


def test_each_paraphrase_has_its_accuracy() -> None:
    pairs = [(asked(i, Level.RECOGNITION, f"A02/{i}", f"S{i % 3}", wording=i % 2), i % 2 == 0) for i in range(12)]
    found = scored(pairs).by_wording
    assert {w: (e.value, e.n) for w, e in found["type_yes_no"].items()} == {"0": (1, 6), "1": (0, 6)}
    assert scored([(q, r) for q, r in pairs if q.wording == 0]).by_wording == {}
