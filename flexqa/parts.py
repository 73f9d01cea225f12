"""A run folder judged in parts, by several processes: each part is read, judged and forgotten.

The questions are dealt out in the order in which they stand, so that lines are read as neighbours, and so are their
predictions, where they come in much the same order. The memory that a run needs is that of the places of its lines
(`flexqa.run_lines`), of the parts under way, and of its `flexqa.scoring.table.Table`. Of several faults the one that
is told is not always the first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from flexqa.processes import in_processes, without_collector, workers_for
from flexqa.run_lines import Places, RunLines, as_prediction, as_question, lines_at, opened, predictions_of
from flexqa.scoring.judgements import NONE, Judgements
from flexqa.scoring.table import Table, TableBuilder
from flexqa.scoring.verdict import Verdict, judge, judge_reply, lines_of, unanswered
from flexqa.store import QUESTIONS

PART = 2_000
"""questions"""
PART_BYTES = 1 << 25
"""bytes of their lines, if it is more than one question; they are held at once"""
WORTH_A_PROCESS = 20_000
"""questions; fewer are judged before another process has started"""


class Part(NamedTuple):
    """Some questions judged."""

    table: Table
    verdicts: bytes
    """their lines of verdicts.jsonl"""


def judge_parts(
    lines: RunLines, part: int = PART, workers: int | None = None, judgements: Judgements = NONE
) -> Iterator[Part]:
    """Read and judge the questions of a run.

    Args:
        lines: where they stand.
        part: questions of a part.
        workers: processes; null is as many as there are processors and the run is worth.
        judgements: what encoders and judge models read from the free answers.

    Raises:
        RunError: a line is no question or no prediction, hashes do not fit, or the run has a fault.
    """
    count = len(lines.questions)
    tasks = ((lines.questions[rows], lines.predictions[rows]) for rows in _dealt(lines, part))
    workers = workers or workers_for(count, WORTH_A_PROCESS)
    yield from in_processes(JudgePart(lines.folder, judgements, lines.answers), tasks, workers)
    if lines.fault:
        raise lines.fault


def _dealt(lines: RunLines, part: int) -> Iterator[slice]:
    """The questions of each part, none for a run without any."""
    read = np.cumsum(lines.questions[:, 1] + lines.predictions[:, 1])
    begin = 0
    while begin == 0 or begin < len(read):
        limit = PART_BYTES + (read[begin - 1] if begin else 0)
        end = max(min(begin + part, int(np.searchsorted(read, limit, side="right"))), begin + 1)
        yield slice(begin, end)
        begin = end


@dataclass(frozen=True)
class JudgePart:
    """What a process does with a run: takes the places of questions and of their predictions."""

    folder: Path
    judgements: Judgements = NONE
    answers: Path | None = None

    @without_collector()
    def __call__(self, places: tuple[Places, Places]) -> Part:
        """Judge these questions."""
        builder, verdicts = TableBuilder(), list[Verdict]()
        # Under another id it was asked without its answer; which belongs to which is settled then.
        judged = judge_reply if self.answers else judge
        asked_in, answered_in = self.answers or self.folder / QUESTIONS, predictions_of(self.folder)
        with opened(asked_in) as asked, opened(answered_in) as answered:
            lines = (lines_at(f, at) for f, at in zip((asked, answered), places, strict=True))
            for of_question, of_prediction in zip(*lines, strict=True):
                question = as_question(asked, *of_question)
                answer = as_prediction(answered, *of_prediction) if of_prediction[1] else None
                verdict = (
                    judged(question, answer, self.judgements) if answer else unanswered(question, self.judgements)
                )
                builder.add(question, verdict)
                verdicts.append(verdict)
        return Part(builder.build(), lines_of(verdicts))
