"""Build leaderboard.json from run folders: every run is scored again from its raw replies.

`scores.json` is not read: what a submitted folder says of itself does not matter. A file that exists is taken up: a
run that is named again replaces its entry; entries whose folder lies beside the file are scored again; others are
kept as they are, without comparisons. The bytes depend on the runs alone, not on their order.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from flexqa.assets import asset
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
    Superseded,
    TokensPerQuestion,
)
from flexqa.question import canonical_hash
from flexqa.record import Prediction, Usage
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
    if out.exists():
        before = read_leaderboard(out)
        supersedes = {e.run_id: e.supersedes for b in before.boards for e in b.entries}
        runs = {i: _with(r, supersedes=supersedes.get(i, ())) for i, r in runs.items()}
        runs |= {old.entry.run_id: old for old in _standing(before, home, set(runs))}
    board = leaderboard(runs.values())
    write_atomic(out, to_json(board))
    return board


def add(run_dir: Path, out: Path, supersedes: str | None = None) -> Leaderboard:
    """Add a run to a leaderboard, which keeps every other entry.

    Args:
        run_dir: the run folder.
        out: the leaderboard; made where it does not exist.
        supersedes: id of an entry that the run replaces, its own where the run was finished or repaired since.

    Raises:
        RunError: the run has an entry already, there is no entry to replace, or see `build`.
    """
    home = out.parent.resolve()
    run = score_folder(run_dir, home)
    before = read_leaderboard(out) if out.exists() else Leaderboard(boards=())
    entries = {e.run_id: e for b in before.boards for e in b.entries}
    if supersedes is not None and supersedes not in entries:
        raise RunError(f"{out}: has no entry {supersedes!r} to supersede; it has: {', '.join(entries) or 'none'}")
    old = entries.get(run.entry.run_id)
    if old is not None and supersedes != old.run_id:
        same = "with the same replies" if old.run_sha256 == run.entry.run_sha256 else "with other replies"
        raise RunError(f"{out}: has an entry {old.run_id} already, {same}; replace it: --supersedes {old.run_id}")
    replaced = [entries[supersedes]] if supersedes else []
    gone = {(s.run_id, s.run_sha256): s for e in replaced for s in (*e.supersedes, *_superseded(e))}
    kept = _standing(before, home, {e.run_id for e in replaced})
    board = leaderboard([*kept, _with(run, supersedes=tuple(gone[key] for key in sorted(gone)))])
    write_atomic(out, to_json(board))
    return board


def rebuild(board: Leaderboard, home: Path) -> Leaderboard:
    """The leaderboard as its run folders give it.

    Args:
        board: as it was read.
        home: the folder that its run folders are named from.

    Raises:
        RunError: see `build`.
    """
    return leaderboard(_standing(board, home, set()))


def _superseded(entry: Entry) -> tuple[Superseded]:
    return (Superseded(run_id=entry.run_id, run_sha256=entry.run_sha256),)


def _with(run: ScoredRun, **fields: object) -> ScoredRun:
    return replace(run, entry=run.entry.model_copy(update=fields))


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


def _standing(before: Leaderboard, home: Path, replaced: set[str]) -> list[ScoredRun]:
    """The entries of a leaderboard, scored again where their folders are at hand."""
    standing = []
    for board in before.boards:
        for entry in board.entries:
            if entry.run_id in replaced:
                continue
            folder = home / entry.folder if entry.folder else None
            at_hand = folder is not None and (folder / PREDICTIONS).exists()
            again = score_folder(folder, home) if folder is not None and at_hand else None
            if again and again.entry.run_id == entry.run_id:
                standing.append(_with(again, supersedes=entry.supersedes))
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
        cost=_cost(stored.predictions),
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


def _cost(predictions: Sequence[Prediction]) -> Cost:
    replies = [p.reply for p in predictions if p.reply]
    tokens = {
        name.removesuffix("_tokens"): _mean(getattr(r.usage, name) for r in replies) for name in Usage.model_fields
    }
    return Cost(
        n_replies=len(replies),
        tokens_per_question=TokensPerQuestion(**tokens),
        decode_s_per_question=_mean(r.timing.decode_s for r in replies),
        latency_s=_mean(r.timing.total_s for r in replies),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = sorted(v for v in values if v is not None)
    return sum(known) / len(known) if known else None
