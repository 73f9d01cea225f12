"""Subjects: build, skill, strength, colours and preferred hand, drawn from a seed.

Segment lengths are shares of body height after Drillis and Contini's table (in Winter, Biomechanics and Motor Control
of Human Movement), varied by a few per cent.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from flexqa.simulate.body import Segments
from flexqa.simulate.film.scene import Colour, Look

Skill = Literal["novice", "amateur", "expert"]

Hand = Literal["left", "right"]

FLEX_SUBJECTS: dict[Skill, int] = {"novice": 20, "amateur": 8, "expert": 10}
"""how many of FLEX's 38 subjects are what, by its project page"""
_LEFT_HANDED = 0.1

_SKINS: tuple[Colour, ...] = ((241, 205, 178), (224, 177, 140), (198, 145, 104), (141, 94, 62), (97, 64, 44))
_HAIRS: tuple[Colour, ...] = ((40, 32, 28), (84, 58, 40), (150, 112, 70), (110, 110, 112), (24, 24, 26))
_CLOTHES: tuple[Colour, ...] = (
    (178, 58, 52), (52, 94, 168), (62, 128, 84), (222, 170, 60), (118, 78, 148), (70, 76, 84), (210, 214, 218),
    (36, 142, 150),
)  # fmt: skip
_TROUSERS: tuple[Colour, ...] = ((38, 42, 54), (72, 78, 92), (28, 54, 78), (92, 84, 70))
_WALLS: tuple[Colour, ...] = ((206, 208, 204), (188, 200, 210), (214, 204, 188), (170, 176, 180))
_FLOORS: tuple[Colour, ...] = ((92, 92, 96), (120, 104, 88), (74, 82, 92))


@dataclass(frozen=True, slots=True)
class Subject:
    """One lifter."""

    id: str
    skill: Skill
    hand: Hand
    """the preferred one"""
    height_m: float
    strength: float
    """factor on the usual load of the skill"""
    segments: Segments
    look: Look
    girth: float
    muscle_gain: float
    """EMG amplitude relative to others: skin, fat and electrodes"""
    rest_heart_bpm: float
    style: dict[str, float]
    """control -> small constant habit"""


def draw_subject(seed: int, index: int) -> Subject:
    """The subject with this index, from 0; depends on nothing but seed and index."""
    rng = np.random.default_rng([seed, 1, index])
    height = float(np.clip(rng.normal(1.72, 0.08), 1.55, 1.9))
    lateral = {"lat": 0.7, "rot": 0.8}
    style = {name: float(np.clip(rng.normal(0, sd), -2 * sd, 2 * sd)) for name, sd in lateral.items()}
    style |= {name: float(rng.uniform(-w, w)) for name, w in (("incl", 1.5), ("knee", 1.5), ("grip", 0.05))}
    style |= {"stance": float(rng.uniform(-0.06, 0.06)), "toe_out": float(rng.uniform(-4, 4))}
    return Subject(
        id=f"S{index + 1:02d}",
        skill=skill_of(index),
        hand="left" if rng.uniform() < _LEFT_HANDED else "right",
        height_m=height,
        strength=float(rng.uniform(0.85, 1.15)),
        segments=_segments(rng, height),
        look=_look(rng),
        girth=float(rng.uniform(0.88, 1.15)),
        muscle_gain=float(rng.lognormal(0, 0.25)),
        rest_heart_bpm=float(rng.uniform(72, 96)),
        style=style,
    )


def skill_of(index: int) -> Skill:
    """What the subject with this index is: of 38 subjects as many of each skill as FLEX has, of fewer about so.

    Neighbours, of whom one is for training and one for testing, are alike, so that both parts have the same mix.
    """
    return _order_of_skills()[index // 2 % (sum(FLEX_SUBJECTS.values()) // 2)]


@cache
def _order_of_skills() -> tuple[Skill, ...]:
    """Skills of pairs of subjects; next comes the skill that lags farthest behind its share."""
    total, order = sum(FLEX_SUBJECTS.values()), list[Skill]()
    for number in range(1, total // 2 + 1):
        order.append(max(FLEX_SUBJECTS, key=lambda s: FLEX_SUBJECTS[s] * number / total - order.count(s)))
    return tuple(order)


def _segments(rng: np.random.Generator, height: float) -> Segments:
    def share(mean: float, spread: float = 0.03) -> float:
        return height * mean * float(rng.uniform(1 - spread, 1 + spread))

    leg = float(rng.uniform(0.98, 1.02))
    return Segments(
        trunk=share(0.278),
        neck=share(0.06),
        head=share(0.085),
        shoulder_half=share(0.112),
        hip_half=share(0.055),
        upper_arm=share(0.174),
        forearm=share(0.148),
        hand=share(0.05),
        thigh=share(0.245, 0.015) * leg,
        shank=share(0.246, 0.015) * leg,
        ankle_height=share(0.042),
        heel=share(0.028),
        toe=share(0.098),
    )


def _look(rng: np.random.Generator) -> Look:
    def one(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(rng.integers(len(colours)))]

    return Look(
        skin=one(_SKINS),
        shirt=one(_CLOTHES),
        trousers=one(_TROUSERS),
        shoes=one(((232, 232, 230), (40, 40, 44), (200, 60, 60))),
        hair=one(_HAIRS),
        wall=one(_WALLS),
        floor=one(_FLOORS),
        light=float(rng.uniform(0.85, 1.1)),
    )
