"""The leaderboard as a page: what it says of each board, ready for `pages/leaderboard.jinja`.

The page is read without JavaScript; scripts add sorting and filtering. It shows what leaderboard.json holds: costs,
provenance and parts of a record that this module does not know are printed under their own names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from flexqa.files import write_lines_atomic
from flexqa.leaderboard.build import read_leaderboard
from flexqa.leaderboard.entry import Board, Entry, Leaderboard
from flexqa.leaderboard.findings import Finding, cost_of, findings, indistinguishable, is_baseline
from flexqa.leaderboard.heat import HeatBlock, heat_blocks, matrix
from flexqa.pages.charts import Axis, Point, Scatter, scatter, share_axis
from flexqa.pages.html import short, words, write_page
from flexqa.pages.numbers import count, finite

_COSTS = {
    "usd_per_1k_questions": ("dollars", "US dollars per 1,000 questions"),
    "gpu_energy_j_per_question": ("energy", "GPU energy, joules per question"),
    "gpu_seconds_per_question": ("GPU time", "GPU-seconds per question"),
    "latency_s": ("latency", "seconds from request to last token, at the concurrency of the run"),
    "tokens_per_question.input": ("tokens in", "input tokens per question"),
    "tokens_per_question.output": ("tokens out", "output tokens per question"),
}
"""What accuracy is drawn against, where it was measured: field of `Cost` -> name, and what it is."""

_LEAST = 1e-9
"""a cost that is not above this is not drawn"""

_WIDE, _NARROW = (1120, 460), (350, 330)
"""Width and height of a chart on a desk and on a phone."""


@dataclass(frozen=True, slots=True)
class Row:
    """One run of a board."""

    key: str
    """unique in the page"""
    entry: Entry
    engine: str
    """`vllm`, or `baseline` for one of flexqa's own"""
    name: str
    """of the model, without the engine"""
    tied: bool
    """whether nothing shows that it is worse than the best"""
    cost: Mapping[str, float]
    """the measured ones: field of `Cost` -> value"""
    at: str
    """the operating point of the costs, in words; empty where it is not recorded"""
    facts: Sequence[tuple[str, Any]]
    """provenance, flat: name -> value"""
    controls: Sequence[tuple[str, Any]]
    """control -> its run, with `accuracy` and `against_clean`, where the file holds any"""

    @property
    def baseline(self) -> bool:
        """Whether it is there to compare with."""
        return is_baseline(self.entry)


@dataclass(frozen=True, slots=True)
class CostChart:
    """Accuracy against one kind of cost."""

    key: str
    name: str
    what: str
    drawings: tuple[Scatter, Scatter]
    """for a desk and for a phone"""
    unmeasured: int
    """runs of which this cost is not known"""


@dataclass(frozen=True, slots=True)
class BoardPage:
    """One board."""

    key: str
    board: Board
    rows: Sequence[Row]
    findings: Sequence[Finding]
    axis: Axis
    """of the intervals"""
    charts: Sequence[CostChart]
    blind: bool
    """whether a run was also made without evidence"""
    costs: Sequence[tuple[str, str, str]]
    """columns of the table: field, name, what it is"""
    blocks: Sequence[HeatBlock]


def write(source: Path, out: Path) -> Leaderboard:
    """Write the page of a leaderboard file.

    Raises:
        RunError: the file cannot be read or is no leaderboard of this version.
    """
    leaderboard = read_leaderboard(source)
    write_lines_atomic(out, pieces(leaderboard))
    return leaderboard


def pieces(leaderboard: Leaderboard) -> Iterator[str]:
    """The text of the page, in pieces."""
    boards = [_board(i, board) for i, board in enumerate(leaderboard.boards)]
    context = {"leaderboard": leaderboard, "boards": boards, "matrix": matrix}
    return write_page("leaderboard.jinja", context, scripts=("leaderboard.js",))


def _board(number: int, board: Board) -> BoardPage:
    key = f"b{number}"
    rows = [_row(f"{key}-{i}", e) for i, e in enumerate(board.entries)]
    charts = [c for field in _COSTS if (c := _cost_chart(key, field, board, rows))]
    uppers = [finite(e.metrics.accuracy.accuracy.ci_high) or 0.0 for e in board.entries]
    values = [finite(e.metrics.accuracy.accuracy.value) or 0.0 for e in board.entries]
    return BoardPage(
        key=key,
        board=board,
        rows=rows,
        findings=findings(board),
        axis=share_axis([*uppers, *values, finite(board.benchmark.chance) or 0.0], from_zero=True),
        charts=charts,
        blind=any(name == "blind" for r in rows for name, _ in r.controls),
        costs=[(field, *_COSTS[field]) for field in _COSTS if any(field in r.cost for r in rows)],
        blocks=heat_blocks([e.slices for e in board.entries]),
    )


def _row(key: str, entry: Entry) -> Row:
    cost = entry.cost.model_dump(mode="json")
    other_costs = [(f"cost.{name}", value) for name, value in flat(cost) if cost_of(value) is None]
    engine, colon, name = entry.model.name.partition(":")
    spare = entry.model_dump(mode="json", include=set(type(entry).model_fields) - _DRAWN)
    return Row(
        key=key,
        entry=entry,
        engine=short(engine, 24) if colon else "",
        name=short(name if colon else engine),
        tied=entry.rank > 1 and indistinguishable(entry),
        cost={name: known for name, value in flat(cost) if (known := cost_of(value)) is not None},
        at=", ".join(f"{words(name)} {value}" for name, value in flat(cost.get("operating_point") or {})),
        facts=list(islice(chain(flat(spare), other_costs), _MOST_FACTS)),
        controls=sorted((getattr(entry, "controls", None) or {}).items()),
    )


_DRAWN = {"model", "rank", "rank_interval", "vs_best", "metrics", "slices", "cost", "controls", "pareto"}
"""Fields of `Entry` that the page shows in a form of their own; all others are listed."""


_MOST_FACTS = 200
"""listed of one run"""


def flat(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a nested record under dotted names, lists in one line; not what is null, empty or not finite."""
    for name, value in record.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from flat(value, path)
        elif isinstance(value, list):
            if value:
                yield path, ", ".join(map(str, value))
        elif value not in (None, "") and not (isinstance(value, float) and finite(value) is None):
            yield path, value


def _cost_chart(key: str, field: str, board: Board, rows: Sequence[Row]) -> CostChart | None:
    """Null where no run has this cost."""
    points = []
    for row in rows:
        accuracy = row.entry.metrics.accuracy.accuracy
        value, cost = finite(accuracy.value), row.cost.get(field)
        if value is not None and cost is not None and cost > _LEAST:
            label = "" if row.baseline else short(row.name.rsplit("/", 1)[-1], 28)
            number = count(row.entry.rank)
            points.append(Point(row.key, number, label, cost, value, accuracy.ci_low, accuracy.ci_high))
    if not points:
        return None
    name, what = _COSTS[field]
    wide, narrow = (scatter(points, board.benchmark.chance, *size) for size in (_WIDE, _NARROW))
    return CostChart(f"{key}-{field.replace('.', '-')}", name, what, (wide, narrow), len(rows) - len(points))
