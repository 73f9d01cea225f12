"""annotations.jsonl: one `Annotation` per line. Reading with every fault told, checking, and writing as a whole."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from flexqa.files import first_fault, write_lines_atomic
from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs
from flexqa.recordings.fault import Fault, FaultKind, Report
from flexqa.recordings.model import Annotation

ANNOTATIONS = "annotations.jsonl"

RECORDING_ID = re.compile(r"A\d{2,}/\d{1,6}")
"""`A16/001`: the folder of the action, the folder of the recording"""


@dataclass(frozen=True, slots=True)
class Annotations:
    """What annotations.jsonl holds."""

    by_recording: Mapping[str, Annotation]
    lines: Mapping[str, int]
    """number of the line of each recording that has one, from 1; a line with a fault counts"""


def read_annotations(path: Path, report: Report) -> Annotations:
    """The annotations of a file; lines with a fault are reported and left out."""
    found: dict[str, Annotation] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        where = f"{ANNOTATIONS}:{number}"
        try:
            a = Annotation.model_validate_json(line)
        except ValidationError as e:
            recording, message = _recording_of(line), first_fault(e)
            lines.setdefault(recording, number)
            kind: FaultKind = "subject" if message.startswith("subject") else "annotation"
            report(Fault(kind, recording, where, message, "see `Annotation` for the fields"))
            continue
        if a.recording in found:
            message = f"{a.recording} is annotated twice, first in line {lines[a.recording]}"
            report(Fault("twice", a.recording, where, message, "delete one of the lines"))
            continue
        lines.setdefault(a.recording, number)
        if fault := annotation_fault(a):
            report(Fault(fault[0], a.recording, where, fault[1], "correct or delete the line"))
            continue
        found[a.recording] = a
    return Annotations(found, lines)


def annotation_fault(a: Annotation) -> tuple[FaultKind, str] | None:
    """What is wrong with an annotation in itself: a kind, and a sentence."""
    if not RECORDING_ID.fullmatch(a.recording):
        return "annotation", f"recording id {a.recording!r} is not of the form A16/001"
    if a.action != a.recording.split("/")[0]:
        return "annotation", f"action {a.action} does not fit recording {a.recording}"
    if not a.subject.strip():
        return "subject", f"{a.recording} has no subject; splits and intervals go by subject"
    if not 0 <= a.score <= 100:
        return "score", f"score {a.score} is not between 0 and 100"
    for before, after in zip(a.phases, a.phases[1:], strict=False):
        if abs(after.start_s - before.end_s) > 1e-6:
            return "phases", f"{after.phase} starts at {after.start_s} s, but {before.phase} ends at {before.end_s} s"
    for span in a.phases:
        if not 0 <= span.start_s < span.end_s < float("inf"):
            return "phases", f"{span.phase} runs from {span.start_s} to {span.end_s} s"
    names = [span.phase for span in a.phases]
    if len(set(names)) < len(names):
        return "phases", f"a phase is there twice: {', '.join(names)}"
    return None


def graph_faults(a: Annotation, graph: Graph) -> Iterator[str]:
    """Everything in an annotation that the graph does not have, in sentences."""
    if a.action not in graph.actions:
        yield f"action {a.action} is not in the graph {graph.meta.title!r}"
        return
    wanted, named = graph.actions[a.action].phases, tuple(s.phase for s in a.phases)
    if named != tuple(p for p in wanted if p in named):
        yield f"phases are {', '.join(named)}; in {a.action} they go {', '.join(wanted)}"
    possible = set(possible_pairs(graph, a.action))
    for keystep, error in a.pairs:
        if keystep not in graph.keysteps:
            yield f"keystep {keystep} is not in the graph"
        if error not in graph.errors:
            yield f"error {error} is not in the graph"
        if keystep in graph.keysteps and error in graph.errors and (keystep, error) not in possible:
            yield f"error {error} cannot occur in keystep {keystep} of action {a.action}"
    for error in a.set_errors:
        if error not in graph.actions[a.action].set_level_errors:
            yield f"error {error} is not among the set-level errors of action {a.action}"


def write_annotations(path: Path, annotations: Iterable[Annotation]) -> None:
    """Replace annotations.jsonl in one step, sorted by recording."""
    ordered = sorted(annotations, key=lambda a: a.recording)
    write_lines_atomic(path, (a.model_dump_json() + "\n" for a in ordered))


def _recording_of(line: bytes) -> str:
    """The id that a faulty line is about, if that much can be told."""
    try:
        recording = json.loads(line)["recording"]
    except (ValueError, KeyError, TypeError):
        return ""
    return recording if isinstance(recording, str) and RECORDING_ID.fullmatch(recording) else ""
