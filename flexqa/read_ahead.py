"""Reading ahead: while one result is used, those that will be asked for next are made in other threads."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from flexqa.errors import FlexqaError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ReadAhead(Generic[K, V]):
    """A function that remembers its last results and begins the next before they are asked for.

    What raises is remembered as well, and raises again: a broken file is opened once and not once per question. In
    the calling thread that holds for errors of ours.
    Memory is bounded by `kept` + `ahead` results. For one calling thread.
    """

    def __init__(self, read: Callable[[K], V], *, kept: int, ahead: int, threads: int = 2) -> None:
        """Prepare to read.

        Args:
            read: makes the result of a key; called in other threads, once per key while the result is held.
            kept: results that are held after they were asked for.
            ahead: results that are made before they are asked for; 0 makes each in the calling thread.
            threads: that make them.
        """
        self._read = read
        self._kept = kept
        self._ahead = ahead
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="read-ahead")
        self._used: OrderedDict[K, Future[V]] = OrderedDict()
        self._next: deque[tuple[K, Future[V]]] = deque()
        self._expected: Iterator[K] = iter(())
        self.reads = 0
        """how many times something was read"""

    def expect(self, keys: Iterable[K]) -> None:
        """Say what will be asked for, in this order; repetitions are welcome, and so is what is never asked for."""
        self._expected = iter(keys)

    def __call__(self, key: K) -> V:
        """The result of a key.

        Raises:
            Exception: what `read` raised.
        """
        future = self._held(key)
        self._used[key] = future
        self._used.move_to_end(key)
        while len(self._used) > self._kept:
            self._used.popitem(last=False)
        self._look_ahead()
        return future.result()

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _held(self, key: K) -> Future[V]:
        if key in self._used:
            return self._used[key]
        for place, (other, future) in enumerate(self._next):
            if other == key:
                # What should have come before it was passed over.
                for _ in range(place + 1):
                    self._next.popleft()
                return future
        return self._begin(key)

    def _look_ahead(self) -> None:
        while len(self._next) < self._ahead and (key := next(self._expected, None)) is not None:
            if key not in self._used and all(key != other for other, _ in self._next):
                self._next.append((key, self._begin(key)))

    def _begin(self, key: K) -> Future[V]:
        self.reads += 1
        return self._pool.submit(self._read, key) if self._ahead else self._read_now(key)

    def _read_now(self, key: K) -> Future[V]:
        done = Future[V]()
        try:
            done.set_result(self._read(key))
        except FlexqaError as e:
            done.set_exception(e)
        return done
