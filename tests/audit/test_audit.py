"""An audit passes sound sets, and finds each leak that is planted."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.assets import default_graph
from flexqa.audit import guessing, tallies, wholeness
from flexqa.audit.report import Gate, rejected
from flexqa.cli.questions import app
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph
from flexqa.question import LETTERS, AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.draw import Draw
from flexqa.questions.eye import Eye
from flexqa.questions.generate import GenerateOptions
from flexqa.questions.question_set import QuestionSet
from flexqa.recordings.flex_layout import open_recordings
from flexqa.simulate.generate import SimulateOptions
from tests.questions.sets import make_set, simulate_without_pictures

WORDS = ("row", "squat", "curl", "press", "raise", "fly", "dip", "lunge")


def made(i: int, answer: int, texts: tuple[str, ...], wording: int = 0) -> Question:
    return Question(
        type="action_recognition",
        level=Level.RECOGNITION,
        modalities=(Modality.VIDEO,),
        prompt={"n": str(i)},
        wording=wording,
        options=tuple(Option(text=t, kind="answer" if j == answer else "x") for j, t in enumerate(texts)),
        answer=LETTERS[answer],
        answer_format=AnswerFormat.CHOICE,
        chance=0.25,
        graph_path=(("A02", "contains", "AK06"),),
        action="A02",
        subject=f"S{i % 12:02}",
        split="test",
    )


def sound(n: int = 600, seed: str = "0") -> list[Question]:
    """Questions whose answers are drawn, whatever stands in them."""
    questions = []
    for i in range(n):
        draw = Draw((seed, str(i)))
        texts = draw.child("texts").shuffled(WORDS)[:4]
        questions.append(made(i, draw.child("answer").index(4), texts, draw.child("wording").index(3)))
    return questions


def changed(change: Callable[[Question, int], Question]) -> list[Question]:
    return [change(q, i) for i, q in enumerate(sound())]


def answered(q: Question, place: int) -> Question:
    return made(int(q.prompt["n"]), place, tuple(o.text for o in q.options), q.wording)


def longer(q: Question, _: int) -> Question:
    right = LETTERS.index(str(q.answer))
    texts = tuple(o.text + (" with care" if j == right else "") for j, o in enumerate(q.options))
    return made(int(q.prompt["n"]), right, texts, q.wording)


def first(q: Question, i: int) -> Question:
    return answered(q, 0) if i % 3 == 0 else q


def worded(q: Question, i: int) -> Question:
    return made(i, LETTERS.index(str(q.answer)), tuple(o.text for o in q.options), LETTERS.index(str(q.answer)) % 3)


def seen_from(q: Question, _: int) -> Question:
    """Each exercise has its own camera, and the prompt tells which."""
    view = str(WORDS.index(q.options[LETTERS.index(str(q.answer))].text) % 4 + 1)
    return q.model_copy(update={"media": (Media(recording="A02/001", modality=Modality.VIDEO, view=view),)})


def favoured(q: Question, _: int) -> Question:
    texts = [o.text for o in q.options]
    return answered(q, texts.index("row")) if "row" in texts else q


def gates_of(questions: list[Question]) -> dict[str, Gate]:
    return {g.name: g for g in (*tallies.gates(questions), *guessing.gates(guessing.guesses(questions)))}


def test_a_sound_set_passes() -> None:
    assert {name for name, g in gates_of(sound()).items() if not g.passed} == set()


@pytest.mark.parametrize(
    ("leak", "caught"),
    [(longer, "form"), (longer, "text-only"), (first, "position"), (worded, "wording"), (favoured, "prior-only"),
     (favoured, "balance"), (favoured, "text-only"), (seen_from, "text-only")],
)  # fmt: skip
def test_a_planted_leak_is_caught(leak: Callable[[Question, int], Question], caught: str) -> None:
    gate = gates_of(changed(leak))[caught]
    assert not gate.passed
    assert "action_recognition" in gate.worst
    assert gate.remedy


def test_a_question_that_stands_twice_is_caught() -> None:
    questions = sound(20)
    again = questions[3].model_copy(update={"wording": 9, "options": questions[3].options[::-1]})
    letter = LETTERS[[o.kind for o in again.options].index("answer")]
    gate = next(
        g for g in tallies.gates([*questions, again.model_copy(update={"answer": letter})]) if g.name == "duplicates"
    )
    assert not gate.passed
    assert questions[3].id in gate.worst


def test_chance_rarely_fails_a_sound_set() -> None:
    """Each gate fails a sound set in one of a hundred; cheap gates on two hundred sets."""
    failed = sum(not g.passed for i in range(200) for g in tallies.gates(sound(200, str(i))))
    assert failed <= 14  # of 800, at a hundredth each: 8 are expected; 15 would have a chance of 2 %


def test_holm() -> None:
    assert rejected([0.04, 0.001, 0.02], 0.05) == [True, True, True]
    assert rejected([0.04, 0.001, 0.03], 0.05) == [False, True, False]
    assert rejected([]) == []


@pytest.fixture(scope="module")
def data(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = SimulateOptions(actions=("A02", "A05", "A08", "A16"), subjects=4, reps=3, regime="mixed")
    return simulate_without_pictures(graph, tmp_path_factory.mktemp("audited") / "set", options)


@pytest.fixture(scope="module")
def audited(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, QuestionSet]:
    path = tmp_path_factory.mktemp("audited_set") / "questions.jsonl"
    return path, make_set(load_graph(default_graph()), data, GenerateOptions(), path)


def test_the_oracle_finds_a_flipped_answer(audited: tuple[Path, QuestionSet], data: Path, graph: Graph) -> None:
    eye = Eye(graph, open_recordings(data))
    q = next(q for q in audited[1].questions if q.type == "error_present")
    flipped = q.model_copy(update={"answer": "no" if q.answer == "yes" else "yes"})
    assert wholeness.oracle_gate([q], eye).passed
    gate = wholeness.oracle_gate([q, flipped], eye)
    assert not gate.passed
    assert "contradicts" in gate.worst


def test_half_a_pair_is_found(audited: tuple[Path, QuestionSet]) -> None:
    questions = audited[1].questions
    assert wholeness.groups_gate(questions).passed
    lonely = next(q for q in questions if "minimal_pair" in q.groups)
    gate = wholeness.groups_gate([q for q in questions if q is not lonely])
    assert not gate.passed
    assert "minimal_pair" in gate.worst


def test_an_action_without_questions_is_found(audited: tuple[Path, QuestionSet], data: Path, graph: Graph) -> None:
    recordings = open_recordings(data)
    without = [q for q in audited[1].questions if q.action != "A16"]
    gate = wholeness.coverage_gate(wholeness.coverage(without, recordings, graph))
    assert not gate.passed
    assert "A16" in gate.worst
    assert wholeness.coverage_gate(wholeness.coverage(audited[1].questions, recordings, graph)).passed


def test_the_command_reports_and_draws(audited: tuple[Path, QuestionSet], data: Path, tmp_path: Path) -> None:
    arguments = ["audit", str(audited[0]), "--data", str(data), "--plot", str(tmp_path / "audit.png")]
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    report = json.loads(result.output)
    assert result.exit_code == int(not all(g["passed"] for g in report["gates"]))
    assert {g["name"] for g in report["gates"]} == {
        "position", "balance", "wording", "duplicates", "text-only", "prior-only", "form", "oracle", "groups",
        "coverage",
    }  # fmt: skip
    assert report["n_questions"] == len(audited[1])
    assert (tmp_path / "audit.png").stat().st_size > 5000
