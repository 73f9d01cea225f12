"""A run folder scored from its raw replies, as often as one likes.

Nothing derived is read back: scores.json and verdicts.jsonl are written and never trusted.
"""

from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from flexqa.errors import RunError
from flexqa.files import replacing, write_atomic
from flexqa.parts import judge_parts
from flexqa.questions.question_file import open_question_set
from flexqa.record import RunManifest
from flexqa.run_lines import RunLines, find_lines, questions_of
from flexqa.scoring.aggregate import Judged, Scores, judge_run, scores_of, to_json
from flexqa.scoring.table import join
from flexqa.store import SCORES, VERDICTS, StoredRun, read_judgements, read_manifest, read_run
from flexqa.withheld import given_out, of_another_set, restored, with_answers, withheld_from


def judge_folder(folder: Path, answers: Path | None = None) -> tuple[StoredRun, list[Judged]]:
    """Read a run and judge each of its replies.

    Args:
        folder: the run folder.
        answers: the full question set, where answers are withheld.

    Raises:
        RunError: the folder is no run, its questions are not as many as its run.json names, or answers are withheld
            and not given.
    """
    stored = with_answers(read_run(folder), answers)
    _check_number(stored.manifest, folder, len(stored.questions))
    return stored, judge_run(stored.questions, stored.predictions, stored.judgements)


def score_folder(folder: Path, answers: Path | None = None) -> Scores:
    """Judge and aggregate a run, and write scores.json and verdicts.jsonl into its folder.

    Args:
        folder: the run folder.
        answers: the full question set, where answers are withheld; what is written then tells them.

    Raises:
        RunError: see `judge_folder`.
    """
    manifest, lines = read_manifest(folder), find_lines(folder)
    _check_number(manifest, folder, lines.n_questions)
    with replacing(folder / VERDICTS) as f:
        scores = score_lines(lines, manifest, answers, f)
    write_atomic(folder / SCORES, to_json(scores))
    return scores


def score_lines(lines: RunLines, manifest: RunManifest, answers: Path | None, verdicts: IO[bytes]) -> Scores:
    """Judge a run in parts and aggregate it.

    Args:
        lines: of the run.
        manifest: of the run.
        answers: the full question set, where answers are withheld.
        verdicts: takes the lines of verdicts.jsonl.

    Raises:
        RunError: see `judge_folder`.
    """
    if lines.withheld:
        lines, manifest = _with_answers(lines, manifest, answers)
    tables, judgements = [], read_judgements(lines.folder)
    for part in judge_parts(lines, judgements=judgements):
        tables.append(part.table)
        verdicts.write(part.verdicts)
    return scores_of(join(tables), manifest, judgements)


def _with_answers(lines: RunLines, manifest: RunManifest, answers: Path | None) -> tuple[RunLines, RunManifest]:
    """A run whose questions are the full ones, which stay in their own file."""
    if answers is None:
        raise withheld_from(lines.folder)
    rows: dict[str, int] = {}
    splits: set[str] = set()
    for q in questions_of(lines):
        rows[q.id] = len(rows)
        if q.withheld:
            splits.add(q.split)
    full = open_question_set(answers)
    places = {rows[given.id]: place for place, given in given_out(full, splits) if given.id in rows}
    for question_id, row in rows.items():
        if row not in places:
            raise of_another_set(lines.folder, question_id)
    at = np.array([(places[row].offset, places[row].length) for row in rows.values()], dtype=np.int64).reshape(-1, 2)
    return replace(lines, withheld=False, questions=at, answers=answers), restored(manifest, full.manifest)


def _check_number(manifest: RunManifest, folder: Path, count: int) -> None:
    if (named := manifest.spec.questions.n_questions) != count:
        raise RunError(f"{folder}: run.json names {named} questions, questions.jsonl holds {count}")
