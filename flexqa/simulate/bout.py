"""One bout: a set of up to ten repetitions of one action by one subject, without a rest in between.

What the repetitions of a bout share (load, tempo, effort, heart rate, habits) is drawn here, and so is how they tire:
towards the end of a set the lift gets slower, reaches a little less far, and needs more muscle activity for the same
load. The sizes are ours, on the mild side of what sets near failure show.
"""

from dataclasses import dataclass

import numpy as np

from flexqa.graph.model import Graph
from flexqa.media import Physio
from flexqa.simulate.equipment import BAR_KG
from flexqa.simulate.lifts import Lift
from flexqa.simulate.motion import Plan, today, unhurried
from flexqa.simulate.muscles import Drive
from flexqa.simulate.physio import record_physio
from flexqa.simulate.subject import Skill, Subject
from flexqa.simulate.timeline import Timeline
from flexqa.vocabulary import Phase

LONGEST = 10
"""repetitions"""

_SLOWER, _SHORTER, _HARDER = 0.25, 0.02, 0.30
"""at full tiredness: longer concentric phase, range that is not reached, rise of the muscles' activity; shares"""
_TIRES: dict[Skill, float] = {"novice": 1.0, "amateur": 0.85, "expert": 0.7}
_DOMINANT_SIDE = 0.55
"""how often the preferred hand's side is the one that does more"""
_HAND_ASYMMETRY, _CHANCE_ASYMMETRY = 0.008, 0.016


@dataclass(frozen=True, slots=True)
class Bout:
    """What the repetitions of one set have in common."""

    seed: tuple[int, int, int]
    """of all, number of the action, index of the subject"""
    phases: tuple[Phase, ...]
    phase_s: tuple[float, float, float]
    """length of the preparation and of the two moving phases, unhurried and fresh"""
    load_kg: float
    effort: float
    """load relative to what is usual for the subject"""
    concentric: float
    """% of maximal voluntary contraction in the first repetition"""
    ecc_over_con: float
    strong_side: float
    """of the preferred hand: 1, left; -1, right"""
    stamina: float
    """tiredness of the last repetition, 0-1"""
    physio: Physio

    def rng(self, *purpose: int) -> np.random.Generator:
        """Random numbers that depend on nothing but the bout and the purpose."""
        return np.random.default_rng([self.seed[0], purpose[0], *self.seed[1:], *purpose[1:]])

    def tired(self, rep: int) -> float:
        """0-1, rising over the repetitions, which count from 1."""
        return float(self.stamina * ((rep - 1) / (LONGEST - 1)) ** 1.3)

    def plan(self, rep: int, rng: np.random.Generator) -> Plan:
        """A repetition of this bout without an error on purpose: the bout's tempo and today's small deviations."""
        tired = self.tired(rep)
        lengths = [s * float(rng.lognormal(0, 0.04)) for s in self.phase_s]
        lengths[self.phases.index("concentric")] *= 1 + _SLOWER * tired
        rest, first, second = lengths
        reached = 1 - _SHORTER * tired
        timeline = Timeline(self.phases, rest, first, second, reached=(reached, reached))
        return Plan(timeline, habit=today(rng), sway_seed=int(rng.integers(2**31)))

    def drive(self, rep: int, rng: np.random.Generator) -> Drive:
        """How hard the muscles work when nothing is wrong; the sides differ by chance, and a little by hand."""
        level = self.concentric * self.effort * (1 + _HARDER * self.tired(rep)) * float(rng.lognormal(0, 0.05))
        chance = float(rng.uniform(-_CHANCE_ASYMMETRY, _CHANCE_ASYMMETRY))
        return Drive(level, level * self.ecc_over_con, self.strong_side * _HAND_ASYMMETRY + chance)

    def side(self, rng: np.random.Generator) -> float:
        """Which side does more in an uneven error: 1, left; -1, right."""
        return self.strong_side * (1.0 if rng.uniform() < _DOMINANT_SIDE else -1.0)

    def heart_bpm(self, rep: int) -> float:
        """Heart rate about a repetition."""
        values = self.physio.heart_bpm
        return float(values[round((rep - 1) / (LONGEST - 1) * (len(values) - 1))])


def draw_bout(graph: Graph, action: str, lift: Lift, subject: Subject, seed: tuple[int, int, int]) -> Bout:
    """The set of a subject at an action; `seed` as in `Bout`."""
    rng = np.random.default_rng([seed[0], 3, *seed[1:]])
    node, prior = graph.actions[action], graph.actions[action].emg
    usual = node.load_kg_mean.get(subject.skill, BAR_KG) * subject.strength
    load = _rounded(lift, usual * rng.uniform(0.9, 1.1))
    effort = float(np.clip(load / usual, 0.75, 1.3))
    first, second = unhurried(node, rng)
    return Bout(
        seed=seed,
        phases=node.phases,
        phase_s=(float(rng.uniform(0.9, 1.4)), first, second),
        load_kg=load,
        effort=effort,
        concentric=float(rng.uniform(*((prior and prior.prior_con_pct_mvic) or (45, 75)))),
        ecc_over_con=float(rng.uniform(*((prior and prior.prior_ecc_over_con) or (0.55, 0.75)))),
        strong_side=1.0 if subject.hand == "left" else -1.0,
        stamina=float(rng.uniform(0.4, 1.0)) * _TIRES[subject.skill],
        physio=record_physio(subject.rest_heart_bpm, effort, rng),
    )


def _rounded(lift: Lift, kg: float) -> float:
    """Kilograms as equipment comes: steps of 2.5 with a bar of 20, of 1 for dumbbells."""
    if lift.equipment == "dumbbells":
        return float(max(2.0, round(kg)))
    return float(max(BAR_KG, round(kg / 2.5) * 2.5))
