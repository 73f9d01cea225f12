"""leaderboard.json: the shapes.

Runs are comparable only on the same questions, so there is one board per set of questions asked. Scores are 0-1;
`null` means not measured, never zero; nothing in the file depends on when or where it was built.
"""

import datetime
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from flexqa.cost.report import OperatingPoint
from flexqa.question import Frozen
from flexqa.record import ModelRef, Presentation, Sampling
from flexqa.scoring.aggregate import Cell, Scorer, Slices
from flexqa.scoring.compare import Comparison
from flexqa.scoring.statistics import Estimate


class Benchmark(Frozen):
    """What a board is about."""

    id: str
    version: str
    questions_sha256: str
    """sha256 over the sorted content hashes of the questions asked: the identity of the board"""
    question_set_sha256: str
    """of the frozen question set from which they were taken"""
    split: str
    limit: int | None
    """the first n questions of the split only; null for all of them"""
    n_questions: int
    n_clusters: int
    chance: float
    """mean score of an uninformed guess"""


class StatisticsNote(Frozen):
    """How the intervals were made."""

    cluster: str = "subject"
    interval: str = "cluster-robust (CR1), t with clusters - 1 degrees of freedom, cut at the bounds of the quantity"
    level: float = 0.95
    comparison: str = "paired by question, clustered by subject"
    multiplicity: str = "Holm over all pairs of a board"


class Metrics(Frozen):
    """One run as a whole."""

    accuracy: Cell
    macro: Estimate
    """mean over question types"""
    missing: int
    statuses: dict[str, int]
    parse_failure_rate: float | None


class TokensPerQuestion(Frozen):
    """Means over the replies that report them."""

    input: float | None
    vision: float | None
    cached: float | None
    output: float | None
    reasoning: float | None


class Cost(Frozen):
    """What the answers cost, as far as it was measured."""

    n_replies: int
    tokens_per_question: TokensPerQuestion
    decode_s_per_question: float | None
    """mean seconds of decoding media"""
    latency_s: float | None
    """mean seconds from submission to the last token, at the concurrency of the run"""
    operating_point: OperatingPoint | None = None
    """at what settings it was measured"""
    questions_per_second: float | None = None
    """end to end, start-up apart"""
    gpu_seconds_per_question: float | None = None
    gpu_energy_j_per_question: float | None = None
    """by NVML's total energy counter, of whole GPUs"""
    usd_per_1k_questions: float | None = None
    usd_basis: Literal["gpu_hour", "tokens"] | None = None
    usd_price_date: datetime.date | None = None
    """the oldest of the prices used"""


class Provenance(Frozen):
    """All that decides what the model saw and how it answered."""

    presentation: Presentation
    sampling: Sampling
    decode: str
    prompts_sha256: str
    graph_sha256: str
    recordings_sha256: str
    generator_version: str
    adapter: dict[str, Any]
    adapter_options: dict[str, Any]
    environment: dict[str, Any]
    """software and hardware of the machine"""
    created_at: str


class Superseded(Frozen):
    """An entry of an earlier leaderboard that another one stands for now."""

    run_id: str
    run_sha256: str
    """of its predictions.jsonl: a run that was finished or repaired later keeps its id"""


class ControlRun(Frozen):
    """A run with evidence taken away or spoiled, beside the run on the evidence as it is."""

    run_id: str
    run_sha256: str
    folder: str | None
    accuracy: Cell
    """on the questions that it was asked: those whose type declares the control"""
    against_clean: Comparison | None
    """this less the run itself, on the same questions of types that declare the control; null when raw replies were
    not at hand. A model that uses the evidence is well below zero; one at zero answers without it"""
    by_type: dict[str, Comparison] = Field(default_factory=dict)
    """question type -> the same within it, corrected over the types"""
    by_modality: dict[str, Comparison] = Field(default_factory=dict)
    """set of modalities that the questions need, `video+emg` -> the same within it, corrected over the sets"""
    accuracy_by_type: dict[str, Cell] = Field(default_factory=dict)
    """question type -> `accuracy` within it"""
    accuracy_by_modality: dict[str, Cell] = Field(default_factory=dict)
    """set of modalities -> `accuracy` within it"""
    supersedes: tuple[Superseded, ...] = ()


Price = Literal["usd_per_1k_questions", "gpu_energy_j_per_question", "gpu_seconds_per_question", "latency_s"]
"""The fields of `Cost` that accuracy is held against."""


class Entry(Frozen):
    """One run on a board."""

    model: ModelRef
    run_id: str
    run_sha256: str
    """of predictions.jsonl: the raw replies that were scored"""
    folder: str | None
    """the run folder, relative to the leaderboard file; null where it lies elsewhere and cannot be re-scored later"""
    rank: int
    """by accuracy; equal accuracies share the better rank"""
    rank_interval: tuple[int, int] | None
    """ranks that significant differences leave open; null when the raw replies were not at hand"""
    vs_best: Comparison | None
    """this run against the best model of the board, which is its first entry that is no baseline, or its first where
    all are; null for that one, or when raw replies were not at hand"""
    metrics: Metrics
    slices: Slices
    cost: Cost
    provenance: Provenance
    controls: dict[str, ControlRun] = Field(default_factory=dict)
    """control -> its run"""
    pareto: tuple[Price, ...] = ()
    """the prices at which no other entry whose price was measured is better in one and no worse in the other"""
    supersedes: tuple[Superseded, ...] = ()
    """entries that this one replaced, sorted"""

    @property
    def baseline(self) -> bool:
        """Whether it is one of flexqa's own baselines, there to compare with."""
        return self.model.name.startswith("baseline:")


def best_of(entries: Sequence[Entry]) -> Entry:
    """The best model of a board: its first entry that is no baseline, or its first where all are.

    The oracle reads the sensor files: against it every model is worse, and that tells nothing.
    """
    return next((e for e in entries if not e.baseline), entries[0])


class Board(Frozen):
    """All runs on one set of questions, best first."""

    benchmark: Benchmark
    entries: tuple[Entry, ...]


class Leaderboard(Frozen):
    """leaderboard.json: derived from run folders, deterministic, never edited by hand."""

    schema_version: Literal["1"] = "1"
    scorer: Scorer = Scorer()
    statistics: StatisticsNote = StatisticsNote()
    boards: tuple[Board, ...]
