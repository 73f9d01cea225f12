"""`make results`: the published runs, their scores, the leaderboard and its page, made again where they are stale.

Not a command of flexqa: it is for those who keep the repository.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from flexqa.cli.common import CORES
from flexqa.cli.eval import report
from flexqa.cli.leaderboard import tables
from flexqa.cli.render import console, print_error, progress_bar
from flexqa.errors import FlexqaError


def publish(
    results: Annotated[Path, typer.Option("--results", help="Folder of the published runs.")] = Path("results"),
    work: Annotated[Path, typer.Option("--work", help="Folder for recordings, checkpoint and new runs.")] = Path(
        "demo"
    ),
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask every run again; those of the same replies stay.")
    ] = False,
) -> None:
    """Ask the runs that are not what they would be today, and score and rank all of them."""
    from flexqa.mini import make_recordings
    from flexqa.published import RUNS, ask, published_options, rank, stands, take_over

    options = published_options(work)
    stale = {name: o for name, o in options.items() if fresh or not stands(results / RUNS / name, o)}
    if stale:
        with progress_bar("simulate") as advance:
            make_recordings(work / "recordings", CORES, advance)
    new: dict[str, Path] = {}
    for name, asked in stale.items():
        with progress_bar(f"eval {name}") as advance:
            outcome = ask(asked, fresh=fresh, progress=advance)
        report(outcome)
        new[name] = outcome.folder
    # Taken over when all are there: a run notes whether the checkout was changed when it began.
    for name, folder in new.items():
        take_over(folder, results / RUNS / name, options[name])
    console.print(f"{len(options) - len(stale)} runs stand, {len(stale)} were asked", highlight=False)
    console.print(tables(rank(results)))


if __name__ == "__main__":
    try:
        typer.run(publish)
    except FlexqaError as e:
        print_error(str(e))
        sys.exit(2)
