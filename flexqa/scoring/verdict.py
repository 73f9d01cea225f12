"""Right or wrong: one verdict for every question, whatever happened to it.

A verdict is derived from the raw reply and can be made again at any time. What was not answered scores 0 and stays
in the denominator; its status says why. Replies under `decode = "choice"` go through the same reader as all others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, isfinite, nan
from typing import ClassVar, Literal

import msgspec
from pydantic import ConfigDict

from flexqa.errors import RunError
from flexqa.question import Answer, AnswerFormat, Frozen, Question
from flexqa.record import Prediction
from flexqa.scoring.extract import UNCOMMITTED, Extraction, extract
from flexqa.scoring.judgements import NONE, Judgements
from flexqa.scoring.nodes import LEXICAL, NodeReading, lexical, nodes_of
from flexqa.scoring.points import f1

VerdictStatus = Literal["ok", "unparsable", "refused", "truncated", "timeout", "error", "missing"]

UNANSWERED: tuple[VerdictStatus, ...] = ("missing", "error", "timeout")
"""there is no reply"""
UNREAD: tuple[VerdictStatus, ...] = ("unparsable", "refused", "truncated")
"""there is a reply, perhaps without a readable answer"""


@dataclass(slots=True)
class Verdict:
    """One line of verdicts.jsonl."""

    # There may be a million of them: to make a model of pydantic takes five times as long, a frozen dataclass four.
    __pydantic_config__: ClassVar[ConfigDict] = Frozen.model_config

    question_id: str
    question_hash: str
    extracted: Answer | None
    """what was read from the reply; null when nothing was"""
    method: str
    """the rule that read it, see `flexqa.scoring.extract.Extraction`"""
    reading: str
    """what the reader says, see `Extraction.status`; `no_reply` where there is nothing to read"""
    parse_ok: bool
    score: float
    """0-1"""
    correct: bool
    status: VerdictStatus
    """`ok`: answered, right or wrong; `unparsable`: a complete reply that cannot be read; `refused`; `truncated`: cut
    off, and scored only if the answer was committed before; `timeout`, `error`: no reply; `missing`: no prediction"""
    abs_error: float | None = None
    """distance to the answer in points, for numbers that were read"""
    confidence: float | None = None
    """probability of the answer that was read among those that were offered; null without log-probabilities"""
    brier: float | None = None
    """Σ (p_k - [k is right])² over the answers that were offered (Brier, Monthly Weather Review 78, 1950), 0-2; null
    without log-probabilities"""
    nodes: tuple[NodeReading, ...] = ()
    """of a free answer: what it says of each node of the graph that it should or should not state"""


def lines_of(verdicts: Sequence[Verdict]) -> bytes:
    """The lines of verdicts.jsonl."""
    return _ENCODER.encode_lines(verdicts)


_ENCODER = msgspec.json.Encoder()


def judge(question: Question, prediction: Prediction, judgements: Judgements = NONE) -> Verdict:
    """Score one prediction.

    Args:
        question: what was asked.
        prediction: what was answered.
        judgements: of encoders and judge models, on free answers; they stand beside the score and do not change it.

    Raises:
        RunError: the prediction answers another question, or another version of it.
    """
    if prediction.question_hash != question.content_hash:
        raise RunError(
            f"prediction for {prediction.question_id}: its question hash {prediction.question_hash} is not that of "
            f"{question.id} ({question.content_hash}); score the run against the questions that it was made with"
        )
    return judge_reply(question, prediction, judgements)


def judge_reply(question: Question, prediction: Prediction, judgements: Judgements = NONE) -> Verdict:
    """`judge` where it is known that the prediction answers the question, whatever ids it names."""
    if prediction.reply is None:
        return _verdict(question, None, prediction.status, judgements)
    found = extract(prediction.reply.text, question.answer_format, [o.text for o in question.options])
    refused = prediction.status == "refused" or found.status == "refusal"
    if refused:
        return _verdict(question, found, "refused", judgements)
    if prediction.status == "truncated":
        # A rule that weighs the whole reply cannot read half of one.
        return _verdict(question, None if found.method in UNCOMMITTED else found, "truncated", judgements)
    verdict = _verdict(question, found, "ok" if found.status == "ok" else "unparsable", judgements)
    return _with_probabilities(verdict, question, prediction.reply.choice_logprobs)


def unanswered(question: Question, judgements: Judgements = NONE) -> Verdict:
    """The verdict on a question that has no prediction."""
    return _verdict(question, None, "missing", judgements)


def _verdict(question: Question, found: Extraction | None, status: VerdictStatus, judgements: Judgements) -> Verdict:
    answered = found is not None and found.status == "ok" and status in ("ok", "truncated")
    answer = found.answer if found and answered else None
    error = None
    if isinstance(answer, float) and isinstance(question.answer, float):
        error = abs(answer - question.answer)
    nodes = _read_nodes(question, str(answer) if answer is not None else None, judgements)
    score = _score(question, answer, error, nodes) if answer is not None else 0.0
    return Verdict(
        question_id=question.id,
        question_hash=question.content_hash,
        extracted=answer,
        method=found.method if found and answered else "none",
        reading=found.status if found else "no_reply",
        parse_ok=answered,
        score=round(score, 6),
        correct=score >= 1,
        status=status,
        abs_error=error,
        nodes=nodes,
    )


def _read_nodes(question: Question, text: str | None, judgements: Judgements) -> tuple[NodeReading, ...]:
    """What a text says of each node, by all matchers; where nothing was answered, all know that nothing is said."""
    nodes = nodes_of(question)
    if not nodes:
        return ()
    said = lexical(nodes, text or "")
    others = [
        judgements.on(question, text, n) if text else dict.fromkeys(judgements.matchers, s)
        for n, s in zip(nodes, said, strict=True)
    ]
    return tuple(
        NodeReading(kind=n.kind, name=n.names[0], wanted=n.wanted, said={LEXICAL: s, **other})
        for n, s, other in zip(nodes, said, others, strict=True)
    )


def _with_probabilities(verdict: Verdict, question: Question, logprobs: Mapping[str, float] | None) -> Verdict:
    """Confidence and Brier score, from log-probabilities made to sum to 1 over the answers that were offered."""
    if not logprobs:
        return verdict
    offered = {AnswerFormat.CHOICE: question.letters, AnswerFormat.YES_NO: ("yes", "no")}.get(question.answer_format)
    if not offered or not all(isfinite(logprobs.get(name, nan)) for name in offered):
        return verdict
    highest = max(logprobs[name] for name in offered)
    weights = {name: exp(logprobs[name] - highest) for name in offered}
    p = {name: weight / sum(weights.values()) for name, weight in weights.items()}
    brier = sum((p[name] - (name == question.answer)) ** 2 for name in offered)
    confidence = p.get(str(verdict.extracted)) if verdict.extracted is not None else None
    confidence = None if confidence is None else round(confidence, 6)
    return replace(verdict, confidence=confidence, brier=round(brier, 6))


def _score(question: Question, answer: Answer, error: float | None, nodes: Sequence[NodeReading]) -> float:
    """Exact match of letters and sets; numbers within the tolerance of the question; texts by their points."""
    if question.answer_format is AnswerFormat.NUMBER:
        # Tolerances are whole points; the guard keeps 0.1 + 0.2 from deciding.
        return float(error is not None and question.tolerance is not None and error <= question.tolerance + 1e-9)
    if question.answer_format is AnswerFormat.TEXT:
        points = [n for n in nodes if n.kind != "correction"]
        made = [n for n in points if n.said[LEXICAL] == "stated"]
        return f1(sum(n.wanted for n in made), len(made), sum(n.wanted for n in points))
    return float(answer == question.answer)
