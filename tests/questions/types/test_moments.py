"""Questions of moments: windows well inside a phase, phases balanced, and nothing told by length or words."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from flexqa.graph.model import Graph
from flexqa.question import Media
from flexqa.questions.bundles import answer_text
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated, Corpus
from flexqa.questions.moments import GUARD_S, WINDOW_S, moments, seen_phase, windows
from flexqa.questions.phases import PHASE_TEXTS
from flexqa.questions.question_set import QuestionSet
from flexqa.recordings.flex_layout import open_recordings
from flexqa.vocabulary import Phase
from tests.questions.guess import beats_chance
from tests.questions.sets import context_of, of_type

TYPES = ["keystep_order", "moment_standard", "phase_at_moment"]


def phase_of(a: Annotated, media: Media) -> Phase:
    """The annotated phase in which a window lies with its distance from the boundaries."""
    assert media.window_s is not None
    start, end = media.window_s
    (phase,) = (
        s.phase for s in a.truth.phases if s.start_s + GUARD_S <= start + 1e-9 and end <= s.end_s - GUARD_S + 1e-9
    )
    return phase


@pytest.mark.parametrize("name", TYPES)
def test_windows_are_equally_long_and_no_text_tells_of_them(question_set: QuestionSet, name: str) -> None:
    for q in of_type(question_set, name):
        for m in q.media:
            assert m.window_s is not None
            assert m.window_s[1] - m.window_s[0] == pytest.approx(WINDOW_S)
            assert m.label in ("", "Moment 1", "Moment 2", "Moment 3")
        assert q.prompt == {}


def test_the_phase_is_the_annotated_one(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, "phase_at_moment"):
        assert answer_text(q) == PHASE_TEXTS[phase_of(by_id[q.media[0].recording], q.media[0])]
        assert len(q.options) == 3


def test_hands_do_what_the_phase_is_about(contexts: dict[str, Context]) -> None:
    for context in contexts.values():
        for a, phase, (start, end) in moments(context):
            repetition = context.repetition(a)
            assert repetition is not None
            fps = repetition.pose.fps
            hands = repetition.pose.points[round(start * fps) : round(end * fps), (6, 10), 1].mean(axis=1)
            rise = hands[-1] - hands[0]
            least, most = {"preparation": (-0.02, 0.02), "concentric": (0.03, 3), "eccentric": (-3, -0.03)}[phase]
            assert least < rise < most


def test_phases_are_balanced(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    counts: defaultdict[object, Counter[str]] = defaultdict(Counter)
    for q in of_type(question_set, "phase_at_moment"):
        counts[q.split, q.action][phase_of(by_id[q.media[0].recording], q.media[0])] += 1
    assert all(max(c.values()) - min(c.values()) <= 2 and len(c) == 3 for c in counts.values())


def test_questions_of_a_moment_share_it(question_set: QuestionSet) -> None:
    shown = {q.media[0].recording: q.media for q in of_type(question_set, "phase_at_moment")}
    standards = {q.media[0].recording: q.media for q in of_type(question_set, "moment_standard")}
    assert all(standards[r] == shown[r] for r in standards.keys() & shown.keys())
    assert standards.keys() & shown.keys()


def test_standards_are_of_one_exercise_and_one_per_phase(
    question_set: QuestionSet, graph: Graph, by_id: dict[str, Annotated]
) -> None:
    for q in of_type(question_set, "moment_standard"):
        phases = {graph.keysteps[k].standard: graph.keysteps[k].phase for k in graph.actions[q.action].keysteps}
        assert sorted(phases[o.text] for o in q.options) == ["concentric", "eccentric", "preparation"]
        assert phases[answer_text(q)] == phase_of(by_id[q.media[0].recording], q.media[0])


def test_the_order_is_that_of_time(question_set: QuestionSet, by_id: dict[str, Annotated]) -> None:
    for q in of_type(question_set, "keystep_order"):
        numbered = {m.window_s: m.label.removeprefix("Moment ") for m in q.media}
        assert answer_text(q) == ", ".join(numbered[w] for w in sorted(numbered, key=lambda w: w or (0.0, 0.0)))
        phases = {phase_of(by_id[m.recording], m) for m in q.media}
        assert phases == {"preparation", "concentric", "eccentric"}
        assert len(q.options) == 4
        assert all(sorted(o.text.split(", ")) == ["1", "2", "3"] for o in q.options)


@pytest.mark.parametrize("name", TYPES)
def test_the_words_say_nothing(large_set: QuestionSet, name: str) -> None:
    assert not beats_chance(of_type(large_set, name))


def test_a_window_across_phases_shows_none(contexts: dict[str, Context]) -> None:
    context = contexts["A02"]
    a = context.annotated[0]
    repetition, turn = context.repetition(a), a.truth.phases[1].end_s
    assert repetition is not None
    assert seen_phase(repetition, (turn - 0.2, turn + 0.2)) is None
    assert seen_phase(repetition, None) is None
    assert all(seen_phase(repetition, w) == phase for phase, w in windows(context, a).items())


def test_without_a_pose_windows_come_from_the_annotation(graph: Graph, written_root: Path) -> None:
    context = context_of(Corpus(graph, open_recordings(written_root), seed=7), "A02")
    found = [(a, phase, w) for a in context.annotated for phase, w in windows(context, a).items()]
    assert found
    for a, phase, (start, end) in found:
        span = next(s for s in a.truth.phases if s.phase == phase)
        assert span.start_s + GUARD_S <= start < end <= span.end_s - GUARD_S + 1e-9
