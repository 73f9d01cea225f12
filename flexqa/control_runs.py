"""A run against its controls: what the evidence is worth to a model, and whether that is as with a sound one.

Both runs are compared on the questions whose type declares the control, question by question, clustered by subject.
What a sound model would do is declared by the type (`flexqa.vocabulary.Expectation`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from flexqa.errors import RunError
from flexqa.question import Frozen
from flexqa.questions.registry import question_types
from flexqa.rescore import judge_folder
from flexqa.scoring.aggregate import Judged
from flexqa.scoring.compare import ALPHA, Comparison, compare, corrected
from flexqa.scoring.statistics import Estimate, estimate
from flexqa.store import MANIFEST, read_manifest
from flexqa.vocabulary import Control, Expectation

Pair = tuple[Judged, Judged]
"""A question as it was answered with the evidence, and under a control."""


class Drop(Frozen):
    """The same questions with the evidence as it is, and under a control."""

    accuracy: Estimate
    """with the evidence"""
    under_control: Estimate
    """likewise, under the control"""
    chance: float
    """mean score of an uninformed guess, 0-1"""
    drop: Comparison
    """accuracy with the evidence less that under the control; under `blind`, the gain over blind"""


class TypeDrop(Drop):
    """The questions of one type."""

    expected: Expectation | None
    """what a sound model scores under the control; null where the type is not installed here"""
    as_expected: bool | None
    """chance: the interval under the control does not lie above chance; lower: the drop is significant before
    correction; unchanged: it is not. Null where there is no interval"""


class ControlDrop(Frozen):
    """One control."""

    run_id: str
    overall: Drop
    """of the questions whose type declares it; corrected over the controls"""
    by_type: dict[str, TypeDrop]
    """corrected over the types of this control"""


class ControlsReport(Frozen):
    """What `flexqa controls --json` prints."""

    schema_version: Literal["1"] = "1"
    run_id: str
    controls: dict[Control, ControlDrop]


def controls_of(run: Path, folders: Sequence[Path] = (), answers: Path | None = None) -> ControlsReport:
    """Compare a run with its controls, all judged again from their raw replies.

    Args:
        run: folder of the run on the evidence as it is.
        folders: of its controls; none are those beside it, as `flexqa eval --controls` names them.
        answers: the full question set, where answers are withheld.

    Raises:
        RunError: a folder is no run, a control belongs to another run, or there is none.
    """
    run_id = read_manifest(run).run_id
    folders = folders or _beside(run, run_id)
    if not folders:
        raise RunError(
            f"{run}: no control of this run lies beside it; make some with flexqa eval ... --out {run} --controls all"
        )
    clean = {j.question.content_hash: j for j in judge_folder(run, answers)[1]}
    found: dict[Control, tuple[str, list[Pair]]] = {}
    for folder in folders:
        stored, judged = judge_folder(folder, answers)
        control = stored.manifest.spec.control
        if control is None or stored.manifest.control_of != run_id:
            raise RunError(f"{folder} is no control of run {run_id}; name the folders of its controls")
        if control in found:
            raise RunError(f"{folder}: a second run under {control}; name one")
        found[control] = stored.manifest.run_id, _pairs(clean, judged, control)
    overall = _drops([pairs for _, pairs in found.values()])
    return ControlsReport(
        run_id=run_id,
        controls={
            control: ControlDrop(run_id=name, overall=drop, by_type=_by_type(pairs, control))
            for (control, (name, pairs)), drop in zip(found.items(), overall, strict=True)
        },
    )


def _beside(run: Path, run_id: str) -> list[Path]:
    beside = (p for p in sorted(run.parent.glob(f"{run.name}.*")) if (p / MANIFEST).is_file())
    return [p for p in beside if read_manifest(p).control_of == run_id]


def declaring(judged: Iterable[Judged], control: Control | None) -> list[Judged]:
    """The questions of a control run that say something of the control: those whose type declares it.

    A conversation is asked whole; its turns that do not declare the control are left out here. A type that is not
    installed here counts as declaring it, since its questions were asked.
    """
    kinds = question_types()
    return [j for j in judged if j.question.type not in kinds or control in kinds[j.question.type].controls]


def _pairs(clean: Mapping[str, Judged], judged: Iterable[Judged], control: Control) -> list[Pair]:
    """Each question that says something of the control, as it was answered in both runs."""
    pairs = [(clean.get(j.question.content_hash), j) for j in declaring(judged, control)]
    found = [(a, b) for a, b in pairs if a is not None]
    if len(found) < len(pairs) or not found:
        raise RunError(
            f"the run under {control} was asked {len(pairs) - len(found)} questions that its clean run was not, and "
            f"shares {len(found)}; run the control again beside its run"
        )
    return found


def _by_type(pairs: Sequence[Pair], control: Control) -> dict[str, TypeDrop]:
    groups: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair[0].question.type].append(pair)
    names = sorted(groups)
    found = {}
    for name, drop in zip(names, _drops([groups[n] for n in names]), strict=True):
        expected = question_types()[name].controls[control] if name in question_types() else None
        found[name] = TypeDrop(**dict(drop), expected=expected, as_expected=_as_expected(drop, expected))
    return found


def _drops(groups: Sequence[Sequence[Pair]]) -> list[Drop]:
    """One for each group of pairs, corrected over all."""
    clean = [[a.verdict.score for a, _ in pairs] for pairs in groups]
    control = [[b.verdict.score for _, b in pairs] for pairs in groups]
    subjects = [[a.question.subject for a, _ in pairs] for pairs in groups]
    drops = corrected([compare(a, b, c) for a, b, c in zip(clean, control, subjects, strict=True)])
    return [
        Drop(
            accuracy=estimate(a, c, bounds=(0, 1)),
            under_control=estimate(b, c, bounds=(0, 1)),
            chance=sum(q.question.chance for q, _ in pairs) / len(pairs),
            drop=drop,
        )
        for pairs, a, b, c, drop in zip(groups, clean, control, subjects, drops, strict=True)
    ]


def _as_expected(drop: Drop, expected: Expectation | None) -> bool | None:
    if expected is None:
        return None
    low, p, value = drop.under_control.ci_low, drop.drop.p, drop.drop.difference.value
    if expected == "chance":
        return None if low is None else low <= drop.chance
    fell = None if p is None or value is None else p < ALPHA and value > 0
    return fell if expected == "lower" or fell is None else not fell
