"""Verify a submission: trust nothing that it says, and name what is wrong and where.

A run folder, a .zip of one, or a leaderboard file. What a run says of itself is made again from its questions and raw
replies: ids, keys, hashes, verdicts, scores, prompts. What lies outside of it, the question set, the recordings and
the earlier leaderboard, proves more when it is given; what is not proven without it is a note.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from flexqa.errors import FlexqaError, RunError
from flexqa.leaderboard.check_board import check_board, check_rebuilt
from flexqa.leaderboard.check_identity import check_identity
from flexqa.leaderboard.check_prompts import check_prompts, check_recorded_prompts, check_templates
from flexqa.leaderboard.check_scores import check_scores
from flexqa.leaderboard.check_set import check_set
from flexqa.leaderboard.intake import KNOWN, check_folder, unpack
from flexqa.leaderboard.secret_strings import check_secrets
from flexqa.leaderboard.submission import read_submission
from flexqa.leaderboard.verification import Findings, Limits, Verification
from flexqa.rescore import score_lines
from flexqa.run_lines import find_lines
from flexqa.store import PREDICTIONS, QUESTIONS


@dataclass(frozen=True, slots=True)
class Against:
    """What a submission is held against, as far as it is at hand."""

    questions: Path | None = None
    """the question set, with its answers; null looks among those that come with flexqa"""
    data: Path | None = None
    """the recordings; null leaves prompts with sensor traces alone"""
    graph: Path | None = None
    """null is the benchmark's own"""
    before: Path | None = None
    """an earlier leaderboard, for a leaderboard"""
    limits: Limits = field(default_factory=Limits)


def verify(target: Path, against: Against | None = None) -> Verification:
    """Verify a run folder, a .zip of one, or a leaderboard file with the run folders beside it.

    Raises:
        RunError: there is no such file or folder.
        FlexqaError: what it is held against cannot be read.
    """
    against = against or Against()
    findings = Findings()
    if target.is_dir():
        return _conclude(target, [_verify_folder(target, against, findings)], findings)
    if not target.is_file():
        raise RunError(
            f"{target}: is neither a run folder nor a file; name a run folder, a .zip or a leaderboard.json"
        )
    if target.suffix != ".zip":
        folders = check_board(target, against.before, against.limits, findings)
        runs = [_within(folder, name, against, findings) for name, folder in folders]
        if not findings.fatal:
            check_rebuilt(target, against.questions, findings)
        return _conclude(target, runs, findings, of_run=False)
    with tempfile.TemporaryDirectory() as place:
        folder = unpack(target, Path(place), against.limits, findings)
        return _conclude(target, [_verify_folder(folder, against, findings)] if folder else [], findings)


@dataclass(frozen=True, slots=True)
class _Verified:
    run_id: str | None = None
    n_questions: int = 0
    prompts: int = 0
    accuracy: float | None = None


def _verify_folder(folder: Path, against: Against, findings: Findings) -> _Verified:
    """Verify a run folder: its outside, its records each by itself, then what they give together."""
    limits = against.limits
    if not check_folder(folder, limits, findings):
        return _Verified()
    for name in KNOWN:
        if (folder / name).exists():
            check_secrets(folder / name, limits, findings)
    run = read_submission(folder, limits, findings)
    if run is None:
        return _Verified()
    check_identity(run, limits, findings)
    prompts, accuracy = 0, None
    same_words = check_templates(run, findings)
    check_set(run, against.questions, findings)
    if same_words and against.data:
        from flexqa.assets import default_graph
        from flexqa.graph.load import load_graph
        from flexqa.recordings.flex_layout import open_recordings

        graph = load_graph(against.graph or default_graph())
        prompts = check_prompts(run, open_recordings(against.data), graph, findings)
    elif same_words:
        prompts = check_recorded_prompts(run, findings)
        if prompts < len(run.predictions):
            words = (
                f"{len(run.predictions) - prompts} prompts could not be made again; give the recordings: --data DIR"
            )
            findings.note("prompt", PREDICTIONS, words)
    if any(f.fatal and f.rule in ("json", "schema", "size") for f in findings.told):
        findings.note("score", PREDICTIONS, "not scored: records cannot be read, or are too large")
        return _Verified(run.manifest.run_id, len(run.questions), prompts)
    if against.questions is None and run.withheld:
        findings.note("score", QUESTIONS, "its answers are withheld; to score it give the full set: --questions FILE")
        return _Verified(run.manifest.run_id, len(run.questions), prompts)
    with tempfile.TemporaryFile() as verdicts:
        try:
            scores = score_lines(find_lines(folder), run.manifest, against.questions, verdicts)
        except FlexqaError as e:
            findings.fault("score", PREDICTIONS, f"cannot be scored: {e}")
        else:
            accuracy = scores.overall.accuracy.value
            verdicts.seek(0)
            check_scores(folder, scores, verdicts, limits, findings)
    return _Verified(run.manifest.run_id, len(run.questions), prompts, accuracy)


def _within(folder: Path, name: str, against: Against, findings: Findings) -> _Verified:
    """Verify a run of a leaderboard; its findings begin with its folder."""
    own = Findings()
    verified = _verify_folder(folder, against, own)
    for f in own.told:
        add = findings.fault if f.fatal else findings.note
        add(f.rule, f"{name}/{f.where}", f.message)
    return verified


def _conclude(target: Path, runs: list[_Verified], findings: Findings, *, of_run: bool = True) -> Verification:
    return Verification(
        subject=str(target),
        run_ids=tuple(r.run_id for r in runs if r.run_id),
        n_questions=sum(r.n_questions for r in runs),
        prompts_recomputed=sum(r.prompts for r in runs),
        accuracy=runs[0].accuracy if of_run and len(runs) == 1 else None,
        findings=tuple(findings.told),
        untold=findings.untold,
    )
