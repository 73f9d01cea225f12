"""From verdicts to scores.json: accuracy overall and by slice, each with n, clusters, interval, chance and failures.

Every question of the set counts, answered or not. The bytes depend on the questions and predictions alone, in
whatever order they come.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from flexqa.errors import RunError
from flexqa.question import AnswerFormat, Frozen, Modality, Question
from flexqa.record import Prediction, RunManifest
from flexqa.scoring import extract
from flexqa.scoring.statistics import Estimate, estimate
from flexqa.scoring.verdict import Verdict, judge, unanswered

SCORER_VERSION = "1"
"""of everything in `flexqa.scoring` but the reading rules, which have their own number"""


class Scorer(Frozen):
    """What made the scores."""

    version: str = SCORER_VERSION
    extractor: str = extract.VERSION


class Cell(Frozen):
    """One slice of a run."""

    accuracy: Estimate
    """clusters are subjects; unanswered questions count as wrong"""
    chance: float
    """mean score of an uninformed guess, 0-1"""
    chance_corrected: float | None
    """(accuracy - chance) / (1 - chance): 0 is guessing, 1 is perfect"""
    n_failed: int
    """questions without a reply: error, timeout, missing"""
    n_unparsable: int
    """replies without a readable answer: unparsable, refused, or truncated before the answer"""
    mae: Estimate | None = None
    """mean absolute error in points, over the number questions of the slice whose number was read; null where the
    slice has none"""


class GroupCell(Frozen):
    """Groups of linked questions: a group is right when every question in it is."""

    accuracy: Estimate
    """over groups; clusters are subjects"""
    chance: float
    """mean over groups of the product of chances"""


class Slices(Frozen):
    """A run in parts."""

    by_type: dict[str, Cell]
    by_level: dict[str, Cell]
    by_modality: dict[str, Cell]
    """key: the set of modalities that a question needs, `video+emg`"""
    by_type_modality: dict[str, dict[str, Cell]]
    by_action: dict[str, Cell]
    by_group: dict[str, GroupCell]
    """key: kind of link between questions, `chain`, `affirmed_negated`, `minimal_pair` ..."""


class Scores(Slices):
    """scores.json: derived from questions.jsonl and predictions.jsonl, and recomputable at any time."""

    schema_version: Literal["1"] = "1"
    run_id: str
    scorer: Scorer = Scorer()
    questions_sha256: str
    """the question set, as run.json names it"""
    n_questions: int
    n_predictions: int
    missing: int
    """questions without a prediction; they score 0"""
    statuses: dict[str, int]
    """status of the verdict -> questions"""
    parse_failure_rate: float | None
    """share of the replies without a readable answer; null when there is no reply"""
    overall: Cell
    macro: Estimate
    """mean over types of their accuracies"""


class Judged(NamedTuple):
    """A question with its verdict."""

    question: Question
    verdict: Verdict


def modality_set(question: Question) -> str:
    """The modalities that a question needs, in the order of `Modality`: `video+emg`."""
    return "+".join(m.value for m in Modality if m in question.modalities)


def judge_run(questions: Iterable[Question], predictions: Iterable[Prediction]) -> list[Judged]:
    """One verdict per question, ordered by question id.

    A failure may be followed by another attempt, and the last line counts; a question that was answered twice is
    an error.

    Raises:
        RunError: a prediction has no question, two replies to one question, or hashes that do not fit.
    """
    by_id = {q.id: q for q in questions}
    found: dict[str, Prediction] = {}
    for p in predictions:
        if p.question_id not in by_id:
            raise RunError(
                f"prediction for {p.question_id}, which is not in the question set of {len(by_id)} questions"
            )
        before = found.get(p.question_id)
        if before and before.reply:
            raise RunError(
                f"{p.question_id} was answered twice in run {p.run_id}; remove one line of predictions.jsonl"
            )
        found[p.question_id] = p
    return [
        Judged(q, judge(q, found[q.id]) if q.id in found else unanswered(q))
        for q in sorted(by_id.values(), key=lambda q: q.id)
    ]


def score_run(questions: Sequence[Question], predictions: Sequence[Prediction], manifest: RunManifest) -> Scores:
    """Judge every question and aggregate.

    Raises:
        RunError: see `judge_run`; or there are no questions.
    """
    return aggregate(judge_run(questions, predictions), manifest)


def aggregate(judged: Sequence[Judged], manifest: RunManifest) -> Scores:
    """Aggregate verdicts that are ordered by question id.

    Raises:
        RunError: there are no questions.
    """
    if not judged:
        raise RunError(f"run {manifest.run_id} has no questions, so there is nothing to score")
    statuses = Counter(j.verdict.status for j in judged)
    replies = len(judged) - sum(statuses[s] for s in ("missing", "error", "timeout"))
    unread = sum(_unparsable(j.verdict) for j in judged)
    return Scores(
        run_id=manifest.run_id,
        questions_sha256=manifest.spec.questions.sha256,
        n_questions=len(judged),
        n_predictions=len(judged) - statuses["missing"],
        missing=statuses["missing"],
        statuses=dict(statuses),
        parse_failure_rate=unread / replies if replies else None,
        overall=cell(judged),
        macro=estimate(
            [j.verdict.score for j in judged],
            [j.question.subject for j in judged],
            strata=[j.question.type for j in judged],
            bounds=(0, 1),
        ),
        by_type=_cells(judged, lambda q: q.type),
        by_level=_cells(judged, lambda q: q.level.value),
        by_modality=_cells(judged, modality_set),
        by_type_modality={
            type_: _cells(group, modality_set) for type_, group in _split(judged, lambda q: q.type).items()
        },
        by_action=_cells(judged, lambda q: q.action),
        by_group=_groups(judged),
    )


def cell(judged: Sequence[Judged]) -> Cell:
    """The figures of one slice, which must not be empty."""
    accuracy = estimate([j.verdict.score for j in judged], [j.question.subject for j in judged], bounds=(0, 1))
    chance = sum(j.question.chance for j in judged) / len(judged)
    value = accuracy.value
    numbers = [j for j in judged if j.question.answer_format is AnswerFormat.NUMBER]
    return Cell(
        accuracy=accuracy,
        chance=chance,
        chance_corrected=None if value is None else (value - chance) / (1 - chance),
        n_failed=sum(j.verdict.status in ("missing", "error", "timeout") for j in judged),
        n_unparsable=sum(_unparsable(j.verdict) for j in judged),
        mae=_mae(numbers) if numbers else None,
    )


def to_json(model: BaseModel) -> str:
    """Deterministic bytes: sorted keys, one space of indent, a newline at the end, no NaN."""
    return dumps(model.model_dump(mode="json"))


def dumps(data: Any) -> str:
    """JSON as all derived files are written."""
    return json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _unparsable(verdict: Verdict) -> bool:
    return not verdict.parse_ok and verdict.status in ("unparsable", "refused", "truncated")


def _mae(judged: Sequence[Judged]) -> Estimate:
    read = [(j.verdict.abs_error, j.question.subject) for j in judged if j.verdict.abs_error is not None]
    return estimate([e for e, _ in read], [s for _, s in read], bounds=(0, 100))


def _split(judged: Sequence[Judged], key: Callable[[Question], str]) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for j in judged:
        groups[key(j.question)].append(j)
    return groups


def _cells(judged: Sequence[Judged], key: Callable[[Question], str]) -> dict[str, Cell]:
    return {name: cell(group) for name, group in _split(judged, key).items()}


def _groups(judged: Sequence[Judged]) -> dict[str, GroupCell]:
    """Share of groups that are right throughout; a group of one says nothing and is left out."""
    kinds: dict[str, dict[str, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    for j in judged:
        for kind, group_id in j.question.groups.items():
            kinds[kind][group_id].append(j)
    found = {}
    for kind, by_id in kinds.items():
        groups = [g for _, g in sorted(by_id.items()) if len(g) > 1]
        if groups:
            right = [float(all(j.verdict.correct for j in g)) for g in groups]
            chances = [prod(j.question.chance for j in g) for g in groups]
            accuracy = estimate(right, [g[0].question.subject for g in groups], bounds=(0, 1))
            found[kind] = GroupCell(accuracy=accuracy, chance=sum(chances) / len(chances))
    return found
