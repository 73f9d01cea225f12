"""`flexqa view`: a run as pages where every question can be looked at."""

from pathlib import Path
from typing import Annotated

import typer

from flexqa.cli.common import GraphOption
from flexqa.cli.render import console


def view(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    out: Annotated[Path, typer.Option("--out", help="A folder, or a file that ends in .html for small runs.")],
    data: Annotated[Path | None, typer.Option("--data", help="Recordings, to show what the model saw.")] = None,
    against: Annotated[
        Path | None, typer.Option("--against", metavar="RUN", help="Another run of the same questions.")
    ] = None,
    picture_size: Annotated[
        int | None,
        typer.Option("--picture-size", min=32, help="Longest side of a frame.", show_default="as the model saw it"),
    ] = None,
    graph: GraphOption = None,
) -> None:
    """Write a report of a run: each question with evidence, reply, what was read from it, and the right answer."""
    from flexqa.viewer.write import view as write

    files = write(run, out, data, against, graph, picture_size)
    console.print(f"{len(files)} files; open {files[0]}", highlight=False, markup=False, soft_wrap=True)
