"""`flexqa power`: how many clips and subjects a benchmark needs to tell two models apart."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from flexqa.cli.render import console

if TYPE_CHECKING:
    from flexqa.plan import Plan

CLIPS = (1.0, 5.0, 10.0, 20.0, 50.0, 200.0)
"""clips per subject of the table"""


def power(
    run: Annotated[Path | None, typer.Argument(help="Run folder that shows how answers vary.")] = None,
    against: Annotated[Path | None, typer.Option(help="Another run: how their differences vary.")] = None,
    difference: Annotated[float, typer.Option(min=1e-4, max=1, help="Of accuracy, to be found, 0-1.")] = 0.02,
    wanted: Annotated[float, typer.Option("--power", min=0.05, max=0.999, help="Probability to find it.")] = 0.8,
    alpha: Annotated[float, typer.Option(min=1e-6, max=0.5, help="Of the two-sided test.")] = 0.05,
    questions: Annotated[
        float | None, typer.Option(min=1, help="Questions per clip; default: as in the run, else 20.")
    ] = None,
    sd: Annotated[
        float,
        typer.Option(min=1e-3, max=1, help="Without a run: standard deviation of a difference."),
    ] = 0.5,
    icc_clip: Annotated[float, typer.Option(min=0, max=1, help="Without a run: correlation within a clip.")] = 0.3,
    icc_subject: Annotated[
        float, typer.Option(min=0, max=1, help="Without a run: correlation across the clips of a subject.")
    ] = 0.05,
    correlation: Annotated[
        float, typer.Option(min=0, max=0.99, help="Without --against: of two models' scores on one question.")
    ] = 0.5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How many clips and subjects resolve a difference, from a run's own variance or from given values."""
    from flexqa.plan import from_runs, plan
    from flexqa.scoring.aggregate import to_json
    from flexqa.scoring.power import Components

    if run:
        found, design, source = from_runs(run, against, correlation)
    else:
        found = Components(sd=sd, icc_clip=icc_clip, icc_subject=icc_subject)
        design, source = None, "given values"
    per_clip = questions or (design.questions_per_clip if design else 20.0)
    made = plan(
        difference,
        found,
        questions_per_clip=per_clip,
        clips_per_subject=CLIPS,
        source=source,
        at_hand=design,
        power=wanted,
        alpha=alpha,
    )
    if as_json:
        console.file.write(to_json(made))
    else:
        console.print(tables(made))


def tables(made: "Plan") -> Group:
    """The needs for each number of clips per subject; fits 80 columns."""
    c = made.components
    head = (
        f"to find {100 * made.difference:g} points with probability {made.power:g} at p < {made.alpha:g}, "
        f"{made.questions_per_clip:.1f} questions per clip\n[dim]differences on one question have a standard "
        f"deviation of {c.sd:.2f}; correlation within a clip {c.icc_clip:.2f}, across clips of a subject "
        f"{c.icc_subject:.2f} ({escape(made.source)})[/]"
    )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("clips per subject", "subjects", "clips", "questions"):
        table.add_column(name, justify="right")
    for row in made.rows:
        cells = (row.subjects, row.clips, row.questions)
        table.add_row(f"{row.clips_per_subject:g}", *("over a million" if n is None else f"{n:,}" for n in cells))
    return Group(head, "", table, *_at_hand(made))


def _at_hand(made: "Plan") -> list[str]:
    d = made.at_hand
    if d is None or made.smallest_difference is None:
        return []
    return [
        f"\nthe questions of the run ({d.subjects} subjects, {d.clips_per_subject:.1f} clips of each, "
        f"{d.questions_per_clip:.1f} questions per clip) resolve {100 * made.smallest_difference:.1f} points"
    ]
