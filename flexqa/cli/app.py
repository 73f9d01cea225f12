"""The command `flexqa`: gathers the commands and prints what flexqa has to say when something is wrong.

Exit codes: 0 all is well; 1 the job was done and something in it is not well (failed requests, unusable
recordings); 2 the job could not be done, and the message says what to change.
"""

import sys

import typer

from flexqa.cli.lazy import LazyGroup
from flexqa.errors import FlexqaError

app = typer.Typer(
    name="flexqa",
    cls=LazyGroup,
    help="The open harness for FLEX-VideoQA: questions over strength-training video, pose, sEMG and heart rate.",
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
)


def _version(wanted: bool) -> None:
    if wanted:
        from flexqa import __version__

        typer.echo(__version__)
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
        from flexqa.cli.render import print_error

        print_error(str(e))
        sys.exit(2)
