"""Kills a run at random moments with SIGKILL, and holds what lies on disk against what lay there before."""

import random
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flexqa.store import PREDICTIONS


@dataclass(frozen=True, slots=True)
class Kill:
    """One process that was killed."""

    while_: Literal["starting", "asking"]
    """before its first line, or after it"""
    lines: int
    """whole lines on disk after it"""
    torn: bool
    """whether half a line stands behind them"""


def killed(command: Sequence[str], folder: Path, questions: int, kills: int, rng: random.Random) -> Iterator[Kill]:
    """Start a run again and again, and kill each process: one in four while it starts, the others while it asks.

    Args:
        command: starts the run, or takes it up again.
        folder: of the run.
        questions: that it asks in all; the kills are spread over them.
        kills: processes to be killed.
        rng: draws the moments.

    Raises:
        AssertionError: a line that was on disk has gone or changed, or a process ended by itself.
    """
    startup_s = 1.0
    for left in range(kills, 0, -1):
        before = whole_lines(folder)
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if rng.random() < 0.25:
            time.sleep(rng.random() * startup_s)
        else:
            _wait_for(process, folder, len(before) + 1)
            startup_s = time.perf_counter() - started
            rest = questions - len(before)
            _wait_for(process, folder, len(before) + 1 + rng.randrange(2 * rest // (left + 2)))
            time.sleep(rng.random() * 0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "the run ended before it was killed"
        after = whole_lines(folder)
        assert after[: len(before)] == before, "a line that was on disk has gone or changed"
        content = (folder / PREDICTIONS).read_bytes() if after else b"\n"
        yield Kill("asking" if len(after) > len(before) else "starting", len(after), not content.endswith(b"\n"))


def whole_lines(folder: Path) -> list[bytes]:
    """The predictions on disk; what stands after the last newline is none."""
    path = folder / PREDICTIONS
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def _wait_for(process: subprocess.Popen[bytes], folder: Path, lines: int) -> None:
    while process.poll() is None and len(whole_lines(folder)) < lines:
        time.sleep(0.003)
