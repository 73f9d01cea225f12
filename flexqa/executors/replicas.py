"""The executor of many machines: adapters alike in Ray actors, each fed with clips as it has room for them.

Ray places the actors and carries the messages; what is decided here is who gets which clip. When an actor is lost,
another takes its place, and the questions that it had not answered are asked one at a time at the end (`suspects`).
The data, the question set and a model in a folder must lie under the same path on every machine.
"""

import logging
import os
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from math import ceil
from pathlib import Path
from typing import Any

from flexqa.errors import AdapterError, BadInput, FlexqaError, boundary, require
from flexqa.executors.base import Answered, Executor, Setup, Unit
from flexqa.executors.replica import Last, Replica, Started
from flexqa.executors.suspects import Suspects
from flexqa.vocabulary import Control

DEATHS = 3
"""A replica that dies so often, with no answer in between, ends the run."""

_DEATHS_ALONE = 6
"""The same for one that has a single question. After a death among others, a broken clip may take two with questions
alone, and its neighbour, broken as well, two more."""

_CLOSING_S = 20.0
"""What a replica gets to free what it holds, before it is killed."""


class Replicas(Executor):
    """Several adapters alike, on the Ray cluster at hand or on this machine alone."""

    def __init__(self, setup: Setup, n: int, gpus_each: float | None = None) -> None:
        """Start the replicas and wait until all have their adapter.

        Args:
            setup: what each of them presents, and to which adapter.
            n: how many.
            gpus_each: GPUs of one; null is one where the cluster has any, else none.

        Raises:
            MissingBackend: Ray is not installed.
            BadInput: the cluster has too few GPUs, or the setup names something that cannot be used.
            AdapterError: a replica keeps dying.
        """
        self._ray: Any = require("ray", "ray")
        self._hands: list[_Hand] = []
        self._own_cluster = not self._ray.is_initialized()
        if self._own_cluster:
            _connect(self._ray)
        try:
            has = self._ray.cluster_resources().get("GPU", 0.0)
            self._gpus = (1.0 if has else 0.0) if gpus_each is None else gpus_each
            if n * self._gpus > has:
                raise BadInput(
                    f"{n} replicas of {self._gpus:g} GPUs each want {n * self._gpus:g}, the cluster has {has:g}: "
                    "give fewer --replicas or --gpus-per-replica, or connect to a larger cluster (RAY_ADDRESS)"
                )
            self._hands += [_Hand(self._ray, i, setup, self._gpus, _threads(self._ray, n)) for i in range(1, n + 1)]
            self._started = self._start()
        except BaseException:
            self.close()
            raise

    def answers(self, units: Iterable[Unit], control: Control | None) -> Generator[Answered, None, None]:
        """Hand out units and give each answer as it arrives.

        Raises:
            AdapterError: an adapter broke down as a whole, or a replica keeps dying.
        """
        left, suspects = iter(units), Suspects()
        for hand in self._hands:
            hand.begin(control)
        while True:
            for hand in self._hands:
                if not hand.has_room:
                    continue
                if unit := next(left, None) or (None if hand.owes else suspects.next()):
                    hand.give(unit)
            if not suspects.waiting and not any(hand.owes for hand in self._hands):
                break
            for hand, ref in self._news():
                try:
                    if answered := hand.hear(ref):
                        suspects.heard(answered)
                        yield answered
                        yield from suspects.blamed()
                except self._ray.exceptions.RayError as e:
                    suspects.lost(hand.replace(e))
                    hand.begin(control)
        yield from suspects.blamed()
        self.decoded_clips = sum(hand.end() for hand in self._hands)

    @property
    def operational(self) -> frozenset[str]:
        """Of the adapters."""
        return self._started.operational

    def describe(self) -> dict[str, Any]:
        """What an adapter says of itself, and how many there are on how many GPUs."""
        described = self._started.described | {"executor": "ray", "replicas": len(self._hands)}
        if self._gpus:
            described |= {
                "device": described.get("device", "cuda"),
                "devices": ceil(self._gpus * len(self._hands)),
                "elsewhere": self._elsewhere,
            }
        return described

    def revision(self) -> str | None:
        """Of the adapters' weights."""
        return self._started.revision

    def close(self) -> None:
        """Stop the replicas, and Ray if it was started for them."""
        closing = [ref for hand in self._hands if (ref := hand.close())]
        with suppress(self._ray.exceptions.RayError):
            self._ray.wait(closing, num_returns=len(closing), timeout=_CLOSING_S) if closing else None
        for hand in self._hands:
            hand.kill()
        if self._own_cluster:
            self._ray.shutdown()

    def _news(self) -> Iterator[tuple["_Hand", Any]]:
        """What has come from each replica; waits until there is something."""
        expected = {ref: hand for hand in self._hands for ref in hand.expected}
        self._ray.wait(list(expected), num_returns=1)
        come, _ = self._ray.wait(list(expected), num_returns=len(expected), timeout=0)
        # A replica that was lost has nothing more to say, and what replaced it was not asked yet.
        return ((expected[ref], ref) for ref in come if ref in expected[ref].expected)

    def _start(self) -> Started:
        # All of them load at the same time.
        starting = [(hand, hand.start()) for hand in self._hands]
        started = [hand.started(ref) for hand, ref in starting]
        if any(s.open_book for s in started):
            raise BadInput("an adapter that looks at the recordings itself runs without --executor ray only")
        revisions = [s.revision for s in started]
        for number, revision in enumerate(revisions, 1):
            if revision != revisions[0]:
                raise BadInput(
                    f"replica {number} has weights {revision}, replica 1 has {revisions[0]}; put the same everywhere"
                )
        here = self._ray.get_runtime_context().get_node_id()
        self._elsewhere = sum(s.node != here for s in started)
        return started[0]


class _Hand:
    """A replica as it is seen from here: what it was given, and what it has not answered yet."""

    def __init__(self, ray: Any, number: int, setup: Setup, gpus: float, threads: str) -> None:
        self._ray = ray
        self._number = number
        self._setup = setup
        self._gpus = gpus
        self._threads = threads
        self._owed: dict[str, Unit] = {}
        """id of a question -> the unit that it belongs to"""
        self._deaths = 0
        self._decoded_before = 0
        self.decoded = 0
        self._hire()

    def _hire(self) -> None:
        actor = self._ray.remote(
            num_cpus=0, num_gpus=self._gpus, concurrency_groups={"door": 1}, scheduling_strategy="SPREAD"
        )(Replica)
        self._actor = actor.remote(self._setup, Path.cwd(), self._threads)
        self._stream: Any = None
        self._taking: Any = None
        self._has_adapter = False

    @property
    def owes(self) -> bool:
        """Whether it has questions to answer."""
        return bool(self._owed)

    @property
    def has_room(self) -> bool:
        """Whether it can be given a unit."""
        return self._taking is None

    @property
    def expected(self) -> list[Any]:
        """What is still to come of it."""
        return [ref for ref in (self._stream, self._taking) if ref is not None]

    def start(self) -> Any:
        """Have it make its adapter."""
        return self._actor.start.remote()

    def started(self, ref: Any) -> Started:
        """What it says of its adapter.

        Raises:
            FlexqaError: it has none.
        """
        while True:
            try:
                with _told(self._ray):
                    started: Started = self._ray.get(ref)
                    self._has_adapter = True
                    return started
            except self._ray.exceptions.RayError as e:
                self.replace(e)
                ref = self.start()

    def begin(self, control: Control | None) -> None:
        """Have it answer what it will be given, unless it does already."""
        if self._stream is None:
            self._stream = self._actor.answers.options(num_returns="streaming").remote(control)

    def give(self, unit: Unit) -> None:
        """Hand a unit over."""
        self._owed |= dict.fromkeys(unit.pending, unit)
        self._taking = self._actor.take.options(concurrency_group="door").remote(unit.sealed())

    def hear(self, ref: Any) -> Answered | None:
        """Take what came: an answer, or null when it only has room again.

        Raises:
            FlexqaError: what broke its adapter.
            ray.exceptions.RayError: it was lost.
        """
        with _told(self._ray):
            if ref is self._taking:
                self._ray.get(ref)
                self._taking = None
                return None
            answered: Answered
            answered, decoded = self._ray.get(next(self._stream))
        if answered.question_id not in self._owed:
            raise AdapterError(f"replica {self._number} answered {answered.question_id} twice or unasked")
        self._owed.pop(answered.question_id).take(answered)
        self._deaths, self._has_adapter = 0, True
        self.decoded = self._decoded_before + decoded
        return answered

    def replace(self, why: Exception) -> list[Unit]:
        """Put another actor in the place of one that was lost.

        Returns:
            The units that it had not answered to the end.

        Raises:
            AdapterError: that has happened too often.
        """
        self._deaths += 1
        if self._deaths >= (_DEATHS_ALONE if len(self._owed) == 1 else DEATHS):
            raise AdapterError(
                f"replica {self._number} died {self._deaths} times with no answer in between; is there too little "
                f"memory for so many? What was answered is kept; run again to go on. Ray says: {_gist(str(why))}"
            ) from why
        self.kill()
        units = list({id(unit): unit for unit in self._owed.values()}.values())
        self._owed.clear()
        self._decoded_before = self.decoded
        self._hire()
        return units

    def end(self) -> int:
        """Have it come to the end, so that it can begin anew; how many clips it decoded."""
        self._actor.take.options(concurrency_group="door").remote(Last())
        self._stream = self._taking = None
        decoded, self.decoded, self._decoded_before = self.decoded, 0, 0
        return decoded

    def close(self) -> Any:
        """Have it free what it holds; null where it holds nothing yet, or is at work."""
        return self._actor.close.remote() if self._has_adapter and self._stream is None else None

    def kill(self) -> None:
        """Be rid of it."""
        self._ray.kill(self._actor)


def _gist(text: str) -> str:
    """What Ray says of a death, in one line: how it begins, and the reason, with which it ends."""
    words = " ".join(re.sub("\x1b\\[[0-9;]*m", "", text).split())
    return words if len(words) <= 500 else f"{words[:150]} ... {words[-350:]}"


def _connect(ray: Any) -> None:
    """Join the cluster of RAY_ADDRESS or of this machine; where there is none, make one for as long as this lasts."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    with boundary("connecting to Ray"):
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)


def _threads(ray: Any, n: int) -> str:
    """OMP_NUM_THREADS of a replica. Left alone, Ray sets it to 1, which an engine on a processor would feel."""
    share = int(ray.cluster_resources().get("CPU", 1)) // n
    return os.environ.get("OMP_NUM_THREADS") or str(max(1, share))


@contextmanager
def _told(ray: Any) -> Iterator[None]:
    """What code in a replica raised leaves as what it was, if it is flexqa's, else as an `AdapterError`."""
    try:
        yield
    except ray.exceptions.RayTaskError as e:
        if isinstance(e.cause, FlexqaError):
            raise e.cause from None
        raise AdapterError(f"in a replica: {type(e.cause).__name__}: {e.cause}") from e
