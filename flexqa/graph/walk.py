"""Pure functions over the graph: the same input gives the same output, in the same order."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flexqa.errors import GraphError
from flexqa.graph.model import Graph, Limit
from flexqa.question import Triple

if TYPE_CHECKING:
    import networkx as nx

Pair = tuple[str, str]
"""(keystep, error)"""


def errors_of(graph: Graph, action: str, keystep: str) -> tuple[str, ...]:
    """The errors that may occur in a keystep of an action, exclusions applied, in file order."""
    node = graph.keysteps[keystep]
    excluded = node.exclude.get(action, ())
    return tuple(e for e in node.may_occur if e not in excluded)


def possible_pairs(graph: Graph, action: str) -> tuple[Pair, ...]:
    """Every (keystep, error) pair that an action can show: the denominator of its score."""
    return tuple((k, e) for k in graph.actions[action].keysteps for e in errors_of(graph, action, k))


def possible_errors(graph: Graph, action: str) -> tuple[str, ...]:
    """Every error that an action can show, in whatever keystep, in file order."""
    return tuple(dict.fromkeys(e for _, e in possible_pairs(graph, action)))


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its explanation."""

    value: float
    """0-100"""
    lost_by_keystep: dict[str, float]
    """keystep -> points lost there; sums to 100 - value"""
    lost_by_phase: dict[str, float]
    lost_by_pair: dict[Pair, float]


def score(graph: Graph, action: str, observed: Iterable[Pair]) -> Score:
    """Score a repetition: 100 * (1 - sum of observed weights / sum of possible weights).

    The formula is that of the MyoMechanix project page; that the sums run over pairs is derived from the
    published scores. Set-level errors cost nothing.

    Raises:
        GraphError: an observed pair cannot occur in the action.
    """
    possible = possible_pairs(graph, action)
    total = sum(graph.errors[e].weight for _, e in possible)
    lost_by_pair: dict[Pair, float] = {}
    by_keystep: defaultdict[str, float] = defaultdict(float)
    by_phase: defaultdict[str, float] = defaultdict(float)
    for keystep, error in sorted(set(observed)):
        if (keystep, error) not in possible:
            raise GraphError(f"error {error} cannot occur in keystep {keystep} of action {action}")
        points = 100 * graph.errors[error].weight / total
        lost_by_pair[keystep, error] = points
        by_keystep[keystep] += points
        by_phase[graph.keysteps[keystep].phase] += points
    value = 100 - sum(lost_by_pair.values())
    return Score(max(0.0, value), dict(by_keystep), dict(by_phase), lost_by_pair)


def limit(graph: Graph, action: str, keystep: str, error: str, measure: str) -> Limit:
    """The limit that a keystep sets for an error, else for a measure, in an action.

    Raises:
        GraphError: the keystep sets none.
    """
    limits = graph.keysteps[keystep].limits
    for name in (error, measure):
        found = limits.get(name)
        if isinstance(found, tuple):
            return found
        if found is not None and action in found:
            return found[action]
    raise GraphError(f"keystep {keystep} has no limit for {error} or {measure} in {action}")


def path_to_error(graph: Graph, action: str, keystep: str, error: str) -> tuple[Triple, ...]:
    """The triples from an action over a keystep to an error and what corrects it."""
    feedback: tuple[Triple, ...] = tuple((error, "corrected_by", f) for f in graph.errors[error].feedback)
    return ((action, "contains", keystep), (keystep, "may_occur", error), *feedback)


def confusable_errors(graph: Graph, error: str) -> tuple[str, ...]:
    """Errors that are easily taken for this one, in either direction, sorted."""
    back = {e for e, node in graph.errors.items() if error in node.confusable_with}
    return tuple(sorted(back | set(graph.errors[error].confusable_with)))


def confusable_actions(graph: Graph, action: str) -> tuple[str, ...]:
    """Actions that are easily taken for this one, in either direction, sorted."""
    back = {a for a, node in graph.actions.items() if action in node.confusable_actions}
    return tuple(sorted(back | set(graph.actions[action].confusable_actions)))


def as_networkx(graph: Graph) -> "nx.Graph[str]":
    """Nodes by id with attribute `kind`, edges with attribute `relation`; muscles are nodes as well."""
    import networkx as nx  # which takes a tenth of a second, and few who read a graph need

    g: nx.Graph[str] = nx.Graph()
    kinds = {
        "action": graph.actions,
        "keystep": graph.keysteps,
        "error": graph.errors,
        "feedback": graph.feedback,
    }
    for kind, nodes in {**kinds, "muscle": graph.muscles}.items():
        g.add_nodes_from(nodes, kind=kind)
    for a, action in graph.actions.items():
        g.add_edges_from(((a, k) for k in action.keysteps), relation="contains")
        g.add_edges_from(((a, m) for m in (*action.primary_muscles, *action.secondary_muscles)), relation="targets")
    for k, keystep in graph.keysteps.items():
        g.add_edges_from(((k, e) for e in keystep.may_occur), relation="may_occur")
    for e, error in graph.errors.items():
        g.add_edges_from(((e, f) for f in error.feedback), relation="corrected_by")
    return g
