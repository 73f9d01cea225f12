"""`flexqa questions rotate`: the choice questions of a set in every order of their options."""

from pathlib import Path
from typing import Annotated

import typer

from flexqa.cli.render import console


def rotate(
    file: Annotated[Path, typer.Argument(help="A question set.")],
    out: Annotated[Path, typer.Option("--out", help="The question set to write.")],
) -> None:
    """Write each choice question once per rotation of its options; scores.json then has circular consistency."""
    from flexqa.questions.rotate import rotate_set

    manifest = rotate_set(file, out)
    console.print(
        f"{manifest.n_questions} questions, each choice of {file} in all rotations: {out}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
