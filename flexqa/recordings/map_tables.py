"""Applies a mapping file: tables that others wrote become annotations, and all that did not match is told.

Rows are gathered by recording, over all tables; only a recording about which nothing is wrong is annotated, since a
pair that is left out would say that an error was not there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flexqa.errors import BadInput
from flexqa.files import first_fault
from flexqa.graph.model import Graph
from flexqa.graph.walk import score
from flexqa.recordings.annotations import RECORDING_ID, annotation_fault, graph_faults
from flexqa.recordings.fault import Fault
from flexqa.recordings.flex_layout import scan
from flexqa.recordings.mapping import MappingFile, Pairs, Phases, Table, Unmatched
from flexqa.recordings.model import Annotation
from flexqa.recordings.split_lists import FLEX_SPLITS, number_of, read_split_list
from flexqa.recordings.tables import Row, cell_text, lookup, read_rows

_REMEDY = "correct the table or the mapping"


@dataclass(frozen=True, slots=True)
class Mapped:
    """What came out of the tables."""

    annotations: tuple[Annotation, ...]
    """sorted by recording"""
    faults: tuple[Fault, ...]
    """fatal ones keep a recording from being annotated"""
    rows: int
    """rows read, over all tables"""


@dataclass(slots=True)
class _Gathered:
    """What the tables say of one recording."""

    where: str
    """file and row that named it first"""
    fields: dict[str, str | float] = field(default_factory=dict)
    phases: list[dict[str, str | float]] = field(default_factory=list)
    pairs: set[tuple[str, str]] = field(default_factory=set)


def map_tables(root: Path, mapping: MappingFile, graph: Graph) -> Mapped:
    """Read all tables of a mapping and make annotations of their rows.

    Args:
        root: the folder of recordings; tables lie in it.
        mapping: what the columns are.
        graph: its ids are the ones that annotations may have.

    Raises:
        BadInput: a table cannot be read, or the ids are of another namespace than the graph's.
    """
    if mapping.namespace is not None and mapping.namespace != graph.meta.namespace:
        raise BadInput(
            f"the mapping gives ids of the namespace {mapping.namespace!r}, the graph has {graph.meta.namespace!r}; "
            "give a graph of that namespace with --graph, or rename the ids"
        )
    return _Mapper(root, mapping, graph).run()


class _Mapper:
    def __init__(self, root: Path, mapping: MappingFile, graph: Graph) -> None:
        self.root, self.mapping, self.graph = root, mapping, graph
        # What is wrong with an earlier annotations.jsonl is no matter here.
        self.known = {number_of(i): i for i in scan(root, lambda _: None).recordings}
        self.gathered: dict[str, _Gathered] = {}
        self.faults: list[Fault] = []
        self.spoilt: set[str] = set()

    def run(self) -> Mapped:
        rows = 0
        for table in self.mapping.table:
            for row in read_rows(self.root, table):
                rows += 1
                self._row(table, row, f"{table.file}:{row.number}")
        splits = self._flex_splits() if self.mapping.split == "flex" else {}
        found = (self._annotation(i, g, splits) for i, g in sorted(self.gathered.items()))
        annotations = tuple(a for a in found if a is not None)
        for recording in sorted(set(self.known.values()) - set(self.gathered)):
            self._tell(recording, recording, "no table has a row for it", fatal=False)
        return Mapped(annotations, tuple(self.faults), rows)

    def _tell(self, recording: str, where: str, message: str, remedy: str = _REMEDY, *, fatal: bool = True) -> None:
        self.faults.append(Fault("row", recording, where, message, remedy, fatal))
        if fatal:
            self.spoilt.add(recording)

    def _row(self, table: Table, row: Row, where: str) -> None:
        recording = ""
        if row.fault:
            self._tell("", where, row.fault, "correct the row")
            return
        try:
            recording = table.recording.read(row.values) or ""
            if not RECORDING_ID.fullmatch(recording):
                raise Unmatched(f"recording id {recording!r} is not of the form A16/001; correct `recording`")
            if number_of(recording) not in self.known:
                self._tell(recording, where, f"{recording} is not in this folder", "fetch its files", fatal=False)
                return
            recording = self.known[number_of(recording)]
            gathered = self.gathered.setdefault(recording, _Gathered(where))
            self._fields(table, row, gathered)
            if table.phases:
                gathered.phases += _phases(table.phases, row.values)
            if table.pairs:
                gathered.pairs |= set(self._pairs(table.pairs, row.values))
        except Unmatched as e:
            what, _, remedy = str(e).rpartition("; ")
            self._tell(recording, where, what, remedy)

    def _fields(self, table: Table, row: Row, gathered: _Gathered) -> None:
        for name in ("subject", "split", "skill", "score", "rep", "load_kg"):
            column = getattr(table, name)
            if column is None:
                continue
            value = column.read(row.values) if name in ("subject", "split", "skill") else column.number(row.values)
            if value is None:
                continue
            if gathered.fields.setdefault(name, value) != value:
                raise Unmatched(f"{name} {value!r}, but {gathered.fields[name]!r} in an earlier row; {_REMEDY}")

    def _pairs(self, rule: Pairs, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for keystep, error in _raw_pairs(rule, values):
            renamed = self.mapping.keystep.apply(keystep), self.mapping.error.apply(error)
            if all(renamed):
                yield renamed

    def _flex_splits(self) -> dict[str, str]:
        splits: dict[str, str] = {}
        for split in FLEX_SPLITS:
            rows = read_split_list(self.root, split)
            if rows is None:
                raise BadInput(f'{self.root}: there is no {split} list in Split_4/; fetch it, or set split = "table"')
            splits |= {self.known[r.number]: split for r in rows if r.number in self.known}
        return splits

    def _annotation(self, recording: str, gathered: _Gathered, splits: Mapping[str, str]) -> Annotation | None:
        """The annotation of a recording; None, and told, when something is wrong with it."""
        if recording in self.spoilt:
            return None
        action, fields = recording.split("/")[0], dict(gathered.fields)
        if recording in splits:
            fields["split"] = splits[recording]
        phases = sorted(gathered.phases, key=lambda p: float(p["start_s"]))
        raw = {"recording": recording, "action": action, "phases": phases, "pairs": sorted(gathered.pairs), **fields}
        computed = self.mapping.score == "graph"
        if computed:
            raw["score"] = 0.0  # until it is known that all pairs are the graph's
        try:
            a = Annotation.model_validate(raw)
        except ValidationError as e:
            self._tell(recording, gathered.where, f"{recording}: {first_fault(e)}")
            return None
        fault = annotation_fault(a)
        for message in [fault[1]] if fault else graph_faults(a, self.graph):
            self._tell(recording, gathered.where, f"{recording}: {message}")
        if recording in self.spoilt:
            return None
        return a.model_copy(update={"score": round(score(self.graph, action, a.pairs).value, 2)}) if computed else a


def _phases(rule: Phases, values: Mapping[str, Any]) -> Iterator[dict[str, str | float]]:
    spans: list[tuple[str, str, str]] = [(phase, *columns) for phase, columns in rule.columns.items()]
    if rule.phase:
        spans = [(rule.phase.read(values) or "", rule.start, rule.end)]
    for phase, *columns in spans:
        start, end = (cell_text(lookup(values, column)) for column in columns)
        if not start and not end:
            continue  # this repetition lacks the phase
        yield {"phase": phase, "start_s": rule.seconds(start, end=False), "end_s": rule.seconds(end, end=True)}


def _raw_pairs(rule: Pairs, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Pairs as the table has them."""
    if not rule.source:
        yield from _one_pair(rule, values)
        return
    found = lookup(values, rule.source)
    if isinstance(found, Mapping):
        for keystep, errors in found.items():
            for error in errors if isinstance(errors, list) else [errors]:
                yield cell_text(keystep), cell_text(error)
        return
    if not isinstance(found, list):
        text = cell_text(found)
        found = [part.strip() for part in text.split(rule.separator)] if rule.separator else [text]
    for item in found:
        yield from _one_pair(rule, item if isinstance(item, Mapping) else cell_text(item))


def _one_pair(rule: Pairs, item: Mapping[str, Any] | str) -> Iterator[tuple[str, str]]:
    if isinstance(item, Mapping):
        keystep, error = cell_text(lookup(item, rule.keystep)), cell_text(lookup(item, rule.error))
        if error.lower() not in rule.none:
            yield keystep, error
        return
    if item.lower() in rule.none:
        return
    if rule.match is None:
        raise Unmatched(f"{item!r} is text, and there is no `match` for pairs; give one")
    found = re.fullmatch(rule.match, item)
    if found is None:
        raise Unmatched(f"{item!r} does not match {rule.match!r}; widen `match` of the pairs, or correct the cell")
    yield found["keystep"], found["error"]
