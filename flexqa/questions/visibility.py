"""How errors are named, and which views and sensors show them: what the graph says, whatever the recording."""

from flexqa.graph.model import Graph, Observable
from flexqa.graph.walk import possible_pairs


def error_text(graph: Graph, error: str) -> str:
    """The name of an error with its description."""
    node = graph.errors[error]
    return f"{node.name}: {node.description}" if node.description else node.name


def pose_shows(graph: Graph, error: str) -> bool:
    """Whether an error can be measured on the joints: it has criteria, and may be seen in a pose."""
    node = graph.errors[error]
    return bool(node.detect_all) and (node.observable.pose != "none" or not states_views(graph, error))


def shows_error(graph: Graph, view: str, error: str) -> bool:
    """Whether a view shows an error; a graph that says nothing of what shows it is taken to mean every view."""
    return view in graph.errors[error].observable.video_views or not states_views(graph, error)


def errors_in_view(graph: Graph, action: str, view: str) -> tuple[str, ...]:
    """The errors that an action can show and a view shows, in file order; those that a pose tells, if any does."""
    shown = [e for e in dict.fromkeys(e for _, e in possible_pairs(graph, action)) if shows_error(graph, view, e)]
    return tuple([e for e in shown if pose_shows(graph, e)] or shown)


def states_views(graph: Graph, error: str) -> bool:
    """Whether the graph says what shows an error."""
    return graph.errors[error].observable != Observable()
