import json
from pathlib import Path
from typing import Any

import pytest

from flexqa.exports.common import reply_for
from flexqa.question import Question
from tests.exports.conftest import Export


@pytest.fixture(scope="module")
def loaded(export: Export, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from datasets import load_dataset

    out, _ = export("datasets")
    files = {p.stem: str(p) for p in (out / "data").iterdir()}
    return load_dataset("parquet", data_files=files, cache_dir=str(tmp_path_factory.mktemp("cache")))


def test_load_dataset_gives_every_question(loaded: Any, export: Export, questions: tuple[Question, ...]) -> None:
    _, report = export("datasets")
    assert set(loaded) == {"train", "test"}
    rows = {row["id"]: row for part in loaded.values() for row in part}
    assert len(rows) == len(questions) == report.n_questions
    assert not report.left_out
    for q in questions:
        row = rows[q.id]
        assert row["answer"] == reply_for(q.answer)
        assert row["tolerance"] == q.tolerance
        assert row["options"] == [o.text for o in q.options]
        assert row["follows"] == q.follows
        assert json.loads(row["groups"]) == q.groups
        assert [tuple(t) for t in row["graph_path"]] == list(q.graph_path)
        assert [p["names"] for p in json.loads(row["points"])] == [list(p.names) for p in q.points]


def test_features_survive(loaded: Any) -> None:
    from flexqa.exports.table import features

    assert loaded["test"].features == features()


def test_videos_are_files_from_the_folder_on(loaded: Any, export: Export) -> None:
    out, _ = export("datasets")
    found = [p["content"] for row in loaded["test"] for p in row["parts"] if p["kind"] == "video"]
    found += [v for row in loaded["test"] for v in row["option_videos"] if v]
    assert found
    assert all((out / v).is_file() and not Path(v).is_absolute() for v in found)


def test_options_that_are_clips_have_files(loaded: Any) -> None:
    with_clips = [row for row in loaded["test"] if any(row["option_videos"])]
    assert with_clips
    assert all(len(row["option_videos"]) == len(row["options"]) for row in with_clips)
