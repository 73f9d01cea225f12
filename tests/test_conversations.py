"""Turns wait for the reply to the turn before, and are lost with it."""

from pathlib import Path

import pytest

from flexqa.conversations import Conversations
from flexqa.evaluation import EvalOptions, run_model
from flexqa.question import AnswerFormat, Level, Modality, Point, Question
from flexqa.record import Presentation
from flexqa.store import read_run


def turn(n: int, follows: str | None) -> Question:
    return Question(
        type=f"turn_{n}",
        level=Level.DIALOGUE,
        modalities=(Modality.VIDEO,),
        answer="x",
        answer_format=AnswerFormat.TEXT,
        points=(Point(names=("x",), wanted=True),),
        chance=0,
        graph_path=(("a", "b", "c"),),
        follows=follows,
        action="A01",
        subject="S1",
        split="test",
    )


@pytest.fixture
def turns() -> dict[str, Question]:
    found: dict[str, Question] = {}
    for n in range(3):
        q = turn(n, next(reversed(found), None))
        found[q.id] = q
    return found


def test_each_turn_waits_and_sees_what_was_said(turns: dict[str, Question]) -> None:
    one, two, three = turns.values()
    talk = Conversations(turns, reversed(turns), {})
    assert talk.next() is one
    assert talk.next() is None
    assert not talk.over
    talk.hear(one, "first")
    assert talk.next() is two
    assert talk.before(two) == [(one, "first")]
    talk.hear(two, "second")
    assert talk.before(three) == [(one, "first"), (two, "second")]
    assert talk.next() is three
    assert talk.over
    assert talk.unaskable == []


def test_what_follows_a_failure_cannot_be_asked(turns: dict[str, Question]) -> None:
    one, two, three = turns.values()
    talk = Conversations(turns, turns, {})
    talk.next()
    talk.hear(one, None)
    assert talk.unaskable == [two, three]
    assert talk.over


def test_a_conversation_is_taken_up_where_it_stopped(turns: dict[str, Question]) -> None:
    one, two, three = turns.values()
    talk = Conversations(turns, [two.id, three.id], {one.id: "said"})
    assert talk.next() is two
    assert talk.before(two) == [(one, "said")]
    assert Conversations(turns, [three.id], {}).unaskable == [three]


@pytest.mark.parametrize("first", [0, 1])
def test_all_turns_after_one_that_failed_before_are_lost(turns: dict[str, Question], first: int) -> None:
    _, two, three = turns.values()
    talk = Conversations(turns, [(two.id, three.id)[first], (two.id, three.id)[1 - first]], {})
    assert talk.unaskable == [two, three]
    assert talk.over


def test_a_turn_waits_for_a_gap_before_the_one_before(turns: dict[str, Question]) -> None:
    one, two, three = turns.values()
    talk = Conversations(turns, [three.id, one.id], {two.id: "said"})
    assert talk.next() is one
    assert talk.next() is None
    talk.hear(one, "again")
    assert talk.next() is three
    assert talk.before(three) == [(one, "again"), (two, "said")]
    assert Conversations(turns, [three.id], {two.id: "said"}).unaskable == [three]


MODEL = """
class Talker:
    def reply(self, request):
        seen = len(request.then)
        assert [t.reply for t in request.then] == [f"turn {i}" for i in range(seen)]
        if seen == 2 and FAIL:
            raise RuntimeError("no more")
        return f"turn {seen}"
"""


@pytest.mark.parametrize("fail", [False, True])
def test_a_run_holds_conversations(tree: Path, question_file: Path, tmp_path: Path, fail: bool) -> None:
    (tmp_path / "talker.py").write_text(f"FAIL = {fail}\n{MODEL}")
    outcome = run_model(
        EvalOptions(
            model=f"{tmp_path}/talker.py:Talker",
            data=tree,
            questions=question_file,
            out=tmp_path / "run",
            split="all",
            presentation=Presentation(frames=2, size=64),
        )
    )
    run = read_run(outcome.folder)
    replies = {p.question_id: p for p in run.predictions}
    conversations = [q for q in run.questions if q.type == "dialogue_score"]
    assert conversations
    assert outcome.failures == ({"adapter": len(conversations), "turn": len(conversations)} if fail else {})
    for q in conversations:
        reply = replies[q.id].reply
        assert (reply is None) == fail
        assert reply is None or reply.text == "turn 3"
