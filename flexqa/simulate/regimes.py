"""Which repetition a subject does: its timing, its errors, and what they do to the muscles.

Three regimes:

    controlled   Consecutive repetitions are minimal pairs: the same movement, noise and effort, one with a single
                 error and one without.
    flexlike     Several errors at a time, so many that scores lie as FLEX has published them per action. Each
                 subject has habits, so that the repetitions of a set share most of their errors; novices make more.
    mixed        Half of each, by pairs of repetitions.

In a few repetitions one side's muscles work harder although the movement is even: an error of the EMG alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from flexqa.graph.model import EmgEffect, Graph, Range
from flexqa.graph.walk import Pair, score
from flexqa.media import Pose
from flexqa.simulate.bout import Bout
from flexqa.simulate.inject import Lifter, candidates, inject, until_faultless
from flexqa.simulate.lifts import lift_of
from flexqa.simulate.motion import Plan
from flexqa.simulate.muscles import Drive
from flexqa.simulate.published import ANY_ACTION, PUBLISHED
from flexqa.simulate.subject import Skill, Subject

Regime = Literal["controlled", "flexlike", "mixed"]

_PAIRED, _SEVERAL, _HABITS, _NOISE, _MUSCULAR = 2, 4, 5, 6, 7
"""what random numbers are for"""
_TRIES = 16
_UNEVEN_SHARE = 0.46
"""controlled regime: of the single errors, how many make one side work harder"""
_MUSCULAR_SHARE = 0.06
"""repetitions, or pairs of them, in which only the muscles are uneven"""
_LOPSIDED_SHARE = 0.25
"""flexlike regime: bouts in which the sides may differ clearly"""
_CLEAR_ASYMMETRY = 0.16
_SKILL_LOSS: dict[Skill, float] = {"novice": 1.15, "amateur": 0.95, "expert": 0.75}
"""factor on the points that are lost; 1 on average over FLEX's subjects"""
_BOUT_SHARE, _REP_SHARE, _TIRED_LOSS = 0.75, 0.5, 3.0
"""of the spread of scores, between sets and within; points that a tired lifter loses more"""
_CLOSE = 3.0
"""points"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One repetition, decided."""

    plan: Plan
    pairs: tuple[Pair, ...]
    drive: Drive
    pose: Pose
    noise: tuple[int, ...]
    """seed of everything random in the EMG"""
    heart_bpm: float
    twin: int | None = None
    """number of the repetition that differs by one error only"""
    set_errors: tuple[str, ...] = ()
    """errors that no pose shows"""


def draw_repetition(graph: Graph, action: str, subject: Subject, bout: Bout, regime: Regime, rep: int) -> Drawn:
    """Decide one repetition: plan, the pairs that it shows, and how hard the muscles work."""
    lifter = Lifter(graph, action, lift_of(graph, action), subject)
    if regime == "controlled" or (regime == "mixed" and _controlled_now(bout, rep)):
        return _one_of_two(lifter, bout, rep)
    return _several(lifter, bout, rep)


def _controlled_now(bout: Bout, rep: int) -> bool:
    """Pairs of repetitions alternate, and so do pairs of subjects and actions."""
    _, action, subject = bout.seed
    return (action + subject // 2 + (rep - 1) // 2) % 2 == 0


def _one_of_two(lifter: Lifter, bout: Bout, rep: int) -> Drawn:
    """Both repetitions of a pair come from the same random numbers; one of them then gets the error."""
    first = rep - (rep - 1) % 2
    rng = bout.rng(_PAIRED, first)
    drive, side, wrong = bout.drive(first, rng), bout.side(rng), first + int(rng.integers(2))
    plan = until_faultless(lifter, lambda: bout.plan(first, rng))
    if muscular := _muscular_error(lifter, bout.rng(_MUSCULAR, first)):
        return _uneven_muscles(lifter, bout, rep, muscular, plan, drive, side if rep == wrong else None)
    made = _with_one_error(lifter, plan, side, rng)
    if made is None:
        # No error could be made: two faultless repetitions, which are not to be copies.
        plan = replace(plan, sway_seed=plan.sway_seed + rep)
    elif rep == wrong:
        plan = made
    twin = None if made is None else 2 * first + 1 - rep
    noise = (*bout.seed, _NOISE, first if twin else rep)
    pairs = lifter.found(plan)
    drive = _affected_by(lifter.graph, drive, pairs, side, rng)
    return Drawn(plan, pairs, drive, lifter.repetition(plan).pose, noise, bout.heart_bpm(first), twin)


def _uneven_muscles(
    lifter: Lifter, bout: Bout, rep: int, error: str, plan: Plan, drive: Drive, side: float | None
) -> Drawn:
    """One of two repetitions of the same movement, in one of which the muscles of a side work harder."""
    first = rep - (rep - 1) % 2
    if side is not None:
        drive = _muscular_drive(lifter.graph, error, drive, side, bout.rng(_MUSCULAR, first, 1))
    pose, noise = lifter.repetition(plan).pose, (*bout.seed, _NOISE, first)
    errors = () if side is None else (error,)
    return Drawn(plan, lifter.found(plan), drive, pose, noise, bout.heart_bpm(first), 2 * first + 1 - rep, errors)


def _muscular_error(lifter: Lifter, rng: np.random.Generator) -> str | None:
    """Now and then, an error of the action that is measured on the EMG alone."""
    graph = lifter.graph
    errors = [
        e
        for e in graph.actions[lifter.action].set_level_errors
        if graph.errors[e].inject and all(i.measure == "emg_asym" and i.add for i in graph.errors[e].inject)
    ]
    return errors[0] if rng.uniform() < _MUSCULAR_SHARE and errors else None


def _muscular_drive(graph: Graph, error: str, drive: Drive, side: float, rng: np.random.Generator) -> Drive:
    size = graph.errors[error].inject[0].add
    assert size is not None
    return replace(drive, asymmetry=side * float(rng.uniform(*size)))


def _with_one_error(lifter: Lifter, plan: Plan, side: float, rng: np.random.Generator) -> Plan | None:
    pairs = candidates(lifter.graph, lifter.action)
    uneven = [p for p in pairs if _lopsided(lifter.graph, p)]
    even = [p for p in pairs if not _asymmetry(lifter.graph, p)]
    first, then = (uneven, even) if rng.uniform() < _UNEVEN_SHARE else (even, uneven)
    for pair in (*_shuffled(first, rng), *_shuffled(then, rng))[:_TRIES]:
        made = inject(lifter, plan, pair, side, rng, alone=True)
        if made is not None:
            return made
    return None


def _shuffled(pairs: Sequence[Pair], rng: np.random.Generator) -> list[Pair]:
    return [pairs[i] for i in rng.permutation(len(pairs))]


def _several(lifter: Lifter, bout: Bout, rep: int) -> Drawn:
    rng = bout.rng(_SEVERAL, rep)
    drive = bout.drive(rep, rng)
    habits = bout.rng(_HABITS)
    side, plan = bout.side(habits), until_faultless(lifter, lambda: bout.plan(rep, rng))
    target, bounds = _points_to_lose(lifter, bout, rep, habits, rng)
    plan, pairs = _until_lost(lifter, plan, side, _in_order(lifter, habits, rng), target, bounds, rng)
    drive = _affected_by(lifter.graph, drive, pairs, side, rng)
    muscular = _muscular_error(lifter, bout.rng(_MUSCULAR, rep))
    if muscular and not any(_asymmetry(lifter.graph, p) for p in pairs):
        drive = _muscular_drive(lifter.graph, muscular, drive, side, bout.rng(_MUSCULAR, rep, 1))
    else:
        muscular = None
    noise, errors = (*bout.seed, _NOISE, rep), (muscular,) if muscular else ()
    return Drawn(plan, pairs, drive, lifter.repetition(plan).pose, noise, bout.heart_bpm(rep), set_errors=errors)


def _points_to_lose(
    lifter: Lifter, bout: Bout, rep: int, habits: np.random.Generator, rng: np.random.Generator
) -> tuple[float, tuple[float, float]]:
    """How many points this repetition is to lose, and how many it may."""
    known = PUBLISHED.get(lifter.action, ANY_ACTION)
    mean = (100 - known.mean) * _SKILL_LOSS[lifter.subject.skill]
    target = mean + known.spread * (_BOUT_SHARE * habits.normal() + _REP_SHARE * rng.normal())
    target += _TIRED_LOSS * (bout.tired(rep) - bout.stamina / 2)
    least, most = 100 - known.highest, 100 - known.least
    return float(np.clip(target, least, most)), (least, most)


def _in_order(lifter: Lifter, habits: np.random.Generator, rng: np.random.Generator) -> list[Pair]:
    """The errors, those first that the subject is prone to; in most bouts the uneven ones last."""
    pairs = candidates(lifter.graph, lifter.action)
    even_handed = habits.uniform() >= _LOPSIDED_SHARE
    rank = habits.normal(size=len(pairs)) + 0.4 * rng.normal(size=len(pairs))
    uneven = np.array([_asymmetry(lifter.graph, p) is not None for p in pairs])
    rank += uneven * (10.0 if even_handed else -1.5)
    return [pairs[i] for i in np.argsort(rank, kind="stable")]


def _until_lost(
    lifter: Lifter,
    plan: Plan,
    side: float,
    order: Sequence[Pair],
    target: float,
    bounds: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[Plan, tuple[Pair, ...]]:
    """Adds errors until about as many points are lost as meant."""
    found = lifter.found(plan)
    lost, most = _lost(lifter, found), min(target + _CLOSE, bounds[1])
    for pair in order:
        if lost >= max(target - _CLOSE, bounds[0]):
            break
        if pair in found or _lost(lifter, (*found, pair)) > most:
            continue
        made = inject(lifter, plan, pair, side, rng, alone=False)
        if made is None:
            continue
        now = lifter.found(made)
        # One more error may bring others along, or hide what was there.
        if set(found) <= set(now) and _lost(lifter, now) <= most:
            plan, found, lost = made, now, _lost(lifter, now)
    return plan, found


def _lost(lifter: Lifter, pairs: Sequence[Pair]) -> float:
    return 100 - score(lifter.graph, lifter.action, pairs).value


def _asymmetry(graph: Graph, pair: Pair) -> Range | None:
    effect = graph.errors[pair[1]].emg_effect
    return effect.asymmetry if effect else None


def _lopsided(graph: Graph, pair: Pair) -> bool:
    """Whether an error makes one side work clearly harder in the concentric phase."""
    return _asymmetry(graph, pair) is not None and graph.keysteps[pair[0]].phase == "concentric"


def _affected_by(graph: Graph, drive: Drive, pairs: Sequence[Pair], side: float, rng: np.random.Generator) -> Drive:
    """The errors change how hard the muscles work; the side that moves more works more."""
    for pair in pairs:
        effect = graph.errors[pair[1]].emg_effect
        if effect is not None:
            drive = _affected(drive, effect, graph.keysteps[pair[0]].phase, side, rng)
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
