"""decode=choice at a server: by allowed tokens where it is a vLLM, by log-probabilities elsewhere, or not at all."""

import json
from typing import Any

import pytest

from flexqa.adapters.served.engine import OpenAiEngine
from flexqa.errors import BadInput
from flexqa.question import AnswerFormat
from flexqa.record import Failure, Reply
from tests.adapters.serving import Call, Serving, serve
from tests.adapters.test_openai import ask, engine

START = [1, 5, 9]
IDS = {"A": 32, "B": 33, "yes": 40, "no": 41}
FORCED = ask(decode="choice")


def candidates(**logprobs: float) -> dict[str, Any]:
    """Log-probabilities as a server gives them, the likeliest first."""
    top = [{"token": t, "logprob": p, "bytes": None} for t, p in logprobs.items()]
    return {"content": [{**top[0], "top_logprobs": top}]}


def vendor(call: Call) -> None:
    """A server that is no vLLM."""
    if call.path.endswith("/tokenize"):
        call.error(404, "Not Found")
        return
    assert call.body["logprobs"] is True
    assert call.body["top_logprobs"] == 20
    call.say("The", logprobs=candidates(The=-0.5, B=-1.5, A=-2.5, **{" A": -0.9}))


def vllm(call: Call) -> None:
    """A server with vLLM's /tokenize, and what its chat then gets."""
    if call.path == "/tokenize":
        last = call.body["messages"][-1]
        ids = [IDS.get(last["content"], 99)] if last["role"] == "assistant" else []
        call.send(200, json.dumps({"tokens": [*START, *ids], "count": 3}).encode())
        return
    allowed = call.body["allowed_token_ids"]
    assert call.body["logprob_token_ids"] == allowed
    assert call.body["max_tokens"] == 1
    call.say("no", finish="length", logprobs=candidates(**{f"token_id:{i}": -i / 10 for i in reversed(allowed)}))


def asked(serving: Serving, *requests: Any, **options: str) -> dict[str, Reply | Failure]:
    return {r.question_id: o for r, o in engine(serving, **options).stream(requests or [FORCED])}


def test_the_likeliest_letter_among_the_candidates() -> None:
    with serve(vendor) as serving:
        reply = asked(serving)["q"]
    assert isinstance(reply, Reply)
    assert (reply.text, reply.status) == ("B", "ok")
    assert reply.choice_logprobs == {"A": -2.5, "B": -1.5}


def test_a_letter_that_is_no_candidate_has_no_log_probability() -> None:
    def behave(call: Call) -> None:
        call.say("A", logprobs=candidates(A=-0.1, The=-3.0))

    with serve(behave) as serving:
        reply = asked(serving, choice="logprobs")["q"]
    assert isinstance(reply, Reply)
    assert (reply.text, reply.choice_logprobs) == ("A", None)
    assert {c.path for c in serving.calls} == {"/v1/chat/completions"}


def test_no_letter_among_the_candidates_is_a_failure() -> None:
    with serve(lambda c: c.say("The", logprobs=candidates(The=-0.1))) as serving:
        failure = asked(serving, choice="logprobs", retries="0")["q"]
    assert isinstance(failure, Failure)
    assert failure.kind == "choice"


def test_a_server_without_log_probabilities_is_named() -> None:
    with serve(lambda c: c.say("B")) as serving, pytest.raises(BadInput, match="gives no log-probabilities"):
        asked(serving, choice="logprobs")


def test_a_vllm_allows_only_the_replies() -> None:
    yes_no = ask("yes or no", answer_format=AnswerFormat.YES_NO, letters=(), decode="choice")
    number = ask("number", answer_format=AnswerFormat.NUMBER, letters=(), decode="choice")

    def behave(call: Call) -> None:
        if "allowed_token_ids" in call.body or call.path == "/tokenize":
            vllm(call)
        else:
            call.say("80")

    with serve(behave) as serving:
        got = asked(serving, FORCED, yes_no, number, *(ask(f"q{i}", decode="choice") for i in range(5)))
    for name, text, logprobs in (("q", "A", {"A": -3.2, "B": -3.3}), ("yes or no", "yes", {"yes": -4.0, "no": -4.1})):
        reply = got[name]
        assert isinstance(reply, Reply)
        assert (reply.text, reply.status, reply.choice_logprobs) == (text, "ok", logprobs)
    free = got["number"]
    assert isinstance(free, Reply)
    assert (free.text, free.choice_logprobs) == ("80", None)
    assert sum(c.path == "/tokenize" for c in serving.calls) == 6, "the prompt and two replies, for two formats"


def test_a_letter_of_several_tokens_is_refused() -> None:
    def behave(call: Call) -> None:
        call.send(200, json.dumps({"tokens": [1, 2] if len(call.body["messages"]) == 1 else [1, 2, 3, 4]}).encode())

    with serve(behave) as serving, pytest.raises(BadInput, match="not one token"):
        asked(serving)


def test_the_way_can_be_demanded() -> None:
    with serve(vendor) as serving:
        failure = asked(serving, choice="allowed_tokens")["q"]
    assert isinstance(failure, Failure)
    assert failure.kind == "http_404"


def test_one_engine_can_be_asked_again() -> None:
    with serve(vllm) as serving:
        adapter: OpenAiEngine = engine(serving)
        assert [adapter.reply(FORCED).text for _ in range(2)] == ["A", "A"]
