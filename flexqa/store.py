"""The run folder: what one model answered to one question set.

    run.json            the specification, the adapter, the environment; written once
    questions.jsonl     the questions asked, as they were
    predictions.jsonl   one line per question, appended and flushed as the reply arrives
    sessions.jsonl       what each process that worked on it used, see `flexqa.cost.session`
    judgements.jsonl    what encoders and judge models read from its free answers, where `flexqa score` asked some
    scores.json, verdicts.jsonl     derived by `flexqa score`, never read back by a run

A line counts when it ends in a newline, so a kill in the middle of a write costs the one line that was torn, and
its question is asked again. One process writes to a folder at a time.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self

from filelock import FileLock, Timeout
from pydantic import ValidationError

from flexqa.errors import RunError
from flexqa.files import drop_torn_line, first_fault, whole_lines, write_atomic, write_lines_atomic
from flexqa.question import Question, canonical_hash
from flexqa.record import Prediction, RunManifest, RunSpec
from flexqa.scoring.judgements import NONE, Judgement, Judgements

MANIFEST, QUESTIONS, PREDICTIONS = "run.json", "questions.jsonl", "predictions.jsonl"
SCORES, VERDICTS, JUDGEMENTS = "scores.json", "verdicts.jsonl", "judgements.jsonl"


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as read back."""

    folder: Path
    manifest: RunManifest
    questions: tuple[Question, ...]
    predictions: tuple[Prediction, ...]
    judgements: Judgements = NONE


def read_run(folder: Path) -> StoredRun:
    """Read a run folder, whether its run is finished or not.

    Raises:
        RunError: a file is missing or broken; the message names file and line.
    """
    predictions = tuple(_read_predictions(folder))
    return StoredRun(folder, read_manifest(folder), _read_questions(folder), predictions, read_judgements(folder))


def locked(folder: Path) -> FileLock:
    """A lock on a run folder, held until its `release`.

    Raises:
        RunError: another process holds it.
    """
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as e:
        raise RunError(f"{folder}: another process is writing to this run folder; wait for it or stop it") from e
    return lock


def run_id_of(spec: RunSpec) -> str:
    """The id of a run: the model's name and a hash of all that decides its answers."""
    slug = "".join(c if c.isalnum() else "-" for c in spec.model.name.lower()).strip("-")
    return f"{slug}-{canonical_hash(spec.model_dump(mode='json'))[:10]}"


class RunFolder:
    """A run folder open for writing, locked against other processes until `close`."""

    def __init__(
        self, folder: Path, manifest: RunManifest, lock: FileLock, predictions: Iterable[Prediction]
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self._lock = lock
        self.done: dict[str, str | None] = {p.key: _kind(p) for p in predictions}
        """key -> kind of its failure, null where there is a reply; of what lay there, not of what is added"""
        self._out: IO[str] = (folder / PREDICTIONS).open("a", encoding="utf-8", newline="\n")

    @classmethod
    def open(
        cls,
        folder: Path,
        spec: RunSpec,
        questions: Iterable[Question],
        adapter: dict[str, Any],
        environment: dict[str, Any],
        control_of: str | None = None,
        skills: Mapping[str, str] | None = None,
    ) -> Self:
        """Start a run in `folder`, or take up the one that lies there.

        Raises:
            RunError: the folder holds a run of another specification, is in use, is not a run folder, or cannot be
                written to.
        """
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = locked(folder)
        try:
            with _writing(folder):
                manifest = cls._take_up(folder, spec) or cls._start(
                    folder,
                    questions,
                    RunManifest(
                        run_id=run_id_of(spec),
                        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
                        spec=spec,
                        adapter=adapter,
                        environment=environment,
                        control_of=control_of,
                        skills=dict(skills or {}),
                    ),
                )
                drop_torn_line(folder / PREDICTIONS)
                return cls(folder, manifest, lock, _read_predictions(folder))
        except BaseException:
            lock.release()
            raise

    @staticmethod
    def _take_up(folder: Path, spec: RunSpec) -> RunManifest | None:
        if not (folder / MANIFEST).exists():
            strangers = [p.name for p in folder.iterdir() if not p.name.startswith(".") and p.name != QUESTIONS]
            if strangers:
                raise RunError(
                    f"{folder}: not a run folder (it holds {strangers[0]!r} and no {MANIFEST}); name another"
                )
            return None
        manifest = read_manifest(folder)
        if differences := _differences(manifest.spec.model_dump(mode="json"), spec.model_dump(mode="json")):
            raise RunError(f"{folder} holds another run: {'; '.join(differences)}. Give another --out for this one")
        return manifest

    @staticmethod
    def _start(folder: Path, questions: Iterable[Question], manifest: RunManifest) -> RunManifest:
        write_lines_atomic(folder / QUESTIONS, (q.model_dump_json() + "\n" for q in questions))
        # The manifest comes last: with it the folder is a run, without it nothing was started.
        write_atomic(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")
        return manifest

    def append(self, prediction: Prediction) -> None:
        """Add a line and hand it to the operating system before returning.

        Raises:
            RunError: it cannot be written: the disk is full.
        """
        with _writing(self.folder):
            self._out.write(prediction.model_dump_json() + "\n")
            self._out.flush()

    def replies(self, ids: Collection[str]) -> dict[str, str]:
        """Id -> text of the reply, of these questions as far as there is one."""
        if not ids:
            return {}
        lines = _read_predictions(self.folder)
        return {p.question_id: p.reply.text for p in lines if p.question_id in ids and p.reply}

    def drop_failures(self) -> int:
        """Forget the predictions without a reply, so that their questions are asked again; how many there were.

        Raises:
            RunError: the file cannot be written anew; the old one is kept.
        """
        path = self.folder / PREDICTIONS
        dropped = sum(p.failure is not None for p in _read_predictions(self.folder))
        if dropped:
            kept = (p for p in _read_predictions(self.folder) if p.failure is None)
            with _writing(self.folder):
                self._out.close()
                write_lines_atomic(path, (p.model_dump_json() + "\n" for p in kept))
                self._out = path.open("a", encoding="utf-8", newline="\n")
            self.done = {p.key: None for p in _read_predictions(self.folder)}
        return dropped

    def close(self) -> None:
        """Close the file and release the lock."""
        try:
            with _writing(self.folder):
                self._out.close()
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """What keeps a run folder from being written to becomes an error with its remedy."""
    try:
        yield
    except OSError as e:
        raise RunError(
            f"{folder}: cannot be written to ({e.strerror or e}); free space there or name another --out. "
            "What was answered is kept, and running again goes on from there"
        ) from e


def _kind(prediction: Prediction) -> str | None:
    return prediction.failure.kind if prediction.failure else None


def read_manifest(folder: Path) -> RunManifest:
    """Read run.json.

    Raises:
        RunError: it is missing or no manifest of this version.
    """
    path = folder / MANIFEST
    try:
        return RunManifest.model_validate_json(path.read_bytes())
    except OSError as e:
        raise RunError(f"{path}: cannot be read ({e.strerror}); is {folder} a run folder?") from e
    except ValidationError as e:
        raise RunError(f"{path}: not a run manifest of this version: {first_fault(e)}") from e


def _read_questions(folder: Path) -> tuple[Question, ...]:
    path, questions = folder / QUESTIONS, []
    for number, line in enumerate(_lines(path), 1):
        try:
            questions.append(Question.from_json(line))
        except ValueError as e:
            raise no_question(path, number, e) from e
    return tuple(questions)


def no_question(path: Path, number: int, fault: ValueError) -> RunError:
    """What to say of a line that holds no question."""
    return RunError(f"{path}:{number}: not a question: {first_fault(fault)}")


def _read_predictions(folder: Path) -> Iterator[Prediction]:
    path = folder / PREDICTIONS
    if not path.exists():
        return
    for number, line in enumerate(_lines(path), 1):
        try:
            yield Prediction.model_validate_json(line)
        except ValidationError as e:
            raise no_prediction(path, number, e) from e


def read_judgements(folder: Path) -> Judgements:
    """What encoders and judge models read from the free answers of a run; none where nobody was asked.

    Raises:
        RunError: a line is broken; the message names it.
    """
    path, lines = folder / JUDGEMENTS, []
    if not path.exists():
        return NONE
    for number, line in enumerate(_lines(path), 1):
        try:
            lines.append(Judgement.model_validate_json(line))
        except ValidationError as e:
            raise RunError(
                f"{path}:{number}: not a judgement: {first_fault(e)}; remove the line and score again"
            ) from e
    return Judgements.of(lines)


def no_prediction(path: Path, number: int, fault: ValueError) -> RunError:
    """What to say of a line that holds no prediction."""
    return RunError(f"{path}:{number}: not a prediction: {first_fault(fault)}; remove the line and run again")


def _lines(path: Path) -> Iterator[bytes]:
    try:
        yield from whole_lines(path)
    except OSError as e:
        raise RunError(f"{path}: cannot be read ({e.strerror})") from e


def _differences(was: Any, now: Any, at: str = "") -> list[str]:
    """The fields in which two JSON values differ, in words."""
    if isinstance(was, dict) and isinstance(now, dict):
        keys = sorted({*was, *now})
        return [d for k in keys for d in _differences(was.get(k), now.get(k), f"{at}.{k}".lstrip("."))]
    return [] if was == now else [f"{at} is {was!r} there and {now!r} here"]
