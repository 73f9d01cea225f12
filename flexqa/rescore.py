"""A run folder scored from its raw replies, as often as one likes.

Nothing derived is read back: scores.json and verdicts.jsonl are written and never trusted.
"""

from pathlib import Path

from flexqa.errors import RunError
from flexqa.files import replacing, write_atomic, write_lines_atomic
from flexqa.parts import judge_parts
from flexqa.record import RunManifest
from flexqa.run_lines import find_lines
from flexqa.scoring.aggregate import Judged, Scores, aggregate, judge_run, scores_of, to_json
from flexqa.scoring.table import join
from flexqa.store import SCORES, VERDICTS, StoredRun, read_judgements, read_manifest, read_run
from flexqa.withheld import with_answers


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
    if lines.withheld:
        # Which full question a withheld one stands for is learnt from the whole set.
        stored, judged = judge_folder(folder, answers)
        scores = aggregate(judged, stored.manifest, stored.judgements)
        write_lines_atomic(folder / VERDICTS, (j.verdict.model_dump_json() + "\n" for j in judged))
    else:
        _check_number(manifest, folder, lines.n_questions)
        with replacing(folder / VERDICTS) as f:
            tables, judgements = [], read_judgements(folder)
            for part in judge_parts(lines, judgements=judgements):
                tables.append(part.table)
                f.write(part.verdicts)
            scores = scores_of(join(tables), manifest, judgements)
    write_atomic(folder / SCORES, to_json(scores))
    return scores


def _check_number(manifest: RunManifest, folder: Path, count: int) -> None:
    if (named := manifest.spec.questions.n_questions) != count:
        raise RunError(f"{folder}: run.json names {named} questions, questions.jsonl holds {count}")
