"""A faultless repetition, and errors put into it by movement.

An error is made by the graph's recipe and then looked for with the graph's detector in the pose as a file holds it;
only what the detector finds clearly beyond its guard band is written into the annotation, and a repetition that shows
more than was meant is not used.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np

from flexqa.graph.model import Graph, Injection
from flexqa.graph.walk import Pair, possible_pairs
from flexqa.media import Pose
from flexqa.recordings.detect import margin, shows, statistic
from flexqa.recordings.repetition import Repetition
from flexqa.simulate.lifts import Lift
from flexqa.simulate.motion import Plan, move, today, unhurried
from flexqa.simulate.recipes import Case, Way, ways
from flexqa.simulate.subject import Subject
from flexqa.simulate.timeline import Timeline

POSE_DECIMALS = 3
"""of the coordinates in a pose file, metres"""

_SURELY, _HARDLY = 1.15, 0.85
"""margins, in guards: what is made lies beyond the first, what is not meant stays below the second"""
_CLEARLY, _BARELY = 1.6, 1.3
"""margins to aim at when the drawn amount does too little, or shows other errors as well"""
_FARTHEST = 6.0
"""factor on a recipe's amount beyond which a way is given up"""
_SCALES = (1.0, 1.3, 1.7, 2.2, 3.0, 0.8)
"""factors on the recipes' amounts, for errors of several criteria"""
_TRIES = 16
_FASTEST_M_S, _HARDEST_M_S2 = 7.0, 220.0
"""what no joint of a lifter does; an attempt that goes beyond has bent a limb the wrong way round"""
_JOLT_STEP = 2
"""samples over which accelerations are taken: over one, whole millimetres would look like jolts"""


@dataclass(frozen=True)
class Lifter:
    """One subject at one action."""

    graph: Graph
    action: str
    lift: Lift
    subject: Subject
    _last: dict[int, tuple[Plan, Repetition]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _moved: list[int] = field(default_factory=lambda: [0], init=False, repr=False, compare=False)

    @property
    def movements(self) -> int:
        """How many plans were carried out."""
        return self._moved[0]

    def repetition(self, plan: Plan) -> Repetition:
        """The plan carried out, as its pose file tells it, ready to be measured."""
        known = self._last.get(id(plan))
        if known is not None and known[0] is plan:
            return known[1]
        pose = move(self.lift, self.subject, plan)
        written = Pose(np.round(pose.points, POSE_DECIMALS), pose.fps)
        made = Repetition(self.graph, self.action, written, plan.timeline.spans())
        self._moved[0] += 1
        if len(self._last) >= 4:
            del self._last[next(iter(self._last))]
        self._last[id(plan)] = (plan, made)
        return made

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs that a pose can show."""
        errors = self.graph.errors
        return tuple(p for p in possible_pairs(self.graph, self.action) if errors[p[1]].detect_all)

    def found(self, plan: Plan) -> tuple[Pair, ...]:
        """Every pair that the detector is sure of."""
        repetition = self.repetition(plan)
        return tuple(p for p in self.pairs if shows(repetition, *p))

    def near(self, plan: Plan) -> set[Pair]:
        """Every pair that the detector is sure of, or nearly so."""
        repetition = self.repetition(plan)
        return {p for p in self.pairs if (m := margin(repetition, *p)) is not None and m > _HARDLY}


def candidates(graph: Graph, action: str) -> tuple[Pair, ...]:
    """Pairs with a recipe and a criterion."""
    errors = graph.errors
    return tuple((k, e) for k, e in possible_pairs(graph, action) if errors[e].inject and errors[e].detect_all)


def faultless(lifter: Lifter, rng: np.random.Generator) -> Plan:
    """A single repetition, of no set, in which the detector finds nothing, nor nearly so."""
    action = lifter.graph.actions[lifter.action]

    def draw() -> Plan:
        first, second = unhurried(action, rng)
        timeline = Timeline(action.phases, float(rng.uniform(0.9, 1.4)), first, second)
        return Plan(timeline, habit=today(rng), sway_seed=int(rng.integers(2**31)))

    return until_faultless(lifter, draw)


def until_faultless(lifter: Lifter, draw: Callable[[], Plan]) -> Plan:
    """Draw plans until the detector finds nothing in one, nor nearly so; the last of many if it always does."""
    plan = draw()
    for _ in range(_TRIES - 1):
        if not lifter.near(plan):
            break
        plan = draw()
    return plan


def inject(
    lifter: Lifter, plan: Plan, pair: Pair, side: float, rng: np.random.Generator, *, alone: bool
) -> Plan | None:
    """A plan that shows a pair and nothing else that is new, made from one that does not; None if no way is found.

    Args:
        lifter: who does what.
        plan: the repetition so far.
        pair: (keystep, error) to add.
        side: 1, the left side is the higher or stronger one; -1, the right.
        rng: draws the amount.
        alone: the pair must be the only one; else what the plan shows already stays beside it.
    """
    kept = set() if alone else set(lifter.found(plan))
    wanted = kept | {pair}
    for chosen in _recipes(lifter, pair, rng):
        options = [list(_doings(lifter, plan, pair, side, i, recipe, rng)) for i, recipe in enumerate(chosen)]
        for combination in product(*options):
            trial = _Trial(lifter, plan, pair, wanted, combination)
            made = trial.directed() if len(chosen) == 1 else trial.scaled()
            if made is not None:
                return made
    return None


@dataclass(frozen=True, slots=True)
class _Trial:
    """One combination of ways to make an error."""

    lifter: Lifter
    plan: Plan
    pair: Pair
    wanted: set[Pair]
    combination: tuple[tuple[Way, float], ...]

    def scaled(self) -> Plan | None:
        """The first scale on the amounts that shows what is wanted."""
        attempts = (self.plan_at(scale) for scale in _SCALES)
        return next((a for a in attempts if self.succeeds(a)), None)

    def directed(self) -> Plan | None:
        """The drawn amount, or one led by what the measure says: more if it is too little, less if it is too much."""
        before = self._distance(self.plan)
        if before is None:
            return None
        scale, aim = 1.0, _CLEARLY
        for _ in range(5):
            attempt = self.plan_at(scale)
            now = self._distance(attempt)
            if now is None or now - before < 0.05 * scale:
                return None
            if now > _SURELY:
                if self.succeeds(attempt):
                    return attempt
                if now <= _BARELY + 0.1:
                    return None
                aim = _BARELY
            change = (aim - before) / (now - before)
            if now <= _SURELY:
                change = max(change, 1.15)
            if scale * change > _FARTHEST or (now > _SURELY and self._hopeless(attempt, change)):
                return None
            scale *= float(np.clip(change, 0.2, 3.0))
        return None

    def _hopeless(self, attempt: Plan, change: float) -> bool:
        """Whether something that is not wanted would show even at a smaller amount, if it grows evenly.

        It does with a push, and does not with a change of timing: accelerations grow by the square.
        """
        if len(attempt.pushes) == len(self.plan.pushes):
            return False
        was, now = self.lifter.repetition(self.plan), self.lifter.repetition(attempt)
        for pair in self.lifter.near(attempt) - self.wanted:
            before, after = margin(was, *pair), margin(now, *pair)
            if before is not None and after is not None and before + change * (after - before) > _SURELY + 0.2:
                return True
        return False

    def plan_at(self, scale: float) -> Plan:
        """The plan with all ways pushed by their amounts times a scale."""
        plan = self.plan
        for way, amount in self.combination:
            plan = way(plan, amount * scale)
        return plan

    def succeeds(self, attempt: Plan) -> bool:
        """Whether an attempt surely shows what is wanted, hardly anything else, and is humanly possible."""
        repetition = self.lifter.repetition(attempt)
        surely = all((m := margin(repetition, *p)) is not None and m > _SURELY for p in self.wanted)
        return surely and self.lifter.near(attempt) == self.wanted and _humanly_possible(repetition)

    def _distance(self, plan: Plan) -> float | None:
        """How far the pair is beyond its bounds, in guards; before the error this may be any bound's."""
        return margin(self.lifter.repetition(plan), *self.pair)


def _humanly_possible(repetition: Repetition) -> bool:
    points, fps = repetition.pose.points, repetition.pose.fps
    steps = (points[_JOLT_STEP:] - points[:-_JOLT_STEP]) * (fps / _JOLT_STEP)
    jolts = (steps[_JOLT_STEP:] - steps[:-_JOLT_STEP]) * (fps / _JOLT_STEP)
    fastest, hardest = (np.einsum("nji,nji->nj", v, v).max(initial=0.0) for v in (steps, jolts))
    return bool(fastest < _FASTEST_M_S**2 and hardest < _HARDEST_M_S2**2)


def _recipes(lifter: Lifter, pair: Pair, rng: np.random.Generator) -> Iterator[list[Injection]]:
    """Recipes that belong together; several for one criterion are alternatives, in random order."""
    node = lifter.graph.errors[pair[1]]
    recipes = [i for i in node.inject if not i.actions or lifter.action in i.actions]
    if len(node.detect_all) > 1:
        yield recipes
    else:
        yield from ([recipes[i]] for i in rng.permutation(len(recipes)))


def _doings(
    lifter: Lifter, plan: Plan, pair: Pair, side: float, number: int, recipe: Injection, rng: np.random.Generator
) -> Iterator[tuple[Way, float]]:
    """Ways to follow a recipe, each with its amount."""
    keystep, error = pair
    graph = lifter.graph
    criteria = graph.errors[error].detect_all
    criterion = criteria[min(number, len(criteria) - 1)]
    own = graph.keysteps[keystep].phase
    phase = own if criterion.phase == "phase" or criterion.phase == "set" else criterion.phase
    case = Case(lifter.lift, graph.actions[lifter.action], criterion, phase, side)
    amount = _amount(recipe, lifter.repetition(plan), keystep, error, rng)
    return ((way, amount) for way in ways(case, recipe.measure))


def _amount(recipe: Injection, before: Repetition, keystep: str, error: str, rng: np.random.Generator) -> float:
    """By how much to move a measure: as drawn, or from where it is to what the recipe sets."""
    if recipe.add is not None:
        return float(rng.uniform(*recipe.add))
    assert recipe.set is not None
    goal = float(rng.uniform(*recipe.set))
    criteria = [c for c in before.graph.errors[error].detect_all if c.measure == recipe.measure]
    now = statistic(before, keystep, criteria[0]) if criteria else None
    return goal - float(np.mean(now)) if now else goal
