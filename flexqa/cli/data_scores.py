"""`flexqa data scores`: how scores are distributed, beside what FLEX has published."""

from typing import TYPE_CHECKING

from rich.table import Table

from flexqa.cli.common import Folder
from flexqa.cli.render import console

if TYPE_CHECKING:
    from flexqa.simulate.distribution import ScoreSpread


def scores(folder: Folder) -> None:
    """Scores of each action: mean, spread and range, beside the range and the mean that FLEX has published."""
    from flexqa.errors import BadInput
    from flexqa.recordings.flex_layout import open_recordings
    from flexqa.simulate.distribution import score_spreads

    found = score_spreads(r.annotation for r in open_recordings(folder) if r.annotation)
    if not found:
        raise BadInput(f"{folder} has no annotations; simulate some, or map the official tables with flexqa data map")
    console.print(scores_table(found))


def scores_table(found: "tuple[ScoreSpread, ...]") -> Table:
    """One line per action, and one for all."""
    table = Table(box=None, pad_edge=False, collapse_padding=True, caption_justify="left")
    table.caption = "published: FLEX's range and mean; inside: share of the scores within that range"
    table.add_column("action")
    for name in ("n", "errors", "mean", "sd", "range", "published", "its mean", "inside"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found:
        published = row.published
        table.add_row(
            row.action or "all",
            str(row.n),
            f"{row.errors:.1f}",
            f"{row.mean:.1f}",
            f"{row.sd:.1f}",
            f"{row.least:.1f}-{row.highest:.1f}",
            f"{published.least:.1f}-{published.highest:.1f}",
            f"{published.mean:.1f}",
            f"{row.inside:.0%}",
            end_section=row is found[-2] if len(found) > 1 else False,
        )
    return table
