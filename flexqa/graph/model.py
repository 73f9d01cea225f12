"""The Fitness Knowledge Graph as typed, frozen nodes.

Actions *contain* keysteps, keysteps *may_occur* errors, errors are *corrected_by* feedback, actions *target*
muscles. Each relation is stored once, on the node that it starts from; `flexqa.graph.walk` turns it round.

Keysteps and errors carry measurable criteria on the 21 joints. A criterion has a guard band: clean samples stay
`guard` on the safe side of `value`, positives go `guard` beyond it, and what lies between is not ground truth.
Everything measurable is optional, so a graph that has only names and relations loads as well.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from flexqa.question import Frozen
from flexqa.vocabulary import Phase

Range = tuple[float, float]
Limit = tuple[float | None, float | None]
"""(min, max); null is unbounded"""

Relation = Literal["contains", "may_occur", "corrected_by", "targets"]

NameStatus = Literal["verified", "derived", "inferred-high", "inferred-medium", "official"]
Tier = str
Strength = Literal["strong", "weak", "none"]
NonEmpty = Annotated[str, Field(min_length=1)]


class Measure(Frozen):
    """A quantity computed from pose, EMG, or physio."""

    unit: str
    formula: str
    noise_sd: float | None = None
    """standard deviation between two measurements of the same posture, in `unit`"""
    note: str | None = None


class Muscle(Frozen):
    """A muscle, or a part of one that has electrodes of its own."""

    name: NonEmpty
    group: str


class Criterion(Frozen):
    """A test of one measure within a phase."""

    measure: str
    """a key of `Graph.measures`; `primary` is the primary measure of the action"""
    phase: Literal["preparation", "concentric", "eccentric", "phase", "set"] = "phase"
    """`phase` is the phase of the keystep; `set` spans all repetitions"""
    stat: Literal["median", "min", "max", "range", "value", "end", "at_bottom", "end_shortfall", "max_above_knee"]
    op: Literal["in", "outside", "<", "<=", ">", ">=", "abs<=", "abs>", "is_not"]
    value: float | Range | Literal["keystep.min", "keystep.max", "keystep.range", "exhale", "inhale"]
    """`keystep.*` is looked up in the `limits` of the keystep, by error id first, then by measure"""
    guard: float = 0.0


class Injection(Frozen):
    """How a simulator makes an error: move a measure by, or to, something in a range."""

    measure: str
    phase: Literal["preparation", "concentric", "eccentric", "phase", "set"]
    add: Range | None = None
    set: Range | None = None
    actions: tuple[str, ...] = ()
    """only for these actions; empty is all"""

    @model_validator(mode="after")
    def _one(self) -> "Injection":
        if (self.add is None) == (self.set is None):
            raise ValueError("an injection has either 'add' or 'set'")
        return self


class EmgPrior(Frozen):
    """Where the electrodes are, and what to expect of them."""

    left_cols: tuple[int, ...]
    right_cols: tuple[int, ...]
    dominant_muscle: str
    other_pair: str | None = None
    muscle_status: str = ""
    prior_con_pct_mvic: Range | None = None
    """concentric activation, % of maximal voluntary contraction; an assumed range for the simulator"""
    prior_ecc_over_con: Range | None = None


class EmgEffect(Frozen):
    """What an error is assumed to do to the EMG of the dominant muscle."""

    con_rms: Range | None = None
    """factor on concentric RMS"""
    asymmetry: Range | None = None
    """added to (strong - weak) / (strong + weak)"""
    ecc_over_con: Range | None = None
    """factor on eccentric RMS"""
    note: str | None = None


class Observable(Frozen):
    """Which evidence shows an error."""

    video_views: tuple[str, ...] = ()
    pose: Strength = "none"
    emg: Strength = "none"
    physio: Strength = "none"


class Action(Frozen):
    """A strength exercise."""

    name: NonEmpty
    name_status: NameStatus = "official"
    name_evidence: str = ""
    aliases: tuple[str, ...] = ()
    equipment: str = ""
    posture: str = ""
    pattern: str = ""
    phases: tuple[Phase, ...]
    """in time order"""
    primary_measure: str | None = None
    rom: Mapping[str, Range] = Field(default_factory=dict)
    """measure -> value at the start and at the turning point of the repetition"""
    tempo_s: Mapping[Phase, Range] = Field(default_factory=dict)
    """phase -> shortest and longest usual duration, seconds"""
    primary_muscles: tuple[str, ...] = ()
    secondary_muscles: tuple[str, ...] = ()
    emg: EmgPrior | None = None
    views_best: tuple[str, ...] = ()
    load_kg_mean: Mapping[str, float] = Field(default_factory=dict)
    """skill -> mean load; dumbbells: one side"""
    keysteps: tuple[str, ...] = Field(min_length=1)
    confusable_actions: tuple[str, ...] = ()
    set_level_errors: tuple[str, ...] = ()
    """errors of the whole repetition or set; outside the score"""
    flex_w_max: float | None = None
    """the denominator of FLEX's own, unpublished weights, derived from its published scores"""


class Keystep(Frozen):
    """A standard that one phase of an action must meet."""

    name: NonEmpty
    standard: NonEmpty
    phase: Phase
    joints: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    may_occur: tuple[str, ...] = ()
    limits: Mapping[str, Limit | Mapping[str, Limit]] = Field(default_factory=dict)
    """error or measure -> limit, or -> action -> limit"""
    exclude: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """action -> errors of this keystep that do not apply to it"""
    note: str | None = None


class ErrorNode(Frozen):
    """A way in which a keystep goes wrong."""

    name: NonEmpty
    tier: Tier
    weight: float = Field(gt=0)
    """penalty; FLEX's scale is 2 to 10"""
    description: str = ""
    observable: Observable = Observable()
    detect_all: tuple[Criterion, ...] = ()
    """the error is present when all hold; empty: not measurable from the sensors"""
    inject: tuple[Injection, ...] = ()
    feedback: tuple[str, ...] = ()
    injury_risk: str = ""
    confusable_with: tuple[str, ...] = ()
    emg_effect: EmgEffect | None = None


class GraphMeta(Frozen):
    """Of the file as a whole."""

    title: str
    version: NonEmpty
    namespace: NonEmpty
    """who gave the ids: `flexqa`, or `flex` for the official ones"""
    licence: str = ""
    ids: str = ""
    action_names: str = ""
    scoring: str = ""
    thresholds: str = ""


class Graph(Frozen):
    """The whole graph. `flexqa.graph.load.load_graph` checks every reference in it."""

    meta: GraphMeta
    tiers: Mapping[Tier, Range] = Field(default_factory=dict)
    """tier -> lowest and highest weight"""
    phases: Mapping[Phase, str] = Field(default_factory=dict)
    phase_boundaries: str = ""
    muscles: Mapping[str, Muscle] = Field(default_factory=dict)
    measures: Mapping[str, Measure] = Field(default_factory=dict)
    actions: Mapping[str, Action] = Field(min_length=1)
    keysteps: Mapping[str, Keystep] = Field(min_length=1)
    errors: Mapping[str, ErrorNode] = Field(min_length=1)
    feedback: Mapping[str, str] = Field(default_factory=dict)
    disambiguation: Mapping[str, str] = Field(default_factory=dict)
    """`ET124|ET127` -> how to tell the two apart"""
    sha256: str = ""
    """of the content of the file, filled in by the loader"""
