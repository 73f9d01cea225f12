"""Runs side by side: ranks, comparisons, controls beside their runs, and who stands on a Pareto front."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from flexqa.control_runs import declaring
from flexqa.errors import RunError
from flexqa.leaderboard.entry import Benchmark, Board, ControlRun, Entry, Leaderboard, Price, best_of
from flexqa.question import Question
from flexqa.scoring.aggregate import Judged
from flexqa.scoring.compare import Comparison, compare, compare_all, corrected, rank_interval
from flexqa.scoring.table import modality_set
from flexqa.vocabulary import Control


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """A run with its verdicts and its entry, not yet ranked."""

    benchmark: Benchmark
    entry: Entry
    judged: list[Judged] | None
    """ordered by question id; null for an entry whose raw replies are not at hand"""
    control: Control | None = None
    control_of: str | None = None
    """id of the run of which it is a control"""

    def with_fields(self, **fields: object) -> "ScoredRun":
        """The run with other values in some fields of its entry."""
        return replace(self, entry=self.entry.model_copy(update=fields))


def leaderboard(runs: Iterable[ScoredRun]) -> Leaderboard:
    """Gather runs into one board per set of questions; a control stands within the entry of its run.

    Raises:
        RunError: a control's run is not among them; or two runs name the same question set, split and limit, and
            asked different questions.
    """
    by_questions: dict[str, list[ScoredRun]] = defaultdict(list)
    names: dict[tuple[str, str, int | None], tuple[str, str]] = {}
    for run in _with_controls(sorted(runs, key=lambda r: r.entry.run_id)):
        b = run.benchmark
        asked, other = names.setdefault(
            (b.question_set_sha256, b.split, b.limit), (b.questions_sha256, run.entry.run_id)
        )
        if asked != b.questions_sha256:
            raise RunError(
                f"runs {other} and {run.entry.run_id} name the same question set {b.question_set_sha256} but asked "
                f"different questions ({asked} and {b.questions_sha256}); leave out the one that was altered"
            )
        by_questions[b.questions_sha256].append(run)
    boards = [_board(group) for _, group in sorted(by_questions.items())]
    return Leaderboard(boards=tuple(sorted(boards, key=lambda b: (-len(b.entries), b.benchmark.questions_sha256))))


def _board(runs: Sequence[ScoredRun]) -> Board:
    """Rank runs on the same questions."""
    at_hand = {r.entry.run_id: [j.verdict.score for j in r.judged] for r in runs if r.judged}
    judged = next((r.judged for r in runs if r.judged), [])
    pairs = compare_all(at_hand, [j.question.subject for j in judged])
    entries = sorted((r.entry for r in runs), key=lambda e: (-_accuracy(e), e.model.name, e.run_id))
    best = best_of(entries).run_id
    complete = len(at_hand) == len(runs)
    ranked = []
    for e in entries:
        others = [other.run_id for other in entries if other is not e]
        update = {
            "rank": 1 + sum(_accuracy(other) > _accuracy(e) for other in entries),
            "rank_interval": rank_interval(e.run_id, others, pairs) if complete else None,
            "vs_best": pairs.get((e.run_id, best)),
            "pareto": pareto(e, entries),
        }
        ranked.append(e.model_copy(update=update))
    return Board(benchmark=runs[0].benchmark, entries=tuple(ranked))


def _accuracy(entry: Entry) -> float:
    return entry.metrics.accuracy.accuracy.value or 0.0


def pareto(entry: Entry, entries: Sequence[Entry]) -> tuple[Price, ...]:
    """The prices at which no entry with this price measured is as accurate for less, or more accurate for as much."""
    found = []
    for name in get_args(Price):
        price = getattr(entry.cost, name)
        if price is None:
            continue
        others = ((_accuracy(e), getattr(e.cost, name)) for e in entries if getattr(e.cost, name) is not None)
        mine = _accuracy(entry)
        if not any(a >= mine and b <= price and (a > mine or b < price) for a, b in others):
            found.append(name)
    return tuple(found)


def _with_controls(runs: Sequence[ScoredRun]) -> list[ScoredRun]:
    """The runs on the evidence as it is, each with its controls."""
    clean = {r.entry.run_id: r for r in runs if r.control is None}
    found: dict[str, dict[str, ControlRun]] = defaultdict(dict)
    for run in runs:
        if run.control is None:
            continue
        if run.control_of not in clean:
            raise RunError(
                f"run {run.entry.run_id} is control {run.control} of run {run.control_of}, which is not there: add "
                "that one first"
            )
        found[run.control_of][run.control] = _control_run(run, clean[run.control_of])
    return [
        r.with_fields(controls=dict(sorted({**r.entry.controls, **found[r.entry.run_id]}.items())))
        for r in clean.values()
    ]


def _control_run(control: ScoredRun, clean: ScoredRun) -> ControlRun:
    entry = control.entry
    both = _both(control, clean)
    return ControlRun(
        run_id=entry.run_id,
        run_sha256=entry.run_sha256,
        folder=entry.folder,
        supersedes=entry.supersedes,
        accuracy=entry.metrics.accuracy,
        against_clean=_against(both) if both else None,
        by_type=_within(both, lambda q: q.type),
        by_modality=_within(both, modality_set),
        accuracy_by_type=entry.slices.by_type,
        accuracy_by_modality=entry.slices.by_modality,
    )


def _within(both: Sequence[tuple[Judged, float]], name_of: Callable[[Question], str]) -> dict[str, Comparison]:
    """The comparison within the questions of each name, corrected over the names."""
    groups: dict[str, list[tuple[Judged, float]]] = defaultdict(list)
    for pair in both:
        groups[name_of(pair[0].question)].append(pair)
    names = sorted(groups)
    return dict(zip(names, corrected([_against(groups[name]) for name in names]), strict=True))


def _both(control: ScoredRun, clean: ScoredRun) -> list[tuple[Judged, float]]:
    """What a control and its run were both asked, with the score without the control."""
    before = {j.question.content_hash: j.verdict.score for j in clean.judged or ()}
    asked = declaring(control.judged or (), control.control)
    return [(j, before[j.question.content_hash]) for j in asked if j.question.content_hash in before]


def _against(both: Sequence[tuple[Judged, float]]) -> Comparison:
    return compare([j.verdict.score for j, _ in both], [b for _, b in both], [j.question.subject for j, _ in both])
