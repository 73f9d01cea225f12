"""Which repetition a subject does: its timing, its errors, and what they do to the muscles."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from flexqa.graph.model import EmgEffect, Graph, Range
from flexqa.graph.walk import Pair, score
from flexqa.simulate.inject import Lifter, candidates, faultless, inject
from flexqa.simulate.lifts import lift_of
from flexqa.simulate.motion import Plan
from flexqa.simulate.muscles import Drive
from flexqa.simulate.subject import Subject

Regime = Literal["controlled", "flexlike"]

_FAULTLESS_SHARE, _UNEVEN_SHARE = 0.3, 0.22
"""controlled regime: repetitions without an error, and with an error that one side works harder for"""
_CLEAR_ASYMMETRY = 0.16
_CHANCE_ASYMMETRY = 0.025
_FLEX_LOSS = (32.0, 12.0)
"""mean and standard deviation of the points that FLEX's repetitions lose"""
_TRIES = 16


@dataclass(frozen=True, slots=True)
class Drawn:
    """One repetition, decided."""

    plan: Plan
    pairs: tuple[Pair, ...]
    drive: Drive


def draw_repetition(graph: Graph, action: str, subject: Subject, regime: Regime, rng: np.random.Generator) -> Drawn:
    """Decide one repetition: plan, the pairs that it shows, and how hard the muscles work."""
    lifter = Lifter(graph, action, lift_of(graph, action), subject)
    plan = faultless(lifter, rng)
    side = float(rng.choice((-1.0, 1.0)))
    if regime == "controlled":
        plan, pairs = _controlled(lifter, plan, side, rng)
    else:
        plan, pairs = _flexlike(lifter, plan, side, rng)
    return Drawn(plan, pairs, _drive(lifter, pairs, side, rng))


def _controlled(lifter: Lifter, plan: Plan, side: float, rng: np.random.Generator) -> tuple[Plan, tuple[Pair, ...]]:
    draw = rng.uniform()
    if draw < _FAULTLESS_SHARE:
        return plan, lifter.found(plan)
    pairs = candidates(lifter.graph, lifter.action)
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
    pairs = candidates(graph, action)
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
