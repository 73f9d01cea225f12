"""sessions.jsonl of a run folder: what each process that worked on the run used.

A run may be stopped and resumed, so it has one session per process. A session writes a line when its loop starts, one
every few seconds while it goes on, and one when it ends, each with the state of the counters. A session that was
killed has no end; its last line says what it had used up to then, and which of its questions that covers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, ValidationError

from flexqa.errors import RunError
from flexqa.files import first_fault, whole_lines
from flexqa.question import Frozen

SESSIONS = "sessions.jsonl"

# Bounds, because a run folder may come from a stranger: sums and ratios of these stay finite.
Count = Annotated[int, Field(ge=0, le=2**60)]
Amount = Annotated[float, Field(ge=0, le=1e12)]
"""seconds or watts"""


class Gpu(Frozen):
    """One GPU that the engine works on."""

    name: str
    """as NVML says: `NVIDIA H100 80GB HBM3`"""
    memory_bytes: Count | None = None
    power_limit_w: Amount | None = None


class SessionStart(Frozen):
    """Written when the loop is about to ask the first question."""

    schema_version: Literal["1"] = "1"
    event: Literal["start"] = "start"
    started_at: str
    """UTC, ISO 8601"""
    startup_s: Amount | None = None
    """opening recordings and questions, loading the model; zero where an earlier run of the process had done so"""
    pending: Count
    """questions to ask"""
    adapter: dict[str, Any] = Field(default_factory=dict)
    """what the adapter says of itself: engine, dtype, device, batch settings"""
    gpus: tuple[Gpu, ...] | None = ()
    """empty where the engine uses none on this machine; null where it does and they cannot be read"""
    gpu_note: str | None = None
    """why `gpus` is null, or why there are no energy counters"""
    energy_mj: tuple[Count, ...] | None = None
    """NVML's total energy counter of each GPU in millijoules, at the start"""
    peak_rss_bytes: Count | None = None
    """largest memory of this process up to here; an engine inside the process is in it"""


class SessionState(Frozen):
    """What a session has used since its start."""

    event: Literal["mark", "end"]
    outcome: str | None = None
    """of an end: `finished`, `interrupted`, or the kind of error; null for a mark"""
    window_s: Amount
    """since the start line, start-up apart"""
    cpu_s: Amount
    """processor time of this process since the start line, all threads; an engine inside the process is in it"""
    answered: Count
    """predictions written, failures included"""
    failed: Count
    retried: Count
    """those of `answered` that took the place of an earlier failure"""
    request_s: Amount | None = None
    """sum of the latencies of the replies; over `window_s` this is how many requests were at work on average"""
    energy_mj: tuple[Count, ...] | None = None
    peak_rss_bytes: Count | None = None


class SessionLine(RootModel[Annotated[SessionStart | SessionState, Field(discriminator="event")]]):
    """One line of sessions.jsonl."""


@dataclass(frozen=True, slots=True)
class Session:
    """One process's work on a run."""

    start: SessionStart
    last: SessionState | None
    """the latest state written; null where the process was killed before it wrote any"""

    @property
    def ended(self) -> bool:
        """Whether it came to its end; what was killed did not."""
        return self.last is not None and self.last.event == "end"


def read_sessions(folder: Path) -> tuple[Session, ...]:
    """The sessions of a run folder, oldest first; none where the run was made without a meter.

    Raises:
        RunError: a line is not one of these; the message names file and line.
    """
    path = folder / SESSIONS
    try:
        return _sessions(path, whole_lines(path))
    except FileNotFoundError:
        return ()
    except OSError as e:
        raise RunError(f"{path}: cannot be read ({e.strerror})") from e


def _sessions(path: Path, lines: Iterable[bytes]) -> tuple[Session, ...]:
    sessions: list[Session] = []
    for number, text in enumerate(lines, 1):
        try:
            line = SessionLine.model_validate_json(text).root
        except ValidationError as e:
            raise RunError(
                f"{path}:{number}: not a session line: {first_fault(e)}; without the file costs are not known"
            ) from e
        if isinstance(line, SessionStart):
            sessions.append(Session(line, None))
        elif sessions and not sessions[-1].ended:
            sessions[-1] = Session(sessions[-1].start, line)
        else:
            raise RunError(f"{path}:{number}: {line.event!r} without a start before it; remove the line")
    return tuple(sessions)
