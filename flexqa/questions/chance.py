"""What a guess is worth that knows no more than what is usual."""

from collections.abc import Sequence

import numpy as np

from flexqa.question import Split
from flexqa.questions.context import Context

SCORE_TOLERANCE = 5.0
"""points by which a technique score may be off and still be right"""

HIGHEST_CHANCE = 0.5
"""of a number: where a constant is right more often than this, scores are too alike to be asked for"""


def best_constant(values: Sequence[float], tolerance: float, least: float = 0.0, most: float = 100.0) -> float:
    """Share of the values that lie within `tolerance` of the one number that is near to most of them.

    At least what a number drawn evenly between `least` and `most` gets, for few values say little; below 1, for a
    question that a constant always answers would be none.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    # A window that holds most values can begin at one of them.
    ends = np.searchsorted(ordered, ordered + 2 * tolerance + 1e-9, side="right")
    hit = float((ends - np.arange(len(ordered))).max() / len(ordered)) if len(ordered) else 0.0
    return round(min(max(hit, 2 * tolerance / (most - least)), 0.99), 6)


def chance_of_score(context: Context, split: Split) -> float:
    """What the best constant gets as the technique score of the recordings of an action and split."""
    return best_constant([a.truth.score for a in context.by_split[split]], SCORE_TOLERANCE)
