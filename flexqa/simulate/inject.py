"""A faultless repetition, and errors put into it by movement.

An error is made by the graph's recipe and then looked for with the graph's detector; only what the detector finds
beyond its guard band is written into the annotation, and a repetition that shows more than was meant is not used.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from flexqa.graph.model import Graph, Injection
from flexqa.graph.walk import Pair, possible_pairs
from flexqa.recordings.detect import shows, statistic
from flexqa.recordings.repetition import Repetition
from flexqa.simulate.lifts import Lift, lift_of
from flexqa.simulate.motion import Plan, move
from flexqa.simulate.recipes import Case, Way, ways
from flexqa.simulate.subject import Subject, draw_subject
from flexqa.simulate.timeline import Timeline

_SCALES = (1.0, 1.3, 0.85, 1.7, 2.2, 3.0, 0.7)
"""factors on the recipe's amount, in the order in which they are tried"""
_TRIES = 16
_FASTEST_M_S, _HARDEST_M_S2 = 7.0, 220.0
"""what no joint of a lifter does; an attempt that goes beyond has bent a limb the wrong way round"""


@dataclass(frozen=True, slots=True)
class Lifter:
    """One subject at one action."""

    graph: Graph
    action: str
    lift: Lift
    subject: Subject

    def repetition(self, plan: Plan) -> Repetition:
        """The plan carried out, ready to be measured."""
        return Repetition(self.graph, self.action, move(self.lift, self.subject, plan), plan.timeline.spans())

    def found(self, plan: Plan) -> tuple[Pair, ...]:
        """Every pair that the detector is sure of."""
        repetition = self.repetition(plan)
        return tuple(p for p in possible_pairs(self.graph, self.action) if shows(repetition, *p))


def injectable(graph: Graph, action: str, subjects: int = 2) -> tuple[Pair, ...]:
    """The pairs that the simulator can make without another error, found by trying; seconds per action."""
    return tuple(p for p in candidates(graph, action) if _can(graph, action, p, subjects))


def _can(graph: Graph, action: str, pair: Pair, subjects: int) -> bool:
    for index in range(subjects):
        rng = np.random.default_rng([index, 5])
        lifter = Lifter(graph, action, lift_of(graph, action), draw_subject(0, index))
        if inject(lifter, faultless(lifter, rng), pair, 1.0, rng, alone=True) is None:
            return False
    return True


def candidates(graph: Graph, action: str) -> tuple[Pair, ...]:
    """Pairs with a recipe and a criterion."""
    errors = graph.errors
    return tuple((k, e) for k, e in possible_pairs(graph, action) if errors[e].inject and errors[e].detect_all)


def faultless(lifter: Lifter, rng: np.random.Generator) -> Plan:
    """A repetition in which the detector finds nothing."""
    node = lifter.graph.actions[lifter.action]
    plan: Plan | None = None
    for _ in range(_TRIES):
        # A little slower than the usual tempo allows, so that no phase is near the limit of too fast.
        ranges = [node.tempo_s.get(p, (1.2, 2.4)) for p in node.phases[1:]]
        first, second = (float(rng.uniform(max(low, 1.15), max(high, 1.5))) for low, high in ranges)
        timeline = Timeline(node.phases, float(rng.uniform(0.9, 1.4)), first, second)
        plan = Plan(timeline, habit=_today(rng), sway_seed=int(rng.integers(2**31)))
        if not lifter.found(plan):
            break
    assert plan is not None
    return plan


def _today(rng: np.random.Generator) -> dict[str, float]:
    """How this repetition differs from the subject's habit."""
    return {"incl": float(rng.normal(0, 0.5)), "grip": float(rng.normal(0, 0.008)), "knee": float(rng.normal(0, 0.5))}


def inject(
    lifter: Lifter, plan: Plan, pair: Pair, side: float, rng: np.random.Generator, *, alone: bool
) -> Plan | None:
    """A plan that shows a pair, made from one that does not; None if no way is found.

    Args:
        lifter: who does what.
        plan: the repetition so far.
        pair: (keystep, error) to add.
        side: 1, the left side is the higher or stronger one; -1, the right.
        rng: draws the amount.
        alone: the detector must find no other error; the same one may show in another keystep as well.
    """
    for attempt in _attempts(lifter, plan, pair, side, rng):
        repetition = lifter.repetition(attempt)
        if (
            shows(repetition, *pair)
            and _humanly_possible(repetition)
            and (not alone or {e for _, e in lifter.found(attempt)} == {pair[1]})
        ):
            return attempt
    return None


def _humanly_possible(repetition: Repetition) -> bool:
    steps = np.diff(repetition.pose.points, axis=0) * repetition.pose.fps
    speed = np.sqrt(np.sum(np.square(steps), axis=-1)).max()
    jolt = np.sqrt(np.sum(np.square(np.diff(steps, axis=0)), axis=-1)).max() * repetition.pose.fps
    return bool(speed < _FASTEST_M_S and jolt < _HARDEST_M_S2)


def _attempts(lifter: Lifter, plan: Plan, pair: Pair, side: float, rng: np.random.Generator) -> Iterator[Plan]:
    keystep, error = pair
    graph, node = lifter.graph, lifter.graph.errors[error]
    before = lifter.repetition(plan)
    recipes = [i for i in node.inject if not i.actions or lifter.action in i.actions]
    # Several recipes for one criterion are alternatives; as many as there are criteria belong together.
    together = (
        [recipes] if len(node.detect_all) > 1 else [[r] for r in rng.permutation(np.array(recipes, dtype=object))]
    )
    for chosen in together:
        options = []
        for number, recipe in enumerate(chosen):
            criterion = node.detect_all[min(number, len(node.detect_all) - 1)]
            own = graph.keysteps[keystep].phase
            phase = own if criterion.phase == "phase" or criterion.phase == "set" else criterion.phase
            case = Case(lifter.lift, graph.actions[lifter.action], criterion, phase, side)
            amount = _amount(recipe, before, keystep, error, rng)
            options.append([(way, amount) for way in ways(case, recipe.measure)])
        for combination in product(*options):
            for scale in _SCALES:
                yield _applied(plan, combination, scale)


def _applied(plan: Plan, combination: tuple[tuple[Way, float], ...], scale: float) -> Plan:
    for way, amount in combination:
        plan = way(plan, amount * scale)
    return plan


def _amount(recipe: Injection, before: Repetition, keystep: str, error: str, rng: np.random.Generator) -> float:
    """By how much to move a measure: as drawn, or from where it is to what the recipe sets."""
    if recipe.add is not None:
        return float(rng.uniform(*recipe.add))
    assert recipe.set is not None
    goal = float(rng.uniform(*recipe.set))
    criteria = [c for c in before.graph.errors[error].detect_all if c.measure == recipe.measure]
    now = statistic(before, keystep, criteria[0]) if criteria else None
    return goal - float(np.mean(now)) if now else goal
