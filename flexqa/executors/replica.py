"""One of several processes that hold an adapter: what runs inside a Ray actor.

Its methods run in two threads: `take` in one, which waits while there is no room, and all the others in another, so
that an engine is used by the thread that made it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from flexqa.assets import default_graph
from flexqa.errors import require
from flexqa.executors.base import Answered, Setup, Unit
from flexqa.executors.here import Here
from flexqa.graph.load import load_graph
from flexqa.recordings.flex_layout import open_recordings
from flexqa.vocabulary import Control


@dataclass(frozen=True, slots=True)
class Started:
    """What a replica says of its adapter."""

    described: dict[str, Any]
    revision: str | None
    operational: frozenset[str]
    open_book: bool
    node: str
    """Ray's id of the machine"""


@dataclass(frozen=True, slots=True)
class Last:
    """Comes after the last unit."""


class Replica:
    """An adapter that is fed from outside."""

    def __init__(self, setup: Setup, folder: Path, threads: str) -> None:
        """Begin nothing yet.

        Args:
            setup: what to present, and to which adapter.
            folder: from which the paths of the setup count.
            threads: OMP_NUM_THREADS.
        """
        os.environ["OMP_NUM_THREADS"] = threads
        if folder.is_dir():  # on another machine it may be missing; then whole paths work
            os.chdir(folder)
        self._setup = setup
        self._at_door: Queue[Unit | Last] = Queue(maxsize=1)
        self._last = False

    @cached_property
    def _here(self) -> Here:
        setup = self._setup
        return Here(setup, load_graph(setup.graph or default_graph()), open_recordings(setup.data))

    def start(self) -> Started:
        """Make the adapter.

        Raises:
            FlexqaError: something that the setup names cannot be used here.
        """
        ray: Any = require("ray", "ray")
        here, node = self._here, ray.get_runtime_context().get_node_id()
        return Started(here.describe(), here.revision(), here.operational, here.open_book, node)

    def take(self, unit: Unit | Last) -> None:
        """Take a unit in; returns when there is room for another."""
        self._at_door.put(unit)

    def answers(self, control: Control | None) -> Iterator[tuple[Answered, int]]:
        """Answer the units that are taken in, up to the last, and say how many clips were decoded so far."""
        self._last, decoded = False, 0
        while not self._last:
            for answered in self._here.answers(self._units(), control):
                yield answered, decoded + self._here.decoded_clips
            decoded += self._here.decoded_clips

    def close(self) -> None:
        """Free what the adapter holds."""
        if "_here" in vars(self):
            self._here.close()

    def _units(self) -> Iterator[Unit | None]:
        """The next unit, waited for; then those that are there, and null where there is none."""
        yield self._next(wait=True)
        while not self._last:
            yield self._next(wait=False)

    def _next(self, *, wait: bool) -> Unit | None:
        try:
            unit = self._at_door.get(block=wait)
        except Empty:
            return None
        if isinstance(unit, Last):
            self._last = True
            return None
        return unit
