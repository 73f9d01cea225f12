"""What holds for every question type that the registry knows."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from types import ModuleType

import pytest
from scipy.stats import chisquare

from flexqa.errors import QuestionError
from flexqa.graph.model import Graph
from flexqa.prompts import render_question, wordings
from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.generate import answer_text
from flexqa.questions.question_set import QuestionSet, media_of
from flexqa.questions.registry import collect, question_type, question_types
from flexqa.recordings.signals import side_asymmetry

TYPES = list(question_types().values())
each_type = pytest.mark.parametrize("kind", TYPES, ids=lambda t: t.name)


def of_type(question_set: QuestionSet, name: str) -> list[Question]:
    found = [q for q in question_set.questions if q.type == name]
    assert found
    return found


@pytest.fixture(scope="session")
def by_id(context: Context) -> dict[str, Annotated]:
    return {a.id: a for a in context.annotated}


def test_the_eight_types_are_found() -> None:
    assert list(question_types()) == [
        "action_recognition", "better_repetition", "emg_trace_match", "error_identification", "error_present",
        "harder_side", "keystep_of_phase", "score",
    ]  # fmt: skip


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

        Twin.name = "twin"
        Twin.__module__ = name
        made = ModuleType(name)
        made.__dict__["Twin"] = Twin
        return made

    with pytest.raises(QuestionError, match="'twin' is defined twice, in here and there"):
        collect([module("here"), module("there")])


@each_type
def test_every_question_is_sound(
    kind: QuestionType, question_set: QuestionSet, graph: Graph, by_id: dict[str, Annotated]
) -> None:
    for q in of_type(question_set, kind.name):
        assert (q.level, q.modalities, q.answer_format) == (kind.level, kind.modalities, kind.answer_format)
        used = [by_id[m.recording].truth for m in media_of(q)]
        assert {t.split for t in used} == {q.split}
        assert {t.action for t in used} == {q.action}
        assert q.subject in {t.subject for t in used}
        assert {m.modality for m in media_of(q)} == set(q.modalities)
        assert all(m.view in by_id[m.recording].recording.views for m in q.media)
        assert len({o.text for o in q.options}) == len(q.options)
        assert q.graph_path
        assert q.chance == pytest.approx(1 / len(q.options) if q.options else q.chance)
        assert ("chain" in q.groups) == (len(q.media) == 1)
        assert Question.from_json(q.model_dump_json()) == q


@each_type
def test_every_wording_is_used_and_can_be_rendered(kind: QuestionType, question_set: QuestionSet) -> None:
    questions = of_type(question_set, kind.name)
    assert {q.wording for q in questions} == set(range(wordings(kind.name)))
    for q in questions:
        text = render_question(q)
        assert "{" not in text
        assert all(o.text in text for o in q.options)
        assert not any(m.recording in text for m in media_of(q))


@each_type
def test_the_answer_stands_anywhere(kind: QuestionType, large_set: QuestionSet) -> None:
    questions = [q for q in of_type(large_set, kind.name) if q.options]
    if questions:
        letters = questions[0].letters
        counts = Counter(q.answer for q in questions if q.letters == letters)
        assert chisquare([counts[letter] for letter in letters]).pvalue > 0.001


def test_types_ask_about_the_same_clip(question_set: QuestionSet) -> None:
    """Cost grows with clips: the questions of a recording use few of its views."""
    views = defaultdict(set)
    for q in question_set.questions:
        for m in q.media:
            views[m.recording].add(m.view)
    assert sum(map(len, views.values())) / len(views) < 2.5


def test_actions_are_told_by_name(question_set: QuestionSet, graph: Graph, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, "action_recognition"):
        assert answer_text(q) == graph.actions[by_id[q.media[0].recording].truth.action].name
        assert q.prompt == {}


def test_the_keystep_is_of_the_asked_phase_and_no_other_option_is(question_set: QuestionSet, graph: Graph) -> None:
    for q in of_type(question_set, "keystep_of_phase"):
        steps = [graph.keysteps[k] for k in graph.actions[q.action].keysteps]
        right = {s.standard for s in steps if s.phase == q.prompt["phase"]}
        assert [o.text for o in q.options if o.text in right] == [answer_text(q)]
        phases = [n.phase for o in q.options for n in graph.keysteps.values() if n.standard == o.text]
        assert Counter(phases) == {"concentric": 2, "eccentric": 2}


def test_errors_are_present_as_annotated(
    question_set: QuestionSet, graph: Graph, context: Context, by_id: dict[str, Annotated]
) -> None:
    texts = {f"{n.name}: {n.description}": e for e, n in graph.errors.items()}
    for q in of_type(question_set, "error_present"):
        a, error = by_id[q.media[0].recording], texts[q.prompt["error"]]
        made = (q.answer == "yes") == (q.prompt["claim"] == "affirmed")
        assert made == (error in a.errors)
        assert made or context.lacks(a, error)
        assert q.media[0].view in graph.errors[error].observable.video_views


def test_errors_are_balanced_and_linked(question_set: QuestionSet) -> None:
    questions = of_type(question_set, "error_present")
    answers: defaultdict[object, Counter[str]] = defaultdict(Counter)
    linked = defaultdict(list)
    for q in questions:
        answers[q.action, q.prompt["error"], q.split, q.prompt["claim"]][str(q.answer)] += 1
        for kind in ("affirmed_negated", "minimal_pair"):
            linked[kind, q.groups[kind]].append(q)
    assert all(count["yes"] == count["no"] for count in answers.values())
    for (kind, _), pair in linked.items():
        assert {str(q.answer) for q in pair} == {"yes", "no"}
        assert len(pair) == 2
        same_clip = pair[0].media == pair[1].media
        assert same_clip == (kind == "affirmed_negated")
        assert (render_question(pair[0]) == render_question(pair[1])) == (kind == "minimal_pair")


def test_exactly_one_error_is_made(
    question_set: QuestionSet, graph: Graph, context: Context, by_id: dict[str, Annotated]
) -> None:
    texts = {f"{n.name}: {n.description}": e for e, n in graph.errors.items()}
    for q in of_type(question_set, "error_identification"):
        a = by_id[q.media[0].recording]
        made = [o for o in q.options if texts[o.text] in a.errors]
        assert [o.kind for o in made] == ["answer"]
        assert all(context.lacks(a, texts[o.text]) for o in q.options if o.kind != "answer")
        assert all(q.media[0].view in graph.errors[texts[o.text]].observable.video_views for o in q.options)


def test_scores_are_the_annotated_ones(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, "score"):
        assert q.answer == pytest.approx(by_id[q.media[0].recording].truth.score, abs=0.005)
        assert q.tolerance == 10
        assert 0.1 <= q.chance <= 0.2
        assert (q.chance == 0.1) == (q.answer == 100)


def test_the_better_clip_is_better_by_five_points(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    answers: defaultdict[object, Counter[str]] = defaultdict(Counter)
    pairs = set()
    for q in of_type(question_set, "better_repetition"):
        scores = {letter: by_id[m.recording].truth.score for letter, m in zip("AB", q.media, strict=True)}
        assert scores[str(q.answer)] == max(scores.values()) >= min(scores.values()) + 5
        assert [m.label for m in q.media] == [o.text for o in q.options] == ["Clip 1", "Clip 2"]
        answers[q.split, q.action][str(q.answer)] += 1
        pairs.add(frozenset(m.recording for m in q.media))
    assert all(abs(count["A"] - count["B"]) <= 1 for count in answers.values())
    assert len(pairs) == sum(map(Counter.total, answers.values()))


def test_the_harder_side_is_that_of_the_emg(
    question_set: QuestionSet, graph: Graph, context: Context, by_id: dict[str, Annotated]
) -> None:
    answers: defaultdict[object, Counter[str]] = defaultdict(Counter)
    for q in of_type(question_set, "harder_side"):
        a, prior = by_id[q.media[0].recording], graph.actions[q.action].emg
        emg, span = context.emg(a), a.truth.span("concentric")
        assert prior is not None
        assert emg is not None
        assert span is not None
        difference = side_asymmetry(emg, prior, span)
        expected = "about the same" if abs(difference) <= 0.04 else "left" if difference >= 0.12 else "right"
        assert expected in answer_text(q)
        assert expected != "right" or difference <= -0.12
        answers[q.split][answer_text(q)] += 1
    assert all(len(set(count.values())) == 1 and len(count) == 3 for count in answers.values())


def test_only_one_trace_is_of_the_clip(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, "emg_trace_match"):
        assert len(q.options) == 4
        traced = [o.media.recording for o in q.options if o.media]
        assert len(set(traced)) == 4
        assert traced["ABCD".index(str(q.answer))] == q.media[0].recording
        assert [o.text for o in q.options] == ["Trace 1", "Trace 2", "Trace 3", "Trace 4"]


@pytest.mark.parametrize("name", ["action_recognition", "error_identification"])
def test_words_alone_do_not_tell_the_answer(large_set: QuestionSet, name: str) -> None:
    """The best guess from how often an option was right in the train split stays near chance in the test split."""
    seen: Counter[str] = Counter()
    right: Counter[str] = Counter()
    questions = of_type(large_set, name)
    for q in (q for q in questions if q.split == "train"):
        seen.update(o.text for o in q.options)
        right[answer_text(q)] += 1
    test = [q for q in questions if q.split == "test"]
    hits = sum(
        max(q.options, key=lambda o: (right[o.text] + 0.25) / (seen[o.text] + 1)).kind == "answer" for q in test
    )
    assert hits / len(test) < 0.25 + 3 * (0.25 * 0.75 / len(test)) ** 0.5
