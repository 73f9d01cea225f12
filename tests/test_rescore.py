"""A run scored in parts, from lines read by stand-ins, is the run scored whole."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flexqa.assets import asset
from flexqa.errors import RunError
from flexqa.parts import judge_parts
from flexqa.question import Question
from flexqa.record import Status
from flexqa.rescore import judge_folder, score_folder
from flexqa.run_lines import find_lines
from flexqa.scoring.aggregate import aggregate, scores_of, to_json
from flexqa.scoring.table import join
from flexqa.scoring.verdict import lines_of
from flexqa.store import MANIFEST, PREDICTIONS, QUESTIONS, SCORES, VERDICTS, read_manifest
from tests.scoring.runs import RIGHT, failure_of, reply_to, write_run

LINES = (asset("benchmarks") / "flex-videoqa" / "mini" / QUESTIONS).read_bytes().splitlines()
PROSE = "The knees move inward at the start. I do not see the back round, so the answer is {}, as it seems."


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Questions of every type, replies of every kind, second attempts, in no order; the last line is torn."""
    rng = random.Random(5)
    questions = [Question.from_json(line) for line in rng.sample(LINES, 400)]
    folder = write_run(tmp_path_factory.mktemp("rescore") / "run", questions)
    attempts = []
    for q in questions[10:]:
        right = RIGHT[q.answer_format.value] if rng.random() < 0.3 else str(q.answer)
        text = rng.choice(
            (right, "A", PROSE.format(right), "I cannot see the video.", "", "Ｂ", "<think>so B</think>No")
        )
        status: Status = rng.choice(("ok", "ok", "ok", "truncated", "refused"))
        reply = reply_to(q, text, status)
        if rng.random() < 0.3:
            probabilities = dict.fromkeys((*q.letters, "yes", "no"), -1.5)
            logged = reply.reply.model_copy(update={"choice_logprobs": probabilities}) if reply.reply else None
            reply = reply.model_copy(update={"reply": logged})
        attempts.append([failure_of(q)] * (rng.random() < 0.1) + [reply])
    rng.shuffle(attempts)
    lines = [p.model_dump_json() for group in attempts for p in group]
    (folder / PREDICTIONS).write_text("\n".join(lines) + '\n{"schema_version":"1","run')
    return folder


def whole(folder: Path) -> tuple[str, bytes]:
    """scores.json and verdicts.jsonl of a run that is held in memory."""
    stored, judged = judge_folder(folder)
    lines = {j.question.id: lines_of([j.verdict]) for j in judged}
    verdicts = b"".join(lines[name] for name in dict.fromkeys(q.id for q in stored.questions))
    return to_json(aggregate(judged, stored.manifest)), verdicts


def test_the_bytes_are_those_of_the_run_scored_whole(run: Path) -> None:
    expected = whole(run)
    score_folder(run)
    assert ((run / SCORES).read_text(), (run / VERDICTS).read_bytes()) == expected
    assert set(json.loads(expected[0])["statuses"]) == {"ok", "unparsable", "refused", "truncated", "missing"}


@pytest.mark.parametrize(("stretch", "part", "workers"), [(999, 37, 1), (100_000, 150, 2)])
def test_parts_and_processes_change_nothing(run: Path, stretch: int, part: int, workers: int) -> None:
    parts = list(judge_parts(find_lines(run, stretch, workers), part, workers))
    found = to_json(scores_of(join([p.table for p in parts]), read_manifest(run)))
    assert (found, b"".join(p.verdicts for p in parts)) == whole(run)


def text_lines(path: Path) -> list[str]:
    return path.read_text().splitlines(keepends=True)


def edit(name: str, change: Callable[[list[str]], list[str]]) -> Callable[[Path], object]:
    """Change the lines of a file."""
    return lambda folder: (folder / name).write_text("".join(change(text_lines(folder / name))))


def with_field(line: str, **fields: object) -> str:
    return json.dumps(json.loads(line) | fields) + "\n"


SPOILED: dict[str, Callable[[Path], object]] = {
    "unknown question": edit(PREDICTIONS, lambda p: [*p, with_field(p[0], question_id="none-1")]),
    "answered twice": edit(PREDICTIONS, lambda p: [*p[:-1], next(x for x in p if '"reply":{' in x)]),
    "other hash": edit(PREDICTIONS, lambda p: [with_field(p[0], question_hash="0" * 64), *p[1:]]),
    "unknown field": edit(PREDICTIONS, lambda p: [p[0], with_field(p[1], score=1), *p[2:]]),
    "no JSON": edit(PREDICTIONS, lambda p: [*p[:3], "{]\n", *p[3:]]),
    "empty line": edit(QUESTIONS, lambda q: [*q[:3], "\n", *q[3:]]),
    "edited question": edit(QUESTIONS, lambda q: [q[0], with_field(q[1], subject="S99"), *q[2:]]),
    "edited copy": edit(QUESTIONS, lambda q: [*q, with_field(q[1], subject="S99")]),
    "no answer": edit(QUESTIONS, lambda q: [*q, '{"id": "x-1"}\n']),
    "number": edit(QUESTIONS, lambda q: q[1:]),
    "a question twice": edit(QUESTIONS, lambda q: [*q, q[0]]),
    "no UTF-8": lambda folder: (folder / QUESTIONS).write_bytes(b'{"id": "\xff"}\n'),
    "no questions": edit(QUESTIONS, lambda _: []),
    "no file": lambda folder: (folder / QUESTIONS).unlink(),
    "no manifest": lambda folder: (folder / MANIFEST).unlink(),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_fault_is_told_as_in_the_run_read_whole(run: Path, tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder, ignore=shutil.ignore_patterns(SCORES, VERDICTS))
    spoil(folder)
    with pytest.raises(RunError) as expected:
        whole(folder)
    with pytest.raises(RunError) as found:
        score_folder(folder)
    assert str(found.value) == str(expected.value)
    assert not {SCORES, VERDICTS} & {p.name for p in folder.iterdir()}
    assert not [p for p in folder.iterdir() if p.name.startswith(f".{VERDICTS}")]


def test_without_questions_there_is_nothing_to_score(run: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "run", [Question.from_json(line) for line in LINES[:4]])
    manifest = json.loads((tmp_path / "run" / MANIFEST).read_text())
    manifest["spec"]["questions"]["n_questions"] = 0
    (tmp_path / "run" / MANIFEST).write_text(json.dumps(manifest))
    (tmp_path / "run" / QUESTIONS).write_text("")
    (tmp_path / "run" / PREDICTIONS).unlink()
    with pytest.raises(RunError, match="nothing to score"):
        score_folder(tmp_path / "run")


def test_a_run_without_predictions_scores_zero(tmp_path: Path) -> None:
    write_run(tmp_path / "run", [Question.from_json(line) for line in LINES[:4]])
    (tmp_path / "run" / PREDICTIONS).unlink()
    assert score_folder(tmp_path / "run").missing == 4
