"""The key goes to the server and nowhere else: into no message, reply, file or log, whatever the server does."""

import json
import logging
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from flexqa.adapters.registry import create
from flexqa.adapters.served.key import Key
from flexqa.cli.app import app
from flexqa.record import Failure, Reply
from tests.adapters.serving import Call, serve
from tests.adapters.test_openai import FAST, KEY, ask, events, piece

OPTIONS = {**FAST, "retries": "0"}


def echo(call: Call) -> None:
    """A server that gives the key away in every way it can."""
    sent = call.handler.headers["Authorization"]
    match call.number % 7:
        case 0:
            call.error(500, f"bad key {sent}", headers={"X-Key": sent})
        case 1:
            call.say(f"Your key is {sent}", reasoning=f"thinking of {sent}")
        case 2:
            call.send(200, f"not json {sent}".encode())
        case 3:
            call.say(None, refusal=f"no, {sent}")
        case 4:
            call.error(401, f"Incorrect API key provided: {sent[7:25]}*******{sent[-4:]}")
        case 5:
            call.send(200, json.dumps({"error": {"message": sent, "code": sent}}).encode())
        case 6:
            escaped = "".join(f"\\u{ord(c):04X}" for c in sent)
            call.send(500, f'{{"error": {{"message": "{"x" * 380}{escaped}"}}}}'.encode())


@pytest.mark.parametrize("stream", ["false", "true"])
def test_a_key_that_a_server_echoes_is_redacted(
    stream: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.INFO)
    with serve(echo) as serving:
        adapter = create("openai:m", {"base_url": serving.url, **OPTIONS, "stream": stream, "concurrency": "1"})
        outcomes = [o for _, o in adapter.stream([ask(f"q{i}") for i in range(7)])]
    assert all(h["Authorization"] == f"Bearer {KEY}" for h in serving.headers)
    said = [o.model_dump_json() for o in outcomes]
    said += [json.dumps(adapter.describe()), repr(vars(adapter)), caplog.text]
    for text in said:
        assert KEY not in text
        assert KEY[:16] not in text
    assert sum("[key]" in text for text in said) == 7
    assert {type(o) for o in outcomes} == {Failure, Reply}


def test_a_run_holds_no_key(monkeypatch: pytest.MonkeyPatch, tree: Path, question_file: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("FLEXQA_TEST_KEY", KEY)
    with serve(echo) as serving:
        options = {"base_url": serving.url, **OPTIONS, "api_key_env": "FLEXQA_TEST_KEY"}
        said = CliRunner().invoke(
            app,
            [
                *("eval", "openai:m", "--data", str(tree), "--questions", str(question_file)),
                *("--out", str(tmp_path / "run"), "--frames", "2", "--size", "64", "--limit", "60"),
                *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
            ],
        )
    assert said.exit_code == 1, said.output
    assert any(h["Authorization"] == f"Bearer {KEY}" for h in serving.headers)
    files = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert {"run.json", "predictions.jsonl"} <= {path.name for path in files}
    for text in (said.output, *(path.read_text() for path in files)):
        assert KEY not in text
        assert KEY[:16] not in text
    assert "[key]" in (tmp_path / "run" / "predictions.jsonl").read_text()


def test_a_key_that_comes_in_pieces_is_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serve(lambda c: events(c, piece(content=KEY[:9]), piece(content=KEY[9:]), piece("stop"))) as serving:
        reply = create("openai:m", {"base_url": serving.url, "stream": "true"}).reply(ask())
    assert isinstance(reply, Reply)
    assert reply.text == "[key]"


KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"\\'), min_size=8, max_size=60)


@given(KEYS, st.text(), st.text())
def test_a_redacted_text_holds_no_key(value: str, before: str, after: str) -> None:
    assume(value not in "[key]")
    hidden = Key(value).redact(before + value + after)
    assert value not in hidden
    with suppress(ValueError):  # a key that looks like a part of an escape leaves no JSON, and no reply, behind
        assert value not in json.loads(Key(value).redact(json.dumps([before + value + after])))[0]


@given(st.text(max_size=7), st.text())
def test_a_placeholder_is_no_secret_and_spoils_no_reply(value: str, text: str) -> None:
    assert Key(value).redact(text) == text


def test_a_key_does_not_show_itself() -> None:
    assert KEY not in f"{Key(KEY)!r} {Key(KEY)}"
