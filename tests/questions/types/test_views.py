"""Questions over several views: nothing but what is asked about tells the clips apart."""

from collections import Counter, defaultdict

from flexqa.graph.model import Graph
from flexqa.prompts import media_label
from flexqa.questions.bundles import answer_text
from flexqa.questions.corpus import Annotated
from flexqa.questions.question_set import QuestionSet
from flexqa.questions.visibility import error_text
from tests.questions.sets import of_type


def begin_and_turn(a: Annotated) -> tuple[float, float]:
    preparation, moving, _ = a.truth.phases
    return preparation.end_s, moving.end_s


def test_the_same_repetition_is_shown_from_another_camera(
    question_set: QuestionSet, by_id: dict[str, Annotated]
) -> None:
    for q in of_type(question_set, "same_repetition"):
        first, *others = q.media
        right = next(m for m in others if m.label == answer_text(q))
        assert right.recording == first.recording
        assert {m.view for m in others} == {right.view} != {first.view}
        assert [m.label for m in q.media] == ["Clip 1", *(o.text for o in q.options)]
        assert len({m.window_s for m in q.media}) == 1
        shown = [by_id[m.recording] for m in others]
        assert len({a.truth.subject for a in shown}) == 1
        for i, a in enumerate(shown):
            for b in shown[:i]:
                gaps = [abs(x - y) for x, y in zip(begin_and_turn(a), begin_and_turn(b), strict=True)]
                assert max(gaps) > 0.3


def test_one_of_two_cameras_shows_the_error(
    question_set: QuestionSet, graph: Graph, by_id: dict[str, Annotated]
) -> None:
    texts = {error_text(graph, e): e for e in graph.errors}
    for q in of_type(question_set, "view_of_error"):
        error = texts[q.prompt["error"]]
        views = graph.errors[error].observable.video_views
        assert [m.label for m in q.media if m.view in views] == [answer_text(q)]
        assert error in by_id[q.media[0].recording].errors
        assert len({m.recording for m in q.media}) == 1
        assert len({m.view for m in q.media}) == 2


def test_no_camera_is_told(question_set: QuestionSet) -> None:
    for q in of_type(question_set, "view_of_error"):
        for m in q.media:
            assert not m.tells_view
            assert m.view != "P"
            assert media_label(m).strip() == f"{m.label}:"


def test_the_cameras_alone_say_nothing(question_set: QuestionSet) -> None:
    """Of two cameras each is right as often as the other, and so is each place."""
    cameras: defaultdict[object, Counter[str]] = defaultdict(Counter)
    places: Counter[str] = Counter()
    for q in of_type(question_set, "view_of_error"):
        right = next(m.view for m in q.media if m.label == answer_text(q))
        cameras[q.action, q.split, frozenset(m.view for m in q.media)][str(right)] += 1
        places[answer_text(q)] += 1
    assert all(len(count) == 2 and len(set(count.values())) == 1 for count in cameras.values())
    assert places["Clip 1"] == places["Clip 2"]
