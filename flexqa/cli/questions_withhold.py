"""`flexqa questions withhold`: a question set to give out without its answers."""

from pathlib import Path
from typing import Annotated

import typer

from flexqa.cli.common import listed
from flexqa.cli.render import console


def withhold(
    file: Annotated[Path, typer.Argument(help="The full question set.")],
    out: Annotated[Path, typer.Option("--out", help="The question set to give out.")],
    split: Annotated[str, typer.Option("--split", help="Splits without answers, with commas.")] = "test",
    data: Annotated[
        Path | None,
        typer.Option("--data", help="The recordings as given out, without annotations.", show_default=False),
    ] = None,
) -> None:
    """Write a question set without answers; who has the full set scores with: flexqa score RUN --answers FULL."""
    from flexqa.recordings.flex_layout import fingerprint, open_recordings
    from flexqa.withheld import withhold_set

    hashed = fingerprint(open_recordings(data)) if data else None
    manifest = withhold_set(file, out, listed(split), hashed)
    console.print(
        f"{manifest.n_questions} questions, those of {split} without answers: {out}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
