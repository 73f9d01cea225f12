"""`flexqa questions export`: question sets for other evaluation tools."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Column, Table

from flexqa.cli.common import GraphOption
from flexqa.cli.render import console, progress_bar


def export(
    file: Annotated[Path, typer.Argument(help="Question set, questions.jsonl.")],
    data: Annotated[Path, typer.Option("--data", help="Folder of recordings that it is about.")],
    form: Annotated[
        Literal["lmms-eval", "vlmevalkit", "inspect", "datasets"],
        typer.Option("--format", help="Which tool is to load it; datasets: parquet files for Hugging Face datasets."),
    ],
    out: Annotated[Path, typer.Option("--out", help="New folder to write to.")],
    split: Annotated[Literal["train", "val", "test", "all"], typer.Option(help="Only this split.")] = "test",
    limit: Annotated[
        int | None, typer.Option(min=1, help="So many questions, linked ones together, over all types.")
    ] = None,
    copy: Annotated[
        bool, typer.Option("--copy", help="Copy clips, so that the folder can travel; else link.")
    ] = False,
    graph: GraphOption = None,
) -> None:
    """Write a question set as another evaluation tool loads it, and tell what that tool cannot show."""
    from flexqa.cli.graph import load
    from flexqa.exports.write import export_questions
    from flexqa.presentation import Presenter
    from flexqa.questions.bundles import select
    from flexqa.questions.question_set import check_recordings, read_question_set
    from flexqa.record import Presentation, Sampling
    from flexqa.recordings.flex_layout import fingerprint, open_recordings

    recordings = open_recordings(data)
    questions = read_question_set(file)
    check_recordings(questions.manifest, questions.recordings, recordings, fingerprint(recordings))
    presenter = Presenter(recordings, load(graph), Presentation(), Sampling())
    with progress_bar("export") as advance:
        report = export_questions(
            select(questions.questions, split, limit),
            recordings,
            presenter.sensor_text,
            form,
            out,
            questions_sha256=questions.manifest.sha256,
            copy=copy,
            progress=advance,
        )
    if report.left_out:
        console.print(left_out_table(report.left_out))
    console.print(
        f"{report.n_questions} questions for {form} in {escape(str(out))}; {report.n_left_out} left out, named in "
        "left_out.jsonl. README.md there says how to run them.",
        highlight=False,
        soft_wrap=True,
    )


def left_out_table(left_out: Mapping[str, Mapping[str, int]]) -> Table:
    """Why questions were left out, and how many of each type."""
    table = Table(Column("left out because", ratio=1), Column("type", no_wrap=True), box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("questions", justify="right")
    for reason, by_type in left_out.items():
        for i, (name, count) in enumerate(by_type.items()):
            table.add_row("" if i else escape(reason), name, str(count))
    return table
