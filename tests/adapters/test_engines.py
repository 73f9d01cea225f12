import hashlib
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from flexqa.adapters.base import Adapter, Part, Request, Text, Turn
from flexqa.adapters.chat import Prompt
from flexqa.adapters.transformers_engine import TransformersEngine
from flexqa.adapters.vllm_engine import VllmEngine
from flexqa.adapters.vllm_inputs import Inputs
from flexqa.errors import AdapterError, BadInput
from flexqa.media import Clip
from flexqa.question import AnswerFormat
from flexqa.record import Failure, Reply, Sampling

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

LETTERS = ("A", "B", "C", "D")
QUESTION = Text("Which error is seen? A. back rounded B. knee in C. elbow out D. none")


def clip(seed: int, frames: int = 4, height: int = 112, width: int = 168, dtype: type[np.generic] = np.uint8) -> Clip:
    """Random frames, sampled at a fifth of 30 frames per second: short in time, as seen from its size."""
    pixels = np.random.default_rng(seed).integers(0, 256, (frames, height, width, 3), dtype=np.uint8)
    indices = tuple(3 + 6 * i for i in range(frames))
    return Clip(
        frames=pixels.astype(dtype),  # some tests give a wrong type on purpose
        times_s=tuple(i / 30 for i in indices),
        indices=indices,
        source_fps=30.0,
        source_frames=max(6 * frames, 1),
        sha256=hashlib.sha256(pixels.tobytes() + str(pixels.shape).encode()).hexdigest(),
    )


def ask(name: str, *parts: Part, decode: str = "free", max_tokens: int = 6, temperature: float = 0.0) -> Request:
    """A choice question."""
    return Request(
        question_id=name,
        question_type="error_identification",
        answer_format=AnswerFormat.CHOICE,
        parts=parts,
        letters=LETTERS,
        option_texts=("back rounded", "knee in", "elbow out", "none"),
        sampling=Sampling(max_tokens=max_tokens, temperature=temperature),
        decode="choice" if decode == "choice" else "free",
    )


A, B = clip(1), clip(2, frames=3, height=84, width=140)
REQUESTS = (
    ask("one", A, QUESTION, decode="choice"),
    ask("two", B, QUESTION, decode="choice"),
    ask("single frame", clip(3, frames=1), QUESTION, decode="choice"),
    ask("two clips", Text("Clip 1:\n"), A, Text("Clip 2:\n"), B, QUESTION, decode="choice"),
    ask("two clips, other order", Text("Clip 1:\n"), B, Text("Clip 2:\n"), A, QUESTION, decode="choice"),
    ask("no clip", QUESTION, decode="choice"),
    ask("free", A, QUESTION),
    ask("free, two clips", Text("Clip 1:\n"), A, Text("Clip 2:\n"), B, QUESTION),
)

QUESTIONS_OF_CLIPS = (
    *(ask(f"A {i}", A, Text(f"{'Look. ' * i}Which error is seen?")) for i in range(4)),
    ask("no clip", QUESTION),
    replace(ask("A, a turn later", A, QUESTION), then=(Turn("A squat.", "What is wrong?"),)),
    *(ask(f"A and B {i}", Text("Clip 1:\n"), A, Text("Clip 2:\n"), B, Text(f"Question {i}?")) for i in range(4)),
    ask("A and B, called otherwise", Text("First:\n"), A, Text("Second:\n"), B, QUESTION),
    *(ask(f"B and A {i}", Text("Clip 1:\n"), B, Text("Clip 2:\n"), A, Text(f"Question {i}?")) for i in range(3)),
    *(ask(f"A again {i}", A, Text(f"Question {i}?")) for i in range(3)),
)
EXPANDED = ["A 0", "A 1", "no clip", "A and B 0", "A and B 1", "A and B, called otherwise", "B and A 0", "B and A 1"]
EXPANDED += ["A again 0", "A again 1"]


@pytest.fixture(params=["vllm", "transformers"])
def engine(request: pytest.FixtureRequest) -> Adapter:
    adapter = request.getfixturevalue(request.param)
    assert isinstance(adapter, Adapter)
    return adapter


def replies(adapter: Adapter, requests: Iterable[Request]) -> dict[str, Reply]:
    outcomes = {r.question_id: o for r, o in adapter.stream(requests)}
    assert all(isinstance(o, Reply) for o in outcomes.values()), outcomes
    return {q: o for q, o in outcomes.items() if isinstance(o, Reply)}


def test_both_engines_give_the_same_answers(vllm: VllmEngine, transformers: TransformersEngine) -> None:
    ours, reference = replies(vllm, REQUESTS), replies(transformers, REQUESTS)
    assert ours.keys() == reference.keys() == {r.question_id for r in REQUESTS}
    for name, expected in reference.items():
        got = ours[name]
        # vLLM keeps back the bytes of a character that is not complete at the end.
        assert got.text.rstrip("\ufffd") == expected.text.rstrip("\ufffd"), name
        assert (got.usage.input_tokens, got.usage.vision_tokens) == (
            expected.usage.input_tokens,
            expected.usage.vision_tokens,
        )
        assert got.status == expected.status
        assert (got.choice_logprobs is None) == (expected.choice_logprobs is None)
        if got.choice_logprobs and expected.choice_logprobs:
            assert got.choice_logprobs == pytest.approx(expected.choice_logprobs, abs=1e-2)
    distinct = {tuple(r.choice_logprobs.values()) for r in reference.values() if r.choice_logprobs}
    assert len(distinct) == 6, "each clip, order and question must matter, or the comparison shows nothing"


def test_a_conversation_goes_on_where_it_was(vllm: VllmEngine, transformers: TransformersEngine) -> None:
    asked = replace(REQUESTS[0], then=(Turn("A", "Are you sure?"), Turn("Yes.", "Which is it?")))
    ours, reference = replies(vllm, (asked,))["one"], replies(transformers, (asked,))["one"]
    assert ours.choice_logprobs == pytest.approx(reference.choice_logprobs, abs=1e-2)
    assert ours.usage.input_tokens == reference.usage.input_tokens
    assert "A<|im_end|>\n<|im_start|>user\nAre you sure?<|im_end|>" in vllm.chat.prompt(asked)


def test_choice_is_the_likeliest_letter_over_the_full_vocabulary(engine: Adapter) -> None:
    reply = replies(engine, (REQUESTS[0],))["one"]
    assert reply.choice_logprobs is not None
    assert tuple(reply.choice_logprobs) == LETTERS
    assert reply.text == max(reply.choice_logprobs, key=lambda letter: reply.choice_logprobs[letter])  # type: ignore[index]
    assert sum(math.exp(p) for p in reply.choice_logprobs.values()) < 0.9
    assert reply.usage.output_tokens == 1
    assert reply.status == "ok"


def test_usage_and_timing(engine: Adapter) -> None:
    reply = replies(engine, (REQUESTS[6],))["free"]
    # 4 frames of 112x168: 2 pairs of frames, 4 by 6 squares of 28 pixels
    assert reply.usage.vision_tokens == 2 * 4 * 6
    assert reply.usage.input_tokens is not None
    assert reply.usage.input_tokens > 48
    assert reply.usage.output_tokens == 6
    assert reply.status == "truncated"
    assert reply.timing.first_token_s is not None
    assert reply.timing.total_s is not None
    assert 0 < reply.timing.first_token_s <= reply.timing.total_s


def test_sampling_is_repeatable(engine: Adapter) -> None:
    request = ask("sampled", A, QUESTION, temperature=1.0, max_tokens=12)
    first, again = (replies(engine, (request,))["sampled"].text for _ in range(2))
    assert first == again
    other = replace(request, sampling=request.sampling.model_copy(update={"seed": 5}))
    assert replies(engine, (other,))["sampled"].text != first


def test_a_bad_request_fails_alone(engine: Adapter) -> None:
    fine = clip(11)
    bad = {
        "too long": (ask("too long", fine, Text("squat " * 1500)), "more than the model's 1024"),
        "no frames": (ask("no frames", clip(12, frames=0), QUESTION), "no frames"),
        "floats": (ask("floats", clip(11, dtype=np.float32), QUESTION), "float32, not uint8"),
        "marker": (ask("marker", fine, Text("what is <|video_pad|>?")), "'<|video_pad|>'"),
        "huge": (ask("huge", clip(13, frames=2, height=800, width=800), QUESTION), "max_frame_pixels"),
        "tiny": (ask("tiny", clip(14, height=14), QUESTION), "smaller than the model's 28 pixels"),
    }
    good = [ask(f"good {i}", fine, QUESTION, decode="choice") for i in range(len(bad) + 1)]
    mixed = [r for i, (request, _) in enumerate(bad.values()) for r in (good[i], request)] + [good[-1]]
    outcomes = {r.question_id: o for r, o in engine.stream(mixed)}
    assert len(outcomes) == len(mixed)
    for name, (_, words) in bad.items():
        failure = outcomes[name]
        assert isinstance(failure, Failure), name
        assert failure.kind == "prompt"
        assert words in failure.message
    answers = {o.text for q, o in outcomes.items() if isinstance(o, Reply)}
    assert len(answers) == 1
    with pytest.raises(AdapterError, match="no frames"):
        engine.reply(bad["no frames"][0])


def test_letters_that_are_several_tokens_are_refused(engine: Adapter) -> None:
    request = replace(REQUESTS[0], letters=("A", "ZQX"))
    with pytest.raises(BadInput, match="use decode=free"):
        list(engine.stream([request]))


def test_other_formats_are_generated_freely(engine: Adapter) -> None:
    request = replace(REQUESTS[0], answer_format=AnswerFormat.NUMBER, letters=(), option_texts=())
    reply = replies(engine, (request,))["one"]
    assert reply.choice_logprobs is None
    assert reply.usage.output_tokens == 6


def test_yes_or_no_can_be_forced(engine: Adapter) -> None:
    request = replace(REQUESTS[0], answer_format=AnswerFormat.YES_NO, letters=(), option_texts=())
    reply = replies(engine, (request,))["one"]
    assert reply.choice_logprobs is not None
    assert tuple(reply.choice_logprobs) == ("yes", "no")
    assert reply.text == max(reply.choice_logprobs, key=lambda word: reply.choice_logprobs[word])  # type: ignore[index]


def test_engines_describe_themselves(engine: Adapter) -> None:
    said = engine.describe()
    assert said["dtype"] == "float32"
    assert said["max_model_len"] == 1024
    assert engine.on_processor is said["device"].endswith("CPU")
    assert (engine.revision() or "").startswith("sha256:")
    assert "/" not in str(said)


def test_second_question_of_a_clip_is_cached(vllm: VllmEngine) -> None:
    new = clip(21)
    cold, warm = (
        replies(vllm, (ask("q", new, Text(text), decode="choice"),))["q"].usage
        for text in ("Is the back rounded?", "Which phase is this?")
    )
    assert cold.cached_tokens is not None
    assert warm.cached_tokens is not None
    assert warm.vision_tokens is not None
    assert cold.cached_tokens < 32, "only what all prompts begin with"
    # whole blocks of 32 tokens
    assert warm.cached_tokens >= warm.vision_tokens // 32 * 32


def test_requests_are_pulled_as_there_is_room(vllm: VllmEngine) -> None:
    pulled = 0

    def requests() -> Iterator[Request]:
        nonlocal pulled
        for i in range(60):
            pulled += 1
            yield ask(f"q{i}", A, QUESTION, decode="choice")

    stream = vllm.stream(requests())
    next(stream)
    assert pulled <= 17, "16 at work and the one that is pulled next"
    assert len(list(stream)) == 59
    assert pulled == 60


def test_a_stream_left_early_leaves_nothing_behind(vllm: VllmEngine) -> None:
    stream = vllm.stream([ask(f"q{i}", A, QUESTION) for i in range(10)])
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert not vllm.engine.has_unfinished_requests()
    assert replies(vllm, (REQUESTS[0],))


def test_a_request_that_the_engine_refuses_does_not_spoil_its_clip(
    vllm: VllmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the checks let through by mistake: the engine has taken the clip's media and then refuses the prompt."""
    new = clip(31)
    text = vllm.chat.prompt(ask("long", new, Text("squat " * 1500)))
    prompt = Prompt(text, vllm.chat.token_ids(text))
    with monkeypatch.context() as patch:
        patch.setattr(type(vllm.chat), "checked", lambda *_: (prompt, None))
        [(_, failure)] = vllm.stream([ask("long", new, QUESTION)])
    assert isinstance(failure, Failure)
    assert failure.kind == "engine"
    assert not vllm.engine.has_unfinished_requests()
    after = replies(vllm, tuple(ask(f"q{i}", new, QUESTION, decode="choice") for i in range(3)))
    assert len({r.text for r in after.values()}) == 1


def test_the_engine_does_not_begin_with_a_clip_s_first_question_alone(
    vllm: VllmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clip takes long to get, its other questions are then at hand; while others are at work they do not wait."""
    first, second = clip(33), clip(34)

    def asked() -> Iterator[Request]:
        for shown in (first, second):
            time.sleep(0.1)
            yield from (ask(f"{shown.sha256[:4]}{i}", shown, QUESTION, decode="choice") for i in range(3))

    at_work: list[int] = []
    step = vllm.engine.step

    def counted() -> Any:
        at_work.append(vllm.engine.get_num_unfinished_requests())
        return step()

    monkeypatch.setattr(vllm.engine, "step", counted)
    assert len(replies(vllm, asked())) == 6
    assert at_work[0] == 4, "the clip's three and the one that was waited for"


def expanded_by_vllm(vllm: VllmEngine, requests: Iterable[Request]) -> list[str]:
    """Compare the inputs of requests with what vLLM makes of each; names of those that it was asked to make."""
    renderer, way = vllm.engine.renderer, vllm.chat.clips
    inputs, asked = Inputs(way), list[str]()
    for request in requests:

        def noted(prompts: Any, name: str = request.question_id) -> Any:
            asked.append(name)
            return renderer.render_cmpl(prompts)

        ids = vllm.chat.checked(request, 1024)[0].token_ids
        ours = inputs.of(SimpleNamespace(render_cmpl=noted), request.clips, ids)
        expected = Inputs(way).of(renderer, request.clips, ids)
        assert ours["prompt_token_ids"] == expected["prompt_token_ids"]
        assert ours["type"] == expected["type"]
        for kind, hashes in expected.get("mm_hashes", {}).items():
            assert ours["mm_hashes"][kind] == hashes
            places = ([(p.offset, p.length) for p in i["mm_placeholders"][kind]] for i in (ours, expected))
            assert next(places) == next(places)
            # Media that vLLM sees for the first time go along, and are none afterwards.
            media = zip(ours["mm_kwargs"][kind], expected["mm_kwargs"][kind], strict=True)
            assert request.question_id in asked or all(one is other for one, other in media)
    return asked


def test_of_a_clip_s_questions_two_are_expanded_by_vllm(vllm: VllmEngine) -> None:
    """The others are as it would have made them, whatever comes between them."""
    assert expanded_by_vllm(vllm, QUESTIONS_OF_CLIPS) == EXPANDED


def test_media_that_the_engine_has_lost_are_sent_again(vllm: VllmEngine) -> None:
    """The front end believes that the engine still has the clip: vLLM calls it a cache miss and fails the request."""
    new = clip(32)
    before = replies(vllm, (ask("q", new, QUESTION, decode="choice"),))["q"]
    vllm.engine.reset_prefix_cache()
    vllm.engine.reset_encoder_cache()
    vllm.engine.engine_core.reset_mm_cache()
    after = replies(vllm, (ask("q", new, QUESTION, decode="choice"),))["q"]
    assert after.choice_logprobs == pytest.approx(before.choice_logprobs, abs=1e-5)


def test_questions_of_a_clip_are_answered_together_as_they_would_be_alone(
    transformers: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = [
        Text(f"{'Look again. ' * i}Which error is seen? A. back rounded B. knee in C. elbow D. none")
        for i in range(5)
    ]
    kinds = ("choice", "free", "choice", "free", "free")
    asked = [
        ask(f"{n} {i}", shown, q, decode=k)
        for n, shown in (("A", A), ("B", B))
        for i, (q, k) in enumerate(zip(questions, kinds, strict=True))
    ]
    forward, seen = transformers._model.model.visual.forward, list[int]()

    def counted(*given: Any, **named: Any) -> Any:
        seen.append(1)
        return forward(*given, **named)

    monkeypatch.setattr(transformers._model.model.visual, "forward", counted)
    transformers._shared = None
    together = replies(transformers, tuple(asked))
    assert len(seen) == 2
    alone: dict[str, Reply] = {}
    for request in asked:
        transformers._shared = None
        alone |= replies(transformers, (request,))
    assert len(seen) == 2 + len(asked)
    for name, reply in together.items():
        assert reply.text == alone[name].text
        if reply.choice_logprobs:
            assert reply.choice_logprobs == pytest.approx(alone[name].choice_logprobs, abs=1e-4)
        assert reply.usage.input_tokens == alone[name].usage.input_tokens
    cached = [together[r.question_id].usage.cached_tokens for r in asked]
    assert cached[0] == cached[5] == 0
    assert all(c for i, c in enumerate(cached) if i not in (0, 5))


def at_work(vllm: VllmEngine) -> set[str]:
    return {state.external_req_id for state in vllm.engine.output_processor.request_states.values()}


def crashing(vllm: VllmEngine, monkeypatch: pytest.MonkeyPatch, culprit: Clip | None, *, dead: bool = False) -> None:
    """Steps raise while a request with the clip is at work; every step, without one."""
    step, add, there = vllm.engine.step, vllm.engine.add_request, set[str]()

    class EngineDeadError(Exception):
        pass

    def added(key: str, prompt: dict[str, Any], *rest: Any, **named: Any) -> None:
        if culprit and culprit.sha256 in prompt.get("mm_hashes", {}).get("video", []):
            there.add(key)
        add(key, prompt, *rest, **named)

    def stepped() -> Any:
        if culprit is None or there & at_work(vllm):
            raise EngineDeadError("gone") if dead else RuntimeError("out of memory")
        return step()

    monkeypatch.setattr(vllm.engine, "add_request", added)
    monkeypatch.setattr(vllm.engine, "step", stepped)


def test_the_request_that_crashes_the_engine_fails_alone(vllm: VllmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [ask(f"q{i}", B if i == 7 else A, QUESTION, decode="choice") for i in range(20)]
    with monkeypatch.context() as patch:
        crashing(vllm, patch, B)
        outcomes = {r.question_id: o for r, o in vllm.stream(requests)}
    assert len(outcomes) == 20
    failed = {name: o for name, o in outcomes.items() if isinstance(o, Failure)}
    assert list(failed) == ["q7"]
    assert "out of memory (this request alone makes it crash)" in failed["q7"].message
    assert not vllm.engine.has_unfinished_requests()


def test_an_engine_that_always_crashes_ends_the_stream(vllm: VllmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [ask(f"q{i}", A, QUESTION, decode="choice") for i in range(20)]
    with monkeypatch.context() as patch:
        crashing(vllm, patch, None)
        stream = vllm.stream(requests)
        assert isinstance(next(stream)[1], Failure)
        with pytest.raises(AdapterError, match="out of memory"):
            next(stream)
    assert not vllm.engine.has_unfinished_requests()
    assert len(replies(vllm, tuple(requests))) == 20


def test_an_engine_that_dies_is_started_again(vllm: VllmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [ask(f"q{i}", B if i == 2 else A, QUESTION, decode="choice") for i in range(5)]
    lively, stopped = vllm.engine, list[str]()
    with monkeypatch.context() as patch:
        crashing(vllm, patch, B, dead=True)
        patch.setattr(vllm.engine.engine_core, "shutdown", lambda: stopped.append("engine"))

        def start(_: Any) -> Any:
            # A second real engine would take its seconds and its memory: the first one comes back, cleared.
            lively.abort_request(list(at_work(vllm)))
            lively.reset_mm_cache()
            return lively

        patch.setattr(type(vllm._start), "engine", start)
        outcomes = {r.question_id: o for r, o in vllm.stream(requests)}
    assert {name for name, o in outcomes.items() if isinstance(o, Failure)} == {"q2"}
    assert len(outcomes) == 5
    assert stopped == ["engine", "engine"]


def unpatched(pixels: NDArray[Any], frames: int, height: int, width: int) -> NDArray[Any]:
    """Frames from the squares that Qwen2.5-VL's processor cuts them into."""
    t, h, w = frames // 2, height // 28, width // 28
    grid = pixels.reshape(t, h, w, 2, 2, 3, 2, 14, 14)
    return grid.transpose(0, 6, 1, 3, 7, 2, 4, 8, 5).reshape(frames, height, width, 3)


def as_bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Undo the normalisation, where the processor has done it."""
    if pixels.dtype == np.uint8:
        return pixels
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    return np.rint((pixels * std + mean) * 255).astype(np.uint8)


def frames_sent_to(vllm: VllmEngine, shown: Clip, monkeypatch: pytest.MonkeyPatch) -> NDArray[Any]:
    sent: list[Any] = []
    add = vllm.engine.engine_core.add_request

    def watched(request: Any) -> None:
        sent.append(request.mm_features[0].data["pixel_values_videos"].data.numpy())
        add(request)

    with monkeypatch.context() as patch:
        patch.setattr(vllm.engine.engine_core, "add_request", watched)
        replies(vllm, (ask("q", shown, QUESTION, decode="choice"),))
    [pixels] = sent
    assert isinstance(pixels, np.ndarray)
    return pixels


@pytest.mark.parametrize(("height", "width"), [(112, 168), (252, 448), (56, 56)])
def test_frames_reach_the_model_byte_for_byte(
    vllm: VllmEngine,
    transformers: TransformersEngine,
    height: int,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither enlarged, as the processor's defaults would have it, nor reduced, nor resampled."""
    shown = clip(height + width, height=height, width=width)
    inputs = transformers.chat.inputs(transformers.chat.prompt(ask("q", shown, QUESTION)), [shown])
    for pixels in (inputs["pixel_values_videos"].numpy(), frames_sent_to(vllm, shown, monkeypatch)):
        got = as_bytes(unpatched(pixels, len(shown.frames), height, width))
        assert np.array_equal(got, shown.frames)
