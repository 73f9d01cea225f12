"""From a request to what a chat model reads: one way for every local engine.

The processor's own chat template builds the prompt; the parts of the request follow each other in its content, media
first and the question last. How a clip goes in, `clip_ways` knows. What cannot be answered is found here, before an
engine sees it: an engine that chokes on one request may take others with it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any, NamedTuple

from flexqa.adapters.base import Request
from flexqa.adapters.clip_input import ClipInput
from flexqa.errors import AdapterError, BadInput, boundary
from flexqa.media import Clip
from flexqa.question import AnswerFormat
from flexqa.record import Reply, Timing, Usage


class Prompt(NamedTuple):
    """What a model reads."""

    text: str
    """with one placeholder per video or picture"""
    token_ids: Sequence[int]
    """a placeholder is one of them, or a few"""


_NO_PROMPT = Prompt("", ())


class Chat:
    """A model's processor: its chat template and tokenizer, and the way in which it is shown clips."""

    def __init__(self, processor: Any, clips: ClipInput) -> None:
        self.processor = processor
        self.tokenizer = processor.tokenizer
        self.clips = clips
        self._quick = _quick(processor.tokenizer)
        self._begin = _begin(processor.tokenizer)
        self._opening = self._before_answer()
        self._markers = re.compile("|".join(re.escape(m) for m in sorted(_markers(processor))) or r"(?!)")
        ids = (getattr(processor, name, None) for name in ("video_token_id", "image_token_id"))
        self._vision_ids = frozenset(i for i in ids if isinstance(i, int))
        self.reply_ids = lru_cache(self._reply_ids)

    def prompt(self, request: Request) -> str:
        """The text that the model reads, with one placeholder per video or picture."""
        messages = [{"role": "user", "content": self._content(request)}]
        for turn in request.then:
            for role, said in (("assistant", turn.reply), ("user", turn.question)):
                messages.append({"role": role, "content": [{"type": "text", "text": said}]})
        text: str = self.processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        begun = text if text.startswith(self._begin) else self._begin + text
        return begun + self._no_thinking if request.forced else begun

    @property
    def _thinks(self) -> bool:
        """Whether the template itself opens the model's thinking."""
        return self._opening.rstrip().endswith("<think>")

    @property
    def _no_thinking(self) -> str:
        """What ends thinking that the template has opened: a forced reply is an answer and no thought."""
        return "\n</think>\n\n" if self._thinks else ""

    def split(self, prompt: str) -> tuple[str, str]:
        """A prompt up to the end of its last clip, and the rest; cut beside a control token, so tokens agree."""
        at = prompt.rfind(self.clips.placeholder)
        if at < 0:
            return "", prompt
        end = at + len(self.clips.placeholder)
        while found := self._markers.match(prompt, end):
            end = found.end()
        return prompt[:end], prompt[end:]

    def token_ids(self, text: str) -> list[int]:
        """The tokens of a prompt or a part of one; the template has put in what begins it."""
        quick = self._quick
        whole = quick is None or quick.truncation or quick.padding
        ids: list[int] = _tokenized(self.tokenizer, text) if whole else _tokenized_quickly(quick, text)
        return ids

    def decoded(self, token_ids: Sequence[int]) -> str:
        """The text of generated tokens."""
        text: str = self.tokenizer.decode(token_ids, skip_special_tokens=True)
        return text

    def vision_tokens(self, token_ids: Sequence[int]) -> int | None:
        """How many tokens of an expanded prompt stand for pixels; null where the processor does not say which."""
        return sum(map(token_ids.count, self._vision_ids)) if self._vision_ids else None

    def inputs(self, prompt: str, clips: Sequence[Clip]) -> Any:
        """What the model's forward takes, as the processor makes it: tensors, one row."""
        items = [item for clip in clips for item in self.clips.items(clip)]
        media = self.clips.inputs(items) if items else {}
        return self.processor(text=[prompt], return_tensors="pt", add_special_tokens=False, **media)

    def checked(self, request: Request, max_tokens: int) -> tuple[Prompt, str | None]:
        """The prompt of a request, and what forbids to send it: what the processor raises, too, is its own fault."""
        for n, clip in enumerate(request.clips, 1):
            if wrong := self.clips.fault(clip):
                return _NO_PROMPT, f"clip {n} of {len(request.clips)}: {wrong}"
        try:
            with boundary("chat template"):
                text = self.prompt(request)
                prompt = Prompt(text, self.token_ids(text))
                return prompt, self._prompt_fault(request, prompt, max_tokens)
        except AdapterError as e:
            return _NO_PROMPT, str(e)

    def forced_ids(self, request: Request) -> dict[str, int] | None:
        """The token of each reply among which one is picked by force; null where the reply is generated freely.

        Raises:
            BadInput: one of them is several tokens of this model.
        """
        return self.reply_ids(request.forced) if request.forced else None

    def reply(
        self,
        *,
        text: str,
        prompt_ids: Sequence[int],
        output_tokens: int,
        cached_tokens: int | None,
        finish_reason: str | None,
        logprobs: dict[str, float] | None,
        timing: Timing,
    ) -> Reply:
        """What a model has generated, as a reply.

        Args:
            text: decoded.
            prompt_ids: all tokens of the prompt, those of media included.
            output_tokens: how many were generated.
            cached_tokens: how many of the prompt were at hand.
            finish_reason: `length` where the reply did not end by itself.
            logprobs: of forced replies, whose one token is all there is to come.
            timing: of the request.
        """
        reasoning, answer = split_reasoning(text, opened=self._thinks and logprobs is None)
        return Reply(
            text=answer,
            reasoning=reasoning,
            finish_reason=finish_reason,
            status="truncated" if finish_reason == "length" and logprobs is None else "ok",
            choice_logprobs=logprobs,
            usage=Usage(
                input_tokens=len(prompt_ids),
                vision_tokens=self.vision_tokens(prompt_ids),
                cached_tokens=cached_tokens,
                output_tokens=output_tokens,
                reasoning_tokens=len(self.token_ids(reasoning)) if reasoning else None,
            ),
            timing=timing,
        )

    def _prompt_fault(self, request: Request, prompt: Prompt, max_tokens: int) -> str | None:
        """What forbids to send a prompt to a model of a context of `max_tokens`, in words with the remedy."""
        if found := self._markers.search(request.text):
            return f"the text contains {found.group()!r}, which the model reads as a command; take it out"
        wanted = sum(len(self.clips.ids(clip)) for clip in request.clips)
        if (n := prompt.text.count(self.clips.placeholder)) != wanted:
            return f"the chat template made {n} placeholders where {wanted} are needed; see the option media"
        if request.decode == "choice" and request.answer_format is AnswerFormat.CHOICE and not request.letters:
            return "decode=choice needs the option letters of a choice question, and there are none"
        tokens = len(prompt.token_ids) + sum(map(self.clips.tokens, request.clips))
        most = output_tokens(request)
        if tokens + most > max_tokens:
            return (
                f"{tokens} prompt tokens and {most} to generate are more than the model's {max_tokens}; "
                "show fewer or smaller frames, or raise the option max_model_len"
            )
        return None

    def _content(self, request: Request) -> list[dict[str, str]]:
        """The message's content; two texts in a row stay on lines of their own."""
        content: list[dict[str, str]] = []
        for part in request.parts:
            pieces = self.clips.content(part) if isinstance(part, Clip) else [{"type": "text", "text": part.text}]
            for piece in pieces:
                last = content[-1] if content else {}
                if piece["type"] == last.get("type") == "text":
                    line = "" if last["text"].endswith("\n") else "\n"
                    content[-1] = {"type": "text", "text": last["text"] + line + piece["text"]}
                else:
                    content.append(piece)
        return content

    def _reply_ids(self, replies: tuple[str, ...]) -> dict[str, int]:
        """The one token of each forced reply, right after the template's last character.

        A reply without a space before it is taken where the tokenizer has it as one token, else with a space.

        Raises:
            BadInput: a reply takes more than one token either way.
        """
        before = self._opening + self._no_thinking
        start = self.token_ids(before)
        for space in ("", " "):
            ids = {reply: self.token_ids(before + space + reply) for reply in replies}
            if all(len(i) == len(start) + 1 and i[:-1] == start for i in ids.values()):
                return {reply: i[-1] for reply, i in ids.items()}
        raise BadInput(f"one of the replies {', '.join(replies)} is several tokens to this model; use decode=free")

    def _before_answer(self) -> str:
        """What the chat template puts between the question and the answer."""
        messages = [{"role": "user", "content": [{"type": "text", "text": "?"}]}]
        asked, open_ = (
            self.processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=generate)
            for generate in (False, True)
        )
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(asked, open_, strict=False)))
        text: str = open_[same:]
        return text or "\n"


def output_tokens(request: Request) -> int:
    """The most tokens that the reply may have."""
    if request.forced:
        return 1
    text = request.answer_format is AnswerFormat.TEXT
    return request.sampling.max_text_tokens if text else request.sampling.max_tokens


def split_reasoning(text: str, *, opened: bool = False) -> tuple[str | None, str]:
    """The model's thinking and the answer after it; no answer where the thinking did not come to an end.

    Args:
        text: what was generated.
        opened: whether the prompt had already opened the thinking.
    """
    thinking, mark, answer = text.rpartition("</think>")
    if not mark and not opened and not text.lstrip().startswith("<think>"):
        return None, text
    thought = thinking if mark else text
    return thought.strip().removeprefix("<think>").strip(), answer.strip() if mark else ""


def _begin(tokenizer: Any) -> str:
    """What the tokenizer puts in front of a text of its own accord, where prompts get it from their template."""
    token = tokenizer.bos_token
    return token if token and tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id else ""


def _quick(tokenizer: Any) -> Any:
    """What a tokenizer hands texts to, with a third less to do; null where it does not, or does more than that."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return None
    text = " Is it A, é or\n\n12? <b>"
    return backend if _tokenized_quickly(backend, text) == _tokenized(tokenizer, text) else None


def _tokenized(tokenizer: Any, text: str) -> Any:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def _tokenized_quickly(backend: Any, text: str) -> Any:
    return backend.encode_batch_fast([text], add_special_tokens=False)[0].ids


def _markers(processor: Any) -> set[str]:
    """Strings that the tokenizer turns into control tokens; text of a question must not have them."""
    added = processor.tokenizer.added_tokens_decoder.values()
    named = (getattr(processor, name, None) for name in ("image_token", "video_token"))
    return {t.content for t in added if t.special and len(t.content) > 2} | {m for m in named if m}
