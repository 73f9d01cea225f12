"""A question set that stays on disk gives the same questions as one in memory, and notices the same faults."""

import json
from pathlib import Path

import pytest

from flexqa.errors import QuestionError
from flexqa.question import WITHHELD, Question
from flexqa.questions.bundles import select
from flexqa.questions.question_file import clip_of, open_question_set, questions_of
from flexqa.questions.question_set import read_question_set
from flexqa.withheld import sealed


def by_id(questions: list[Question] | tuple[Question, ...]) -> list[Question]:
    return sorted(questions, key=lambda q: q.id)


def test_each_selection_is_that_of_the_whole_set(question_file: Path) -> None:
    whole, lean = read_question_set(question_file), open_question_set(question_file)
    assert (lean.manifest, lean.recordings) == (whole.manifest, whole.recordings)
    for split, limit in (("all", None), ("test", None), ("all", 90), ("train", 40)):
        lines = lean.select(split, limit)
        asked = list(lines)
        assert len(lines) == len(asked)
        assert by_id(asked) == by_id(select(whole.questions, split, limit))
        clips = [clip_of(q) for q in asked]
        assert clips == sorted(clips)
    assert by_id(list(questions_of(question_file, "train"))) == by_id(select(whole.questions, "train", None))
    talks = lean.select("all", None).where(lambda q: "dialogue" in q.groups)
    assert {q.id for q in talks} == {q.id for q in whole.questions if "dialogue" in q.groups}
    with pytest.raises(QuestionError, match="no questions of split 'val'"):
        lean.select("val", None)


def test_a_set_that_was_edited_is_noticed(question_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.with_name("questions.manifest.json").write_bytes(
        question_file.with_name("questions.manifest.json").read_bytes()
    )
    lines = question_file.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], lines[4].replace(b'"test"', b'"Test"').replace(b'"train"', b'"x"')]))
    with pytest.raises(QuestionError, match=r"questions.jsonl:5: not a question"):
        open_question_set(path)
    path.write_bytes(b"".join(lines[1:]))
    with pytest.raises(QuestionError, match="its sha256 is"):
        open_question_set(path)
    path.write_bytes(b"".join(lines))
    asked = open_question_set(path).select("all", None)
    path.write_bytes(b"".join(lines[1:]))
    with pytest.raises(QuestionError, match="changed while it was in use"):
        list(asked)


def test_a_question_that_leaves_the_process_has_its_id_and_no_answer(question_file: Path) -> None:
    for full in read_question_set(question_file).questions:
        given = sealed(full)
        assert (given.id, given.media, given.prompt, given.follows) == (
            full.id,
            full.media,
            full.prompt,
            full.follows,
        )
        assert given.withheld
        assert {o.kind for o in given.options} <= {WITHHELD}
        told = json.loads(given.model_dump_json())
        empty = {key for key, value in told.items() if value in ("", [], None, WITHHELD)}
        assert {"answer", "reference", "points", "tolerance", "graph_path", "action", "subject"} <= empty
