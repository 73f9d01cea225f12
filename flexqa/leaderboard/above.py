"""How far a run is above what needs no model and above what needs no evidence."""

from dataclasses import dataclass

from flexqa.leaderboard.entry import Board, Entry
from flexqa.pages.numbers import finite
from flexqa.scoring.compare import ALPHA, Comparison
from flexqa.scoring.statistics import Estimate

PRIOR = "baseline:prior"


@dataclass(frozen=True, slots=True)
class Above:
    """Differences of accuracy, 0-1; null where one of the two is not there."""

    chance: float | None
    """to the mean score of a guess"""
    blind: Estimate | None
    """to the same model without evidence, on the questions that this was tried on"""
    prior: float | None
    """to the most frequent answers of the train split; null for that baseline itself"""


def above(entry: Entry, board: Board) -> Above:
    """What a run is above."""
    prior = next((e for e in board.entries if e.model.name == PRIOR), None)
    blind = entry.controls.get("blind")
    return Above(
        chance=_less(accuracy(entry), finite(entry.metrics.accuracy.chance)),
        blind=worth(blind.against_clean) if blind else None,
        prior=_less(accuracy(entry), accuracy(prior)) if prior and prior is not entry else None,
    )


def accuracy(entry: Entry) -> float | None:
    """The accuracy of a run; null where it is no number that can be drawn."""
    return finite(entry.metrics.accuracy.accuracy.value)


def worth(comparison: Comparison | None) -> Estimate | None:
    """What the evidence is worth that a control takes away: the run itself less its control."""
    if comparison is None:
        return None
    d = comparison.difference
    turned = {"value": d.value, "ci_low": d.ci_high, "ci_high": d.ci_low}
    return d.model_copy(update={name: None if value is None else -value for name, value in turned.items()})


def indistinguishable(entry: Entry) -> bool:
    """Whether the comparison with the best model was made and shows no difference after Holm's correction."""
    if entry.vs_best is None:
        return False
    p = finite(entry.vs_best.p_holm)
    return p >= ALPHA if p is not None else entry.vs_best.difference.value == 0


def _less(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b
