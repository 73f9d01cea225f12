"""`flexqa controls`: what the evidence is worth to a model, from a run and its controls."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from flexqa.cli.common import percent
from flexqa.cli.compare import p_value, points, points_interval
from flexqa.cli.render import console

if TYPE_CHECKING:
    from flexqa.control_runs import ControlsReport, Drop

_MARK = {True: "yes", False: "[bold red]no[/]", None: "?"}


def controls(
    run: Annotated[Path, typer.Argument(help="Run folder, on the evidence as it is.")],
    of: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CONTROL_RUN]...", help="Its controls; default: those that lie beside it."),
    ] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="The full question set, where answers are withheld.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare a run with its controls, question by question: the gain over blind, and the drop under each control."""
    from flexqa.control_runs import controls_of
    from flexqa.scoring.aggregate import to_json

    report = controls_of(run, of or (), answers)
    if as_json:
        console.file.write(to_json(report))
    else:
        console.print(tables(report))


def tables(report: "ControlsReport") -> Group:
    """One row for each control, then one for each type; fits 80 columns."""
    whole = _table("control", "n/subj.", "with", "under", "chance", "drop", "95 % interval", "p Holm")
    parts: list[RenderableType] = []
    for control, found in report.controls.items():
        whole.add_row(control, *_row(found.overall))
        types = _table(control, "n", "under", "chance", "drop", "95 % interval", "as sound?")
        for name, drop in found.by_type.items():
            _, _, *figures = _row(drop)[:-1]
            types.add_row(name, str(drop.accuracy.n), *figures, f"{drop.expected or ''}: {_MARK[drop.as_expected]}")
        parts += ["", types]
    note = (
        "[dim]accuracies in percent, drops in points; p: t test over subjects, corrected over controls; as sound: "
        "what a sound model scores under the control, and whether this one does[/]"
    )
    return Group(escape(report.run_id), "", whole, *parts, "", note)


def _row(drop: "Drop") -> tuple[str, ...]:
    d = drop.drop.difference
    return (
        f"{d.n}/{d.n_clusters}",
        percent(drop.accuracy.value),
        percent(drop.under_control.value),
        percent(drop.chance),
        points(d.value),
        "–" if d.ci_low is None else points_interval(drop.drop),
        p_value(drop.drop.p_holm),
    )


def _table(first: str, *names: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", overflow="fold")
    return table
