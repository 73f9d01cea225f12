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
from flexqa.leaderboard.above import Above, above, indistinguishable, worth
from flexqa.leaderboard.build import read_leaderboard
from flexqa.leaderboard.entry import Board, ControlRun, Entry, Leaderboard, best_of
from flexqa.leaderboard.findings import Finding, cost_of, findings, label_of
from flexqa.leaderboard.heat import HeatBlock, control_matrix, evidence_blocks, heat_blocks, matrix
from flexqa.pages.charts import Axis, Point, Scatter, scatter, share_axis
from flexqa.pages.html import short, words, write_page
from flexqa.pages.numbers import count, finite

_COSTS = {
    "usd_per_1k_questions": ("dollars", "$ per 1,000", "US dollars per 1,000 questions"),
    "gpu_energy_j_per_question": ("energy", "joules each", "GPU energy, joules per question"),
    "gpu_seconds_per_question": ("GPU time", "GPU-s each", "GPU-seconds per question"),
    "latency_s": ("latency", "latency in s", "seconds from request to last token, at the concurrency of the run"),
    "tokens_per_question.input": ("tokens in", "tokens in", "input tokens per question"),
    "tokens_per_question.output": ("tokens out", "tokens out", "output tokens per question"),
}
"""What accuracy is drawn against, where it was measured: field of `Cost` -> its name, above a column, and in full."""

_OTHER_COSTS = {
    "n_replies": "replies, of which these are means",
    "decode_s_per_question": "seconds of decoding media per question",
    "questions_per_second": "questions per second, start-up apart",
}

_POINT = {
    "engine": ("engine", "engine_version"),
    "hardware": ("n_gpus", "device", "dtype", "quantization"),
    "at once": ("concurrency",),
    "frames": ("frames", "size"),
}
"""Columns of the operating point, and the fields that stand in each."""

_SAID = {"n_gpus": "{} ×", "frames": "{} ×", "size": "{} px"}
"""How fields are written that are not words."""

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
    label: str
    """its last part; with the engine where another run has the same name"""
    tied: bool
    """whether nothing shows that it is worse than the best model"""
    best: bool
    """whether it is what `vs_best` compares with"""
    above: Above
    cost: Mapping[str, float]
    """the measured ones: field of `Cost` -> value"""
    at: str
    """the operating point of the costs, in words; empty where it is not recorded"""
    point: Mapping[str, str]
    """what of it stands in columns, see `_POINT`"""
    facts: Sequence[tuple[str, Any]]
    """provenance, flat: name -> value"""
    controls: Sequence[tuple[str, ControlRun]]
    """by name"""


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
    prior: bool
    """whether the most frequent answers are among the runs"""
    costs: Sequence[tuple[str, str, str]]
    """columns of the table: field, name, what it is"""
    measured: Sequence[Row]
    """runs of which one of them is known"""
    points: Sequence[str]
    """columns of the operating point"""
    blocks: Sequence[HeatBlock]
    tried: Sequence[Row]
    """runs with controls"""
    evidence: Sequence[HeatBlock]
    """what evidence is worth to them"""
    elsewhere: Sequence[Row]
    """runs whose raw replies do not lie beside the file"""


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
    names = {field: what for field, (_, _, what) in _COSTS.items()} | _OTHER_COSTS
    context = {
        "leaderboard": leaderboard,
        "boards": boards,
        "matrix": matrix,
        "control_matrix": control_matrix,
        "worth": worth,
        "cost_names": names,
    }
    return write_page("leaderboard.jinja", context, scripts=("leaderboard.js",))


def _board(number: int, board: Board) -> BoardPage:
    key = f"b{number}"
    best = best_of(board.entries)
    rows = [_row(f"{key}-{i}", e, board, best) for i, e in enumerate(board.entries)]
    tried = [r for r in rows if r.controls]
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
        prior=any(r.above.prior is not None for r in rows),
        costs=[(field, *_COSTS[field][1:]) for field in _COSTS if any(field in r.cost for r in rows)],
        measured=[r for r in rows if not _COSTS.keys().isdisjoint(r.cost)],
        points=[name for name in _POINT if any(name in r.point for r in rows)],
        blocks=heat_blocks([e.slices for e in board.entries]),
        tried=tried,
        evidence=evidence_blocks([r.entry for r in tried]),
        elsewhere=[r for r in rows if r.entry.folder is None],
    )


def _row(key: str, entry: Entry, board: Board, best: Entry) -> Row:
    cost = entry.cost.model_dump(mode="json")
    point = dict(flat(cost.pop("operating_point", None) or {}))
    other_costs = [(f"cost.{name}", value) for name, value in flat(cost) if cost_of(value) is None]
    engine, colon, name = entry.model.name.partition(":")
    spare = entry.model_dump(mode="json", include=set(type(entry).model_fields) - _DRAWN)
    return Row(
        key=key,
        entry=entry,
        engine=short(engine, 24) if colon else "",
        name=short(name if colon else engine),
        label=short(label_of(entry, board.entries).rsplit("/", 1)[-1], 32),
        tied=indistinguishable(entry),
        best=entry is best,
        above=above(entry, board),
        cost={name: known for name, value in flat(cost) if (known := cost_of(value)) is not None},
        at=", ".join(f"{words(name)} {value}" for name, value in point.items()),
        point={name: said for name, fields in _POINT.items() if (said := _joined(point, fields))},
        facts=list(islice(chain(flat(spare), other_costs), _MOST_FACTS)),
        controls=sorted(entry.controls.items()),
    )


def _joined(point: Mapping[str, Any], fields: Sequence[str]) -> str:
    """Some fields of an operating point as one piece of text: `2 × NVIDIA H100 bfloat16`."""
    return " ".join(_SAID.get(f, "{}").format(point[f]) for f in fields if f in point)


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
            label = "" if row.entry.baseline else row.label
            number = count(row.entry.rank)
            points.append(Point(row.key, number, label, cost, value, accuracy.ci_low, accuracy.ci_high))
    if not points:
        return None
    name, _, what = _COSTS[field]
    wide, narrow = (scatter(points, board.benchmark.chance, *size) for size in (_WIDE, _NARROW))
    return CostChart(f"{key}-{field.replace('.', '-')}", name, what, (wide, narrow), len(rows) - len(points))
