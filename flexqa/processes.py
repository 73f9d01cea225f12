"""Work in several processes: results in order, a bounded number of tasks under way, nobody left behind."""

import gc
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from flexqa.errors import FlexqaError

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 4
"""tasks per process that are handed out beforehand"""


_hired: list[Callable[[Any], Any]] = []
"""what this process does, if it is one of the workers"""


def workers_for(amount: int, worth: int) -> int:
    """How many processes some work is worth: at least one, and no more than there are processors.

    Args:
        amount: of work.
        worth: as much as is done before another process has started.
    """
    return max(1, min(os.cpu_count() or 1, amount // worth))


@contextmanager
def without_collector() -> Iterator[None]:
    """For work that makes many objects and no cycles of them, for which the collector would look all the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def in_processes(work: Callable[[Task], Result], tasks: Iterable[Task], workers: int) -> Iterator[Result]:
    """`map` over processes; with one worker, in this one.

    Args:
        work: travels to each process once; it must be picklable.
        tasks: taken one by one as there is room, so they may be many.
        workers: processes.

    Raises:
        FlexqaError: a process was killed; or whatever `work` raises.
    """
    if workers == 1:
        yield from map(work, tasks)
        return
    left = iter(tasks)
    # Spawned, not forked: the caller may hold threads.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_hire, initargs=(work,))
    try:
        under_way: deque[Future[Result]] = deque(pool.submit(_do, t) for t in islice(left, _AHEAD * workers))
        while under_way:
            result = under_way.popleft().result()
            under_way.extend(pool.submit(_do, t) for t in islice(left, 1))
            yield result
    except BrokenProcessPool as e:
        raise FlexqaError(
            "a worker process was killed, perhaps for want of memory; start the same command again, "
            "with fewer workers: what is complete is kept"
        ) from e
    finally:
        pool.shutdown(cancel_futures=True)


def _hire(work: Callable[[Any], Any]) -> None:
    _hired[:] = [work]
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """A parent that is killed cannot send its workers home; left alone they would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(task: Any) -> Any:
    return _hired[0](task)
