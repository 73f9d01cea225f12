"""A judged run as columns: what aggregation needs of each question, and nothing else.

A million questions as records are gigabytes; as columns they are some hundred bytes each. Tables are made in chunks,
perhaps in several processes, and joined; the joined table is ordered by question id, so that nothing depends on the
order in which the lines of a run came.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexqa.question import AnswerFormat, Level, Modality, Question
from flexqa.scoring.nodes import LEXICAL
from flexqa.scoring.points import SAID
from flexqa.scoring.similarity import COUNTS, counts_of
from flexqa.scoring.statistics import cluster_codes
from flexqa.scoring.verdict import UNANSWERED, UNREAD, Verdict

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

STATUSES = ("ok", "unparsable", "refused", "truncated", "timeout", "error", "missing")
"""of verdicts, by their number in `Table.status`"""

VALUES = ("score", "chance", "abs_error", "said", "truth", "confidence", "brier")
"""Columns of numbers, NaN where a question has none. `said` and `truth`: a number, or 1 and 0 for yes and no."""

LABELS = ("type", "level", "modality", "action", "subject", "format", "wording")
"""Columns of names, one for each question."""

LINKS = ("view", "error", "option", "node", "text")
"""Columns of names, none, one or several for each question; the kinds of groups come to these, as `group:chain`.
`option` is there for multi-select alone; `text`, the question type, and `node`, `lexical|error`, for free answers."""

_NO_REPLY = np.array([name in UNANSWERED for name in STATUSES])
_PLACES = {name: place for place, name in enumerate(STATUSES)}
_ABOUT_ERRORS = frozenset(("observed", "free_of", "may_occur"))
_YES_NO = {"yes": 1.0, "no": 0.0}
_OF_THE_WHOLE = (Level.SCORING, Level.DIALOGUE)
"""levels whose graph paths name all errors of a repetition, whatever is asked"""


class Named(NamedTuple):
    """Names of rows."""

    names: tuple[str, ...]
    """sorted"""
    rows: Ints
    """ascending"""
    codes: Ints
    """of each row, its name's place in `names`"""


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a run, or of a part of it; rows are questions."""

    ids: NDArray[np.uint64]
    """the first 16 hex digits of the content hashes, as numbers"""
    values: dict[str, Floats]
    """see `VALUES`"""
    status: Ints
    """places in `STATUSES`"""
    unread: NDArray[np.bool_]
    """replies without a readable answer"""
    labels: dict[str, Named]
    """see `LABELS`; rows are 0, 1, 2 ..."""
    links: dict[str, Named]
    """see `LINKS`"""
    option_true: NDArray[np.bool_]
    """of each entry of the link `option`: whether it is right"""
    option_said: NDArray[np.bool_]
    """of each entry of the link `option`: whether it was chosen"""
    node_marks: NDArray[np.uint8]
    """of each entry of the link `node`, shape (entries, 3): whether it is true; what the matcher read, as a place in
    `flexqa.scoring.points.SAID`; and what the lexical matcher did"""
    text_counts: Floats
    """of each entry of the link `text`, shape (entries, COUNTS), see `flexqa.scoring.similarity`"""

    def __len__(self) -> int:
        return len(self.status)


def modality_set(question: Question) -> str:
    """The modalities that a question needs, in the order of `Modality`: `video+emg`."""
    return _joined_names(question.modalities)


@lru_cache(maxsize=256)
def _joined_names(modalities: tuple[Modality, ...]) -> str:
    return "+".join(m.value for m in Modality if m in modalities)


class _Links:
    """Names of rows as they come."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.names: list[str] = []

    def add(self, row: int, names: Sequence[str]) -> None:
        """The names of a row, each once."""
        if len(names) > 1:
            names = sorted(set(names))
        for name in names:
            self.rows.append(row)
            self.names.append(name)

    def named(self) -> Named:
        return _named(np.array(self.rows, dtype=np.intp), self.names)


class TableBuilder:
    """Takes questions with their verdicts one by one."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []
        """id, place of the status, whether it is unread, `VALUES`, `LABELS`"""
        self._links = {name: _Links() for name in LINKS}
        self._groups = defaultdict[str, _Links](_Links)
        self._true, self._said = bytearray(), bytearray()
        self._marks, self._counts = bytearray(), array("d")

    def add(self, question: Question, verdict: Verdict) -> None:
        """Add a row."""
        form, said, truth = question.answer_format, None, None
        if form is AnswerFormat.NUMBER or form is AnswerFormat.YES_NO:
            said, truth = _as_number(verdict.extracted), _as_number(question.answer)
        status = verdict.status
        self._link(len(self._rows), question, verdict)
        self._rows.append((
            int(question.content_hash[:16], 16), _PLACES[status], not verdict.parse_ok and status in UNREAD,
            verdict.score, question.chance, verdict.abs_error, said, truth, verdict.confidence, verdict.brier,
            question.type, question.level, _joined_names(question.modalities), question.action, question.subject,
            form, question.wording,
        ))  # fmt: skip

    def _link(self, row: int, question: Question, verdict: Verdict) -> None:
        views = [m.view for m in question.media if m.view]
        views += [o.media.view for o in question.options if o.media and o.media.view]
        self._links["view"].add(row, views)
        errors = [end for _, relation, end in question.graph_path if relation in _ABOUT_ERRORS]
        if errors and question.level not in _OF_THE_WHOLE:
            self._links["error"].add(row, errors)
        for kind, group in question.groups.items():
            self._groups[kind].add(row, (group,))
        if question.answer_format is AnswerFormat.CHOICES:
            chosen = verdict.extracted if isinstance(verdict.extracted, tuple) else ()
            for letter, option in zip(question.letters, question.options, strict=True):
                self._links["option"].add(row, (option.text,))
                self._true.append(option.kind == "answer")
                self._said.append(letter in chosen)
        elif question.answer_format is AnswerFormat.TEXT:
            self._link_text(row, question, verdict)

    def _link_text(self, row: int, question: Question, verdict: Verdict) -> None:
        self._links["text"].add(row, (question.type,))
        self._counts.extend(counts_of(str(question.answer), str(verdict.extracted or "")))
        for node in verdict.nodes:
            for matcher, said in node.said.items():
                self._links["node"].add(row, (f"{matcher}|{node.kind}",))
                self._marks += bytes((node.wanted, SAID.index(said), SAID.index(node.said[LEXICAL])))

    def build(self) -> Table:
        """The rows so far, in the order in which they came."""
        columns = [*zip(*self._rows, strict=True)] or [()] * (3 + len(VALUES) + len(LABELS))
        ids, status, unread, *others = columns
        values, labels = others[: len(VALUES)], others[len(VALUES) :]
        rows = np.arange(len(self._rows))
        links = self._links | {f"group:{kind}": links for kind, links in self._groups.items()}
        return Table(
            ids=np.array(ids, dtype=np.uint64),
            # None becomes NaN.
            values={name: np.array(column, dtype=np.float64) for name, column in zip(VALUES, values, strict=True)},
            status=np.array(status, dtype=np.intp),
            unread=np.array(unread, dtype=np.bool_),
            labels={name: _named(rows, column) for name, column in zip(LABELS, labels, strict=True)},
            links={name: column.named() for name, column in links.items()},
            option_true=np.frombuffer(bytes(self._true), dtype=np.bool_),
            option_said=np.frombuffer(bytes(self._said), dtype=np.bool_),
            node_marks=np.frombuffer(bytes(self._marks), dtype=np.uint8).reshape(-1, 3),
            text_counts=np.array(self._counts, dtype=np.float64).reshape(-1, COUNTS),
        )


def _named(rows: Ints, names: Sequence[object]) -> Named:
    """The rows of a column that are named; names in the order in which they come."""
    index = {name: code for code, name in enumerate(dict.fromkeys(names))}
    codes = np.fromiter(map(index.__getitem__, names), dtype=np.intp, count=len(names))
    return Named(tuple(map(str, index)), rows, codes)


def join(tables: Iterable[Table]) -> Table:
    """Tables one below the other, ordered by question id."""
    parts = list(tables)
    starts = np.cumsum([0, *(len(t) for t in parts)])
    labels = {name: _joined([(t.labels[name], s) for t, s in zip(parts, starts, strict=False)]) for name in LABELS}
    ids = np.concatenate([t.ids for t in parts])
    order = np.lexsort((ids, labels["type"].codes))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    kinds = sorted({name for t in parts for name in t.links})
    links = {
        name: _joined([(t.links[name], s) for t, s in zip(parts, starts, strict=False) if name in t.links])
        for name in kinds
    }
    by_row = {name: np.argsort(place[link.rows], kind="stable") for name, link in links.items()}
    options, nodes, texts = (by_row.get(name, np.zeros(0, dtype=np.intp)) for name in ("option", "node", "text"))
    return Table(
        ids=ids[order],
        values={name: np.concatenate([t.values[name] for t in parts])[order] for name in VALUES},
        status=np.concatenate([t.status for t in parts])[order],
        unread=np.concatenate([t.unread for t in parts])[order],
        labels={name: Named(c.names, np.arange(len(order)), c.codes[order]) for name, c in labels.items()},
        links={name: Named(c.names, place[c.rows][by_row[name]], c.codes[by_row[name]]) for name, c in links.items()},
        option_true=np.concatenate([t.option_true for t in parts])[options],
        option_said=np.concatenate([t.option_said for t in parts])[options],
        node_marks=np.concatenate([t.node_marks for t in parts])[nodes],
        text_counts=np.concatenate([t.text_counts for t in parts])[texts],
    )


def _joined(parts: Sequence[tuple[Named, int]]) -> Named:
    """Names of one column one below the other, with rows counted from the start of each part."""
    names = sorted({name for part, _ in parts for name in part.names})
    index = {name: code for code, name in enumerate(names)}
    codes = [np.array([index[n] for n in part.names], dtype=np.intp)[part.codes] for part, _ in parts]
    return Named(tuple(names), np.concatenate([part.rows + start for part, start in parts]), np.concatenate(codes))


def failed(status: Ints) -> NDArray[np.bool_]:
    """Which of these, as in `Table.status`, have no reply."""
    found: NDArray[np.bool_] = _NO_REPLY[status]
    return found


def sums_by_subject(table: Table, rows: Ints, columns: Sequence[Floats] | Floats) -> Floats:
    """Sums of columns by subject, shape (subjects, columns).

    Args:
        table: of the run.
        rows: the question of each value; some may come several times, and some not.
        columns: values, each of the shape of `rows`.
    """
    codes, n_subjects = cluster_codes(table.labels["subject"].codes[rows])
    return np.stack([np.bincount(codes, weights=c, minlength=n_subjects) for c in columns], axis=-1)


def _as_number(answer: object) -> float | None:
    if isinstance(answer, float):
        return answer
    return _YES_NO.get(answer) if isinstance(answer, str) else None
