"""`flexqa leaderboard verify`: what is wrong with a submission, and where."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Column, Table

from flexqa.cli.common import GraphOption, percent
from flexqa.cli.render import console

if TYPE_CHECKING:
    from flexqa.leaderboard.verification import Verification


def verify(
    target: Annotated[Path, typer.Argument(help="A run folder, a .zip of one, or a leaderboard.json.")],
    questions: Annotated[
        Path | None, typer.Option("--questions", help="The question set, with its answers.", show_default=False)
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="The recordings: makes every prompt again.", show_default=False)
    ] = None,
    before: Annotated[
        Path | None, typer.Option("--before", help="The leaderboard before this one.", show_default=False)
    ] = None,
    graph: GraphOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Trust nothing: hashes, scores from raw replies, prompts, paths, sizes, secrets, history. Exit 1 on a fault."""
    from flexqa.leaderboard.verify import Against
    from flexqa.leaderboard.verify import verify as check
    from flexqa.scoring.aggregate import to_json

    verification = check(target, Against(questions=questions, data=data, graph=graph, before=before))
    if as_json:
        console.file.write(to_json(verification))
    else:
        console.print(summary(verification))
    if not verification.passed:
        raise typer.Exit(1)


def summary(verification: "Verification") -> RenderableType:
    """Findings in a table, and a line that says how it came out."""
    parts: list[RenderableType] = []
    if verification.findings:
        fold = Column("what", overflow="fold"), Column("where", overflow="fold")
        table = Table("", "rule", fold[1], fold[0], box=None, pad_edge=False, header_style="bold")
        for f in verification.findings:
            mark = "[bold red]fault[/]" if f.fatal else "[yellow]note[/]"
            table.add_row(mark, f.rule, escape(f.where), escape(f.message))
        parts.append(table)
    parts += [f"and {n} more of rule {rule}" for rule, n in verification.untold.items()]
    runs = len(verification.run_ids)
    accuracy = f", accuracy {percent(verification.accuracy)} %" if verification.accuracy is not None else ""
    parts.append(
        f"{'[green]passed[/]' if verification.passed else '[bold red]failed[/]'}: {runs} run{'s' * (runs != 1)}, "
        f"{verification.n_questions} questions scored again{accuracy}, "
        f"{verification.prompts_recomputed} prompts made again"
    )
    return Group(*parts)
