"""What a run writes down: the specification, one prediction per question, and failures as data of their own type.

`run.json` says everything that is needed to repeat a run and holds no score; `predictions.jsonl` has one line per
question, appended as the reply arrives, and is never rewritten by scoring. Scores are derived and live elsewhere.
`null` means not measured, never zero.
"""

from collections.abc import Callable
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from flexqa.question import Frozen, Modality, canonical_hash
from flexqa.vocabulary import Control

SCHEMA_VERSION: Literal["1"] = "1"

Status = Literal["ok", "refused", "truncated", "timeout", "error"]


class Sampling(Frozen):
    """How the model chooses its tokens."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 64
    max_text_tokens: int = 320
    """of an answer in free text"""
    seed: int = 0


SMALLEST_PLOT = 196
"""pixels of the longer side below which the panels of a plot would collapse"""


class Presentation(Frozen):
    """How evidence becomes model input. Part of a run's identity."""

    frames: int = 16
    """frames sampled from each clip, evenly in time"""
    size: int = 448
    """longest side of a frame in pixels; frames are never enlarged"""
    sensors: Literal["text", "plot"] = "text"
    """whether traces of pose, EMG and physio are written, or drawn as a picture of `size` pixels"""
    sensor_points: int = 24
    """values per channel when a sensor trace is written as text"""

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.sensors == "plot" and self.size < SMALLEST_PLOT:
            raise ValueError(f"size is {self.size}, and plots cannot be read below {SMALLEST_PLOT} pixels")
        return self


class Usage(Frozen):
    """Tokens of one request."""

    input_tokens: int | None = None
    """all tokens of the prompt, vision and cached ones included"""
    vision_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None


class Timing(Frozen):
    """Seconds of one request."""

    decode_s: float | None = None
    """decoding and preparing media for this request; near zero when the clip was already decoded"""
    queue_s: float | None = None
    """waiting in the engine before it begins, where the engine tells"""
    first_token_s: float | None = None
    """from submission to the first token"""
    total_s: float | None = None
    """from submission to the last token"""


class Reply(Frozen):
    """What a model answered. The text is kept as it came."""

    text: str
    reasoning: str | None = None
    """text inside the model's thinking, where the adapter can tell it apart"""
    finish_reason: str | None = None
    """`stop`, `length`, ... as the engine says"""
    status: Literal["ok", "refused", "truncated"] = "ok"
    choice_logprobs: dict[str, float] | None = None
    """option letter, or yes and no -> its natural log-probability as the next token, over the full vocabulary"""
    usage: Usage = Usage()
    timing: Timing = Timing()


class Failure(Frozen):
    """A request that has no reply. Never an answer; stays in the denominator."""

    kind: str
    """what to count by: `media`, `prompt`, `engine`, `adapter`, `timeout`, `turn` (the one before has no reply)"""
    message: str
    status: Literal["error", "timeout"] = "error"


class MediaUse(Frozen):
    """The frames of one clip that went to the model."""

    recording: str
    modality: Modality
    view: str | None = None
    sha256: str
    """of the decoded, resized frames, or of the sensor text"""
    frame_indices: tuple[int, ...] = ()
    frame_times_s: tuple[float, ...] = ()
    width: int | None = None
    height: int | None = None


class Prediction(Frozen):
    """One line of predictions.jsonl: what happened to one question."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    run_id: str
    key: str
    """identity of this piece of work, see `RunSpec.key`; the same key is never answered twice"""
    question_id: str
    question_hash: str
    prompt_sha256: str | None
    """of the text that was sent, labels and sensor texts included; null when no prompt could be made"""
    media: tuple[MediaUse, ...] = ()
    status: Status
    reply: Reply | None = None
    failure: Failure | None = None


class QuestionSetRef(Frozen):
    """Which questions a run answers."""

    sha256: str
    n_questions: int
    split: str
    """train, val, test, or all"""
    limit: int | None = None
    """at most so many questions, linked ones together; null is all of them"""
    graph_sha256: str
    recordings_sha256: str
    generator_version: str
    seed: int


class ModelRef(Frozen):
    """Which model answers."""

    name: str
    """as given on the command line, `vllm:Qwen/Qwen3-VL-8B-Instruct`, less the folders of the machine"""
    revision: str | None = None
    """content hash or commit of the weights"""


class RunSpec(Frozen):
    """All that decides what a model sees and how it answers."""

    model: ModelRef
    adapter_options: dict[str, Any] = Field(default_factory=dict)
    presentation: Presentation = Presentation()
    sampling: Sampling = Sampling()
    decode: Literal["free", "choice"] = "free"
    """free: generated freely, read by the extractor; choice: an option letter, or yes or no, by force"""
    control: Control | None = None
    """what evidence is taken away or spoiled; null is a run on the evidence as it is"""
    prompts_sha256: str
    questions: QuestionSetRef

    def key(self, question_hash: str) -> str:
        """Identity of one question in this run: hash of question, model, presentation, prompts and sampling."""
        return self.keys()(question_hash)

    def keys(self) -> Callable[[str], str]:
        """`key`, for many questions."""
        asked_how = self.model_dump(mode="json", exclude={"questions"})
        return lambda question_hash: canonical_hash([question_hash, asked_how])[:32]


class RunManifest(Frozen):
    """run.json."""

    schema_version: Literal["1"] = SCHEMA_VERSION
    run_id: str
    created_at: str
    """UTC, ISO 8601"""
    spec: RunSpec
    adapter: dict[str, Any] = Field(default_factory=dict)
    """what the adapter says of itself: engine, versions, dtype, device"""
    environment: dict[str, Any] = Field(default_factory=dict)
    """flexqa version, git commit, Python, platform, package versions, hardware"""
    control_of: str | None = None
    """id of the run on the evidence as it is, of which this is a control; null where this is such a run"""
    skills: dict[str, str] = Field(default_factory=dict)
    """subject -> `novice`, `amateur` or `expert`, as the recordings are annotated; empty where they are not"""
