"""Accuracy by question type and modality as a heat map: one row per type, one column per run.

Colour says how far a run is above chance, for types differ in what a guess scores; the number is the accuracy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flexqa.pages.html import words
from flexqa.pages.numbers import finite, interval, percent
from flexqa.scoring.aggregate import Cell, Slices

SHADES = 10

_FEW = 10
"""fewer questions than this are printed pale: the number says little"""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One number of the map."""

    text: str
    shade: str
    """`below`: not above chance; `s0` to `s10`: from chance to perfect; `none`: not measured"""
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
