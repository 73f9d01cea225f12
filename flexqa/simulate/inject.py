"""Which repetition a subject does: its timing, its errors, and what they do to the muscles.

An error is made by the graph's recipe and then looked for with the graph's detector; only what the detector finds
beyond its guard band is written into the annotation, and a repetition that shows more than was meant is not used.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from flexqa.graph.model import EmgEffect, Graph, Injection, Range
from flexqa.graph.walk import Pair, possible_pairs, score
from flexqa.recordings.detect import Repetition, shows, statistic
from flexqa.simulate.lifts import Lift, lift_of
from flexqa.simulate.motion import Plan, move
from flexqa.simulate.muscles import Drive
from flexqa.simulate.recipes import Case, Way, ways
from flexqa.simulate.subject import Subject, draw_subject
from flexqa.simulate.timeline import Timeline

Regime = Literal["controlled", "flexlike"]

_SCALES = (1.0, 1.3, 0.85, 1.7, 2.2, 3.0, 0.7)
"""factors on the recipe's amount, in the order in which they are tried"""
_FAULTLESS_SHARE, _UNEVEN_SHARE = 0.3, 0.22
"""controlled regime: repetitions without an error, and with an error that one side works harder for"""
_CLEAR_ASYMMETRY = 0.16
_CHANCE_ASYMMETRY = 0.025
_FLEX_LOSS = (32.0, 12.0)
"""mean and standard deviation of the points that FLEX's repetitions lose"""
_TRIES = 16
_FASTEST_M_S, _HARDEST_M_S2 = 7.0, 220.0
"""what no joint of a lifter does; an attempt that goes beyond has bent a limb the wrong way round"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One repetition, decided."""

    plan: Plan
    pairs: tuple[Pair, ...]
    drive: Drive


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


def draw_repetition(graph: Graph, action: str, subject: Subject, regime: Regime, rng: np.random.Generator) -> Drawn:
    """Decide one repetition: plan, the pairs that it shows, and how hard the muscles work."""
    lifter = Lifter(graph, action, lift_of(graph, action), subject)
    plan = _faultless(lifter, rng)
    side = float(rng.choice((-1.0, 1.0)))
    if regime == "controlled":
        plan, pairs = _controlled(lifter, plan, side, rng)
    else:
        plan, pairs = _flexlike(lifter, plan, side, rng)
    return Drawn(plan, pairs, _drive(lifter, pairs, side, rng))


def injectable(graph: Graph, action: str, subjects: int = 2) -> tuple[Pair, ...]:
    """The pairs that the simulator can make without another error, found by trying; seconds per action."""
    return tuple(p for p in _candidates(graph, action) if _can(graph, action, p, subjects))


def _can(graph: Graph, action: str, pair: Pair, subjects: int) -> bool:
    for index in range(subjects):
        rng = np.random.default_rng([index, 5])
        lifter = Lifter(graph, action, lift_of(graph, action), draw_subject(0, index))
        if inject(lifter, _faultless(lifter, rng), pair, 1.0, rng, alone=True) is None:
            return False
    return True


def _candidates(graph: Graph, action: str) -> tuple[Pair, ...]:
    """Pairs with a recipe and a criterion."""
    errors = graph.errors
    return tuple((k, e) for k, e in possible_pairs(graph, action) if errors[e].inject and errors[e].detect_all)


def _faultless(lifter: Lifter, rng: np.random.Generator) -> Plan:
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


def _controlled(lifter: Lifter, plan: Plan, side: float, rng: np.random.Generator) -> tuple[Plan, tuple[Pair, ...]]:
    draw = rng.uniform()
    if draw < _FAULTLESS_SHARE:
        return plan, lifter.found(plan)
    pairs = _candidates(lifter.graph, lifter.action)
    uneven = [p for p in pairs if _asymmetry(lifter.graph, p) and _phase(lifter.graph, p) == "concentric"]
    others = [p for p in pairs if not _asymmetry(lifter.graph, p)]
    wanted = uneven if draw < _FAULTLESS_SHARE + _UNEVEN_SHARE else others
    for index in rng.permutation(len(wanted))[:_TRIES]:
        made = inject(lifter, plan, wanted[index], side, rng, alone=True)
        if made is not None:
            return made, lifter.found(made)
    return plan, lifter.found(plan)


def _flexlike(lifter: Lifter, plan: Plan, side: float, rng: np.random.Generator) -> tuple[Plan, tuple[Pair, ...]]:
    """Adds errors until about as many points are lost as FLEX's repetitions lose."""
    graph, action = lifter.graph, lifter.action
    target = float(np.clip(rng.normal(*_FLEX_LOSS), 0, 75))
    pairs = _candidates(graph, action)
    found: tuple[Pair, ...] = ()
    for index in rng.permutation(len(pairs)):
        if 100 - score(graph, action, found).value >= target - 2:
            break
        if pairs[index] in found:
            continue
        made = inject(lifter, plan, pairs[index], side, rng, alone=False)
        if made is None:
            continue
        now = lifter.found(made)
        if set(found) <= set(now) and 100 - score(graph, action, now).value <= target + 8:
            plan, found = made, now
    return plan, found


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


def _phase(graph: Graph, pair: Pair) -> str:
    return graph.keysteps[pair[0]].phase


def _asymmetry(graph: Graph, pair: Pair) -> Range | None:
    effect = graph.errors[pair[1]].emg_effect
    return effect.asymmetry if effect else None


def _drive(lifter: Lifter, pairs: tuple[Pair, ...], side: float, rng: np.random.Generator) -> Drive:
    """Activation by the graph's prior, changed by the errors; the side that moves more works more."""
    graph, prior = lifter.graph, lifter.graph.actions[lifter.action].emg
    con = float(rng.uniform(*(prior.prior_con_pct_mvic if prior and prior.prior_con_pct_mvic else (45, 75))))
    ratio = float(rng.uniform(*(prior.prior_ecc_over_con if prior and prior.prior_ecc_over_con else (0.55, 0.75))))
    drive = Drive(con, con * ratio, float(rng.uniform(-_CHANCE_ASYMMETRY, _CHANCE_ASYMMETRY)))
    for pair in pairs:
        effect = graph.errors[pair[1]].emg_effect
        if effect is not None:
            drive = _affected(drive, effect, _phase(graph, pair), side, rng)
    return drive


def _affected(drive: Drive, effect: EmgEffect, phase: str, side: float, rng: np.random.Generator) -> Drive:
    if effect.con_rms:
        drive = replace(drive, concentric=drive.concentric * float(rng.uniform(*effect.con_rms)))
    if effect.ecc_over_con:
        drive = replace(drive, eccentric=drive.eccentric * float(rng.uniform(*effect.ecc_over_con)))
    if effect.asymmetry:
        low, high = effect.asymmetry
        size = side * float(rng.uniform(max(low, _CLEAR_ASYMMETRY), max(high, _CLEAR_ASYMMETRY)))
        if phase == "concentric":
            drive = replace(drive, asymmetry=size)
        elif phase == "eccentric":
            drive = replace(drive, eccentric_asymmetry=size)
    return drive
