"""What holds for every question type that the registry knows."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from types import ModuleType

import pytest
from scipy.stats import chisquare

from flexqa.errors import QuestionError
from flexqa.graph.model import Graph
from flexqa.prompts import render_question, wordings
from flexqa.question import Answer, AnswerFormat, Level, Modality, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.eye import Eye
from flexqa.questions.oracle import Finding, agrees, check
from flexqa.questions.question_set import QuestionSet, media_of
from flexqa.questions.registry import collect, question_type, question_types
from flexqa.recordings.model import RecordingSet
from flexqa.vocabulary import Control
from tests.questions.sets import of_type

TYPES = list(question_types().values())
each_type = pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)


@each_type
def test_a_type_says_what_it_is(kind: QuestionType) -> None:
    assert type(kind).__module__ == f"flexqa.questions.types.{kind.name}"
    assert isinstance(kind.level, Level)
    assert kind.modalities
    assert all(isinstance(m, Modality) for m in kind.modalities)
    assert list(kind.modalities) == sorted(kind.modalities)
    assert isinstance(kind.answer_format, AnswerFormat)
    assert kind.summary.endswith(".")
    assert wordings(kind.name) >= 3


@each_type
def test_a_type_says_what_is_scored_without_its_evidence(kind: QuestionType) -> None:
    assert kind.controls[Control.BLIND] == ("lower" if kind.answer_format is AnswerFormat.TEXT else "chance") or (
        kind.level is Level.DIALOGUE
    )
    removes = {
        Modality.VIDEO: Control.SWAPPED_CLIP,
        Modality.MULTIVIEW: Control.SWAPPED_CLIP,
        Modality.EMG: Control.SWAPPED_EMG,
        Modality.POSE: Control.SWAPPED_POSE,
        Modality.PHYSIO: Control.SWAPPED_PHYSIO,
    }
    assert {removes[m] for m in kind.modalities} <= set(kind.controls)


def test_an_unknown_type_is_answered_with_the_known_ones() -> None:
    with pytest.raises(QuestionError, match=r"no question type 'scores'; the types are: .*score"):
        question_type("scores")


def test_two_types_of_one_name_are_refused() -> None:
    def module(name: str) -> ModuleType:
        class Twin(QuestionType):
            level, modalities, answer_format = Level.SCORING, (Modality.VIDEO,), AnswerFormat.NUMBER
            summary = "A type."

            def generate(self, context: Context) -> Iterator[Question]:  # noqa: ARG002
                yield from ()

            def solve(self, question: Question, eye: Eye) -> Answer | None:  # noqa: ARG002
                return None

        Twin.name = "twin"
        Twin.__module__ = name
        made = ModuleType(name)
        made.__dict__["Twin"] = Twin
        return made

    with pytest.raises(QuestionError, match="'twin' is defined twice, in here and there"):
        collect([module("here"), module("there")])


@each_type
def test_every_question_is_sound(kind: QuestionType, question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, kind.name):
        assert (q.level, q.modalities, q.answer_format) == (kind.level, kind.modalities, kind.answer_format)
        used = [by_id[m.recording].truth for m in media_of(q)]
        assert {t.split for t in used} == {q.split}
        assert {t.action for t in used} == {q.action}
        assert q.subject in {t.subject for t in used}
        assert {m.modality for m in media_of(q)} == set(q.modalities)
        clips = [m for m in media_of(q) if m.modality in (Modality.VIDEO, Modality.MULTIVIEW)]
        assert all(m.view in by_id[m.recording].recording.views for m in clips)
        assert all(m.view is None for m in media_of(q) if m not in clips)
        assert len({(m.modality, m.label) for m in q.media}) == len(q.media)
        assert q.graph_path
        assert ("chain" in q.groups) == (len({m.recording for m in media_of(q)}) == 1)
        assert Question.from_json(q.model_dump_json()) == q


@each_type
def test_chance_is_what_a_guess_gets(kind: QuestionType, question_set: QuestionSet) -> None:
    for q in of_type(question_set, kind.name):
        match q.answer_format:
            case AnswerFormat.CHOICE:
                assert q.chance == pytest.approx(1 / len(q.options))
            case AnswerFormat.CHOICES:
                assert q.chance == pytest.approx(0.5 ** len(q.options), rel=0.2)
            case AnswerFormat.YES_NO:
                assert q.chance == 0.5
            case AnswerFormat.NUMBER:
                assert 0 < q.chance <= 0.5
            case AnswerFormat.TEXT:
                assert q.chance == 0


@each_type
def test_windows_lie_within_the_recording(
    kind: QuestionType, question_set: QuestionSet, by_id: dict[str, Annotated]
) -> None:
    for q in of_type(question_set, kind.name):
        for m in media_of(q):
            if m.window_s is not None:
                start, end = m.window_s
                assert 0 <= start < end <= by_id[m.recording].truth.phases[-1].end_s + 1e-6


@each_type
def test_every_wording_is_used_and_can_be_rendered(kind: QuestionType, question_set: QuestionSet) -> None:
    questions = of_type(question_set, kind.name)
    if len(questions) >= 40:
        assert {q.wording for q in questions} == set(range(wordings(kind.name)))
    for q in questions:
        text = render_question(q)
        assert "{" not in text
        assert all(o.text in text for o in q.options)
        assert not any(m.recording in text for m in media_of(q))


@each_type
def test_the_oracle_answers_every_question_and_never_looks_at_the_answer(
    kind: QuestionType, question_set: QuestionSet, graph: Graph, recordings: RecordingSet
) -> None:
    eye = Eye(graph, recordings)
    for q in of_type(question_set, kind.name):
        assert check(kind, q, eye) is Finding.AGREES
        answer = kind.solve(_with_another_answer(q), eye)
        assert answer is not None
        assert agrees(q, answer)


def _with_another_answer(q: Question) -> Question:
    """The same question, marked so that something else would be right."""
    others: dict[AnswerFormat, dict[str, object]] = {
        AnswerFormat.YES_NO: {"answer": "no" if q.answer == "yes" else "yes"},
        AnswerFormat.NUMBER: {"answer": 0.0},
        AnswerFormat.TEXT: {"answer": "x"},
    }
    if not q.options:
        return q.model_copy(update={**others[q.answer_format], "graph_path": (), "groups": {}})
    options = tuple(o.model_copy(update={"kind": "answer" if i == 0 else "x"}) for i, o in enumerate(q.options))
    answer = "A" if q.answer_format is AnswerFormat.CHOICE else ("A",)
    return q.model_copy(update={"options": options, "answer": answer, "graph_path": (), "groups": {}})


@each_type
def test_the_answer_stands_anywhere(kind: QuestionType, question_set: QuestionSet) -> None:
    questions = [q for q in of_type(question_set, kind.name) if q.answer_format is AnswerFormat.CHOICE]
    by_letters: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for q in questions:
        by_letters[q.letters][str(q.answer)] += 1
    for letters, counts in by_letters.items():
        if counts.total() >= 5 * len(letters):
            assert chisquare([counts[letter] for letter in letters]).pvalue > 1e-4


def test_types_ask_about_the_same_clip(question_set: QuestionSet) -> None:
    """Cost grows with clips: the questions of a recording use few of its views."""
    views = defaultdict(set)
    for q in question_set.questions:
        for m in media_of(q):
            if m.modality is Modality.VIDEO:
                views[m.recording].add(m.view)
    assert sum(map(len, views.values())) / len(views) < 2.5
