"""A stand-in takes only what the record takes, and holds the same."""

import json
from hashlib import sha256
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from flexqa.assets import asset
from flexqa.question import Question, canonical_hash
from flexqa.record import Prediction
from flexqa.stand_ins import prediction_from, question_from
from tests.scoring.runs import failure_of, question, reply_to

LINES = (asset("benchmarks") / "flex-videoqa" / "mini" / "questions.jsonl").read_bytes().splitlines()
PREDICTIONS = [p.model_dump_json().encode() for p in (reply_to(question(1), "B"), failure_of(question(2)))]

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(max_size=3), max_size=3),
    st.sampled_from(("1", "yes", "B", "text", "0.5", "\u2028\x7f\x1f/\\", {})),
    st.sampled_from((1.0, 1e16, 1e-5, 1e22, 5e-324, -0.0, 2**60)),
)  # fmt: skip


@st.composite
def altered(draw: st.DrawFn, lines: list[bytes]) -> dict[str, Any]:
    """A record with a field somewhere in it replaced, added or left out."""
    data: dict[str, Any] = json.loads(draw(st.sampled_from(lines)))
    place: Any = data
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return data
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and draw(st.booleans()):
            place = place[key]
            continue
        match draw(st.sampled_from(("replace", "replace", "add", "drop", "keep"))):
            case "replace":
                place[key] = draw(VALUES)
            case "add" if isinstance(place, dict):
                place[draw(st.sampled_from(("extra", "view", "wording")))] = draw(VALUES)
            case "drop":
                del place[key]
            case _:
                pass
        return data


def told(read: Any, line: bytes) -> object:
    """What a reader makes of a line: the fields, or its complaint."""
    try:
        found = read(line)
    except ValueError as e:
        return str(e)
    if isinstance(found, BaseModel):
        return json.loads(found.model_dump_json(exclude={"id"}))
    return json.loads(msgspec.json.encode(found))


def encoded(data: object) -> bytes:
    return json.dumps(data).encode()


@settings(max_examples=600, deadline=None)
@given(altered(LINES), st.sampled_from(("as it was", "canonical", "msgspec")))
def test_questions(data: dict[str, Any], named: str) -> None:
    if named != "as it was":
        data.pop("id", None)
        try:
            by_msgspec = sha256(msgspec.json.encode(data, order="sorted")).hexdigest()
            digest = by_msgspec if named == "msgspec" else canonical_hash(data)
        except (ValueError, UnicodeError):
            digest = "0" * 64
        data["id"] = f"{data.get('type')}-{digest[:16]}"
    line = encoded(data)
    assert told(question_from, line) == told(Question.from_json, line)


@settings(max_examples=600, deadline=None)
@given(altered(PREDICTIONS))
def test_predictions(data: dict[str, Any]) -> None:
    line = encoded(data)
    assert told(prediction_from, line) == told(Prediction.model_validate_json, line)


def test_questions_of_every_type_have_stand_ins() -> None:
    for line in LINES:
        found, record = question_from(line), Question.from_json(line)
        assert not isinstance(found, BaseModel), "the record had to be asked"
        names = ("id", "content_hash", "letters", "withheld", "answer", "options", "modalities", "level")
        for name in names[:5]:
            assert getattr(found, name) == getattr(record, name)
        assert [type(m) for m in found.modalities] == [type(m) for m in record.modalities]


@settings(deadline=None)
@example(b"")
@example(b"null")
@example(b"{}")
@example(LINES[0] + b"x")
@example(LINES[0].replace(b'"id"', b'"type":"a","id"'))
@given(st.binary(max_size=40))
def test_rubbish(line: bytes) -> None:
    assert told(question_from, line) == told(Question.from_json, line)
    assert told(prediction_from, line) == told(Prediction.model_validate_json, line)
