"""A question is frozen, named by its content, and whole."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from flexqa.question import Question, canonical_hash


def test_a_question_survives_json(choice_question: Question) -> None:
    assert Question.from_json(choice_question.model_dump_json()) == choice_question


def test_an_edited_question_is_noticed(choice_question: Question) -> None:
    data = json.loads(choice_question.model_dump_json())
    data["wording"] = 1
    with pytest.raises(ValueError, match="does not fit the content"):
        Question.from_json(json.dumps(data))


def test_the_id_follows_the_content_and_nothing_else(choice_question: Question) -> None:
    data = json.loads(choice_question.model_dump_json())
    shuffled = json.dumps(dict(reversed(data.items())), indent=3)
    assert Question.from_json(shuffled).id == choice_question.id
    assert choice_question.model_copy(update={"wording": 1}).content_hash != choice_question.content_hash


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": "B"}, "is not the one option of kind 'answer'"),
        ({"answer": "C"}, "is not the one option of kind 'answer'"),
        ({"options": []}, "needs at least two options"),
        ({"answer_format": "yes_no"}, "neither 'yes' nor 'no'"),
        ({"answer_format": "yes_no", "answer": "yes"}, "takes no options"),
        ({"answer_format": "number", "answer": 140.0, "tolerance": 5}, "a number from 0 to 100"),
        ({"chance": 1.0}, r"is not in \[0, 1\)"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_question_that_is_not_whole_is_refused(
    choice_question: Question, change: dict[str, Any], says: str
) -> None:
    data = {**choice_question.model_dump(mode="json", exclude={"id"}), **change}
    with pytest.raises(ValidationError, match=says):
        Question.model_validate(data)


def test_two_options_that_read_the_same_are_refused(choice_question: Question) -> None:
    data = choice_question.model_dump(mode="json", exclude={"id"})
    data["options"][1]["text"] = data["options"][0]["text"]
    with pytest.raises(ValidationError, match="two options read the same"):
        Question.model_validate(data)


def test_the_canonical_hash_is_pinned() -> None:
    """Ids of published questions must never change: sha256 of `{"a":[1,null],"b":"é"}` in UTF-8."""
    assert canonical_hash({"b": "é", "a": [1, None]}) == (
        "e03c3c1ebb5fccd76e3bd35b9a86169f35e6f1b069645d48ac278175f54c4208"
    )
