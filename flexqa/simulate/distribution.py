"""How scores and errors are distributed over the repetitions of each action, beside what FLEX has published."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from flexqa.recordings.model import Annotation
from flexqa.simulate.published import ANY_ACTION, PUBLISHED, Published


@dataclass(frozen=True, slots=True)
class ScoreSpread:
    """The repetitions of one action; of all actions if `action` is empty."""

    action: str
    n: int
    mean: float
    sd: float
    """over repetitions, of the sample; 0 for a single one"""
    least: float
    highest: float
    errors: float
    """different errors per repetition, on average"""
    inside: float
    """share of the scores within the published range of their action"""
    published: Published


def score_spreads(annotations: Iterable[Annotation]) -> tuple[ScoreSpread, ...]:
    """One row per action, sorted, and a last one for all; none when there are no annotations."""
    by_action: defaultdict[str, list[Annotation]] = defaultdict(list)
    for a in annotations:
        by_action[a.action].append(a)
    if not by_action:
        return ()
    rows = [_spread(name, PUBLISHED.get(name, ANY_ACTION), by_action[name]) for name in sorted(by_action)]
    return (*rows, _spread("", ANY_ACTION, [a for items in by_action.values() for a in items]))


def _spread(action: str, published: Published, items: list[Annotation]) -> ScoreSpread:
    scores = np.array([a.score for a in items])
    ranges = [PUBLISHED.get(a.action, ANY_ACTION) for a in items]
    return ScoreSpread(
        action=action,
        n=len(items),
        mean=float(scores.mean()),
        sd=float(scores.std(ddof=1)) if len(items) > 1 else 0.0,
        least=float(scores.min()),
        highest=float(scores.max()),
        errors=float(np.mean([len({e for _, e in a.pairs}) for a in items])),
        inside=float(np.mean([r.least <= a.score <= r.highest for a, r in zip(items, ranges, strict=True)])),
        published=published,
    )
