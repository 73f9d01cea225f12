"""The only printer: the two consoles, and how an error and a progress bar look."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

console = Console()
errors = Console(stderr=True)


class Advance(Protocol):
    """How a long job tells how far it is."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """`done` of `total` are finished; `note` is shown beside the bar."""


def print_error(message: str) -> None:
    """Print an error without a traceback."""
    errors.print(f"[bold red]error[/] {escape(message)}", soft_wrap=True, highlight=False)


class _Rate(ProgressColumn):
    """How much is done per second, worked out when the bar is drawn: that takes longer than to count a step."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")


@contextmanager
def progress_bar(description: str) -> Iterator[Advance]:
    """A bar on standard error: done, rate, time left, and a note."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task(description, total=None, note="")

        def advance(done: int, total: int, note: str = "") -> None:
            progress.update(task, completed=done, total=total, note=note)

        yield advance
