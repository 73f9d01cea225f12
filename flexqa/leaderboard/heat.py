"""Accuracy by question type and modality as a heat map: one row per type, one column per run.

Colour says how far a run is above chance, for types differ in what a guess scores; the number is the accuracy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flexqa.leaderboard.above import worth
from flexqa.leaderboard.entry import Entry
from flexqa.pages.html import words
from flexqa.pages.numbers import finite, interval, percent, points, points_interval
from flexqa.scoring.aggregate import Cell, Slices
from flexqa.scoring.compare import Comparison

SHADES = 10

_FEW = 10
"""fewer questions than this are printed pale: the number says little"""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One number of the map."""

    text: str
    shade: str
    """`below`: not above chance, or not shown to be worth anything; `s0` to `s10`: from there to all; `none`: not
    measured"""
    few: bool
    title: str
    value: float | None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """The same questions, run by run."""

    label: str
    total: bool
    """whether it sums up the rows below it"""
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class HeatBlock:
    """Rows that belong together: the levels, or the types of one modality."""

    heading: str
    rows: tuple[HeatRow, ...]


def heat_blocks(slices: Sequence[Slices]) -> list[HeatBlock]:
    """The map of a board: a block for the levels, and one for each set of modalities with its types below it."""
    levels = _rows([s.by_level for s in slices])
    blocks = [HeatBlock("By level", levels)] if levels else []
    for modality in sorted({m for s in slices for m in s.by_modality}):
        total = HeatRow("all types", True, tuple(heat_cell(s.by_modality.get(modality)) for s in slices))
        types = _rows([{t: c[modality] for t, c in s.by_type_modality.items() if modality in c} for s in slices])
        blocks.append(HeatBlock(words(modality), (total, *types)))
    return blocks


def matrix(slices: Slices) -> tuple[list[str], list[HeatRow]]:
    """The map of one run: its sets of modalities, and a row of cells for each type."""
    modalities = sorted(slices.by_modality)
    total = HeatRow("all types", True, tuple(heat_cell(slices.by_modality[m]) for m in modalities))
    rows = [
        HeatRow(words(name), False, tuple(heat_cell(cells.get(m)) for m in modalities))
        for name, cells in sorted(slices.by_type_modality.items())
    ]
    return [words(m) for m in modalities], [total, *rows]


def evidence_blocks(entries: Sequence[Entry]) -> list[HeatBlock]:
    """What evidence is worth to each run: by modality, all of it against none; and what each control takes away."""
    blind = [e.controls.get("blind") for e in entries]
    modalities = sorted({m for c in blind if c for m in c.by_modality})
    controls = sorted({name for e in entries for name in e.controls})
    by_modality = [
        HeatRow("all questions", True, tuple(worth_cell(c.against_clean if c else None) for c in blind)),
        *(
            HeatRow(words(m), False, tuple(worth_cell(c.by_modality.get(m) if c else None) for c in blind))
            for m in modalities
        ),
    ]
    found = (e.controls for e in entries)
    taken = [[c[name].against_clean if name in c else None for name in controls] for c in found]
    under = [
        HeatRow(words(name), False, tuple(map(worth_cell, cells)))
        for name, cells in zip(controls, zip(*taken, strict=True), strict=True)
    ]
    blocks = (
        HeatBlock("All evidence against none, by modality", tuple(by_modality) if any(blind) else ()),
        HeatBlock("Under each control", tuple(under)),
    )
    return [block for block in blocks if block.rows]


def control_matrix(entry: Entry) -> tuple[list[str], list[HeatRow]]:
    """Accuracy of one run as it is and under each control: columns, and a row of cells for each question type."""
    controls = sorted(entry.controls.items())
    overall = [entry.metrics.accuracy, *(c.accuracy for _, c in controls)]
    rows = [HeatRow("all types", True, tuple(map(heat_cell, overall)))]
    for name in sorted({t for _, c in controls for t in c.accuracy_by_type}):
        cells = [entry.slices.by_type.get(name), *(c.accuracy_by_type.get(name) for _, c in controls)]
        rows.append(HeatRow(words(name), False, tuple(map(heat_cell, cells))))
    return ["as it is", *(words(name) for name, _ in controls)], rows


def worth_cell(comparison: Comparison | None) -> HeatCell:
    """What evidence is worth to a run, in points; hatched where it is not shown to be worth anything."""
    d = worth(comparison)
    value = finite(d.value) if d else None
    if d is None or value is None:
        return HeatCell("", "none", False, "not measured", None)
    low = finite(d.ci_low)
    shade = "below" if low is None or low <= 0 else f"s{round(min(value, 1.0) * SHADES)}"
    title = f"{points(value)} points, 95 % interval {points_interval(d.ci_low, d.ci_high)}, {d.n} questions"
    return HeatCell(points(value), shade, d.n < _FEW, title, value)


def heat_cell(cell: Cell | None) -> HeatCell:
    """A number of the map; one that is missing for null."""
    value = finite(cell.accuracy.value) if cell else None
    if cell is None or value is None:
        return HeatCell("", "none", False, "not measured", None)
    above = finite(cell.chance_corrected.value)
    shade = "none" if above is None else "below" if above <= 0 else f"s{round(min(above, 1.0) * SHADES)}"
    title = (
        f"{percent(value)} %, 95 % interval {interval(cell.accuracy.ci_low, cell.accuracy.ci_high)}, "
        f"chance {percent(cell.chance)} %, {cell.accuracy.n} questions, {cell.accuracy.n_clusters} subjects"
    )
    return HeatCell(f"{100 * value:.0f}", shade, cell.accuracy.n < _FEW, title, value)


def _rows(found: Sequence[Mapping[str, Cell]]) -> tuple[HeatRow, ...]:
    """A row for each name, with the cells of all runs."""
    names = sorted({name for cells in found for name in cells})
    return tuple(HeatRow(words(n), False, tuple(heat_cell(cells.get(n)) for cells in found)) for n in names)
