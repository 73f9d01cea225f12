"""What several commands share: arguments, lists, and how faults are printed."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Column, Table

from flexqa.cli.render import console

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from flexqa.recordings.fault import Fault
    from flexqa.scoring.statistics import Estimate

M = TypeVar("M", bound="BaseModel")

Folder = Annotated[Path, typer.Argument(help="Folder of recordings: it holds A01/, A02/ ...", show_default=False)]
CORES = os.cpu_count() or 1
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes.", show_default="all cores")]
GraphOption = Annotated[Path | None, typer.Option("--graph", help="Graph file; default: the benchmark's own.")]
AdapterOptions = Annotated[
    list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="Option of the adapter; repeatable.")
]


def print_faults(faults: "Sequence[Fault]", *, as_json: bool, at_most: int | None = None) -> None:
    """Faults as JSON lines, all of them, or as a table with their number below."""
    if as_json:
        for fault in faults:
            # Not through rich: a path with brackets is no markup, and a line is not to be wrapped.
            console.file.write(json.dumps(asdict(fault), ensure_ascii=False) + "\n")
        return
    if faults:
        console.print(fault_table(faults[:at_most]))
        fatal = sum(f.fatal for f in faults)
        hidden = f"; {len(faults) - at_most} more with --json" if at_most and len(faults) > at_most else ""
        console.print(f"{fatal} fatal, {len(faults) - fatal} other faults{hidden}", highlight=False)


def fault_table(faults: "Sequence[Fault]") -> Table:
    """Faults, one per row, fatal ones marked."""
    table = Table("", Column("file", overflow="fold"), "fault", "remedy", box=None, pad_edge=False)
    for f in faults:
        mark = "[bold red]fatal[/]" if f.fatal else "[yellow]note[/]"
        table.add_row(mark, escape(f.path), escape(f.message), escape(f.remedy))
    return table


def listed(text: str) -> tuple[str, ...]:
    """The names in a text with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def key_value(text: str) -> tuple[str, str]:
    """Both sides of an option `KEY=VALUE`.

    Raises:
        typer.BadParameter: it is no such option.
    """
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE")
    return key, value


def percent(value: float | None) -> str:
    """A share as a percentage; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.1f}"


def interval(e: "Estimate") -> str:
    """The interval in percent; a dash where there is none."""
    return "–" if e.ci_low is None else f"{percent(e.ci_low)} to {percent(e.ci_high)}"


def figure(e: "Estimate", digits: int = 2) -> str:
    """A value with its interval, in its own unit."""
    if e.value is None or e.ci_low is None or e.ci_high is None:
        return "–" if e.value is None else f"{e.value:.{digits}f} (no interval: {e.reason})"
    return f"{e.value:.{digits}f} ({e.ci_low:.{digits}f} to {e.ci_high:.{digits}f})"


def checked(model: type[M], fields: "Mapping[str, Any]") -> M:
    """Options of a library call from those of a command.

    Raises:
        BadInput: an option has a value that there is not; names it with those that there are.
    """
    from pydantic import ValidationError

    from flexqa.errors import BadInput
    from flexqa.files import first_fault

    try:
        return model.model_validate(fields)
    except ValidationError as e:
        raise BadInput(f"--{first_fault(e)}") from e
