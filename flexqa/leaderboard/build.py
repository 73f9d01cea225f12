"""Build leaderboard.json from run folders: every run is scored again from its raw replies.

`scores.json` is not read: what a submitted folder says of itself does not matter. A file that exists is taken up: a
run that is named again replaces its entry; entries whose folder lies beside the file are scored again; others are
kept as they are, without comparisons. The bytes depend on the runs alone, not on their order.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from flexqa.assets import asset
from flexqa.cost.measure import cost_of
from flexqa.cost.prices import read_prices
from flexqa.errors import RunError
from flexqa.files import first_fault, sha256_of, write_atomic
from flexqa.leaderboard.entry import (
    Benchmark,
    Board,
    Cost,
    Entry,
    Leaderboard,
    Metrics,
    Provenance,
    TokensPerQuestion,
)
from flexqa.question import canonical_hash
from flexqa.rescore import judge_folder
from flexqa.scoring.aggregate import Judged, Slices, aggregate, to_json
from flexqa.scoring.compare import compare_all, rank_interval
from flexqa.store import PREDICTIONS, StoredRun


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """A run with its verdicts and its entry, not yet ranked."""

    benchmark: Benchmark
    entry: Entry
    judged: list[Judged] | None
    """ordered by question id; null for an entry whose raw replies are not at hand"""


def build(run_dirs: Sequence[Path], out: Path) -> Leaderboard:
    """Score runs again, merge them with the boards of `out` if it exists, and write it.

    Raises:
        RunError: a folder is no run, two folders hold different runs of one id, a folder's questions are not those
            that its run.json names, or `out` is no leaderboard of this version.
    """
    home = out.parent.resolve()
    runs: dict[str, ScoredRun] = {}
    for folder in run_dirs:
        run = score_folder(folder, home)
        twin = runs.setdefault(run.entry.run_id, run)
        if twin.entry.run_sha256 != run.entry.run_sha256:
            raise RunError(
                f"{folder}: another folder with other replies has the same run id {run.entry.run_id}; name one"
            )
    for old in _standing(out, home, set(runs)):
        runs[old.entry.run_id] = old
    board = leaderboard(runs.values())
    write_atomic(out, to_json(board))
    return board


def leaderboard(runs: Iterable[ScoredRun]) -> Leaderboard:
    """Gather runs into one board per set of questions.

    Raises:
        RunError: two runs name the same question set, split and limit, and asked different questions.
    """
    by_questions: dict[str, list[ScoredRun]] = defaultdict(list)
    names: dict[tuple[str, str, int | None], tuple[str, str]] = {}
    for run in sorted(runs, key=lambda r: r.entry.run_id):
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


def score_folder(folder: Path, home: Path) -> ScoredRun:
    """Score a run folder from its raw replies.

    Args:
        folder: the run folder.
        home: the folder of the leaderboard file.

    Raises:
        RunError: the folder is no run, or its questions are not those that its run.json names.
    """
    stored, judged = judge_folder(folder)
    inside = folder.resolve().is_relative_to(home)
    place = folder.resolve().relative_to(home).as_posix() if inside else None
    return ScoredRun(_benchmark(stored, judged), _entry(stored, judged, place), judged)


def read_leaderboard(path: Path) -> Leaderboard:
    """Read a leaderboard file.

    Raises:
        RunError: it cannot be read or is no leaderboard of this version.
    """
    try:
        return Leaderboard.model_validate_json(path.read_bytes())
    except OSError as e:
        raise RunError(
            f"{path}: cannot be read ({e.strerror}); make it with: flexqa leaderboard build RUN ..."
        ) from e
    except ValidationError as e:
        raise RunError(
            f"{path}: not a leaderboard of this version ({first_fault(e)}); "
            "it is derived: move it away and build it again from the run folders"
        ) from e


def _standing(out: Path, home: Path, replaced: set[str]) -> list[ScoredRun]:
    """The entries of a leaderboard that exists, scored again where their folders are at hand."""
    if not out.exists():
        return []
    standing = []
    for board in read_leaderboard(out).boards:
        for entry in board.entries:
            if entry.run_id in replaced:
                continue
            folder = home / entry.folder if entry.folder else None
            at_hand = folder is not None and (folder / PREDICTIONS).exists()
            again = score_folder(folder, home) if folder is not None and at_hand else None
            if again and again.entry.run_id == entry.run_id:
                standing.append(again)
            else:
                standing.append(ScoredRun(board.benchmark, entry.model_copy(update={"folder": None}), None))
    return standing


def _board(runs: Sequence[ScoredRun]) -> Board:
    """Rank runs on the same questions."""
    at_hand = {r.entry.run_id: [j.verdict.score for j in r.judged] for r in runs if r.judged}
    judged = next((r.judged for r in runs if r.judged), [])
    pairs = compare_all(at_hand, [j.question.subject for j in judged])
    entries = sorted((r.entry for r in runs), key=lambda e: (-_accuracy(e), e.model.name, e.run_id))
    best, complete = entries[0].run_id, len(at_hand) == len(runs)
    ranked = []
    for e in entries:
        others = [other.run_id for other in entries if other is not e]
        update = {
            "rank": 1 + sum(_accuracy(other) > _accuracy(e) for other in entries),
            "rank_interval": rank_interval(e.run_id, others, pairs) if complete else None,
            "vs_best": pairs.get((e.run_id, best)),
        }
        ranked.append(e.model_copy(update=update))
    return Board(benchmark=runs[0].benchmark, entries=tuple(ranked))


def _accuracy(entry: Entry) -> float:
    return entry.metrics.accuracy.accuracy.value or 0.0


def _benchmark(stored: StoredRun, judged: Sequence[Judged]) -> Benchmark:
    card = tomllib.loads((asset("benchmarks") / "flex-videoqa" / "benchmark.toml").read_text(encoding="utf-8"))
    questions = stored.manifest.spec.questions
    return Benchmark(
        id=card["id"],
        version=card["version"],
        questions_sha256=canonical_hash(sorted(q.content_hash for q in stored.questions)),
        question_set_sha256=questions.sha256,
        split=questions.split,
        limit=questions.limit,
        n_questions=len(judged),
        n_clusters=len({j.question.subject for j in judged}),
        chance=sum(j.question.chance for j in judged) / len(judged) if judged else 0.0,
    )


def _entry(stored: StoredRun, judged: Sequence[Judged], folder: str | None) -> Entry:
    scores = aggregate(judged, stored.manifest)
    spec = stored.manifest.spec
    return Entry(
        model=spec.model,
        run_id=stored.manifest.run_id,
        run_sha256=sha256_of(stored.folder / PREDICTIONS),
        folder=folder,
        rank=1,
        rank_interval=None,
        vs_best=None,
        metrics=Metrics(
            accuracy=scores.overall,
            macro=scores.macro,
            missing=scores.missing,
            statuses=scores.statuses,
            parse_failure_rate=scores.parse_failure_rate,
        ),
        slices=Slices(**{name: getattr(scores, name) for name in Slices.model_fields}),
        cost=_cost(stored),
        provenance=Provenance(
            presentation=spec.presentation,
            sampling=spec.sampling,
            decode=spec.decode,
            prompts_sha256=spec.prompts_sha256,
            graph_sha256=spec.questions.graph_sha256,
            recordings_sha256=spec.questions.recordings_sha256,
            generator_version=spec.questions.generator_version,
            adapter=stored.manifest.adapter,
            adapter_options=spec.adapter_options,
            created_at=stored.manifest.created_at,
        ),
    )


def _cost(stored: StoredRun) -> Cost:
    """At the prices that come with flexqa, so that everybody's are the same."""
    report = cost_of(stored, read_prices())
    return Cost(
        n_replies=report.n_replies,
        tokens_per_question=TokensPerQuestion(
            **{name: getattr(report.tokens, name).mean for name in TokensPerQuestion.model_fields}
        ),
        decode_s_per_question=report.seconds.media_decode.mean,
        latency_s=report.seconds.total.mean,
        operating_point=report.operating_point,
        questions_per_second=report.questions_per_second,
        gpu_seconds_per_question=report.gpu_seconds.per_question,
        gpu_energy_j_per_question=report.gpu_energy_j.per_question,
        usd_per_1k_questions=report.dollars.usd_per_1k_questions,
        usd_basis=report.dollars.basis,
        usd_price_date=min((price.date for price in report.dollars.prices.values()), default=None),
    )
