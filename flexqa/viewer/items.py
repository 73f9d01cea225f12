"""The questions of a run with what became of them, in one run or in two, in the order in which pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flexqa.errors import RunError
from flexqa.question import Media, Question
from flexqa.record import Prediction
from flexqa.rescore import judge_folder
from flexqa.scoring.aggregate import Judged
from flexqa.scoring.extract import extract
from flexqa.scoring.table import modality_set
from flexqa.scoring.verdict import Verdict
from flexqa.store import StoredRun
from flexqa.viewer.reply import ReplyShown, reply_shown

OUTCOMES = ("right", "partly right", "wrong", "not read", "no reply")

AGREEMENTS = (
    "both right",
    "only this run right",
    "only the other right",
    "both wrong, alike",
    "both wrong, differently",
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one run made of one question."""

    verdict: Verdict
    prediction: Prediction | None
    reply: ReplyShown | None
    """null where there is none"""

    @property
    def outcome(self) -> str:
        """One of `OUTCOMES`."""
        v = self.verdict
        if v.status in ("missing", "error", "timeout"):
            return "no reply"
        if not v.parse_ok:
            return "not read"
        return "right" if v.correct else "partly right" if v.score > 0 else "wrong"


@dataclass(frozen=True, slots=True)
class Item:
    """A question, and what became of it."""

    question: Question
    here: Answered
    against: Answered | None
    """in the other run; null without one, or where it was not asked"""

    @property
    def modality(self) -> str:
        """The modalities that it needs."""
        return modality_set(self.question)

    @property
    def agreement(self) -> str:
        """One of `AGREEMENTS`; empty where there is nothing to compare with."""
        if self.against is None:
            return ""
        a, b = self.here.verdict, self.against.verdict
        if a.correct and b.correct:
            return "both right"
        if a.correct or b.correct:
            return "only this run right" if a.correct else "only the other right"
        return "both wrong, alike" if a.extracted == b.extracted else "both wrong, differently"

    @property
    def evidence(self) -> tuple[tuple[Media, ...], tuple[str, ...]]:
        """What the model was shown: the same for questions that stand below the same pictures."""
        used = self.here.prediction.media if self.here.prediction else ()
        return self.question.media, tuple(m.sha256 for m in used[: len(self.question.media)])


@dataclass(frozen=True, slots=True)
class RunItems:
    """A run with its questions, judged."""

    stored: StoredRun
    judged: Sequence[Judged]
    """ordered by question id"""
    other: StoredRun | None
    items: Sequence[Item]
    """questions on the same evidence together, turns of a conversation in their order"""


def read_items(folder: Path, against: Path | None = None) -> RunItems:
    """Read a run, and another one of the same questions, from their raw replies.

    Raises:
        RunError: a folder is no run, or the two have no question in common.
    """
    stored, judged = judge_folder(folder)
    answers = _answers(stored, judged)
    other, others = None, {}
    if against is not None:
        other, judged_there = judge_folder(against)
        others = _answers(other, judged_there)
        if not answers.keys() & others.keys():
            raise RunError(f"{folder} and {against} have no question in common; name runs of one question set")
    turns = _turns(j.question for j in judged)
    items = [Item(j.question, answers[j.question.content_hash], others.get(j.question.content_hash)) for j in judged]
    return RunItems(stored, judged, other, sorted(items, key=lambda item: _place(item, turns)))


def _answers(stored: StoredRun, judged: Sequence[Judged]) -> dict[str, Answered]:
    """Question hash -> what became of it."""
    last = {p.question_id: p for p in stored.predictions}
    return {j.question.content_hash: _answered(j, last.get(j.question.id)) for j in judged}


def _answered(judged: Judged, prediction: Prediction | None) -> Answered:
    question, verdict = judged
    if prediction is None or prediction.reply is None:
        return Answered(verdict, prediction, None)
    text = prediction.reply.text
    found = extract(text, question.answer_format, [o.text for o in question.options])
    return Answered(verdict, prediction, reply_shown(text, found.span))


def _turns(questions: Iterable[Question]) -> dict[str, int]:
    """Question id -> how many turns of its conversation come before it."""
    follows = {q.id: q.follows for q in questions}
    turns = {}
    for start in follows:
        depth, before, seen = 0, follows[start], {start}
        while before is not None and before not in seen:
            seen.add(before)
            depth, before = depth + 1, follows.get(before)
        turns[start] = depth
    return turns


def _place(item: Item, turns: dict[str, int]) -> tuple[object, ...]:
    media, hashes = item.evidence
    shown = tuple((m.recording, m.modality.value, m.view or "", m.window_s or ()) for m in media)
    return shown, hashes, item.question.groups.get("dialogue", ""), turns[item.question.id], item.question.id
