"""The command `flexqa`: gathers the commands and prints what flexqa has to say when something is wrong.

Exit codes: 0 all is well; 1 the job was done and something in it is not well (failed requests, unusable
recordings); 2 the job could not be done, and the message says what to change.
"""

import sys

import typer

from flexqa.cli import (
    compare,
    controls,
    cost,
    data,
    demo,
    eval,  # noqa: A004
    graph,
    leaderboard,
    models,
    power,
    questions,
    score,
    view,
)
from flexqa.cli.render import console, print_error
from flexqa.errors import FlexqaError

app = typer.Typer(
    name="flexqa",
    help="The open harness for FLEX-VideoQA: questions over strength-training video, pose, sEMG and heart rate.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
)
app.add_typer(graph.app, name="graph", help="Check and show a knowledge graph.")
app.add_typer(data.app, name="data", help="Simulate, check and show recordings.")
app.add_typer(questions.app, name="questions", help="Generate, show and export questions.")
app.command("models")(models.models)
app.command("eval")(eval.evaluate)
app.add_typer(score.app, name="score", help="Score a run folder from its raw replies: flexqa score RUN.")
app.command("view")(view.view)
app.command("cost")(cost.cost)
app.command("compare")(compare.compare)
app.command("controls")(controls.controls)
app.command("power")(power.power)
app.add_typer(leaderboard.app, name="leaderboard", help="Build the leaderboard, show it, and write its page.")
app.command("demo")(demo.demo)


def _version(wanted: bool) -> None:
    if wanted:
        from flexqa import __version__

        console.print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options of the program itself."""


def main() -> None:
    """Run the command line; flexqa's own errors are printed without a traceback and exit with 2."""
    try:
        app()
    except FlexqaError as e:
        print_error(str(e))
        sys.exit(2)
