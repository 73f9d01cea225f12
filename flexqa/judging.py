"""Encoders and judge models read the free answers of a run; what they read is kept in the run folder.

Each reads, of each node of the graph that an answer should or should not state, whether it is stated, denied or
unsaid, and adds a line to judgements.jsonl. What has a line is not asked again, so a judge that was stopped goes on
where it was. `flexqa.rescore` counts the lines.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

from flexqa.adapters.base import Request, Text
from flexqa.adapters.registry import create
from flexqa.adapters.sentence_encoder import SentenceEncoder
from flexqa.adapters.weights import public_spec
from flexqa.errors import AdapterError, boundary
from flexqa.files import drop_torn_line
from flexqa.prompts import judgement_hash, render_judgement
from flexqa.question import LETTERS, AnswerFormat, Question
from flexqa.record import Failure, Reply
from flexqa.rescore import judge_folder
from flexqa.run import Progress
from flexqa.scoring.extract import extract
from flexqa.scoring.judgements import Judgement, Matcher, key_of
from flexqa.scoring.meaning import by_meaning
from flexqa.scoring.nodes import Node, nodes_of
from flexqa.scoring.points import Said
from flexqa.store import JUDGEMENTS, locked, read_manifest

MEANINGS: dict[Said, str] = {
    "stated": "It says that this is so",
    "denied": "It says that this is not so",
    "unsaid": "It does not say",
}
"""The options of a judge model, in the order of their letters."""
_LETTERS = tuple(LETTERS[: len(MEANINGS)])


@dataclass(slots=True)
class Judging:
    """What an encoder or a judge model came to."""

    matcher: Matcher
    n_nodes: int
    """of the free answers of the run"""
    n_pending: int
    """of those, without a line before"""
    failures: Counter[str] = field(default_factory=Counter)
    """kind -> nodes without a judgement; they are asked again next time"""
    reason: str = ""
    """message of the first failure"""

    def fail(self, kind: str, message: str) -> None:
        """Count a node that was not judged."""
        self.failures[kind] += 1
        self.reason = self.reason or message


class _Asked(NamedTuple):
    """A node, and the answer that may state it."""

    question: Question
    text: str
    node: Node


def ask_encoder(
    folder: Path,
    encoder: Path,
    threshold: float,
    answers: Path | None = None,
    progress: Progress | None = None,
) -> Judging:
    """Match the sentences of free answers with nodes by their embeddings, where their words do not settle it.

    Args:
        folder: the run folder.
        encoder: folder of a sentence encoder.
        threshold: of the cosine, see `flexqa.scoring.meaning`.
        answers: the full question set, where answers are withheld.
        progress: is told after each answer.

    Raises:
        FlexqaError: the run or the encoder cannot be used; the message says what to change.
    """
    model = SentenceEncoder(encoder)
    settings = {"threshold": f"{threshold:g}"}
    matcher = Matcher(kind="encoder", name=model.name, revision=model.revision, settings=settings)
    with _journal(folder, matcher, answers) as journal:
        for asked in journal.by_answer():
            for node, said in by_meaning(nodes_of(asked.question), asked.text, model.embed, threshold):
                journal.add(key_of(asked.question, asked.text, node, matcher), said)
            journal.tell(progress)
        return journal.judging


def ask_judge(
    folder: Path,
    spec: str,
    options: Mapping[str, str],
    answers: Path | None = None,
    progress: Progress | None = None,
) -> Judging:
    """Ask a model what free answers say of each node; its reply is a letter by force.

    Args:
        folder: the run folder.
        spec: of the model, as for `flexqa eval`.
        options: of its adapter.
        answers: the full question set, where answers are withheld.
        progress: is told after each node.

    Raises:
        FlexqaError: the run or the model cannot be used; the message says what to change.
    """
    with closing(create(spec, options)) as adapter:
        settings = {k: v for k, v in options.items() if k not in adapter.operational}
        settings["prompt_sha256"] = judgement_hash()
        matcher = Matcher(kind="judge", name=public_spec(spec), revision=adapter.revision(), settings=settings)
        with _journal(folder, matcher, answers) as journal:
            replies = adapter.stream(_request(key, asked) for key, asked in tuple(journal.pending.items()))
            while True:
                with boundary("the judge broke down; score again to go on from here"):
                    item = next(replies, None)
                if item is None:
                    break
                _take(journal, *item)
                journal.tell(progress)
            for _ in journal.pending:
                journal.judging.fail("adapter", "the adapter gave no reply")
            return journal.judging


def _request(key: str, asked: _Asked) -> Request:
    options = tuple(zip(_LETTERS, MEANINGS.values(), strict=True))
    text = render_judgement(asked.text, asked.node.kind, asked.node.names, options)
    return Request(
        question_id=key,
        question_type="judgement",
        answer_format=AnswerFormat.CHOICE,
        parts=(Text(text),),
        letters=_LETTERS,
        option_texts=tuple(MEANINGS.values()),
        decode="choice",
    )


def _take(journal: "_Journal", request: Request, outcome: Reply | Failure) -> None:
    """Read the reply of a judge, as any reply is read."""
    if request.question_id not in journal.pending:
        raise AdapterError(f"the judge answered {request.question_id} twice or unasked")
    if isinstance(outcome, Failure):
        journal.lose(request.question_id, outcome.kind, outcome.message)
        return
    found = extract(outcome.text, AnswerFormat.CHOICE, request.option_texts)
    if isinstance(found.answer, str):
        journal.add(request.question_id, tuple(MEANINGS)[_LETTERS.index(found.answer)])
    else:
        journal.lose(request.question_id, "unread", f"no letter can be read from {outcome.text[:80]!r}")


class _Journal:
    """The judgements of one matcher in a run folder."""

    def __init__(self, out: IO[str], asked: Mapping[str, _Asked], done: Iterable[str], matcher: Matcher) -> None:
        self._out = out
        self.pending = {key: a for key, a in asked.items() if key not in done}
        self.judging = Judging(matcher, len(asked), len(self.pending))

    def by_answer(self) -> list[_Asked]:
        """One pending node of each answer."""
        return list({a.question.id: a for a in self.pending.values()}.values())

    def add(self, key: str, said: Said) -> None:
        """Write what was read of a node, unless it has its line."""
        if (asked := self.pending.pop(key, None)) is None:
            return
        line = Judgement(
            key=key, question_id=asked.question.id, node=asked.node.key, said=said, matcher=self.judging.matcher
        )
        self._out.write(line.model_dump_json() + "\n")
        self._out.flush()

    def lose(self, key: str, kind: str, message: str) -> None:
        """Count a node that was not judged."""
        del self.pending[key]
        self.judging.fail(kind, message)

    def tell(self, progress: Progress | None) -> None:
        """How far it is."""
        if progress:
            failed = self.judging.failures.total()
            progress(
                self.judging.n_nodes - len(self.pending), self.judging.n_nodes, f"{failed} failed" if failed else ""
            )


@contextmanager
def _journal(folder: Path, matcher: Matcher, answers: Path | None) -> Iterator[_Journal]:
    """Open the judgements of a run folder, locked against other processes."""
    read_manifest(folder)  # a folder that is no run is left as it is
    lock = locked(folder)
    try:
        drop_torn_line(folder / JUDGEMENTS)
        stored, judged = judge_folder(folder, answers)
        texts = [(j.question, j.verdict.extracted) for j in judged if j.verdict.nodes]
        asked = {
            key_of(q, text, node, matcher): _Asked(q, text, node)
            for q, text in texts
            if isinstance(text, str)
            for node in nodes_of(q)
        }
        with (folder / JUDGEMENTS).open("a", encoding="utf-8", newline="\n") as out:
            yield _Journal(out, asked, stored.judgements.said, matcher)
    finally:
        lock.release()
