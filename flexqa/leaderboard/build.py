"""Build leaderboard.json from run folders: every run is scored again from its raw replies.

`scores.json` is not read: what a submitted folder says of itself does not matter. A file that exists is taken up: a
run that is named again replaces its entry; entries whose folder lies beside the file are scored again; others are
kept as they are, without comparisons. The bytes depend on the runs alone, not on their order.
"""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from flexqa.assets import asset
from flexqa.cost.measure import cost_of
from flexqa.cost.prices import read_prices
from flexqa.errors import RunError
from flexqa.files import first_fault, sha256_of, write_atomic
from flexqa.leaderboard.entry import (
    Benchmark,
    ControlRun,
    Cost,
    Entry,
    Leaderboard,
    Metrics,
    Provenance,
    Superseded,
    TokensPerQuestion,
)
from flexqa.leaderboard.ranking import ScoredRun, leaderboard
from flexqa.question import canonical_hash
from flexqa.rescore import judge_folder
from flexqa.scoring.aggregate import Judged, Slices, aggregate, to_json
from flexqa.store import PREDICTIONS, StoredRun


def build(run_dirs: Sequence[Path], out: Path, answers: Path | None = None) -> Leaderboard:
    """Score runs again, merge them with the boards of `out` if it exists, and write it.

    Args:
        run_dirs: run folders.
        out: the leaderboard file.
        answers: the full question set, for runs on one whose answers are withheld.

    Raises:
        RunError: a folder is no run, two folders hold different runs of one id, a folder's questions are not those
            that its run.json names, or `out` is no leaderboard of this version.
    """
    home = out.parent.resolve()
    runs: dict[str, ScoredRun] = {}
    for folder in run_dirs:
        run = score_folder(folder, home, answers)
        twin = runs.setdefault(run.entry.run_id, run)
        if twin.entry.run_sha256 != run.entry.run_sha256:
            raise RunError(
                f"{folder}: another folder with other replies has the same run id {run.entry.run_id}; name one"
            )
    if out.exists():
        before = read_leaderboard(out)
        supersedes = {e.run_id: e.supersedes for e in pieces(before)}
        runs = {i: r.with_fields(supersedes=supersedes.get(i, ())) for i, r in runs.items()}
        runs |= {old.entry.run_id: old for old in _standing(before, home, set(runs), answers)}
    board = leaderboard(runs.values())
    write_atomic(out, to_json(board))
    return board


def add(run_dir: Path, out: Path, supersedes: str | None = None, answers: Path | None = None) -> Leaderboard:
    """Add a run to a leaderboard, which keeps every other entry.

    Args:
        run_dir: the run folder.
        out: the leaderboard; made where it does not exist.
        supersedes: id of an entry that the run replaces, its own where the run was finished or repaired since.
        answers: the full question set, for runs on one whose answers are withheld.

    Raises:
        RunError: the run has an entry already, there is no entry to replace, or see `build`.
    """
    home = out.parent.resolve()
    run = score_folder(run_dir, home, answers)
    before = read_leaderboard(out) if out.exists() else Leaderboard(boards=())
    entries = {e.run_id: e for e in pieces(before)}
    if supersedes is not None and supersedes not in entries:
        raise RunError(f"{out}: has no entry {supersedes!r} to supersede; it has: {', '.join(entries) or 'none'}")
    old = entries.get(run.entry.run_id)
    if old is not None and supersedes != old.run_id:
        same = "with the same replies" if old.run_sha256 == run.entry.run_sha256 else "with other replies"
        raise RunError(f"{out}: has an entry {old.run_id} already, {same}; replace it: --supersedes {old.run_id}")
    replaced = [entries[supersedes]] if supersedes else []
    gone = {(s.run_id, s.run_sha256): s for e in replaced for s in _superseded(e)}
    kept = _standing(before, home, {run.entry.run_id, *(e.run_id for e in replaced)}, answers)
    board = leaderboard([*kept, run.with_fields(supersedes=tuple(gone[key] for key in sorted(gone)))])
    write_atomic(out, to_json(board))
    return board


def rebuild(board: Leaderboard, home: Path, answers: Path | None = None) -> Leaderboard:
    """The leaderboard as its run folders give it.

    Args:
        board: as it was read.
        home: the folder that its run folders are named from.
        answers: the full question set, for runs on one whose answers are withheld.

    Raises:
        RunError: see `build`.
    """
    return leaderboard(_standing(board, home, set(), answers))


def pieces(board: Leaderboard) -> Iterator[Entry | ControlRun]:
    """Every run of a leaderboard: its entries, and the controls within them."""
    for entry in (e for b in board.boards for e in b.entries):
        yield entry
        yield from entry.controls.values()


def _superseded(entry: Entry | ControlRun) -> tuple[Superseded, ...]:
    """What a run stands for that replaces this one."""
    return (*entry.supersedes, Superseded(run_id=entry.run_id, run_sha256=entry.run_sha256))


def score_folder(folder: Path, home: Path, answers: Path | None = None) -> ScoredRun:
    """Score a run folder from its raw replies.

    Args:
        folder: the run folder.
        home: the folder of the leaderboard file.
        answers: the full question set, where answers are withheld.

    Raises:
        RunError: the folder is no run, or its questions are not those that its run.json names.
    """
    stored, judged = judge_folder(folder, answers)
    inside = folder.resolve().is_relative_to(home)
    place = folder.resolve().relative_to(home).as_posix() if inside else None
    manifest = stored.manifest
    return ScoredRun(
        _benchmark(stored, judged),
        _entry(stored, judged, place),
        judged,
        manifest.spec.control,
        manifest.control_of,
    )


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


def _standing(before: Leaderboard, home: Path, replaced: set[str], answers: Path | None) -> list[ScoredRun]:
    """The entries of a leaderboard and their controls, scored again where their folders are at hand."""
    standing = []
    for board in before.boards:
        for entry in board.entries:
            controls = {
                name: _again(c, home, answers) for name, c in entry.controls.items() if c.run_id not in replaced
            }
            standing += [c for c in controls.values() if c]
            if entry.run_id in replaced:
                continue
            kept = {
                name: c.model_copy(update={"folder": None, "against_clean": None, "by_type": {}, "by_modality": {}})
                for name, c in entry.controls.items()
                if name in controls and not controls[name]
            }
            again = _again(entry, home, answers)
            old = again or ScoredRun(board.benchmark, entry.model_copy(update={"folder": None}), None)
            standing.append(old.with_fields(controls=kept))
    return standing


def _again(entry: Entry | ControlRun, home: Path, answers: Path | None) -> ScoredRun | None:
    """A run scored again; null where its folder is not at hand or holds another."""
    folder = home / entry.folder if entry.folder else None
    again = score_folder(folder, home, answers) if folder is not None and (folder / PREDICTIONS).exists() else None
    same = again and again.entry.run_id == entry.run_id
    return again.with_fields(supersedes=entry.supersedes) if again and same else None


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
            environment=stored.manifest.environment,
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
