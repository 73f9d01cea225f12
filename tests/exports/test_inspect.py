"""In the real Inspect: its task loader, samples, solver, scorer and metrics, with its mock model."""

import json
from typing import Any

import pytest

from flexqa.question import Question
from tests.exports.conftest import Export, left_out_of, run_peer, wrong_reply


@pytest.fixture(scope="module")
def report(export: Export, questions: tuple[Question, ...], tmp_path_factory: pytest.TempPathFactory) -> Any:
    out, _ = export("inspect")
    folder = tmp_path_factory.mktemp("inspect")
    left_out = left_out_of(out)
    wrong = {q.id: wrong_reply(q) for q in questions if q.id not in left_out}
    (folder / "wrong.json").write_text(json.dumps(wrong))
    return run_peer("inspect", "run_inspect.py", folder / "wrong.json", folder / "logs", cwd=out)


def test_right_replies_score_one_and_wrong_ones_nothing(report: Any, export: Export) -> None:
    _, exported = export("inspect")
    assert report["n"] == exported.n_questions
    assert report["all_right"]["accuracy"] == 1
    assert report["all_wrong"]["accuracy"] == 0
    assert report["none_read"]["accuracy"] == 0


def test_accuracy_is_given_by_type_and_clustered_by_subject(report: Any, export: Export) -> None:
    _, exported = export("inspect")
    assert set(report["all_right"]) == {"accuracy", "stderr", *exported.by_type}
    assert all(report["all_right"][name] == 1 for name in exported.by_type)
