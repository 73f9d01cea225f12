"""The meter: writes sessions.jsonl while a run goes on."""

import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from flexqa.cost.gpus import Gpus
from flexqa.cost.session import SESSIONS, SessionStart, SessionState
from flexqa.files import drop_torn_line
from flexqa.record import Prediction

FIRST_MARK_S, MARK_EVERY_S = 1.0, 10.0
"""Marks follow each other after as long again as has passed, at most ten seconds: a killed session is known up to its
last mark, so half of its time may be lost, and never more than ten seconds and one request."""


class Meter:
    """Measures what one process uses for a run; a context manager around the loop.

    It costs the run a line every ten seconds. What it cannot read is missing from the figures and does not stop the
    run. A process with nothing to ask leaves no session.
    """

    def __init__(
        self,
        folder: Path,
        adapter: dict[str, Any],
        *,
        pending: int,
        startup_s: float | None = None,
    ) -> None:
        """Prepare to measure.

        Args:
            folder: the run folder, held by this process.
            adapter: what the adapter says of itself.
            pending: how many questions are to be asked.
            startup_s: seconds that it took to come to the loop.
        """
        self._path = folder / SESSIONS
        self._adapter = adapter
        self._pending = pending
        self._startup_s = startup_s
        self._answered = self._failed = self._retried = 0
        self._request_s: float | None = None

    def __enter__(self) -> Self:
        self._gpus = Gpus(self._adapter)
        self._out = _open_after_whole_line(self._path) if self._pending else None
        self._cpu_start, energy = time.process_time(), self._gpus.energy_mj()
        self._started, self._mark_at_s = time.perf_counter(), FIRST_MARK_S
        self._write(
            SessionStart(
                started_at=datetime.now(UTC).isoformat(timespec="seconds"),
                startup_s=self._startup_s,
                pending=self._pending,
                adapter=self._adapter,
                gpus=self._gpus.found,
                gpu_note=self._gpus.note,
                energy_mj=energy,
                peak_rss_bytes=peak_rss_bytes(),
            )
        )
        return self

    def count(self, prediction: Prediction, *, retried: bool = False) -> None:
        """Take note of a prediction that was written.

        Args:
            prediction: it.
            retried: it took the place of an earlier failure.
        """
        self._answered += 1
        self._failed += prediction.failure is not None
        self._retried += retried
        if prediction.reply and (seconds := prediction.reply.timing.total_s) is not None:
            self._request_s = (self._request_s or 0.0) + seconds
        if (passed := time.perf_counter() - self._started) >= self._mark_at_s:
            self._write(self._state("mark"))
            self._mark_at_s = passed + min(passed, MARK_EVERY_S)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        interrupted = kind is not None and not issubclass(kind, Exception)
        self._write(self._state("end", "interrupted" if interrupted else kind.__name__ if kind else "finished"))
        self._gpus.close()
        if self._out:
            with suppress(OSError):
                self._out.close()

    def _state(self, event: Literal["mark", "end"], outcome: str | None = None) -> SessionState:
        return SessionState(
            event=event,
            outcome=outcome,
            window_s=round(time.perf_counter() - self._started, 6),
            cpu_s=round(time.process_time() - self._cpu_start, 6),
            answered=self._answered,
            failed=self._failed,
            retried=self._retried,
            request_s=None if self._request_s is None else round(self._request_s, 6),
            energy_mj=self._gpus.energy_mj(),
            peak_rss_bytes=peak_rss_bytes(),
        )

    def _write(self, line: SessionStart | SessionState) -> None:
        if self._out is None:
            return
        # A full disk must not hide what ends the run.
        with suppress(OSError):
            self._out.write(line.model_dump_json() + "\n")
            self._out.flush()


def peak_rss_bytes() -> int | None:
    """The largest resident memory that this process has had, without its children; null where it cannot be known."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _open_after_whole_line(path: Path) -> IO[str]:
    """The file, ready for another line; one that a kill has torn is dropped."""
    drop_torn_line(path)
    return path.open("a", encoding="utf-8", newline="\n")
