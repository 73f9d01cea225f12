"""`flexqa eval` on a served model: what it sends, resume, --retry-failed, exit codes, a server that is down."""

import _thread
import json
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flexqa.cli.app import app
from flexqa.store import read_run
from tests.adapters.serving import Call, completion, serve

PRESENTATION = ("--frames", "2", "--size", "64", "--split", "all", "--limit", "150")


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


class Eval:
    """One run folder, and the command that fills it."""

    def __init__(self, data: Path, questions: Path, out: Path) -> None:
        self.out = out
        self._words = ["eval", "openai:m", "--data", str(data), "--questions", str(questions), "--out", str(out)]

    def __call__(self, url: str, *words: str, **options: str) -> tuple[int, str]:
        settings = {"base_url": url, "backoff_s": "0.02", "retries": "1", "timeout_s": "2", **options}
        pairs = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        result = CliRunner().invoke(app, [*self._words, *PRESENTATION, *pairs, *words])
        return result.exit_code, result.output

    @property
    def kinds(self) -> Counter[str | None]:
        """Kinds of failure, null for replies, over all predictions."""
        return Counter(p.failure.kind if p.failure else None for p in read_run(self.out).predictions)


@pytest.fixture
def evaluate(tree: Path, question_file: Path, tmp_path: Path) -> Eval:
    return Eval(tree, question_file, tmp_path / "run")


def troubled(call: Call) -> None:
    """A server on which everything goes wrong at times."""
    whole = json.dumps(completion("A")).encode()
    match call.number % 16:
        case 3:
            call.error(500, "out of memory")
        case 5:
            call.error(429, "slow down", headers={"Retry-After": "0"})
        case 7:
            call.send(200, b"garbage")
        case 9:
            call.hang_up()
        case 11:
            call.send(200, whole[:50], length=len(whole))
            call.hang_up()
        case 13:
            call.say("")
        case 15:
            call.say("A", finish="content_filter")
        case _:
            call.say("A")


def test_failures_are_counted_and_asked_again_and_nothing_is_asked_twice(evaluate: Eval) -> None:
    with serve(troubled) as serving:
        code, said = evaluate(serving.url, retries="0")
    assert code == 1, said
    first = evaluate.kinds
    run = read_run(evaluate.out)
    assert Counter(p.question_id for p in run.predictions) == Counter(q.id for q in run.questions)
    expected = {"http_500", "http_429", "reply", "connection", "empty", "content_filter"}
    assert expected <= set(first) <= {*expected, None, "turn"}
    assert not [p for p in run.predictions if p.failure and p.reply]
    for kind in expected:
        assert f"{first[kind]} {kind}" in said
        assert f"{kind}, first: " in said

    with serve(lambda c: c.say("B")) as serving:
        code, said = evaluate(serving.url)
        assert (code, serving.calls) == (1, []), "answered and failed ones have their line"
        failed = sum(n for kind, n in first.items() if kind)
        code, said = evaluate(serving.url, "--retry-failed")
        assert (code, len(serving.calls)) == (0, failed)
    assert "none failed" in said
    replies = Counter(p.reply.text for p in read_run(evaluate.out).predictions if p.reply)
    assert replies == {"A": first[None], "B": failed}


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C works, also where the tests were started in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_run_that_is_cut_off_goes_on_at_another_address_with_other_settings(evaluate: Eval) -> None:
    def behave(call: Call) -> None:
        if call.number == 40:
            _thread.interrupt_main()
        call.say("A")

    with serve(behave) as serving:
        code, _ = evaluate(serving.url, concurrency="4")
    assert code != 0
    done = len(read_run(evaluate.out).predictions)
    total = len(read_run(evaluate.out).questions)
    assert 0 < done < total
    with serve(lambda c: c.say("B")) as serving:
        code, said = evaluate(serving.url, concurrency="16", timeout_s="3")
        assert (code, len(serving.calls)) == (0, total - done), said
    assert evaluate.kinds == {None: total}


def test_a_server_that_is_down_is_named_and_every_question_is_a_failure(evaluate: Eval) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        started = time.monotonic()
        code, said = evaluate(url, retries="6")
    assert time.monotonic() - started < 15
    assert code == 1
    assert f"{url} cannot be reached" in said
    run = read_run(evaluate.out)
    assert len(run.predictions) == len(run.questions) > 100
    assert set(evaluate.kinds) <= {"unreachable", "turn"}


def test_conversations_go_to_the_server_turn_after_turn(evaluate: Eval) -> None:
    with serve(lambda c: c.say(f"reply {c.number}")) as serving:
        assert evaluate(serving.url)[0] == 0
    longest = max((c.body["messages"] for c in serving.calls), key=len)
    assert [m["role"] for m in longest] == ["user", "assistant"] * (len(longest) // 2) + ["user"]
    assert len(longest) == 7, "FLEX-VideoQA's conversation has four turns"
    said = [m["content"] for m in longest if m["role"] == "assistant"]
    assert all(text.startswith("reply ") for text in said)


def test_what_says_where_and_how_fast_is_no_part_of_a_run(evaluate: Eval) -> None:
    with serve(lambda c: c.say("A")) as serving:
        evaluate(serving.url, media="video", concurrency="8")
    manifest = read_run(evaluate.out).manifest
    assert manifest.spec.adapter_options == {"media": "video"}
    assert manifest.adapter["concurrency"] == 8
    assert manifest.adapter["server"] == "private"
    assert serving.url not in manifest.model_dump_json()
    with serve(lambda c: c.say("A")) as serving:
        code, _ = evaluate(serving.url, media="frames")
    assert code != 0
    assert serving.calls == []
