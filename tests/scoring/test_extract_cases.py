"""Replies outside of a run: the command reads them, names what it cannot, and leaves `score RUN` as it was."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.errors import BadInput
from flexqa.scoring.extract_cases import read_cases, read_replies
from tests.scoring.runs import mixed_questions, write_run

OPTIONS = {"A": "back rounded", "B": "knee caves in", "C": "elbow flares"}
CASES: list[tuple[dict[str, object], object]] = [
    ({"id": "1", "kind": "mcq", "options": OPTIONS, "response": "The answer is **B**."}, "B"),
    ({"id": "2", "kind": "mcq", "options": OPTIONS, "response": "I cannot see the lifter."}, None),
    ({"id": "3", "kind": "multi", "options": OPTIONS, "response": "C and A"}, ["A", "C"]),
    ({"id": "4", "kind": "multi", "options": OPTIONS, "response": "<think>A?</think>None of them."}, []),
    ({"id": "4b", "kind": "multi", "options": OPTIONS, "response": "I looked at each.\n\nNone of the above.\n"}, []),
    ({"id": "5", "kind": "yesno", "options": None, "response": "No, it is straight."}, "no"),
    ({"id": "6", "kind": "score", "response": "8.5/10"}, 85.0),
]


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_the_command_prints_one_row_per_case(tmp_path: Path) -> None:
    file = write(tmp_path / "cases.jsonl", *(case for case, _ in CASES))
    result = CliRunner().invoke(app, ["score", "extract", str(file)], catch_exceptions=False)
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert [row["answer"] for row in rows] == [answer for _, answer in CASES]
    assert [row["id"] for row in rows] == [case["id"] for case, _ in CASES]
    assert all(set(row) == {"id", "answer", "method", "status"} for row in rows)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", r"cases.jsonl:2: not JSON"),
        ('{"id": "x", "kind": "essay", "response": ""}', r"cases.jsonl:2: .*kind"),
        ('{"id": "x", "kind": "mcq", "response": "A"}', r"cases.jsonl:2: kind mcq needs options"),
        (
            '{"id": "x", "kind": "mcq", "options": {"A": "x", "C": "y"}, "response": "A"}',
            r"letters A, C; they must",
        ),
    ],
)
def test_a_line_that_is_no_case_is_named(tmp_path: Path, line: str, told: str) -> None:
    file = write(tmp_path / "cases.jsonl", CASES[0][0])
    with file.open("a") as f:
        f.write(line + "\n")
    with pytest.raises(BadInput, match=told):
        list(read_replies(read_cases(file)))


def test_a_run_is_scored_as_before(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", mixed_questions(3))
    for words in (["score", str(run)], ["score", "run", str(run)]):
        result = CliRunner().invoke(app, words, catch_exceptions=False)
        assert result.exit_code == 0
        assert "all questions" in result.output
