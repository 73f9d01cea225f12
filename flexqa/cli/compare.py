"""`flexqa compare`: which run is better, by how much, and how sure that is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from flexqa.cli.common import interval, percent
from flexqa.cli.render import console

if TYPE_CHECKING:
    from flexqa.compare_runs import Pair, RunComparison
    from flexqa.scoring.compare import Comparison


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN_A RUN_B...", help="Two or more run folders.")],
    by: Annotated[
        Literal["type", "level", "modality", "action"] | None, typer.Option(help="Compare within slices, too.")
    ] = None,
    shared_questions: Annotated[
        bool, typer.Option("--shared-questions", help="Only questions that all runs were asked.")
    ] = False,
    other_presentation: Annotated[
        bool, typer.Option("--other-presentation", help="Compare although the runs were shown different things.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare runs question by question: difference with interval, two tests, corrected for their number."""
    from flexqa.compare_runs import compare_runs
    from flexqa.scoring.aggregate import to_json

    found = compare_runs(runs, by=by, shared_questions=shared_questions, other_presentation=other_presentation)
    if as_json:
        console.file.write(to_json(found))
    else:
        console.print(tables(found))


def tables(found: "RunComparison") -> Group:
    """The runs, and a table of differences for each pair; fits 80 columns."""
    names = {r.run_id: chr(ord("A") + i) if i < 26 else r.run_id for i, r in enumerate(found.runs)}
    runs = _table("", "run", "acc %", "95 % interval")
    for r in found.runs:
        runs.add_row(names[r.run_id], escape(r.run_id), percent(r.accuracy.value), interval(r.accuracy))
    pairs = _table("pair", "difference", "95 % interval", "p", "p Holm", "p flip", "p flip Holm")
    for pair in found.pairs:
        pairs.add_row(f"{names[pair.first]} - {names[pair.second]}", *_row(pair.overall))
    slices = [part for pair in found.pairs if pair.slices for part in _slices(pair, names, found.by or "")]
    return Group(runs, "", pairs, "", *(_agreement(p, names) for p in found.pairs), *slices, *_notes(found))


def _slices(pair: "Pair", names: dict[str, str], by: str) -> tuple[str, Table]:
    table = _table(by, "difference", "95 % interval", "n/subj.", "p Holm", "p flip Holm")
    for name, c in pair.slices.items():
        d = c.difference
        counts = f"{d.n}/{d.n_clusters}"
        table.add_row(
            name, points(d.value), points_interval(c), counts, p_value(c.p_holm), p_value(c.p_sign_flip_holm)
        )
    return f"\n[bold]{names[pair.first]} - {names[pair.second]}[/]", table


def _agreement(pair: "Pair", names: dict[str, str]) -> str:
    a, first, second = pair.agreement, names[pair.first], names[pair.second]
    return (
        f"{first} and {second}: both right {a.both}, only {first} {a.only_first}, only {second} {a.only_second}, "
        f"neither {a.neither}"
    )


def _notes(found: "RunComparison") -> list[str]:
    notes = [
        f"\n[dim]{found.n_questions} questions on {found.n_clusters} subjects; differences in points; p: t test, "
        f"flip: sign-flip test over subjects, never below {2 / 2**found.n_clusters:.2g}[/]"
    ]
    if any(found.n_left_out.values()):
        counts = ", ".join(f"{n} of {escape(run_id)}" for run_id, n in found.n_left_out.items())
        notes.append(f"[yellow]left out, not asked of all runs: {counts}[/]")
    for field, values in found.differ_in.items():
        told = "; ".join(f"{run_id} {value}" for run_id, value in values.items())
        notes.append(f"[yellow]the runs differ in {field}: {escape(told)}[/]")
    return notes


def _row(c: "Comparison") -> tuple[str, ...]:
    p_values = (c.p, c.p_holm, c.p_sign_flip, c.p_sign_flip_holm)
    return points(c.difference.value), points_interval(c), *map(p_value, p_values)


def points(value: float | None) -> str:
    """A difference in points; a dash where there is none."""
    return "–" if value is None else f"{100 * value:+.1f}"


def points_interval(c: "Comparison") -> str:
    """Its interval, or why it has none."""
    d = c.difference
    return d.reason or "–" if d.ci_low is None else f"{points(d.ci_low)} to {points(d.ci_high)}"


def p_value(value: float | None) -> str:
    """A p-value; a dash where there is none."""
    if value is None:
        return "–"
    return "<0.0001" if value < 1e-4 else f"{value:.4f}"


def _table(*names: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name, justify="left" if name in ("", "run", "pair") else "right", overflow="fold")
    return table
