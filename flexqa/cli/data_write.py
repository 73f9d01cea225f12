"""`flexqa data map`, `split` and `export`: write annotations, splits, and folders for others to read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from flexqa.cli.common import Folder, GraphOption, print_faults
from flexqa.cli.render import console, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flexqa.recordings.model import Annotation

_FAULTS_SHOWN = 50


def map_(
    folder: Folder,
    mapping: Annotated[Path, typer.Option(help="What the columns of the tables are; see MAPPING.md.")],
    out: Annotated[Path | None, typer.Option(help="Default: annotations.jsonl of the folder.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, and write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what did not match, all of it, as JSON.")] = False,
    graph: GraphOption = None,
) -> None:
    """Make annotations.jsonl of tables that others wrote; exit code 1 when something did not match."""
    from flexqa.cli.graph import load
    from flexqa.errors import BadInput
    from flexqa.recordings.annotations import ANNOTATIONS, write_annotations
    from flexqa.recordings.map_tables import map_tables
    from flexqa.recordings.mapping import read_mapping

    target = out or folder / ANNOTATIONS
    if target.exists() and not force and not dry_run:
        raise BadInput(f"{target} exists; replace it with --force, or write elsewhere with --out")
    mapped = map_tables(folder, read_mapping(mapping), load(graph))
    print_faults(mapped.faults, as_json=as_json, at_most=_FAULTS_SHOWN)
    if not mapped.annotations:
        raise BadInput(f"none of {mapped.rows} rows gave an annotation, and nothing is written; correct {mapping}")
    if not as_json:
        console.print(annotations_table(mapped.annotations[:5]))
    if not dry_run:
        write_annotations(target, mapped.annotations)
    if not as_json:
        done = "would be written to" if dry_run else "written to"
        console.print(f"{mapped.rows} rows, {len(mapped.annotations)} annotations {done} {target}", highlight=False)
    if any(f.fatal for f in mapped.faults):
        raise typer.Exit(1)


def split(
    folder: Folder,
    by: Annotated[
        Literal["subject", "action", "view", "flex"], typer.Option(help="What to keep apart; flex: FLEX's own lists.")
    ] = "subject",
    test: Annotated[float, typer.Option(help="Share of the subjects, actions or camera corners.")] = 0.3,
    val: Annotated[float, typer.Option(help="Share for validation; 0 is none.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another split.")] = 7,
) -> None:
    """Divide recordings into train and test, in annotations.jsonl; by view: in splits.toml."""
    from flexqa.recordings.annotations import ANNOTATIONS, write_annotations
    from flexqa.recordings.flex_layout import open_recordings
    from flexqa.recordings.splits import divide, divide_views, write_view_split

    recordings = open_recordings(folder)
    if by == "view":
        views = divide_views(recordings, test=test, seed=seed)
        path = write_view_split(folder, views)
        told = "; ".join(f"{part}: views {', '.join(names)}" for part, names in views.parts.items())
        console.print(f"{told}; written to {path}", highlight=False)
        return
    annotations = divide(recordings, by, test=test, val=val, seed=seed)
    write_annotations(folder / ANNOTATIONS, annotations)
    console.print(split_table(annotations))


def export(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help="New folder to write to.", show_default=False)],
    form: Annotated[
        Literal["datasets"], typer.Option("--format", help="datasets: a folder for Hugging Face datasets.")
    ] = "datasets",
    title: Annotated[str, typer.Option(help="Name of the data set; default: that of recordings.toml.")] = "",
    licence: Annotated[str, typer.Option(help="As the Hub writes it; other: not to be passed on.")] = "other",
    url: Annotated[str, typer.Option(help="Page of the data set.")] = "",
    creator: Annotated[str, typer.Option(help="Who made the data set.")] = "",
) -> None:
    """Write recordings as a Hugging Face `datasets` folder with card and Croissant metadata."""
    from flexqa.recordings.export import ExportOptions, export_datasets
    from flexqa.recordings.flex_layout import open_recordings

    recordings = open_recordings(folder)
    given = {"title": title or recordings.info.title, "licence": licence, "url": url, "creator": creator}
    options = ExportOptions.model_validate({name: value for name, value in given.items() if value})
    with progress_bar("export") as advance:
        shards = {"datasets": export_datasets}[form](recordings, out, options, advance)
    count = sum(len(s.recordings) for s in shards)
    console.print(f"{count} recordings in {len(shards)} parquet files: {out}", highlight=False, soft_wrap=True)


def annotations_table(annotations: "Sequence[Annotation]") -> Table:
    """Annotations, one per row."""
    table = Table("recording", "subject", "split", "phases", "pairs", "score", box=None)
    for a in annotations:
        phases = ", ".join(f"{s.phase[:3]} {s.start_s:.2f}-{s.end_s:.2f}" for s in a.phases)
        pairs = " ".join(f"{k}:{e}" for k, e in a.pairs) or "none"
        table.add_row(a.recording, escape(a.subject), a.split, phases, escape(pairs), f"{a.score:g}")
    return table


def split_table(annotations: "Sequence[Annotation]") -> Table:
    """How many recordings, subjects and actions each part has."""
    table = Table("split", "recordings", "subjects", "actions", box=None)
    for part in ("train", "val", "test"):
        found = [a for a in annotations if a.split == part]
        if found:
            counts = (len(found), len({a.subject for a in found}), len({a.action for a in found}))
            table.add_row(part, *map(str, counts))
    return table
