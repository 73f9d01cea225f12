import pytest

from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs
from flexqa.questions.absence import ambiguous, undeniable
from flexqa.questions.context import Context
from flexqa.recordings.model import Annotation


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ET121", "ET125", True),  # both are sway in the concentric phase
        ("ET103", "ET174", True),  # both are knee flexion in the set-up
        ("ET107", "ET108", False),
        ("ET134", "ET135", False),
        ("ET119", "ET132", False),  # neither can be measured
    ],
)
def test_errors_that_are_measured_by_the_same_thing(graph: Graph, one: str, other: str, expected: bool) -> None:
    assert ambiguous(graph, one, other) is expected
    assert ambiguous(graph, other, one) is expected


def test_what_follows_from_an_observed_error_is_not_called_absent(graph: Graph) -> None:
    # No action of the shipped graph has two errors with one measure; without its exclusions the deadlift has.
    everything = graph.keysteps["AK01"].model_copy(update={"exclude": {}})
    graph = graph.model_copy(update={"keysteps": {**graph.keysteps, "AK01": everything}})
    clean = Annotation(recording="A15/001", action="A15", subject="S1", split="test", phases=(), pairs=(), score=100)
    keystep = next(k for k, e in possible_pairs(graph, "A15") if e == "ET103")
    locked = clean.model_copy(update={"pairs": ((keystep, "ET103"),)})
    assert undeniable(graph, clean, None) == frozenset()
    assert undeniable(graph, locked, None) == {"ET174"}


def test_the_pose_is_asked(graph: Graph, contexts: dict[str, Context]) -> None:
    """An error that is in the pose is not called absent, even when the annotation forgot it."""
    strong = {e for e, node in graph.errors.items() if node.observable.pose == "strong"}
    context, a = next((c, a) for c in contexts.values() for a in c.annotated if a.errors & strong)
    forgotten = a.truth.model_copy(update={"pairs": ()})
    assert a.errors & undeniable(graph, forgotten, context.repetition(a))
