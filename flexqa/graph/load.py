"""Read a graph file and check everything in it that refers to something else.

A file that does not hold together is refused with all its faults at once, each with file, line, node, field, and
remedy.
"""

import difflib
import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from flexqa.errors import GraphError
from flexqa.graph.model import Criterion, Graph
from flexqa.graph.walk import errors_of, limit
from flexqa.vocabulary import JOINTS, VIEWS

Location = tuple[str | int, ...]
"""keys from the top of the file down to a field"""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Fault(NamedTuple):
    """One thing that is wrong, and how to mend it."""

    location: Location
    message: str


def load_graph(path: Path) -> Graph:
    """Read, validate and hash a graph.

    Raises:
        GraphError: the file is missing, is not YAML, or has faults; the message lists all of them with lines.
    """
    try:
        content = path.read_bytes()
    except OSError as e:
        raise GraphError(f"{path}: cannot be read ({e.strerror}); give the path of a graph YAML file") from e
    loader = _Loader(content)
    try:
        root = loader.get_single_node()
        data = loader.construct_document(root) if root else None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as e:
        raise GraphError(f"{path}: not valid YAML: {' '.join(str(e).split())}") from e
    finally:
        loader.dispose()
    if root is None or not isinstance(data, dict):
        raise GraphError(f"{path}: expected a mapping with meta, actions, keysteps and errors at the top")
    lines = _Lines(root)
    if lines.duplicates:
        raise _error(path, lines, [Fault(at, "this key stands twice; keep one") for at in lines.duplicates])
    try:
        graph = Graph.model_validate({**data, "sha256": hashlib.sha256(content).hexdigest()})
    except ValidationError as e:
        raise _error(path, lines, [_from_pydantic(f) for f in e.errors()]) from e
    if faults := list(reference_faults(graph)):
        raise _error(path, lines, faults)
    return graph


def reference_faults(graph: Graph) -> Iterator[Fault]:
    """Every reference that points nowhere, and every rule between nodes that is broken."""
    yield from _action_faults(graph)
    yield from _keystep_faults(graph)
    yield from _error_faults(graph)
    for key in graph.disambiguation:
        for error in key.split("|"):
            yield from _missing(("disambiguation", key), error, graph.errors, "error")


def _action_faults(graph: Graph) -> Iterator[Fault]:
    for a, action in graph.actions.items():
        at: Location = ("actions", a)
        if not a.isalnum():
            yield Fault(at, f"action id {a!r} names a folder of recordings; use letters and digits only")
        for field, ids, known, kind in (
            ("keysteps", action.keysteps, graph.keysteps, "keystep"),
            ("confusable_actions", action.confusable_actions, graph.actions, "action"),
            ("set_level_errors", action.set_level_errors, graph.errors, "error"),
            ("primary_muscles", action.primary_muscles, graph.muscles, "muscle"),
            ("secondary_muscles", action.secondary_muscles, graph.muscles, "muscle"),
            ("views_best", action.views_best, VIEWS, "camera view"),
            ("rom", tuple(action.rom), graph.measures, "measure"),
        ):
            for i, id_ in enumerate(ids):
                yield from _missing((*at, field, id_ if field == "rom" else i), id_, known, kind)
        if action.primary_measure is not None:
            yield from _missing((*at, "primary_measure"), action.primary_measure, graph.measures, "measure")
        if action.emg is not None:
            dominant = action.emg.dominant_muscle
            yield from _missing((*at, "emg", "dominant_muscle"), dominant, graph.muscles, "muscle")
        if a in action.confusable_actions:
            yield Fault((*at, "confusable_actions"), "an action cannot be confusable with itself; remove it")
        for k in action.keysteps:
            if k in graph.keysteps and (phase := graph.keysteps[k].phase) not in action.phases:
                yield Fault((*at, "phases"), f"keystep {k} belongs to phase {phase}, which {a} lacks; add the phase")


def _keystep_faults(graph: Graph) -> Iterator[Fault]:
    containing = {k: [a for a, x in graph.actions.items() if k in x.keysteps] for k in graph.keysteps}
    for k, keystep in graph.keysteps.items():
        at: Location = ("keysteps", k)
        if not containing[k]:
            yield Fault(at, "no action contains this keystep; add it to an action or remove it")
        for i, joint in enumerate(keystep.joints):
            yield from _missing((*at, "joints", i), joint, JOINTS, "joint")
        for i, criterion in enumerate(keystep.criteria):
            yield from _missing((*at, "criteria", i), criterion.measure, graph.measures, "measure")
        for i, error in enumerate(keystep.may_occur):
            yield from _missing((*at, "may_occur", i), error, graph.errors, "error")
        for name in keystep.limits:
            yield from _missing((*at, "limits", name), name, {*graph.errors, *graph.measures}, "error or measure")
        for action, errors in keystep.exclude.items():
            if action not in containing[k]:
                yield Fault((*at, "exclude", action), f"{action} does not contain {k}; remove the exclusion")
            for error in errors:
                yield from _missing((*at, "exclude", action), error, keystep.may_occur, f"error of {k}")
        for action in containing[k]:
            yield from _limit_faults(graph, action, k)


def _limit_faults(graph: Graph, action: str, keystep: str) -> Iterator[Fault]:
    """A detector that asks the keystep for a limit must find one."""
    at: Location = ("keysteps", keystep, "limits")
    for error in errors_of(graph, action, keystep):
        for criterion in graph.errors[error].detect_all if error in graph.errors else ():
            wanted = criterion.value
            if not (isinstance(wanted, str) and wanted.startswith("keystep.")):
                continue
            try:
                low, high = limit(graph, action, keystep, error, criterion.measure)
            except GraphError as e:
                yield Fault(at, f"{e}; {error} detects with {wanted}: add a limit")
                continue
            if (low is None and wanted != "keystep.max") or (high is None and wanted != "keystep.min"):
                yield Fault(at, f"{error} detects with {wanted}, but the limit is [{low}, {high}]; give both ends")


def _error_faults(graph: Graph) -> Iterator[Fault]:
    used = {e for k in graph.keysteps.values() for e in k.may_occur}
    used |= {e for a in graph.actions.values() for e in a.set_level_errors}
    for e, error in graph.errors.items():
        at: Location = ("errors", e)
        if e not in used:
            yield Fault(at, "no keystep or action has this error; add it to one or remove it")
        for i, other in enumerate(error.confusable_with):
            yield from _missing((*at, "confusable_with", i), other, graph.errors, "error")
        for i, feedback in enumerate(error.feedback):
            yield from _missing((*at, "feedback", i), feedback, graph.feedback, "feedback")
        for i, view in enumerate(error.observable.video_views):
            yield from _missing((*at, "observable", "video_views", i), view, VIEWS, "camera view")
        for i, criterion in enumerate(error.detect_all):
            yield from _missing((*at, "detect_all", i), criterion.measure, graph.measures, "measure")
            yield from _value_faults((*at, "detect_all", i), criterion)
        for i, injection in enumerate(error.inject):
            yield from _missing((*at, "inject", i), injection.measure, graph.measures, "measure")
            for action in injection.actions:
                yield from _missing((*at, "inject", i, "actions"), action, graph.actions, "action")
        if graph.tiers:
            yield from _missing((*at, "tier"), error.tier, graph.tiers, "tier")
            low, high = graph.tiers.get(error.tier, (error.weight, error.weight))
            if not low <= error.weight <= high:
                yield Fault((*at, "weight"), f"weight {error.weight:g} is outside {low:g}-{high:g} of {error.tier}")


def _value_faults(at: Location, criterion: Criterion) -> Iterator[Fault]:
    """`in` and `outside` compare with a range, all else with a number."""
    value = criterion.value
    is_range = isinstance(value, tuple) or value == "keystep.range"
    if is_range != (criterion.op in ("in", "outside")):
        yield Fault((*at, "value"), f"op {criterion.op!r} does not go with value {value!r}")


def _missing(at: Location, id_: str, known: Collection[str], kind: str) -> Iterator[Fault]:
    if id_ in known:
        return
    close = difflib.get_close_matches(id_, list(known), n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(sorted(known)[:8])} ..."
    yield Fault(at, f"{kind} {id_!r} does not exist{hint}")


def _from_pydantic(error: Any) -> Fault:
    """A pydantic error as a fault; union branches in its location are dropped by `_Lines.find`."""
    got = "" if isinstance(error["input"], dict | list) else f" (got {error['input']!r})"
    return Fault(tuple(error["loc"]), f"{error['msg']}{got}")


def _error(path: Path, lines: "_Lines", faults: list[Fault]) -> GraphError:
    shown = [f"{path}:{lines.find(f.location)}: {_name(f.location)}: {f.message}" for f in faults]
    return GraphError("\n".join(dict.fromkeys(shown)))


def _name(location: Location) -> str:
    """`actions A16, field emg.dominant_muscle`."""
    node, field = location[:2], location[2:]
    return " ".join(map(str, node)) + (f", field {'.'.join(map(str, field))}" if field else "")


class _Lines:
    """Line numbers of a YAML document by location, and the keys that stand twice."""

    def __init__(self, root: yaml.Node) -> None:
        self.duplicates: list[Location] = []
        self._lines: dict[Location, int] = {}
        self._walk(root, ())

    def _walk(self, node: yaml.Node, at: Location) -> None:
        self._lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                here: Location = (*at, str(key.value))
                if key.value in seen:
                    self.duplicates.append(here)
                seen.add(key.value)
                self._lines[here] = key.start_mark.line + 1
                self._walk(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(node.value):
                self._walk(value, (*at, i))

    def find(self, location: Location) -> int:
        """The line of a location, or of the closest thing around it that the file has."""
        for end in range(len(location), -1, -1):
            if (line := self._lines.get(location[:end])) is not None:
                return line
        return 1
