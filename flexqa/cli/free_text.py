"""How the figures of free answers look: which nodes of the graph they state, who read that, how like references."""

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from flexqa.cli.common import figure, interval, percent

if TYPE_CHECKING:
    from flexqa.scoring.free_text import FreeText
    from flexqa.scoring.judgements import Matcher


def free_text(found: "FreeText") -> tuple[RenderableType, ...]:
    """Two tables and what they do not show; fits 80 columns."""
    return "", _nodes(found), "", _similarity(found), *_notes(found)


def _nodes(found: "FreeText") -> Table:
    table = _table(
        "free text read by", "nodes", figures=("prec. %", "rec. %", "F1 %", "95 % interval", "denied", "n")
    )
    for reading in found.readings.values():
        for kind, s in {**reading.by_kind, "all": reading.overall}.items():
            shares = (percent(e.value) for e in (s.precision, s.recall, s.f1))
            denied, true = percent(s.contradicted.value), str(s.recall.n)
            table.add_row(_name(reading.matcher), kind, *shares, interval(s.f1), denied, true)
        table.add_section()
    return table


def _similarity(found: "FreeText") -> Table:
    table = _table("question type", figures=("BLEU", "95 %", "chrF", "95 %", "chrF++", "95 %"))
    for name, s in found.similarity.items():
        cells = []
        for e in (s.bleu, s.chrf, s.chrf_words):
            between = "–" if e.ci_low is None else f"{e.ci_low:.0f} to {e.ci_high:.0f}"
            cells += ["–" if e.value is None else f"{e.value:.1f}", between]
        table.add_row(name, *cells)
    return table


def _notes(found: "FreeText") -> list[str]:
    asked = [r for r in found.readings.values() if r.agreement]
    beside = "encoders and judges stand beside it" if asked else "no encoder or judge has read it"
    notes = [f"free text is scored by the {found.scored_by} matcher; {beside}; n counts nodes that are true"]
    for r in asked:
        assert r.agreement
        left = f"; {r.n_open} nodes were not read" if r.n_open else ""
        notes.append(
            f"{_name(r.matcher)} reads {percent(r.agreement.same.value)} % of {r.agreement.same.n} nodes as the "
            f"lexical matcher does, kappa {figure(r.agreement.kappa)}{left}"
        )
    return notes


def _name(matcher: "Matcher") -> str:
    return matcher.kind if matcher.kind == "lexical" else f"{matcher.kind} {escape(matcher.name)}"


def _table(*names: str, figures: tuple[str, ...]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    for name in names:
        table.add_column(name, no_wrap=True, max_width=24)
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    return table
