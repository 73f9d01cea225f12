"""What a benchmark of a given size can tell apart, from what runs show of how answers vary."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from flexqa.errors import BadInput
from flexqa.question import Frozen, Question
from flexqa.rescore import judge_folder
from flexqa.scoring.power import Components, Design, components, smallest_difference, subjects_needed


class Row(Frozen):
    """A number of clips per subject, and what it takes."""

    clips_per_subject: float
    subjects: int | None
    """null beyond a million"""
    clips: int | None
    questions: int | None


class Plan(Frozen):
    """What `flexqa power --json` prints."""

    schema_version: Literal["1"] = "1"
    difference: float
    """to be found, 0-1"""
    power: float
    alpha: float
    questions_per_clip: float
    components: Components
    """of the differences of two runs question by question"""
    source: str
    """where the components come from"""
    at_hand: Design | None
    """of the run; null without one"""
    smallest_difference: float | None
    """that the run's own design finds; null without a run"""
    rows: tuple[Row, ...]


def from_runs(run: Path, other: Path | None, correlation: float) -> tuple[Components, Design, str]:
    """Components of differences question by question, and the design of a run.

    Args:
        run: a run folder.
        other: another on the same questions; null takes two models that vary as the run does.
        correlation: of the scores of two models on the same question, where there is no other run.

    Raises:
        BadInput: a folder is no run, the runs share no question, or nothing varies.
    """
    first = {j.question.content_hash: j for j in judge_folder(run)[1]}
    questions = [j.question for j in first.values()]
    if other is None:
        found = components([j.verdict.score for j in first.values()], *_clusters(questions))
        # Two runs of the same variance; what they share is taken to be as alike within clips as what they do not.
        sd = found.sd * (2 * (1 - correlation)) ** 0.5
        source = f"{run.name}, and another model whose scores correlate with its own by {correlation:g}"
        return found.model_copy(update={"sd": sd}), _design(questions), source
    second = {j.question.content_hash: j for j in judge_folder(other)[1]}
    if not (shared := [h for h in first if h in second]):
        raise BadInput(f"{run} and {other} share no question; name runs on the same question set")
    questions = [first[h].question for h in shared]
    differences = [first[h].verdict.score - second[h].verdict.score for h in shared]
    return components(differences, *_clusters(questions)), _design(questions), f"{run.name} and {other.name}"


def plan(
    difference: float,
    found: Components,
    *,
    questions_per_clip: float,
    clips_per_subject: Sequence[float],
    source: str,
    at_hand: Design | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Plan:
    """The subjects that are needed for each number of clips per subject."""
    rows = []
    for clips in clips_per_subject:
        n = subjects_needed(
            difference,
            found,
            clips_per_subject=clips,
            questions_per_clip=questions_per_clip,
            wanted=power,
            alpha=alpha,
        )
        total = None if n is None else round(n * clips)
        asked = None if n is None else round(n * clips * questions_per_clip)
        rows.append(Row(clips_per_subject=clips, subjects=n, clips=total, questions=asked))
    return Plan(
        difference=difference,
        power=power,
        alpha=alpha,
        questions_per_clip=questions_per_clip,
        components=found,
        source=source,
        at_hand=at_hand,
        smallest_difference=smallest_difference(found, at_hand, power, alpha) if at_hand else None,
        rows=tuple(rows),
    )


def _clusters(questions: Sequence[Question]) -> tuple[list[str], list[str]]:
    """Clip and subject of each question; the clip is the first recording that is shown."""
    clips = [q.media[0].recording if q.media else q.groups.get("chain", q.id) for q in questions]
    return clips, [q.subject for q in questions]


def _design(questions: Sequence[Question]) -> Design:
    clips, subjects = _clusters(questions)
    n_clips, n_subjects = len(set(zip(clips, subjects, strict=True))), len(set(subjects))
    return Design(
        subjects=n_subjects,
        clips_per_subject=n_clips / n_subjects,
        questions_per_clip=len(questions) / n_clips,
    )
