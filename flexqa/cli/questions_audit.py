"""`flexqa questions audit`: whether the questions of a set can be answered without looking."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.markup import escape
from rich.table import Column, Table

from flexqa.cli.common import GraphOption
from flexqa.cli.render import console

if TYPE_CHECKING:
    from flexqa.audit.report import AuditReport


def audit(
    file: Annotated[Path, typer.Argument(help="Question set, questions.jsonl.")],
    data: Annotated[Path, typer.Option("--data", help="Folder of recordings that it was made from.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw guesses against chance into this PNG.")] = None,
    graph: GraphOption = None,
) -> None:
    """Look for shortcuts, imbalance, duplicates and gaps in a question set; exit 1 when a gate fails."""
    from flexqa.audit.run import audit as look
    from flexqa.cli.graph import load
    from flexqa.questions.question_set import read_question_set
    from flexqa.recordings.flex_layout import open_recordings

    report = look(read_question_set(file), open_recordings(data), load(graph))
    if plot is not None:
        from flexqa.audit.plot import draw

        draw(report, plot)
    if as_json:
        console.file.write(report.model_dump_json(indent=1) + "\n")
    else:
        console.print(view(report))
    if not report.passed:
        raise typer.Exit(1)


def view(report: "AuditReport") -> Group:
    """The gates, and the best guess without evidence for each type."""
    gates = Table("", Column("gate", no_wrap=True), "asks", "nearest to failing, or failing", box=None)
    for g in report.gates:
        mark = "[green]pass[/]" if g.passed else "[bold red]FAIL[/]"
        gates.add_row(mark, g.name, escape(g.asks), escape(g.worst + (f". {g.remedy}" if g.remedy else "")))
    best: dict[str, tuple[float, str, float]] = {}
    for guess in report.guesses:
        best[guess.type] = max(best.get(guess.type, (-1.0, "", 0.0)), (guess.accuracy, guess.way, guess.chance))
    types = Table("type", "best guess without evidence", "by", "chance", box=None)
    for name, (accuracy, way, chance) in sorted(best.items()):
        types.add_row(name, f"{accuracy:.1%}", way, f"{chance:.1%}")
    covered = ", ".join(f"{c.asked} of {c.there} {c.what}" for c in report.coverage)
    return Group(gates, "", types, "", f"Asked about: {covered}")
