"""A run folder judged in parts, by several processes: each part is read, judged and forgotten.

The questions, ordered by id, are dealt out in parts, whose lines are read in full. So the memory that a run needs is
that of the places of its lines (`flexqa.run_lines`), of the parts under way, and of its `flexqa.scoring.table.Table`.
Of several faults the one that is told is not always the first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from flexqa.processes import in_processes, workers_for
from flexqa.run_lines import Places, RunLines, opened, prediction_at, predictions_of, question_at
from flexqa.scoring.judgements import NONE, Judgements
from flexqa.scoring.table import Table, TableBuilder
from flexqa.scoring.verdict import judge, judge_reply, unanswered
from flexqa.store import QUESTIONS

PART = 10_000
"""questions"""
WORTH_A_PROCESS = 20_000
"""questions; fewer are judged before another process has started"""


class Part(NamedTuple):
    """Some questions judged, ordered by id."""

    table: Table
    verdicts: str
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
    starts = range(0, max(count, 1), part)
    tasks = ((lines.questions[i : i + part], lines.predictions[i : i + part]) for i in starts)
    workers = workers or workers_for(count, WORTH_A_PROCESS)
    yield from in_processes(JudgePart(lines.folder, judgements, lines.answers), tasks, workers)
    if lines.fault:
        raise lines.fault


@dataclass(frozen=True)
class JudgePart:
    """What a process does with a run: takes the places of questions and of their predictions."""

    folder: Path
    judgements: Judgements = NONE
    answers: Path | None = None

    def __call__(self, places: tuple[Places, Places]) -> Part:
        """Judge these questions."""
        builder, verdicts = TableBuilder(), []
        # Under another id it was asked without its answer; which belongs to which is settled then.
        judged = judge_reply if self.answers else judge
        asked_in, answered_in = self.answers or self.folder / QUESTIONS, predictions_of(self.folder)
        with opened(asked_in) as asked, opened(answered_in) as answered:
            for of_question, of_prediction in zip(*(p.tolist() for p in places), strict=True):
                question = question_at(asked, *of_question)
                answer = prediction_at(answered, *of_prediction) if of_prediction[1] else None
                verdict = (
                    judged(question, answer, self.judgements) if answer else unanswered(question, self.judgements)
                )
                builder.add(question, verdict)
                verdicts.append(verdict.model_dump_json() + "\n")
        return Part(builder.build(), "".join(verdicts))
