"""What the local engines know alike of a model: where it lies, its processor, and the options for these."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import Field

from flexqa.adapters.chat import Chat
from flexqa.adapters.clip_ways import MEDIA_HELP, MediaChoice, clip_input
from flexqa.adapters.options import Options
from flexqa.adapters.weights import locate, public_name, revision_of
from flexqa.errors import AdapterError, BadInput, boundary


class LocalOptions(Options):
    """Options that `vllm:` and `transformers:` share."""

    media: MediaChoice = Field("auto", description=MEDIA_HELP)
    max_frame_pixels: int = Field(602_112, ge=784, description="largest frame; larger ones are refused, not reduced")
    max_clip_frames: int = Field(
        32, ge=1, description="frames per clip, for models that have a budget per clip or see images"
    )
    revision: str | None = Field(None, description="commit or branch of the hub")
    trust_remote_code: bool = Field(False, description="run code that comes with the model")

    @property
    def source(self) -> Mapping[str, Any]:
        """Arguments that say which files of a checkpoint are read, and whether its code is run."""
        return {"revision": self.revision, "trust_remote_code": self.trust_remote_code}


class LocalModel:
    """A checkpoint and its processor."""

    def __init__(self, target: str, options: LocalOptions) -> None:
        """Find a checkpoint; nothing is loaded yet.

        Raises:
            BadInput: there is none.
        """
        self.name = public_name(target)
        self.location = locate(target)
        self.options = options

    def processor(self, transformers: Any) -> Any:
        """The processor.

        Raises:
            BadInput: it needs code that comes with the model and is not trusted.
            AdapterError: it cannot be loaded.
        """
        with self.loading("the processor of "):
            return transformers.AutoProcessor.from_pretrained(self.location, **self.options.source)

    def chat(self, processor: Any, engine_takes_video: Callable[[], bool] = lambda: True) -> Chat:
        """What makes prompts for it; see `clip_ways.clip_input`.

        Raises:
            BadInput: it cannot be shown clips as the options say.
            AdapterError: its chat template cannot be used.
        """
        o = self.options
        with boundary(f"the chat template of {self.name}"):
            way = clip_input(processor, o.media, o.max_frame_pixels, o.max_clip_frames, engine_takes_video)
            return Chat(processor, way)

    def revision(self) -> str | None:
        """Commit in the hub's local cache, or a hash of the local folder (`weights.folder_hash`)."""
        return revision_of(self.location, self.options.revision)

    @contextmanager
    def loading(self, what: str = "") -> Iterator[None]:
        """Read files of the checkpoint with code of others.

        Raises:
            BadInput: the checkpoint brings code of its own, which is not run unasked.
            AdapterError: anything else that is raised inside.
        """
        try:
            with boundary(f"loading {what}{self.name}"):
                yield
        except AdapterError as e:
            if self.options.trust_remote_code or "trust_remote_code" not in str(e):
                raise
            raise BadInput(
                f"{self.name} needs Python code that comes with its checkpoint, and nothing of it was run. Read that "
                "code, and if you trust it, add --option trust_remote_code=true"
            ) from e
