"""From verdicts to scores.json: accuracy overall and by slice, each with n, clusters, interval, chance and failures.

Every question of the set counts, answered or not. The bytes depend on the questions and predictions alone, in
whatever order they come.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel

from flexqa.errors import RunError
from flexqa.question import AnswerFormat, Frozen, Question
from flexqa.record import Prediction, RunManifest
from flexqa.scoring import extract
from flexqa.scoring.details import Details, details
from flexqa.scoring.judgements import NONE, Judgements
from flexqa.scoring.linked import GroupCell, Ladder, by_group, by_wording, ladder
from flexqa.scoring.statistics import Estimate, estimate, shifted
from flexqa.scoring.table import STATUSES, Floats, Ints, Named, Table, TableBuilder, failed, join
from flexqa.scoring.verdict import Verdict, judge, unanswered

SCORER_VERSION = "4"
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
    chance_corrected: Estimate
    """(accuracy - chance) / (1 - chance), the chance being taken as known: 0 is guessing, 1 is perfect"""
    n_failed: int
    """questions without a reply: error, timeout, missing"""
    n_unparsable: int
    """replies without a readable answer: unparsable, refused, or truncated before the answer"""
    mae: Estimate | None = None
    """mean absolute error in points, over the number questions of the slice whose number was read; null where the
    slice has none"""


class Slices(Frozen):
    """A run in parts."""

    by_type: dict[str, Cell]
    by_level: dict[str, Cell]
    by_modality: dict[str, Cell]
    """key: the set of modalities that a question needs, `video+emg`"""
    by_type_modality: dict[str, dict[str, Cell]]
    by_action: dict[str, Cell]
    by_error: dict[str, Cell]
    """key: id of an error that the question is about; questions about several are in several slices"""
    by_skill: dict[str, Cell]
    """key: skill of the subject, as run.json has it; empty where it has none"""
    by_view: dict[str, Cell]
    """key: camera view that is shown; questions that show several are in several slices"""
    by_group: dict[str, GroupCell]
    """key: kind of link between questions, `chain`, `affirmed_negated`, `minimal_pair`, `matched_set` ..."""


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
    macro_chance_corrected: Estimate
    """mean over types of (accuracy - chance) / (1 - chance)"""
    by_wording: dict[str, dict[str, Estimate]]
    """question type -> number of the paraphrase -> accuracy, for types that are asked in several"""
    ladder: Ladder
    details: Details


class Judged(NamedTuple):
    """A question with its verdict."""

    question: Question
    verdict: Verdict


def judge_run(
    questions: Iterable[Question], predictions: Iterable[Prediction], judgements: Judgements = NONE
) -> list[Judged]:
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
            raise not_in_set(p, len(by_id))
        before = found.get(p.question_id)
        if before and before.reply:
            raise answered_twice(p)
        found[p.question_id] = p
    return [
        Judged(q, judge(q, found[q.id], judgements) if q.id in found else unanswered(q, judgements))
        for q in sorted(by_id.values(), key=lambda q: q.id)
    ]


def not_in_set(p: Prediction, n_questions: int) -> RunError:
    """What to say of a prediction without a question."""
    return RunError(f"prediction for {p.question_id}, which is not in the question set of {n_questions} questions")


def answered_twice(p: Prediction) -> RunError:
    """What to say of a second reply to a question."""
    return RunError(f"{p.question_id} was answered twice in run {p.run_id}; remove one line of predictions.jsonl")


def score_run(questions: Sequence[Question], predictions: Sequence[Prediction], manifest: RunManifest) -> Scores:
    """Judge every question and aggregate.

    Raises:
        RunError: see `judge_run`; or there are no questions.
    """
    return aggregate(judge_run(questions, predictions), manifest)


def aggregate(judged: Sequence[Judged], manifest: RunManifest, judgements: Judgements = NONE) -> Scores:
    """Aggregate verdicts.

    Raises:
        RunError: there are no questions.
    """
    builder = TableBuilder()
    for j in judged:
        builder.add(j.question, j.verdict)
    return scores_of(join([builder.build()]), manifest, judgements)


def scores_of(table: Table, manifest: RunManifest, judgements: Judgements = NONE) -> Scores:
    """Aggregate a table as `flexqa.scoring.table.join` gives it.

    Raises:
        RunError: there are no questions.
    """
    if not len(table):
        raise RunError(f"run {manifest.run_id} has no questions, so there is nothing to score")
    counts = np.bincount(table.status, minlength=len(STATUSES)).tolist()
    statuses = {name: n for name, n in zip(STATUSES, counts, strict=True) if n}
    replies, missing = len(table) - int(failed(table.status).sum()), statuses.get("missing", 0)
    types = table.labels["type"]
    return Scores(
        run_id=manifest.run_id,
        questions_sha256=manifest.spec.questions.sha256,
        n_questions=len(table),
        n_predictions=len(table) - missing,
        missing=missing,
        statuses=statuses,
        parse_failure_rate=int(table.unread.sum()) / replies if replies else None,
        overall=cell(table, np.arange(len(table))),
        macro=_macro(table, types.codes, table.values["score"], bounds=(0, 1)),
        macro_chance_corrected=_macro(table, types.codes, _above_chance(table, types.codes), bounds=None),
        by_type=cells(table, types),
        by_level=cells(table, table.labels["level"]),
        by_modality=cells(table, table.labels["modality"]),
        by_type_modality={
            name: cells(table, _within(table.labels["modality"], np.flatnonzero(types.codes == code)))
            for code, name in enumerate(types.names)
        },
        by_action=cells(table, table.labels["action"]),
        by_error=cells(table, table.links["error"]),
        by_skill=cells(table, _renamed(table.labels["subject"], manifest.skills)),
        by_view=cells(table, table.links["view"]),
        by_group=by_group(table),
        by_wording=by_wording(table),
        ladder=ladder(table),
        details=details(table, judgements.matchers),
    )


def cells(table: Table, column: Named) -> dict[str, Cell]:
    """Name -> the figures of its rows; names without rows are left out."""
    order = np.argsort(column.codes, kind="stable")
    present, starts = np.unique(column.codes[order], return_index=True)
    rows = np.split(column.rows[order], starts[1:])
    return {column.names[code]: cell(table, r) for code, r in zip(present, rows, strict=False)}


def cell(table: Table, rows: Ints) -> Cell:
    """The figures of one slice, which must not be empty."""
    subjects = table.labels["subject"].codes[rows]
    accuracy = estimate(table.values["score"][rows], subjects, bounds=(0, 1))
    chance = float(table.values["chance"][rows].mean())
    formats = table.labels["format"]
    errors = table.values["abs_error"][rows]
    read = np.isfinite(errors)
    numbers = any(formats.names[c] == AnswerFormat.NUMBER for c in np.unique(formats.codes[rows]))
    return Cell(
        accuracy=accuracy,
        chance=chance,
        chance_corrected=shifted(accuracy, -chance, 1 / (1 - chance)),
        n_failed=int(failed(table.status[rows]).sum()),
        n_unparsable=int(table.unread[rows].sum()),
        mae=estimate(errors[read], subjects[read], bounds=(0, 100)) if numbers else None,
    )


def _above_chance(table: Table, types: Ints) -> Floats:
    """Scores as they count towards chance-corrected accuracy, with the chance of their type."""
    chance = (np.bincount(types, weights=table.values["chance"]) / np.bincount(types))[types]
    found: Floats = (table.values["score"] - chance) / (1 - chance)
    return found


def _macro(table: Table, types: Ints, values: Floats, bounds: tuple[float, float] | None) -> Estimate:
    return estimate(values, table.labels["subject"].codes, strata=types, bounds=bounds)


def _renamed(column: Named, names: Mapping[str, str]) -> Named:
    """A column under other names; rows whose name has none are left out."""
    found = sorted({names[name] for name in column.names if name in names})
    codes = np.array([found.index(names[n]) if n in names else -1 for n in column.names], dtype=np.intp)[column.codes]
    return Named(tuple(found), column.rows[codes >= 0], codes[codes >= 0])


def _within(column: Named, rows: Ints) -> Named:
    """A column of single labels, some rows of it."""
    return Named(column.names, rows, column.codes[rows])


def to_json(model: BaseModel) -> str:
    """Deterministic bytes: sorted keys, one space of indent, a newline at the end, no NaN."""
    return dumps(model.model_dump(mode="json"))


def dumps(data: Any) -> str:
    """JSON as all derived files are written."""
    return json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
