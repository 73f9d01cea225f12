"""Replies that were once misread, with the answer that a careful reader takes; null where there is none."""

import json
from pathlib import Path

import pytest

from flexqa.scoring.extract_cases import Case, read_replies

ROWS = [json.loads(line) for line in (Path(__file__).parent / "hard_replies.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_hard_reply(row: dict[str, object]) -> None:
    gold = tuple(row["gold"]) if isinstance(row["gold"], list) else row["gold"]
    case = Case.model_validate({key: value for key, value in row.items() if key != "gold"})
    (read,) = read_replies([case])
    assert read.answer == gold, read
