"""What a model's reply is made of, and how thinking stays out of the answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.adapters.base import Text
from flexqa.adapters.chat import Chat, split_reasoning
from flexqa.adapters.clip_ways import clip_input
from flexqa.adapters.transformers_engine import TransformersEngine
from flexqa.record import Timing
from tests.adapters.test_engines import REQUESTS


@pytest.mark.parametrize(
    ("text", "opened", "thought", "answer"),
    [
        ("B", False, None, "B"),
        ("<think>knees fall in</think>\n\nB", False, "knees fall in", "B"),
        ("\n<think>\nhm\n</think>B", False, "hm", "B"),
        ("knees fall in\n</think>\n\nB", True, "knees fall in", "B"),
        ("<think></think>B", False, "", "B"),
        ("a </think> b </think> C", False, "a </think> b", "C"),
        ("<think>A? No, B? I", False, "A? No, B? I", ""),
        ("A? No, B? I", True, "A? No, B? I", ""),
    ],
)
def test_thinking_is_kept_apart(text: str, opened: bool, thought: str | None, answer: str) -> None:
    assert split_reasoning(text, opened=opened) == (thought, answer)


@given(text=st.text() | st.sampled_from([p.text for r in REQUESTS for p in r.parts if isinstance(p, Text)]))
def test_tokens_are_those_of_the_tokenizer(transformers: TransformersEngine, text: str) -> None:
    chat = transformers.chat
    assert chat.token_ids(text) == chat.tokenizer(text, add_special_tokens=False)["input_ids"]
    assert chat._quick is not None


def test_a_tokenizer_that_does_more_is_asked_itself(
    transformers: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor: Any = transformers.chat.processor
    whole = type(processor.tokenizer).__call__

    def louder(self: Any, text: Any, *rest: Any, **named: Any) -> Any:
        return whole(self, text.upper() if isinstance(text, str) else text, *rest, **named)

    monkeypatch.setattr(type(processor.tokenizer), "__call__", louder)
    chat = Chat(processor, transformers.chat.clips)
    assert chat.token_ids("squat") == chat.token_ids("SQUAT") != transformers.chat.token_ids("squat")


@pytest.fixture
def thinker(transformers: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """A chat whose template opens the model's thinking, as those of thinking models do."""
    processor: Any = transformers.chat.processor
    template = processor.chat_template
    monkeypatch.setattr(
        processor, "chat_template", template.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
    )
    assert processor.chat_template != template
    return Chat(processor, clip_input(processor, "auto", 602_112, 32))


def test_a_forced_reply_is_no_thought(thinker: Chat) -> None:
    assert thinker.prompt(REQUESTS[0]).endswith("assistant\n<think>\n\n</think>\n\n")
    assert thinker.prompt(REQUESTS[6]).endswith("assistant\n<think>\n")
    letters = thinker.forced_ids(REQUESTS[0])
    assert letters is not None
    assert thinker.tokenizer.decode(list(letters.values())) == "ABCD"


def test_thinking_that_does_not_end_is_no_answer(thinker: Chat) -> None:
    def reply(text: str, finish: str, logprobs: dict[str, float] | None = None) -> Any:
        return thinker.reply(
            text=text, prompt_ids=[1], output_tokens=3, cached_tokens=0, finish_reason=finish, logprobs=logprobs,
            timing=Timing(),
        )  # fmt: skip

    cut = reply("It may be B, but", "length")
    assert (cut.text, cut.reasoning, cut.status) == ("", "It may be B, but", "truncated")
    assert cut.usage.reasoning_tokens > 0
    whole = reply("It may be B.</think>C", "stop")
    assert (whole.text, whole.reasoning, whole.status) == ("C", "It may be B.", "ok")
    forced = reply("C", "length", {"C": -0.1})
    assert (forced.text, forced.reasoning, forced.status) == ("C", None, "ok")
