"""VLMEvalKit is on no package index: its columns are checked as pandas reads them, as it does, and the dataset class
against a stand-in of the base class that its sources show."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from flexqa.question import LETTERS, AnswerFormat, Question
from tests.exports.conftest import Export, wrong_reply


def load(path: str) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t")


class StandIn:
    """What VLMEvalKit's VideoBaseDataset does on creation."""

    def __init__(self, dataset: str, nframe: int = 0) -> None:
        places = self.prepare_dataset(dataset)  # type: ignore[attr-defined]
        self.data_root, self.data = places["root"], load(places["data_file"])
        assert {"question", "video"} <= set(self.data)
        self.nframe = nframe

    def save_video_frames(self, video: str) -> list[str]:
        assert (Path(self.data_root) / f"{video}.mp4").is_file()
        return [f"{video}-{i}.jpg" for i in range(self.nframe)]


@pytest.fixture
def dataset_class(export: Export, monkeypatch: pytest.MonkeyPatch) -> Any:
    out, _ = export("vlmevalkit")
    base, smp = ModuleType("vlmeval.dataset.video_base"), ModuleType("vlmeval.smp")
    base.VideoBaseDataset, smp.load = StandIn, load  # type: ignore[attr-defined]
    for name, module in (("vlmeval.dataset.video_base", base), ("vlmeval.smp", smp)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.syspath_prepend(str(out))
    spec = spec_from_file_location("exported_dataset", out / "flex_videoqa.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FlexVideoQA


@pytest.fixture
def rows(export: Export) -> list[dict[str, Any]]:
    out, _ = export("vlmevalkit")
    table = load(str(out / "flex_videoqa.tsv"))
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def test_columns_hold_question_options_answer_and_clip(
    rows: list[dict[str, Any]], export: Export, questions: tuple[Question, ...]
) -> None:
    out, report = export("vlmevalkit")
    by_id = {q.id: q for q in questions}
    assert [row["index"] for row in rows] == list(range(report.n_questions))
    for row in rows:
        q = by_id[row["id"]]
        assert [row[a] for a in LETTERS if not pd.isna(row[a])] == [o.text for o in q.options]
        assert str(row["answer"]) == (f"{q.answer:g}" if isinstance(q.answer, float) else q.answer)
        assert (out / row["video_path"]).is_file()
        assert "/" not in row["video"]
        assert all(o.text in row["question"] for o in q.options)
        assert row["question"].startswith("Video 1: ")


def test_what_one_clip_cannot_show_is_left_out(export: Export) -> None:
    _, report = export("vlmevalkit")
    assert "better_repetition" in report.left_out["several clips, and the format takes one"]
    assert "stronger_side" in report.left_out["no clip, and the format needs one"]
    assert f"answer of the form {AnswerFormat.CHOICES}, which the format cannot score" in report.left_out


def test_the_class_shows_the_clip_before_the_prompt(dataset_class: Any, rows: list[dict[str, Any]]) -> None:
    dataset = dataset_class("flex_videoqa", nframe=2)
    clip, prompt = dataset.build_prompt(0, video_llm=True)
    assert clip["type"] == "video"
    assert Path(clip["value"]).is_file()
    assert prompt == {"type": "text", "value": rows[0]["question"]}
    frames = dataset.build_prompt(0, video_llm=False)
    assert [m["type"] for m in frames] == ["image", "image", "text"]


def test_the_class_scores_right_replies_one_and_wrong_ones_nothing(
    dataset_class: Any, rows: list[dict[str, Any]], questions: tuple[Question, ...], tmp_path: Path
) -> None:
    by_id = {q.id: q for q in questions}
    right = [str(row["answer"]) for row in rows]
    wrong = [wrong_reply(by_id[row["id"]]) for row in rows]
    for expected, replies in ((1, right), (0, wrong)):
        table = pd.DataFrame(rows).assign(prediction=replies)
        table.to_csv(tmp_path / "replies.tsv", sep="\t", index=False)
        scores = dataset_class.evaluate(str(tmp_path / "replies.tsv"))
        assert set(scores) == {"accuracy", *(f"accuracy_{row['category']}" for row in rows)}
        assert set(scores.values()) == {expected}
