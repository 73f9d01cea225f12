"""A leaderboard as one flat table, a row per entry, for spreadsheets and data frames: CSV and parquet.

Scores are 0-1, what was not measured is empty, and every row names board, run, prompts and presentation, so that rows
of several leaderboards can be put together.
"""

import csv
import io
from collections.abc import Mapping
from typing import Any

from flexqa.leaderboard.entry import Board, Entry, Leaderboard
from flexqa.scoring.statistics import Estimate

Row = dict[str, Any]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run."""


def rows(leaderboard: Leaderboard) -> list[Row]:
    """Every entry as a row; all rows have the same columns in the same order."""
    found = [_row(board, entry) for board in leaderboard.boards for entry in board.entries]
    fixed = list(found[0]) if found else []
    more = sorted({name for row in found for name in row} - set(fixed))
    columns = [*(n for n in fixed if ":" not in n), *sorted([*(n for n in fixed if ":" in n), *more])]
    return [{name: row.get(name) for name in columns} for row in found]


def to_csv(leaderboard: Leaderboard) -> str:
    """The table as CSV (RFC 4180); text that a spreadsheet would take for a formula begins with an apostrophe."""
    table, out = rows(leaderboard), io.StringIO()
    if table:
        writer = csv.DictWriter(out, list(table[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in table)
    return out.getvalue()


def to_parquet(leaderboard: Leaderboard) -> bytes:
    """The table as parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows(leaderboard)), out)
    return bytes(out.getvalue().to_pybytes())


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _row(board: Board, e: Entry) -> Row:
    cell, low_high, best = e.metrics.accuracy, e.rank_interval or (None, None), e.vs_best
    row: Row = {
        **flat(board.benchmark.model_dump(mode="json"), "benchmark"),
        "rank": e.rank,
        "rank_low": low_high[0],
        "rank_high": low_high[1],
        "model": e.model.name,
        "model_revision": e.model.revision,
        "run_id": e.run_id,
        "run_sha256": e.run_sha256,
        **_estimate("accuracy", cell.accuracy),
        "accuracy_chance_corrected": cell.chance_corrected.value,
        **_estimate("macro", e.metrics.macro),
        **_estimate("against_best", best.difference if best else None),
        "against_best_p_holm": best.p_holm if best else None,
        "n_failed": cell.n_failed,
        "n_unparsable": cell.n_unparsable,
        "n_missing": e.metrics.missing,
        "parse_failure_rate": e.metrics.parse_failure_rate,
        **flat(e.cost.model_dump(mode="json"), "cost"),
        "pareto": " ".join(e.pareto),
        **flat(e.provenance.presentation.model_dump(mode="json"), "presentation"),
        **flat(e.provenance.sampling.model_dump(mode="json"), "sampling"),
        "decode": e.provenance.decode,
        "prompts_sha256": e.provenance.prompts_sha256,
        "graph_sha256": e.provenance.graph_sha256,
        "recordings_sha256": e.provenance.recordings_sha256,
        "generator_version": e.provenance.generator_version,
        "engine": e.provenance.adapter.get("engine"),
        "created_at": e.provenance.created_at,
        "supersedes": " ".join(s.run_id for s in e.supersedes),
    }
    for kind, cells in (
        ("level", e.slices.by_level),
        ("modality", e.slices.by_modality),
        ("type", e.slices.by_type),
    ):
        row |= {f"accuracy:{kind}:{name}": c.accuracy.value for name, c in cells.items()}
    return row | {f"accuracy:control:{name}": c.accuracy.accuracy.value for name, c in e.controls.items()}


def flat(data: Mapping[str, Any], prefix: str) -> Row:
    """Nested objects as columns, `cost_tokens_per_question_input`; lists are left out."""
    found: Row = {}
    for name, value in data.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}_{name}")
        elif not isinstance(value, list):
            found[f"{prefix}_{name}"] = value
    return found


def _estimate(name: str, e: Estimate | None) -> Row:
    values = (e.value, e.se, e.ci_low, e.ci_high) if e else (None,) * 4
    return dict(zip((name, f"{name}_se", f"{name}_ci_low", f"{name}_ci_high"), values, strict=True))
