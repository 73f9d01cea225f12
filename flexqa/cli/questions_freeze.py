"""`flexqa questions freeze`: a benchmark version of a question set."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from flexqa.cli.common import GraphOption
from flexqa.cli.render import console


def freeze(
    file: Annotated[Path, typer.Argument(help="Question set, questions.jsonl.")],
    data: Annotated[Path, typer.Option("--data", help="Folder of recordings that it was made from.")],
    out: Annotated[Path, typer.Option("--out", help="New folder to write to.")],
    name: Annotated[str, typer.Option("--name", help="Name of the benchmark.")] = "FLEX-VideoQA",
    version: Annotated[str, typer.Option("--version", help="Version of the benchmark.")] = "1",
    limits: Annotated[str, typer.Option("--limits", help="Known limits, for the card.")] = "",
    graph: GraphOption = None,
) -> None:
    """Audit a question set and write it with its hashes, recordings, audit and card; refused when a gate fails."""
    from flexqa.cli.graph import load
    from flexqa.freeze import VersionInfo
    from flexqa.freeze import freeze as write
    from flexqa.recordings.flex_layout import open_recordings

    info = VersionInfo(name=name, version=version, limits=limits)
    report = write(file, open_recordings(data), load(graph), out, info)
    console.print(
        f"{report.n_questions} questions, all {len(report.gates)} gates passed: {escape(str(out))}",
        highlight=False,
        soft_wrap=True,
    )
