"""Write a run as pages: one file, or a folder with a list of the questions and files of some dozen questions each.

A folder stays quick however many questions there are: the list pages through short rows, and pictures stand once
above the questions that share them, in files of a few megabytes. Pages open from disk and load nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from flexqa.assets import default_graph
from flexqa.errors import BadInput, QuestionError
from flexqa.files import write_lines_atomic
from flexqa.graph.load import load_graph
from flexqa.graph.model import Graph
from flexqa.leaderboard.heat import matrix
from flexqa.pages.html import short, write_page
from flexqa.prompts import answer_instruction, prompts_hash, render_question
from flexqa.question import Question
from flexqa.recordings.flex_layout import open_recordings
from flexqa.scoring.aggregate import Scores, aggregate
from flexqa.viewer.evidence import Evidence, Piece
from flexqa.viewer.items import AGREEMENTS, OUTCOMES, Item, RunItems, read_items

INDEX = "index.html"

_ONE_FILE = 1000
"""questions that one file may hold"""

_PER_FILE, _GROUPS_PER_FILE = 60, 12
"""Questions and pieces of evidence in one file of a folder."""


@dataclass(frozen=True, slots=True)
class Group:
    """Questions on the same evidence."""

    items: Sequence[Item]
    evidence: Evidence | None
    """null when recordings are not at hand"""

    @property
    def heading(self) -> str:
        """The recordings that are shown."""
        seen = dict.fromkeys(m.recording for m in self.items[0].question.media)
        return ", ".join(seen) or "No evidence"

    def pieces(self) -> list[Piece]:
        """What the model was shown, made when it is asked for."""
        return self.evidence.of(self.items[0]) if self.evidence else []


@dataclass(frozen=True, slots=True)
class Report:
    """What all files of a report share."""

    run: RunItems
    scores: Scores
    names: Mapping[str, str]
    """id of a node of the graph -> what it is called"""
    notes: Sequence[str]


def view(
    folder: Path,
    out: Path,
    data: Path | None = None,
    against: Path | None = None,
    graph: Path | None = None,
    picture_size: int | None = None,
) -> list[Path]:
    """Write the report of a run.

    Args:
        folder: the run.
        out: a file that ends in .html, or a folder.
        data: recordings, to show what the model saw; null shows words only.
        against: another run of the same questions, shown beside the first.
        graph: names the nodes; null is the benchmark's own.
        picture_size: longest side of pictures; null is as the model saw them.

    Returns:
        The files, the first of them being the one to open.

    Raises:
        BadInput: something that is named cannot be used, or one file is asked to hold too many questions.
    """
    items = read_items(folder, against)
    the_graph = load_graph(graph or default_graph())
    report = _report(items, the_graph)
    if out.suffix == ".html" and len(items.items) > _ONE_FILE:
        raise BadInput(
            f"{out}: one file cannot hold {len(items.items)} questions with ease, {_ONE_FILE} at most; "
            "give a folder as --out"
        )
    if data is None:
        return _write(report, out, None)
    evidence = Evidence(open_recordings(data), the_graph, items.stored.manifest.spec, picture_size)
    with closing(evidence):
        return _write(report, out, evidence)


def _report(items: RunItems, graph: Graph) -> Report:
    spec = items.stored.manifest.spec
    same_graph = spec.questions.graph_sha256 == graph.sha256
    notes = []
    if not same_graph:
        notes.append("The graph at hand is not that of the run: nodes are shown by their ids.")
    if spec.prompts_sha256 != prompts_hash():
        notes.append("The prompt templates at hand are not those of the run: the model may have read other words.")
    scores = aggregate(items.judged, items.stored.manifest, items.stored.judgements)
    return Report(items, scores, _names(graph) if same_graph else {}, notes)


def _write(report: Report, out: Path, evidence: Evidence | None) -> list[Path]:
    groups = list(_groups(report.run.items, evidence))
    if out.suffix == ".html":
        write_lines_atomic(out, write_page("run.jinja", _context(report, groups), scripts=("run.js",)))
        return [out]
    parts = list(_files(groups))
    files = [f"questions-{n:04}.html" for n in range(1, len(parts) + 1)]
    rows, listed = [], []
    for number, (name, part) in enumerate(zip(files, parts, strict=True)):
        place = {"number": number, "files": files, "index": INDEX}
        context = _context(report, part) | {"place": place}
        write_lines_atomic(out / name, write_page("run.jinja", context, scripts=("run.js",)))
        rows += [_row(item, number) for group in part for item in group.items]
        listed.append({"file": name, "first": part[0].heading, "last": part[-1].heading, "n": _size(part)})
    context = _context(report, []) | {"rows": rows, "files": listed}
    write_lines_atomic(out / INDEX, write_page("run_index.jinja", context, scripts=("run_index.js",)))
    return [out / INDEX, *(out / name for name in files)]


def _groups(items: Iterable[Item], evidence: Evidence | None) -> Iterator[Group]:
    """Questions on the same evidence together, but never more than a file takes."""
    for _, found in groupby(items, key=lambda item: item.evidence):
        same = tuple(found)
        for start in range(0, len(same), _PER_FILE):
            yield Group(same[start : start + _PER_FILE], evidence)


def _files(groups: Iterable[Group]) -> Iterator[list[Group]]:
    """Groups dealt to files."""
    part: list[Group] = []
    for group in groups:
        if part and (_size(part) + len(group.items) > _PER_FILE or len(part) == _GROUPS_PER_FILE):
            yield part
            part = []
        part.append(group)
    if part:
        yield part


def _size(part: Iterable[Group]) -> int:
    return sum(len(group.items) for group in part)


def _row(item: Item, file: int) -> list[Any]:
    """A line of the list: id, type, modality, outcome, agreement, question, number of the file."""
    q = item.question
    return [q.id, q.type, item.modality, item.here.outcome, item.agreement, short(asked(q), 110), file]


def _context(report: Report, groups: Sequence[Group]) -> dict[str, Any]:
    items = [item for group in groups for item in group.items] or report.run.items
    return {
        "report": report,
        "manifest": report.run.stored.manifest,
        "other": report.run.other.manifest if report.run.other else None,
        "scores": report.scores,
        "groups": groups,
        "types": sorted({i.question.type for i in items}),
        "modalities": sorted({i.modality for i in items}),
        "outcomes": [o for o in OUTCOMES if any(i.here.outcome == o for i in items)],
        "agreements": [a for a in AGREEMENTS if any(i.agreement == a for i in items)],
        "asked": asked,
        "matrix": matrix,
        "place": None,
    }


def asked(question: Question) -> str:
    """What is asked, without the instruction how to answer and without the options."""
    bare = question.model_copy(update={"options": ()})
    try:
        return render_question(bare).removeprefix(answer_instruction(question)).strip()
    except QuestionError:
        return "; ".join(f"{name}: {value}" for name, value in question.prompt.items())


def _names(graph: Graph) -> dict[str, str]:
    named = (graph.actions, graph.keysteps, graph.errors, graph.muscles)
    return {id_: node.name for nodes in named for id_, node in nodes.items()} | dict(graph.feedback)
