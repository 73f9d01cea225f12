"""Which errors of a recording nobody can deny although the annotation does not list them.

A question may say that an error is absent only when it is: an annotator who wrote down a swinging body need not have
written down the rising torso that is measured by the same thing. Where there is a pose, the detectors are asked too,
and what lies in their guard bands is not called absent.
"""

from collections import defaultdict
from collections.abc import Collection

from flexqa.graph.model import Criterion, Graph
from flexqa.graph.walk import possible_pairs
from flexqa.recordings.detect import shows
from flexqa.recordings.model import Annotation
from flexqa.recordings.repetition import Repetition


def undeniable(graph: Graph, truth: Annotation, repetition: Repetition | None) -> frozenset[str]:
    """Errors of the action that were not observed and that may be there nevertheless.

    Args:
        graph: holds the criteria.
        truth: what was observed.
        repetition: of the same recording; null where there is no pose.
    """
    observed = {e for _, e in truth.pairs}
    keysteps: defaultdict[str, list[str]] = defaultdict(list)
    for k, e in possible_pairs(graph, truth.action):
        if e not in observed:
            keysteps[e].append(k)
    found = {e for e in keysteps if any(ambiguous(graph, e, o) for o in observed)}
    if repetition is not None:
        found |= {e for e in keysteps if _may_be_shown(repetition, e, keysteps[e])}
    return frozenset(found)


def ambiguous(graph: Graph, one: str, other: str) -> bool:
    """Whether two errors are measured by the same thing, so that where one is, the other cannot be denied.

    Example: body swing and a torso that rises while rowing are both sway of the trunk in the concentric phase.
    """
    a, b = (frozenset(map(_what, graph.errors[e].detect_all)) for e in (one, other))
    return bool(a and b) and (a <= b or b <= a)


def _may_be_shown(repetition: Repetition, error: str, keysteps: Collection[str]) -> bool:
    """Whether the pose shows an error, or shows it strongly in general and here leaves it open."""
    node = repetition.graph.errors[error]
    if not node.detect_all:
        return False
    found = [shows(repetition, k, error) for k in keysteps]
    return True in found or (node.observable.pose == "strong" and None in found)


def _what(c: Criterion) -> tuple[str, str, str, str]:
    return c.measure, c.phase, c.stat, c.op
