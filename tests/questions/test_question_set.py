import json
from dataclasses import replace
from pathlib import Path

import pytest

from flexqa.errors import QuestionError
from flexqa.question import Question
from flexqa.questions.question_set import (
    Provenance,
    QuestionSet,
    check_recordings,
    manifest_path,
    question_line,
    read_question_set,
    write_question_set,
)
from flexqa.recordings.flex_layout import fingerprint
from flexqa.recordings.model import RecordingSet


@pytest.fixture
def path(question_set: QuestionSet, tmp_path: Path) -> Path:
    provenance = Provenance.model_validate(question_set.manifest.model_dump(include=set(Provenance.model_fields)))
    write_question_set(tmp_path / "questions.jsonl", map(question_line, question_set.questions), provenance)
    return tmp_path / "questions.jsonl"


def test_what_was_written_is_read(path: Path, question_set: QuestionSet) -> None:
    assert read_question_set(path) == question_set
    assert sorted(p.name for p in path.parent.iterdir()) == ["questions.jsonl", "questions.manifest.json"]
    first = question_set.questions[0]
    assert question_set[first.id] is first


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_an_edited_answer_is_noticed(path: Path) -> None:
    change(path, '"answer":"yes"', '"answer":"no"')
    with pytest.raises(QuestionError, match=r"questions\.jsonl:\d+: not a question: id .* was it edited"):
        read_question_set(path)


def test_a_line_that_is_gone_is_noticed(path: Path) -> None:
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(QuestionError, match=r"questions\.jsonl: its sha256 is .* generate the set again"):
        read_question_set(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"sha256": "', '"sha256": "0', "its sha256 is .*, the manifest says 0"),
        ('"n_questions": ', '"n_questions": 1', "its manifest 1"),
        ('"seed": 7', '"seed": "seven"', "manifest.json: seed: "),
        ('"seed": 7', '"seeds": 7', "manifest.json: seed"),
        ("{", "", "manifest.json: Invalid JSON"),
    ],
)
def test_an_edited_manifest_is_noticed(path: Path, old: str, new: str, message: str) -> None:
    change(manifest_path(path), old, new)
    with pytest.raises(QuestionError, match=message):
        read_question_set(path)


def test_a_broken_line_is_named(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    lines[4] = lines[4][:40] + "\n"
    path.write_text("".join(lines))
    with pytest.raises(QuestionError, match=r"questions\.jsonl:5: not a question"):
        read_question_set(path)


def test_an_unknown_type_is_named_with_the_known_ones(path: Path, question_set: QuestionSet) -> None:
    record = json.loads(question_set.questions[0].model_dump_json()) | {"type": "vibes"}
    record.pop("id")
    strange = Question.model_validate(record)
    path.write_text(strange.model_dump_json() + "\n")
    with pytest.raises(QuestionError, match=r"questions\.jsonl:1: unknown question type 'vibes'; known are: action_"):
        read_question_set(path)


def test_a_missing_file_is_answered_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=r"none\.jsonl: cannot be read .* flexqa questions generate"):
        read_question_set(tmp_path / "none.jsonl")
    (tmp_path / "none.jsonl").touch()
    with pytest.raises(QuestionError, match=r"none\.manifest\.json: cannot be read .* flexqa questions generate"):
        read_question_set(tmp_path / "none.jsonl")


def test_an_id_that_is_not_there_is_refused(question_set: QuestionSet) -> None:
    with pytest.raises(QuestionError, match="no question 'score-0'"):
        question_set["score-0"]


def test_recordings_are_those_that_the_questions_were_made_from(
    question_set: QuestionSet, recordings: RecordingSet
) -> None:
    manifest, needed = question_set.manifest, question_set.recordings
    check_recordings(manifest, needed, recordings, fingerprint(recordings))
    with pytest.raises(QuestionError, match=r"these recordings hash to 0000.* flexqa questions generate --data"):
        check_recordings(manifest, needed, recordings, "0" * 64)
    fewer = replace(recordings, recordings={i: r for i, r in recordings.recordings.items() if i != "A16/001"})
    with pytest.raises(QuestionError, match="lacks 1 recordings that are asked about, first A16/001"):
        check_recordings(manifest, needed, fewer, fingerprint(recordings))
