"""The questions of a run against the set that it names: all of them, none of another set, none edited."""

from pathlib import Path

from flexqa.assets import asset
from flexqa.leaderboard.submission import Submission
from flexqa.leaderboard.verification import Findings, shown
from flexqa.question import Question
from flexqa.questions.bundles import select
from flexqa.questions.question_set import QuestionSet, read_question_set
from flexqa.questions.registry import question_types
from flexqa.store import MANIFEST, QUESTIONS
from flexqa.withheld import withhold


def known_set(sha256: str) -> QuestionSet | None:
    """A set that comes with flexqa, by its hash; null where none has it."""
    for path in sorted((asset("benchmarks") / "flex-videoqa").glob("*/questions.jsonl")):
        found = read_question_set(path)
        if found.manifest.sha256 == sha256:
            return found
    return None


def check_set(run: Submission, given: Path | None, findings: Findings) -> None:
    """Compare the questions asked with the set, given as a file or found among those that come with flexqa."""
    wanted = run.manifest.spec.questions
    whole = read_question_set(given) if given else known_set(wanted.sha256)
    if whole is None:
        findings.note(
            "set",
            f"{MANIFEST}: spec.questions.sha256",
            f"set {shown(wanted.sha256[:16])} is not at hand, so whether its questions and answers are those asked "
            "is not proven; give it: --questions FILE",
        )
        return
    splits = {q.split for q in run.questions if q.withheld}
    if splits:
        # Of a set without answers only what it was made from is at hand, and so its hash is not.
        _check_selection(run, tuple(withhold(whole.questions, splits).values()), findings)
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
    _check_selection(run, whole.questions, findings)


def _check_selection(run: Submission, whole: tuple[Question, ...], findings: Findings) -> None:
    wanted = run.manifest.spec.questions
    chosen = {q.id for q in select(whole, wanted.split, wanted.limit)}
    asked = {q.id for q in run.questions}
    for question_id in sorted(asked - chosen):
        findings.fault("set", QUESTIONS, f"{shown(question_id)} is not in the set, or not chosen by split and limit")
    control, kinds = run.manifest.spec.control, question_types()
    # A control is asked of the questions whose type declares it, and of the conversations that these belong to.
    due = {q.id for q in whole if control is None or control in kinds[q.type].controls} & chosen
    missing = sorted(due - asked)
    if missing:
        findings.fault(
            "set", QUESTIONS, f"{len(missing)} questions of the set are not asked, first {shown(missing[0])}"
        )
