"""Two or more runs against each other: paired by the hash of the question, clustered by subject.

Runs are comparable when they answered the same questions and saw the same things. Where they did not, comparing them
is refused, with the option that says that it is meant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from flexqa.errors import RunError
from flexqa.question import Frozen, Question
from flexqa.record import ModelRef, RunSpec
from flexqa.rescore import judge_folder
from flexqa.scoring.aggregate import Judged
from flexqa.scoring.compare import Comparison, compare, corrected
from flexqa.scoring.statistics import Estimate, estimate
from flexqa.scoring.table import modality_set

By = Literal["type", "level", "modality", "action"]

SLICES: Mapping[By, Callable[[Question], str]] = {
    "type": lambda q: q.type,
    "level": lambda q: q.level.value,
    "modality": modality_set,
    "action": lambda q: q.action,
}

SEEN = ("presentation", "control", "prompts_sha256")
"""fields of a specification that decide what a model is shown"""
HOW = ("decode", "sampling")
"""fields that decide how it answers; they may differ, and it is said"""


class RunSide(Frozen):
    """One of the runs."""

    run_id: str
    model: ModelRef
    accuracy: Estimate
    """over the questions that are compared"""


class Agreement(Frozen):
    """On how many questions two runs were right; a score below 1 is not right."""

    both: int
    only_first: int
    only_second: int
    neither: int


class Pair(Frozen):
    """Two runs."""

    first: str
    """run id"""
    second: str
    agreement: Agreement
    overall: Comparison
    """corrected over all pairs"""
    slices: dict[str, Comparison]
    """corrected over the slices of this pair; empty when none were asked for"""


class RunComparison(Frozen):
    """What `flexqa compare --json` prints."""

    schema_version: Literal["1"] = "1"
    cluster: Literal["subject"] = "subject"
    n_questions: int
    """compared"""
    n_left_out: dict[str, int]
    """run id -> its questions that another run was not asked"""
    n_clusters: int
    by: By | None
    differ_in: dict[str, dict[str, str]]
    """field of the specification in which the runs differ -> run id -> value as JSON"""
    runs: tuple[RunSide, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    folder: Path
    run_id: str
    spec: RunSpec
    by_hash: Mapping[str, Judged]


def compare_runs(
    folders: Sequence[Path],
    *,
    by: By | None = None,
    shared_questions: bool = False,
    other_presentation: bool = False,
) -> RunComparison:
    """Score runs again from their raw replies and compare each with each.

    Args:
        folders: two or more run folders; earlier ones are the first of their pairs.
        by: also compare within the slices of this kind.
        shared_questions: compare on the questions that all were asked, where some were asked others.
        other_presentation: compare runs that were shown different things.

    Raises:
        RunError: a folder is no run, a run is named twice, or the runs cannot be compared; says which option
            allows it.
    """
    runs = [_read(folder) for folder in folders]
    if len({r.run_id for r in runs}) < max(2, len(runs)):
        raise RunError(
            f"need two or more different runs, got {', '.join(r.run_id for r in runs)}; name another folder"
        )
    seen = _differences(runs, SEEN)
    if seen and not other_presentation:
        raise RunError(
            f"the runs were shown different things: {_told(seen)}; compare like with like, or say that it is meant "
            "with --other-presentation"
        )
    shared = set.intersection(*(set(r.by_hash) for r in runs))
    left_out = {r.run_id: len(r.by_hash) - len(shared) for r in runs}
    if any(left_out.values()) and not shared_questions:
        counts = ", ".join(f"{run_id} has {n}" for run_id, n in left_out.items())
        raise RunError(
            f"the runs were asked different questions: {len(shared)} are shared, of others {counts}; compare on the "
            "shared ones with --shared-questions"
        )
    if not shared:
        raise RunError("the runs share no question; compare runs on the same question set")
    hashes = sorted(shared)
    clusters = [runs[0].by_hash[h].question.subject for h in hashes]
    return RunComparison(
        n_questions=len(hashes),
        n_left_out=left_out,
        n_clusters=len(set(clusters)),
        by=by,
        differ_in=seen | _differences(runs, HOW),
        runs=tuple(_side(r, hashes, clusters) for r in runs),
        pairs=_pairs(runs, hashes, clusters, by),
    )


def _read(folder: Path) -> _Run:
    stored, judged = judge_folder(folder)
    by_hash = {j.question.content_hash: j for j in judged}
    return _Run(folder, stored.manifest.run_id, stored.manifest.spec, by_hash)


def _side(run: _Run, hashes: Sequence[str], clusters: Sequence[str]) -> RunSide:
    accuracy = estimate([run.by_hash[h].verdict.score for h in hashes], clusters, bounds=(0, 1))
    return RunSide(run_id=run.run_id, model=run.spec.model, accuracy=accuracy)


def _pairs(runs: Sequence[_Run], hashes: Sequence[str], clusters: Sequence[str], by: By | None) -> tuple[Pair, ...]:
    scores = {r.run_id: [r.by_hash[h].verdict.score for h in hashes] for r in runs}
    of_slice: dict[str, list[int]] = {}
    if by:
        for i, h in enumerate(hashes):
            of_slice.setdefault(SLICES[by](runs[0].by_hash[h].question), []).append(i)
    names = list(combinations(scores, 2))
    overall = corrected([compare(scores[a], scores[b], clusters) for a, b in names])
    found = []
    for (a, b), whole in zip(names, overall, strict=True):
        parts = [_part(scores[a], scores[b], clusters, rows) for _, rows in sorted(of_slice.items())]
        found.append(
            Pair(
                first=a,
                second=b,
                agreement=_agreement(scores[a], scores[b]),
                overall=whole,
                slices=dict(zip(sorted(of_slice), corrected(parts), strict=True)),
            )
        )
    return tuple(found)


def _part(a: Sequence[float], b: Sequence[float], clusters: Sequence[str], rows: Sequence[int]) -> Comparison:
    return compare([a[i] for i in rows], [b[i] for i in rows], [clusters[i] for i in rows])


def _agreement(a: Sequence[float], b: Sequence[float]) -> Agreement:
    right = [(x >= 1, y >= 1) for x, y in zip(a, b, strict=True)]
    return Agreement(
        both=right.count((True, True)),
        only_first=right.count((True, False)),
        only_second=right.count((False, True)),
        neither=right.count((False, False)),
    )


def _differences(runs: Sequence[_Run], fields: Sequence[str]) -> dict[str, dict[str, str]]:
    found = {}
    for field in fields:
        values = {r.run_id: r.spec.model_dump_json(include={field}) for r in runs}
        if len(set(values.values())) > 1:
            found[field] = values
    return found


def _told(differences: Mapping[str, Mapping[str, str]]) -> str:
    return "; ".join(f"{run_id} {value}" for values in differences.values() for run_id, value in values.items())
