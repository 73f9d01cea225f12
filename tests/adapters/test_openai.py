"""The adapter for served models against a real HTTP server: what it sends, and what becomes of what comes back."""

import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from flexqa.adapters.base import Request, Text, Turn
from flexqa.adapters.registry import create
from flexqa.adapters.served.engine import OpenAiEngine
from flexqa.errors import AdapterError, BadInput
from flexqa.media import Clip
from flexqa.question import AnswerFormat
from flexqa.record import Failure, Reply, Sampling
from tests.adapters.serving import Behaviour, Call, Serving, completion, serve

KEY = "sk-flexqa-test-0123456789abcdef"
FAST = {"backoff_s": "0.02", "timeout_s": "5"}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def clip(seed: int = 1, frames: int = 3, window: bool = False) -> Clip:
    """Smooth frames, so that a lossy encoding changes them little."""
    y, x = np.mgrid[0:48, 0:64]
    pictures = np.stack([np.stack([x * 3, y * 4, np.full_like(x, 40 * i + seed)], axis=-1) for i in range(frames)])
    indices = tuple((30 if window else 3) + 7 * i for i in range(frames))
    return Clip(
        frames=pictures.astype(np.uint8),
        times_s=tuple(i / 30 for i in indices),
        indices=indices,
        source_fps=30.0,
        source_frames=103 if window else 7 * frames,
        sha256=f"{seed} {frames} {window}",
    )


def ask(name: str = "q", *parts: Any, **changes: Any) -> Request:
    shown = parts or (Text("Clip 1:"), clip(), Text("Which error is seen? A. back rounded B. none"))
    request = Request(name, "error_identification", AnswerFormat.CHOICE, tuple(shown), letters=("A", "B"))
    return replace(request, **changes)


def engine(serving: Serving, **options: str) -> OpenAiEngine:
    made = create("openai:some-model", {"base_url": serving.url, **FAST, **options})
    assert isinstance(made, OpenAiEngine)
    return made


def after(seconds: float, first: float | None = None) -> Behaviour:
    """A server that takes its time; another one for its first answer."""

    def behave(call: Call) -> None:
        time.sleep(seconds if first is None or call.number else first)
        call.say("B")

    return behave


def outcome_of(behave: Behaviour, request: Request | None = None, **options: str) -> tuple[Reply | Failure, Serving]:
    with serve(behave) as serving:
        [(_, outcome)] = engine(serving, **options).stream([request or ask()])
    return outcome, serving


def reply_of(behave: Behaviour, request: Request | None = None, **options: str) -> tuple[Reply, Serving]:
    outcome, serving = outcome_of(behave, request, **options)
    assert isinstance(outcome, Reply), outcome
    return outcome, serving


def failure_of(behave: Behaviour, request: Request | None = None, **options: str) -> tuple[Failure, Serving]:
    outcome, serving = outcome_of(behave, request, **options)
    assert isinstance(outcome, Failure), outcome
    return outcome, serving


def test_a_reply_with_its_usage_and_timing() -> None:
    reply, serving = reply_of(after(0.05))
    assert (reply.text, reply.status, reply.finish_reason) == ("B", "ok", "stop")
    assert reply.usage.model_dump() == {
        "input_tokens": 300,
        "vision_tokens": None,
        "cached_tokens": 256,
        "output_tokens": 7,
        "reasoning_tokens": 5,
    }
    assert reply.timing.first_token_s is None
    assert reply.timing.total_s is not None
    assert 0.05 <= reply.timing.total_s < 2
    [call] = serving.calls
    assert call.path == "/v1/chat/completions"
    assert serving.headers[0]["Authorization"] == f"Bearer {KEY}"
    sent = {k: v for k, v in call.body.items() if k != "messages"}
    assert sent == {"model": "some-model", "max_tokens": 64, "temperature": 0.0, "top_p": 1.0, "seed": 0}


def test_frames_follow_their_label_and_moments() -> None:
    _, serving = reply_of(lambda call: call.say("B"), image_format="png")
    [call] = serving.calls
    assert [p["type"] for p in call.content] == ["text", "text", "image_url", "image_url", "image_url", "text"]
    assert call.text.splitlines()[:2] == ["Clip 1:", "3 frames of it follow, at 0.10, 0.33, 0.57 s."]
    for (kind, data), frame in zip(call.media(), clip().frames, strict=True):
        assert kind == "image/png"
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), frame)


def test_the_moments_of_a_window_begin_at_zero() -> None:
    _, serving = reply_of(lambda call: call.say("B"), ask("q", clip(window=True), Text("?")))
    assert "at 0.00, 0.23, 0.47 s" in serving.calls[0].text


def test_jpeg_frames_are_close_and_smaller() -> None:
    _, serving = reply_of(lambda call: call.say("B"), image_detail="low")
    call = serving.calls[0]
    assert {p["image_url"]["detail"] for p in call.content if p["type"] == "image_url"} == {"low"}
    for (kind, data), frame in zip(call.media(), clip().frames, strict=True):
        assert kind == "image/jpeg"
        shown = np.asarray(Image.open(io.BytesIO(data))).astype(int)
        assert np.abs(shown - frame).mean() < 6


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_a_clip_as_video_has_its_frames_at_their_moments(frames: int) -> None:
    shown = clip(frames=frames)
    _, serving = reply_of(lambda call: call.say("B"), ask("q", shown, Text("?")), media="video")
    assert [p["type"] for p in serving.calls[0].content] == ["video_url", "text"]
    [(kind, data)] = serving.calls[0].media()
    assert kind == "video/mp4"
    with av.open(io.BytesIO(data), "r") as container:
        decoded = [(f.time, f.to_ndarray(format="rgb24").astype(int)) for f in container.decode(video=0)]
    times, pictures = [t - shown.times_s[0] for t in shown.times_s], list(shown.frames)
    if frames == 1:  # stands twice: servers divide by the length of a video
        times, pictures = [0.0, 1 / 30], pictures * 2
    assert [t for t, _ in decoded] == pytest.approx(times, abs=1e-3)
    for (_, picture), frame in zip(decoded, pictures, strict=True):
        assert np.abs(picture - frame).mean() < 6


def test_a_conversation_is_sent_with_its_replies() -> None:
    request = ask("q", Text("Which lift?"), then=(Turn("A squat.", "What is wrong?"), Turn("Nothing.", "Its score?")))
    _, serving = reply_of(lambda call: call.say("90"), request)
    said = [
        (m["role"], m["content"] if isinstance(m["content"], str) else m["content"][0]["text"])
        for m in serving.calls[0].body["messages"]
    ]
    assert said == [
        ("user", "Which lift?"),
        ("assistant", "A squat."),
        ("user", "What is wrong?"),
        ("assistant", "Nothing."),
        ("user", "Its score?"),
    ]


def test_fields_of_a_request_by_option() -> None:
    options = {
        "omit": "temperature, seed",
        "max_tokens_field": "max_completion_tokens",
        "extra_body": '{"reasoning_effort": "low"}',
    }
    free = ask(answer_format=AnswerFormat.TEXT, letters=(), sampling=Sampling(max_text_tokens=99))
    _, serving = reply_of(lambda call: call.say("B"), free, **options)
    sent = {k: v for k, v in serving.calls[0].body.items() if k not in ("messages", "model")}
    assert sent == {"top_p": 1.0, "max_completion_tokens": 99, "reasoning_effort": "low"}


def test_reasoning_is_kept_apart() -> None:
    for say in (
        lambda call: call.say("B", reasoning_content="knees fall in"),
        lambda call: call.say("B", reasoning="knees fall in"),
        lambda call: call.say("<think>knees fall in</think>B"),
    ):
        reply, _ = reply_of(say)
        assert (reply.text, reply.reasoning) == ("B", "knees fall in")


def test_a_reply_that_is_cut_by_its_length_says_so() -> None:
    reply, _ = reply_of(lambda call: call.say("The error is", finish="length"))
    assert reply.status == "truncated"


def events(call: Call, *events: Any, pause_s: float = 0.0, ending: bytes = b"data: [DONE]\n\n") -> None:
    """Send server-sent events, chunk by chunk, and end the stream as told."""
    call.handler.send_response(200)
    call.handler.send_header("Content-Type", "text/event-stream")
    call.handler.send_header("Connection", "close")
    call.handler.end_headers()
    for event in events:
        call.handler.wfile.write(b"data: " + json.dumps(event).encode() + b"\r\n\r\n")
        time.sleep(pause_s)
    call.handler.wfile.write(ending)
    call.hang_up()


def piece(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def test_a_stream_gives_the_latency_of_the_first_token() -> None:
    usage = {"choices": [], "usage": completion("")["usage"]}

    def whole(call: Call) -> None:
        first = piece(role="assistant", content="")
        events(call, first, piece(content="B\u2028"), piece(content="ack"), piece("stop"), usage, pause_s=0.1)

    reply, serving = reply_of(whole, stream="true")
    assert reply.text == "B\u2028ack"
    assert reply.usage.output_tokens == 7
    assert reply.timing.first_token_s is not None
    assert reply.timing.total_s is not None
    assert 0.1 <= reply.timing.first_token_s < reply.timing.total_s - 0.2
    assert serving.calls[0].body["stream_options"] == {"include_usage": True}


def test_half_a_stream_is_no_reply() -> None:
    failure, serving = failure_of(lambda c: events(c, piece(content="B"), ending=b""), stream="true", retries="1")
    assert failure.kind == "reply"
    assert "half a reply" in failure.message
    assert len(serving.calls) == 2


def test_an_error_in_a_stream_is_no_reply() -> None:
    failure, _ = failure_of(
        lambda c: events(c, piece(content="B"), {"error": {"message": "out of memory"}}), stream="true", retries="0"
    )
    assert (failure.kind, "out of memory" in failure.message) == ("reply", True)


def half_a_body(call: Call) -> None:
    whole = json.dumps(completion("B")).encode()
    call.send(200, whole[: len(whole) // 2], length=len(whole))
    call.hang_up()


@pytest.mark.parametrize(
    ("behave", "kind", "words", "attempts"),
    [
        (lambda c: c.error(500, "CUDA out of memory"), "http_500", "CUDA out of memory", 3),
        (lambda c: c.send(502, b"<html>Bad Gateway</html>"), "http_502", "Bad Gateway", 3),
        (lambda c: c.error(429, "slow down"), "http_429", "slow down", 3),
        (lambda c: c.error(429, "no credit", code="insufficient_quota"), "http_429", "no credit", 1),
        (lambda c: c.error(400, "context length is 4096"), "http_400", "context length", 1),
        (lambda c: c.error(401, "wrong key"), "http_401", "api_key_env", 1),
        (lambda c: c.error(404, "no such model"), "http_404", "no such model", 1),
        (lambda c: c.error(400, "filtered", code="content_filter"), "content_filter", "filtered", 1),
        (lambda c: c.send(302, b"", {"Location": "http://127.0.0.1:9/"}), "http_302", "302", 1),
        (lambda c: c.send(200, b"\x00\xff not json"), "reply", "not JSON", 3),
        (lambda c: c.send(200, b""), "reply", "it is empty", 3),
        (lambda c: c.send(200, b"[1]"), "reply", "no JSON object", 3),
        (lambda c: c.send(200, b'{"choices": []}'), "reply", "one choice", 3),
        (lambda c: c.send(200, b'{"error": {"message": "upstream"}}'), "reply", "upstream", 3),
        (half_a_body, "connection", "broke", 3),
        (Call.hang_up, "connection", "broke", 3),
        (lambda c: c.say(""), "empty", "empty", 1),
        (lambda c: c.say(None), "empty", "empty", 1),
        (lambda c: c.say("", finish="length", reasoning="hm"), "empty", "--max-tokens", 1),
        (lambda c: c.say("B", finish=None), "reply", "half a reply", 3),
        (lambda c: c.say("B", finish="content_filter"), "content_filter", "filter", 1),
        (lambda c: c.say(None, refusal="I cannot judge people."), "refused", "I cannot judge people", 1),
    ],
)
def test_what_is_no_whole_answer_is_a_failure(behave: Behaviour, kind: str, words: str, attempts: int) -> None:
    failure, serving = failure_of(behave, retries="2")
    assert failure.kind == kind
    assert words in failure.message
    assert failure.status == "error"
    assert len(serving.calls) == attempts


def test_a_slow_server_is_a_timeout() -> None:
    failure, serving = failure_of(after(0.6), timeout_s="0.2", retries="5")
    assert (failure.kind, failure.status) == ("timeout", "timeout")
    assert "timeout_s" in failure.message
    assert len(serving.calls) == 2, "a time-out is tried once more"


def test_a_server_that_drips_is_a_timeout_too() -> None:
    def drip(call: Call) -> None:
        call.send(200, b" ", length=1000)
        for _ in range(50):
            call.handler.wfile.write(b" ")
            time.sleep(0.05)

    started = time.monotonic()
    failure, _ = failure_of(drip, timeout_s="0.3", retries="0")
    assert failure.kind == "timeout"
    assert time.monotonic() - started < 1.5


def test_a_server_that_recovers_is_asked_again() -> None:
    reply, serving = reply_of(lambda c: c.say("B") if c.number >= 3 else c.error((500, 429, 503)[c.number]))
    assert reply.text == "B"
    assert len(serving.calls) == 4


def test_retry_after_is_obeyed() -> None:
    reply, serving = reply_of(lambda c: c.say("B") if c.number else c.error(429, headers={"Retry-After": "1"}))
    assert reply.text == "B"
    first, second = (call.at for call in serving.calls)
    assert 1.0 <= second - first < 2.5


def test_a_retry_after_of_an_hour_is_a_failure_that_says_so() -> None:
    failure, serving = failure_of(lambda c: c.error(429, headers={"Retry-After": "3600"}))
    assert "3600 s" in failure.message
    assert len(serving.calls) == 1


def test_a_bad_request_costs_only_itself() -> None:
    def behave(call: Call) -> None:
        if "odd" in call.text:
            call.error(500, "broken")
        else:
            call.say("B")

    requests = [ask(f"q{i}", Text("odd" if i % 2 else "even")) for i in range(20)]
    requests.append(ask("no frames", replace(clip(), frames=clip().frames[:0], sha256="none"), Text("?")))
    with serve(behave) as serving:
        outcomes = {r.question_id: o for r, o in engine(serving, retries="1").stream(requests)}
    assert len(outcomes) == 21
    for i in range(20):
        assert isinstance(outcomes[f"q{i}"], Failure if i % 2 else Reply)
    failure = outcomes["no frames"]
    assert isinstance(failure, Failure)
    assert (failure.kind, "no frames" in failure.message) == ("prompt", True)


def test_a_server_that_is_down_fails_every_request_soon() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        adapter = create("openai:m", {"base_url": url, "backoff_s": "0.1", "concurrency": "4"})
        started = time.monotonic()
        outcomes = [o for _, o in adapter.stream([ask(f"q{i}") for i in range(200)])]
    assert time.monotonic() - started < 5
    assert len(outcomes) == 200
    for outcome in outcomes:
        assert isinstance(outcome, Failure)
        assert outcome.kind == "unreachable"
        assert url in outcome.message
        assert "is the server running" in outcome.message


def test_a_server_that_restarts_in_the_middle_loses_nothing() -> None:
    with serve(lambda c: c.say("B")) as serving:
        port = int(serving.url.split(":")[2].split("/")[0])
        stream = engine(serving, concurrency="2", backoff_s="0.3").stream([ask(f"q{i}") for i in range(10)])
        outcomes = [next(stream)[1]]
    rest: list[Reply | Failure] = []
    consumer = threading.Thread(target=lambda: rest.extend(o for _, o in stream))
    consumer.start()
    time.sleep(0.5)
    assert consumer.is_alive(), "it waits for the server"
    with serve(lambda c: c.say("B"), port=port):
        consumer.join()
    assert len(outcomes + rest) == 10
    assert all(isinstance(o, Reply) for o in outcomes + rest)


def test_requests_are_pulled_as_there_is_room() -> None:
    pulled = 0
    release = threading.Event()

    def requests() -> Iterator[Request]:
        nonlocal pulled
        for i in range(30):
            pulled += 1
            yield ask(f"q{i}", Text("?"))

    def behave(call: Call) -> None:
        if call.number == 3:
            release.set()
        assert release.wait(30)
        call.say("B")

    with serve(behave) as serving:
        stream = engine(serving, concurrency="4").stream(requests())
        next(stream)
        assert pulled == 4
        assert len(list(stream)) == 29
    assert serving.most_at_once == 4


def test_a_source_that_waits_for_a_reply_gets_it() -> None:
    heard: list[str] = []

    def requests() -> Iterator[Request | None]:
        yield ask("first", Text("?"))
        while not heard:
            yield None
        yield ask("second", Text("?"))

    with serve(after(0.05)) as serving:
        for request, _ in engine(serving).stream(requests()):
            heard.append(request.question_id)
    assert heard == ["first", "second"]


def test_a_stream_left_early_ends_at_once() -> None:
    threads = threading.active_count()
    with serve(after(1.0, first=0.0)) as serving:
        stream = engine(serving, concurrency="4").stream([ask(f"q{i}") for i in range(10)])
        next(stream)
        started = time.monotonic()
        stream.close()  # type: ignore[attr-defined]  # a generator
        assert time.monotonic() - started < 0.5
    time.sleep(0.05)
    assert threading.active_count() <= threads + 4, "the event loop's thread is gone"
    assert not [t for t in threading.enumerate() if t.name == "flexqa-openai"]


def test_a_clip_is_encoded_once_for_its_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    from flexqa.adapters.served import messages

    encoded: list[str] = []
    inner = messages.clip_content

    def counted(shown: Clip, options: Any) -> str:
        encoded.append(shown.sha256)
        return inner(shown, options)

    monkeypatch.setattr(messages, "clip_content", counted)
    shown = [clip(seed) for seed in range(3)]
    with serve(lambda c: c.say("B")) as serving:
        list(engine(serving).stream([ask(f"{i} {c.sha256}", c, Text("?")) for c in shown for i in range(8)]))
    assert sorted(encoded) == sorted(c.sha256 for c in shown)


def test_one_reply_at_a_time() -> None:
    with serve(lambda c: c.say("B") if c.number == 0 else c.error(400, "too long")) as serving:
        adapter = engine(serving)
        assert adapter.reply(ask()).text == "B"
        with pytest.raises(AdapterError, match="too long"):
            adapter.reply(ask())


def test_it_describes_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    own = create("openai:m", {"base_url": "http://gpu17:8000/v1/"})
    assert own.describe()["server"] == "private"
    assert own.revision() is None
    vendor = create("openai:m", {})
    assert vendor.describe()["server"] == "api.openai.com"
    assert vendor.revision() == "served by api.openai.com"
    assert create("openai:m", {"revision": "2026-03-01"}).revision() == "2026-03-01"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"base_url": "ftp://x/v1"}, "no address like"),
        ({"base_url": "127.0.0.1:8000"}, "no address like"),
        ({"base_url": "http://me:secret@host/v1"}, "has a user, password"),
        ({"base_url": "http://host/v1?api-key=secret"}, "has a user, password"),
        ({"api_key": "secret"}, "no option 'api_key'"),
        ({"api_key_env": "sk-secret-0123"}, "not the key itself"),
        ({"api_key_env": "FLEXQA_NO_SUCH_KEY"}, "FLEXQA_NO_SUCH_KEY is not set"),
        ({"omit": "messages"}, "'messages' is none of"),
        ({"extra_body": "{"}, "not JSON"),
        ({"extra_body": "[]"}, "no JSON object"),
        ({"extra_body": '{"model": "x"}'}, "sets 'model'"),
        ({"concurrency": "0"}, "concurrency"),
    ],
)
def test_bad_options_are_refused_without_telling_a_secret(options: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput) as e:
        create("openai:m", options)
    assert words in str(e.value)
    assert "secret" not in str(e.value)


def test_a_public_vendor_needs_a_key_and_a_server_of_ones_own_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(BadInput, match="OPENAI_API_KEY is not set"):
        create("openai:m", {})
    _, serving = reply_of(lambda c: c.say("B"))
    assert "Authorization" not in serving.headers[0]
    monkeypatch.setenv("OTHER_KEY", f" {KEY}\n")
    _, serving = reply_of(lambda c: c.say("B"), api_key_env="OTHER_KEY")
    assert serving.headers[0]["Authorization"] == f"Bearer {KEY}"
