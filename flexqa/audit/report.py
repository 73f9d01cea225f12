"""What an audit found: gates that pass or fail, with the numbers behind them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from flexqa.question import Frozen

LEVEL = 0.01
"""chance that a sound set fails a gate: significance of each gate after Holm's correction over its tests"""

MARGIN = 0.03
"""by how much a guess without evidence may exceed chance"""


class Gate(Frozen):
    """One property of a set."""

    name: str
    asks: str
    """what is looked at, in one sentence"""
    passed: bool
    n: int
    """tests, questions or groups that were looked at"""
    worst: str
    """the case that is nearest to failing, or fails most, in words"""
    remedy: str = ""
    """what to do about it; empty when passed"""


class Guess(Frozen):
    """How well a way of guessing without evidence answers the questions of a type."""

    type: str
    way: str
    """words, characters, metadata, prior, longest ..."""
    n: int
    accuracy: float
    chance: float
    low: float | None
    """95 % interval of the accuracy, clustered by lifter; null where there are too few"""
    high: float | None
    p: float
    """one-sided, of an accuracy no better than chance"""


class Coverage(Frozen):
    """Of what the graph and the recordings have, how much is asked about."""

    what: str
    asked: int
    there: int
    missing: tuple[str, ...] = ()
    """the first few"""


class AuditReport(Frozen):
    """An audit of a question set."""

    schema_version: Literal["1"] = "1"
    questions_sha256: str
    n_questions: int
    gates: tuple[Gate, ...]
    guesses: tuple[Guess, ...]
    coverage: tuple[Coverage, ...]
    positions: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)
    """type -> letter of the answer -> questions"""

    @property
    def passed(self) -> bool:
        """Whether every gate is passed."""
        return all(gate.passed for gate in self.gates)


def gate(name: str, asks: str, faults: Sequence[str], n: int, remedy: str, *, worst: str = "") -> Gate:
    """A gate that fails when there are faults, which are named; the first few."""
    named = "; ".join(faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")
    return Gate(
        name=name, asks=asks, passed=not faults, n=n, worst=named or worst or "-", remedy=remedy if faults else ""
    )


def rejected(p_values: Iterable[float], level: float = LEVEL) -> list[bool]:
    """Which of several hypotheses are rejected (Holm 1979): the chance that any true one is stays at `level`."""
    p = np.asarray(list(p_values), dtype=np.float64)
    order = np.argsort(p)
    steps = len(p) - np.arange(len(p))
    holds = np.logical_and.accumulate(p[order] * steps <= level)
    found = np.zeros(len(p), dtype=bool)
    found[order] = holds
    return [bool(f) for f in found]
