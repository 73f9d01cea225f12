"""In the real lmms-eval: its TaskManager loads the folder, its evaluator runs and scores it."""

import json
from pathlib import Path
from typing import Any

import pytest

import flexqa
from flexqa.presentation import Presenter
from flexqa.question import Question
from tests.exports.conftest import Export, left_out_of, run_peer, wrong_reply


@pytest.fixture(scope="module")
def report(export: Export, questions: tuple[Question, ...], tmp_path_factory: pytest.TempPathFactory) -> Any:
    out, _ = export("lmms-eval")
    folder = tmp_path_factory.mktemp("lmms")
    left_out = left_out_of(out)
    wrong = {q.id: wrong_reply(q) for q in questions if q.id not in left_out}
    (folder / "wrong.json").write_text(json.dumps(wrong))
    # lmms-eval shares torch and torchvision with flexqa, and with them what `flexqa.adapters.torch_compat` mends.
    site = Path(flexqa.__file__).parent / "adapters" / "worker_site"
    return run_peer(
        "lmms-eval",
        "run_lmms_eval.py",
        ".",
        folder / "wrong.json",
        cwd=out,
        HF_HOME=str(folder),
        PYTHONPATH=str(site),
    )


def test_every_question_is_shown_as_flexqa_shows_it(
    report: Any, export: Export, questions: tuple[Question, ...], presenter: Presenter
) -> None:
    out, _ = export("lmms-eval")
    by_id = {q.id: q for q in questions}
    for shown in report["shown"]:
        [message] = shown["messages"]
        content = message["content"]
        wanted = [getattr(p, "text", None) for p in presenter.prepare(by_id[shown["id"]]).request.parts]
        assert [c.get("text") for c in content] == wanted
        videos = [c["url"] for c in content if c["type"] == "video"]
        assert shown["visuals"] == videos
        assert all(Path(v).is_file() and Path(v).parent == out / "media" for v in videos)
        assert shown["text"].endswith(wanted[-1] or "")
        assert shown["text"].count("Video ") == len(videos)


def test_right_replies_score_one_and_wrong_ones_nothing(report: Any) -> None:
    for shown in report["shown"]:
        assert shown["right"]["accuracy"]["score"] == 1
        assert shown["wrong"]["accuracy"]["score"] == 0
        assert shown["wrong"]["readable"]["score"] == 1
    assert report["all_right"]["accuracy,none"] == 1
    assert report["all_right"]["accuracy_score,none"] == 1
    assert report["all_wrong"]["accuracy,none"] == 0
    assert report["all_wrong"]["readable,none"] == 1


def test_a_dead_server_scores_nothing_and_shows(report: Any) -> None:
    assert report["none_read"]["accuracy,none"] == 0
    assert report["none_read"]["readable,none"] == 0


def test_errors_are_clustered_by_subject(report: Any) -> None:
    assert isinstance(report["all_right"]["accuracy_stderr_clustered,none"], float)
