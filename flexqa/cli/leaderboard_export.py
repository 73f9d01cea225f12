"""`flexqa leaderboard export`: a leaderboard in the formats of others."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from flexqa.cli.render import console


def export(
    form: Annotated[
        Literal["every-eval-ever", "hf", "csv", "parquet"], typer.Option("--format", help="What to write.")
    ],
    out: Annotated[Path, typer.Option("--out", help="A file for csv and parquet, else a folder.")],
    file: Annotated[Path, typer.Argument(help="A leaderboard file.")] = Path("results/leaderboard.json"),
    organization: Annotated[
        str | None, typer.Option("--organization", help="Who ran the evaluations.", show_default=False)
    ] = None,
    relationship: Annotated[
        Literal["first_party", "third_party", "collaborative", "other"],
        typer.Option("--relationship", help="Of that organization to the models."),
    ] = "third_party",
    dataset: Annotated[
        str | None,
        typer.Option("--dataset", help="Id of the data set on the Hugging Face Hub.", show_default=False),
    ] = None,
    dataset_revision: Annotated[
        str | None, typer.Option("--dataset-revision", help="Its commit.", show_default=False)
    ] = None,
    source_url: Annotated[
        str | None, typer.Option("--source-url", help="Where runs can be looked at.", show_default=False)
    ] = None,
) -> None:
    """Write a leaderboard for Every Eval Ever 0.3.0, the Hugging Face Hub, spreadsheets or data frames."""
    from flexqa.leaderboard.export import export as write
    from flexqa.leaderboard.export_options import ExportOptions

    options = ExportOptions(
        organization=organization,
        relationship=relationship,
        dataset=dataset,
        dataset_revision=dataset_revision,
        source_url=source_url,
    )
    written = write(file, form, out, options)
    files = f"{len(written)} file{'s' * (len(written) != 1)}"
    console.print(f"{files} written to {out}", highlight=False, markup=False, soft_wrap=True)
