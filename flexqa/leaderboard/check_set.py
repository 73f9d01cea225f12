"""The questions of a run against the set that it names: all of them, none of another set, none edited."""

from collections.abc import Iterable
from pathlib import Path

from flexqa.assets import asset
from flexqa.leaderboard.submission import Submission
from flexqa.leaderboard.verification import Findings, shown
from flexqa.question import Question
from flexqa.questions.bundles import select
from flexqa.questions.question_file import QuestionFile, open_question_set
from flexqa.questions.question_set import read_manifest
from flexqa.questions.registry import question_types
from flexqa.store import MANIFEST, QUESTIONS
from flexqa.withheld import given_out


def known_set(sha256: str) -> QuestionFile | None:
    """A set that comes with flexqa, by its hash; null where none has it."""
    paths = sorted((asset("benchmarks") / "flex-videoqa").glob("*/questions.jsonl"))
    return next((open_question_set(p) for p in paths if read_manifest(p).sha256 == sha256), None)


def check_set(run: Submission, given: Path | None, findings: Findings) -> None:
    """Compare the questions asked with the set, given as a file or found among those that come with flexqa."""
    wanted = run.manifest.spec.questions
    whole = open_question_set(given) if given else known_set(wanted.sha256)
    if whole is None:
        findings.note(
            "set",
            f"{MANIFEST}: spec.questions.sha256",
            f"set {shown(wanted.sha256[:16])} is not at hand, so whether its questions and answers are those asked "
            "is not proven; give it: --questions FILE",
        )
        return
    if run.withheld:
        # Of a set without answers only what it was made from is at hand, and so its hash is not.
        _check_selection(run, (q for _, q in given_out(whole, run.withheld)), findings)
        return
    if wanted.sha256 != whole.manifest.sha256:
        findings.fault(
            "set",
            f"{MANIFEST}: spec.questions.sha256",
            f"is {shown(wanted.sha256)}, the set has {whole.manifest.sha256!r}",
        )
        return
    for name in ("graph_sha256", "recordings_sha256", "generator_version", "seed"):
        if (said := getattr(wanted, name)) != (there := getattr(whole.manifest, name)):
            findings.fault(
                "set", f"{MANIFEST}: spec.questions.{name}", f"is {shown(said)}, the set has {shown(there)}"
            )
    _check_selection(run, whole.select("all", None), findings)


def _check_selection(run: Submission, whole: Iterable[Question], findings: Findings) -> None:
    wanted, asked = run.manifest.spec.questions, run.rows.keys()
    # Without a limit none of the set is held.
    of_split = (q for q in whole if wanted.split in (q.split, "all"))
    kept = of_split if wanted.limit is None else select(of_split, wanted.split, wanted.limit)
    chosen = {q.id: q.type for q in kept}
    for question_id in sorted(asked - chosen.keys()):
        findings.fault("set", QUESTIONS, f"{shown(question_id)} is not in the set, or not chosen by split and limit")
    control, kinds = run.manifest.spec.control, question_types()
    # A control is asked of the questions whose type declares it, and of the conversations that these belong to.
    due = {name for name, kind in chosen.items() if control is None or control in kinds[kind].controls}
    missing = sorted(due - asked)
    if missing:
        findings.fault(
            "set", QUESTIONS, f"{len(missing)} questions of the set are not asked, first {shown(missing[0])}"
        )
