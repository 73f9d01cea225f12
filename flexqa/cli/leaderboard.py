"""`flexqa leaderboard`: build, add, show, page; gathers the other commands about it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from flexqa.cli.common import interval, percent
from flexqa.cli.leaderboard_export import export
from flexqa.cli.leaderboard_verify import verify
from flexqa.cli.render import console

if TYPE_CHECKING:
    from flexqa.leaderboard.entry import Board, Entry, Leaderboard

app = typer.Typer(no_args_is_help=True)

app.command()(verify)
app.command()(export)

DEFAULT = Path("results/leaderboard.json")
Answers = Annotated[
    Path | None,
    typer.Option("--answers", help="The full question set, for runs without answers.", show_default=False),
]


@app.command()
def build(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders.")],
    out: Annotated[Path, typer.Option(help="The file; its other runs stay.")] = DEFAULT,
    answers: Answers = None,
) -> None:
    """Score runs again from their raw replies and merge them into the leaderboard."""
    from flexqa.leaderboard.build import build as build_file

    board = build_file(runs, out, answers)
    console.print(tables(board))
    console.print(f"written to {out}", highlight=False, markup=False)


@app.command()
def add(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    to: Annotated[Path, typer.Option("--to", help="The file; every other entry stays.")] = DEFAULT,
    supersedes: Annotated[
        str | None,
        typer.Option("--supersedes", metavar="RUN_ID", help="The entry that it replaces.", show_default=False),
    ] = None,
    answers: Answers = None,
) -> None:
    """Score a run again from its raw replies and add it; an entry goes only when the run says that it replaces it."""
    from flexqa.leaderboard.build import add as add_to

    console.print(tables(add_to(run, to, supersedes, answers)))
    console.print(f"written to {to}", highlight=False, markup=False)


@app.command()
def show(file: Annotated[Path, typer.Argument(help="A leaderboard file.")] = DEFAULT) -> None:
    """Show a leaderboard."""
    from flexqa.leaderboard.build import read_leaderboard

    console.print(tables(read_leaderboard(file)))


@app.command()
def page(
    file: Annotated[Path, typer.Argument(help="A leaderboard file.")] = DEFAULT,
    out: Annotated[Path | None, typer.Option(help="The page; default: beside the file.", show_default=False)] = None,
) -> None:
    """Write a leaderboard as one HTML file: ranking, intervals, cost, types and modalities, and every run."""
    from flexqa.leaderboard.page import write

    target = out or file.with_suffix(".html")
    leaderboard = write(file, target)
    runs = sum(len(board.entries) for board in leaderboard.boards)
    console.print(f"{runs} runs written to {target}", highlight=False, markup=False, soft_wrap=True)


def tables(leaderboard: "Leaderboard") -> Group:
    """For each set of questions the ranking, and accuracy by level; fits 80 columns."""
    return Group(
        *(part for board in leaderboard.boards for part in (_title(board), _ranking(board), "", _levels(board)))
    )


def _title(board: "Board") -> str:
    b = board.benchmark
    limit = f", first {b.limit}" if b.limit else ""
    return escape(
        f"{b.id} {b.version}, {b.split}{limit}: {b.n_questions} questions on {b.n_clusters} subjects, "
        f"chance {percent(b.chance)} %, questions {b.questions_sha256[:12]}"
    )


def _ranking(board: "Board") -> Table:
    table = _table("rank", "model", "acc %", "95 % interval", "to best", "p", "fail", "unread", "tokens")
    for e in board.entries:
        cell, tokens = e.metrics.accuracy, e.cost.tokens_per_question
        table.add_row(
            _rank(e),
            escape(e.model.name),
            percent(cell.accuracy.value),
            interval(cell.accuracy),
            *_against_best(e),
            str(cell.n_failed or ""),
            str(cell.n_unparsable or ""),
            "/".join("–" if t is None else f"{t:.0f}" for t in (tokens.input, tokens.output)),
        )
    return table


def _levels(board: "Board") -> Table:
    levels = sorted({level for e in board.entries for level in e.slices.by_level})
    table = _table("acc % by level", *levels)
    for e in board.entries:
        cells = (e.slices.by_level.get(level) for level in levels)
        table.add_row(escape(e.model.name), *(percent(c.accuracy.value if c else None) for c in cells))
    return table


def _table(*names: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, collapse_padding=True)
    for name in names:
        words = name in ("model", "acc % by level")
        table.add_column(name, justify="left" if words else "right", overflow="fold" if words else "ellipsis")
    return table


def _rank(e: "Entry") -> str:
    if e.rank_interval is None or e.rank_interval[0] == e.rank_interval[1]:
        return str(e.rank)
    return f"{e.rank} [dim]({e.rank_interval[0]}-{e.rank_interval[1]})[/]"


def _against_best(e: "Entry") -> tuple[str, str]:
    """Paired difference to the best in points, and its p value after Holm."""
    if e.vs_best is None or e.vs_best.difference.value is None:
        return "", ""
    return f"{100 * e.vs_best.difference.value:+.1f}", "" if e.vs_best.p_holm is None else f"{e.vs_best.p_holm:.3f}"
