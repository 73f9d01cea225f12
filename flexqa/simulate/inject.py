"""Which repetition a subject does: its timing, its errors, and what they do to the muscles."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from flexqa.graph.model import Graph
from flexqa.graph.walk import Pair
from flexqa.simulate.motion import Plan
from flexqa.simulate.muscles import Drive
from flexqa.simulate.subject import Subject
from flexqa.simulate.timeline import Timeline

Regime = Literal["controlled", "flexlike"]


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition, decided."""

    plan: Plan
    pairs: tuple[Pair, ...]
    drive: Drive


def draw_repetition(
    graph: Graph, action: str, subject: Subject, regime: Regime, rng: np.random.Generator
) -> Repetition:
    """Decide one repetition."""
    node = graph.actions[action]
    tempo = [node.tempo_s[p] for p in node.phases[1:]]
    first, second = (float(rng.uniform(max(a, 1.05), b)) for a, b in tempo)
    timeline = Timeline(node.phases, float(rng.uniform(0.6, 1.0)), first, second)
    return Repetition(Plan(timeline, sway_seed=int(rng.integers(2**31))), (), Drive(60, 36, 0.0))
