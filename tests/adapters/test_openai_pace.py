"""How many requests are at work at once: what a server's complaints and latencies do to it."""

import asyncio
import json
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.adapters.served.fault import Fault, error_in, http_fault, retry_after
from flexqa.adapters.served.pace import Aimd, Pace
from flexqa.adapters.served.replies import Said, has_token, read_body, read_events
from flexqa.record import Reply
from tests.adapters.serving import Call, serve
from tests.adapters.test_openai import ask, engine

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["error", "choices", "usage"]), inner)
    ),
)


def test_it_halves_once_for_complaints_about_requests_that_were_sent_together() -> None:
    aimd = Aimd(64, slow_s=60)
    for now in range(1, 11):
        aimd.trouble(started=0.0, now=float(now))
    assert aimd.limit == 32
    aimd.trouble(started=11.0, now=12.0)
    assert aimd.limit == 16


def test_it_grows_by_one_in_each_round_that_went_well() -> None:
    aimd = Aimd(8, slow_s=60)
    aimd.trouble(0.0, 1.0)
    assert aimd.limit == 4
    for _ in range(4):
        aimd.fine(0.5, 2.0)
    assert aimd.limit == 5
    for _ in range(5 + 6 + 7 + 8 + 8):
        aimd.fine(0.5, 2.0)
    assert aimd.limit == 8, "and no more than the most"


def test_it_shrinks_when_replies_become_slow() -> None:
    aimd = Aimd(16, slow_s=60)
    for _ in range(16):
        aimd.fine(0.5, 1.0)
    for _ in range(16):
        aimd.fine(2.5, 2.0)
    assert aimd.limit == 12
    near_timeout = Aimd(16, slow_s=5)
    for _ in range(16):
        near_timeout.fine(6.0, 1.0)
    assert near_timeout.limit == 12


@given(
    st.integers(1, 100),
    st.lists(st.tuples(st.booleans(), st.floats(0, 1e6), st.floats(0, 1e6)), max_size=200),
)
def test_it_stays_between_one_and_the_most(most: int, happened: list[tuple[bool, float, float]]) -> None:
    aimd = Aimd(most, slow_s=30)
    for fine, a, b in happened:
        if fine:
            aimd.fine(a, b)
        else:
            aimd.trouble(a, b)
        assert 1 <= aimd.limit <= most


def test_places_are_as_many_as_the_limit_and_a_pause_holds_all() -> None:
    async def scenario() -> tuple[int, float]:
        pace, at_work, most = Pace(3, slow_s=60), 0, 0

        async def work() -> None:
            nonlocal at_work, most
            async with pace.turn():
                at_work += 1
                most = max(most, at_work)
                await asyncio.sleep(0.01)
                at_work -= 1

        await asyncio.gather(*(work() for _ in range(10)))
        pace.trouble(time.monotonic(), wait_s=0.2)
        began = time.monotonic()
        await work()
        return most, time.monotonic() - began

    most, waited = asyncio.run(scenario())
    assert most == 3
    assert 0.19 <= waited < 1


def test_a_server_that_takes_few_at_once_is_sent_few_and_answers_all() -> None:
    at_work, lock, refused = 0, threading.Lock(), 0

    def behave(call: Call) -> None:
        nonlocal at_work, refused
        with lock:
            at_work += 1
            busy = at_work > 4
            refused += busy
        time.sleep(0.02)
        with lock:
            at_work -= 1
        if busy:
            call.error(429, "too many at once")
        else:
            call.say("B")

    with serve(behave) as serving:
        stream = engine(serving, concurrency="32", retries="12", backoff_s="0.05").stream(
            [ask(f"q{i}") for i in range(200)]
        )
        outcomes = [o for _, o in stream]
    assert all(isinstance(o, Reply) for o in outcomes)
    assert len(outcomes) == 200
    assert refused < 150, "it would be some 700 if 32 were sent at once all the time"


@given(st.none() | st.text() | st.floats().map(str) | st.integers().map(str))
def test_any_retry_after_is_read(value: str | None) -> None:
    seconds = retry_after(value)
    assert seconds is None or 0 <= seconds < float("inf")


def test_retry_after_in_seconds_and_as_a_date() -> None:
    assert retry_after("7") == 7
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry_after(at) == pytest.approx(30, abs=2)
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0


@given(st.text() | JSON.map(str), st.sampled_from([301, 400, 401, 404, 429, 500, 503]))
def test_any_error_body_becomes_a_short_message(said: str, status: int) -> None:
    error_in(said)
    fault = http_fault(status, {}, said)
    assert "\n" not in str(fault)
    assert len(str(fault)) < 900


def read(text: str, *lines: str) -> list[Said]:
    """What a body and a stream are read as; those that are no reply are left out."""
    found = []
    for stream in (False, True):
        with suppress(Fault):
            found.append(read_events(lines) if stream else read_body(text))
    return found


@given(JSON)
def test_any_json_is_a_reply_or_a_fault(value: object) -> None:
    choice = {"message": value, "delta": value, "finish_reason": "stop", "logprobs": value}
    for body in (value, {"choices": [choice], "usage": value}):
        text = json.dumps(body)
        has_token(f"data: {text}")
        assert all(said.text.strip() for said in read(text, f"data: {text}", f"data:{text}", "data: [DONE]"))


@given(st.text())
def test_text_is_no_reply(text: str) -> None:
    assert read(text, *text.split("\n")) == []
