"""Options of `openai:`, and what can be wrong with them beyond their types."""

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from flexqa.adapters.options import Options
from flexqa.errors import BadInput

OPENAI_URL = "https://api.openai.com/v1"

_OURS = frozenset({"messages", "model", "n", "stream", "stream_options"})
"""Fields of a request that `extra_body` may not set."""

_SAMPLING = frozenset({"temperature", "top_p", "seed"})
"""Fields of a request that `omit` may name."""


class OpenAiOptions(Options):
    """Options of `openai:`; a null default is chosen by the server."""

    base_url: str = Field(OPENAI_URL, description="address up to /v1; http://127.0.0.1:8000/v1 of a local vLLM")
    api_key_env: str | None = Field(
        None, description="name of the environment variable that holds the key; OPENAI_API_KEY"
    )
    concurrency: int = Field(32, ge=1, le=1024, description="most requests at work at once; fewer when it is busy")
    timeout_s: float = Field(180.0, gt=0, description="longest wait for one whole reply")
    retries: int = Field(6, ge=0, le=20, description="further attempts when the server is busy or fails")
    backoff_s: float = Field(1.0, gt=0, description="longest wait before the second attempt; doubled for each one")
    max_wait_s: float = Field(60.0, gt=0, description="longest wait between attempts, and longest Retry-After obeyed")
    media: Literal["frames", "video"] = Field(
        "frames",
        description="a clip as pictures with their times (image_url), or as an mp4 (video_url), of which a vLLM "
        "takes 32 frames unless served with --media-io-kwargs",
    )
    image_format: Literal["jpeg", "png"] = Field("jpeg", description="of frames; png loses nothing and is larger")
    image_quality: int = Field(92, ge=1, le=100, description="of jpeg frames")
    image_detail: Literal["low", "high", "auto"] | None = Field(None, description="`detail` of frames, as at OpenAI")
    video_crf: int = Field(12, ge=0, le=51, description="constant rate factor of the mp4; smaller is finer")
    stream: bool = Field(False, description="have tokens sent as they come, and measure the first one's latency")
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] | None = Field(
        None, description="how the server calls the length limit; the long name at api.openai.com, else the short one"
    )
    omit: str = Field("", description="sampling fields not to send, with commas: temperature,top_p,seed")
    extra_body: str = Field("", description='JSON object of further fields: {"reasoning_effort": "low"}')
    choice: Literal["allowed_tokens", "logprobs"] | None = Field(
        None, description="how decode=choice is done; allowed_tokens where the server is a vLLM, else logprobs"
    )
    revision: str | None = Field(None, description="what the served weights are, as far as you know; recorded")

    @property
    def omitted(self) -> frozenset[str]:
        """The fields that are not sent.

        Raises:
            BadInput: a field cannot be left out.
        """
        names = frozenset(name.strip() for name in self.omit.split(",") if name.strip())
        if strange := sorted(names - _SAMPLING):
            raise BadInput(f"option omit={self.omit!r} of openai: {strange[0]!r} is none of {sorted(_SAMPLING)}")
        return names

    @property
    def extra(self) -> dict[str, Any]:
        """The further fields of each request.

        Raises:
            BadInput: it is no JSON object, or sets what flexqa sets.
        """
        try:
            fields = json.loads(self.extra_body or "{}")
        except json.JSONDecodeError as e:
            raise BadInput(f"option extra_body of openai is not JSON: {e}") from e
        if not isinstance(fields, dict):
            raise BadInput('option extra_body of openai is no JSON object; write it like {"top_k": 20}')
        if taken := sorted(_OURS & fields.keys()):
            raise BadInput(f"option extra_body of openai sets {taken[0]!r}, which flexqa sets itself; take it out")
        return fields

    @property
    def length_field(self) -> str:
        """The name under which the most tokens of a reply are sent."""
        return self.max_tokens_field or ("max_completion_tokens" if self.base_url == OPENAI_URL else "max_tokens")

    @property
    def public_host(self) -> str | None:
        """The server's name where it is one that others know; null of a machine of one's own."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return host if ipaddress.ip_address(host).is_global else None
        except ValueError:
            return host if "." in host else None


def checked_options(values: Mapping[str, str]) -> OpenAiOptions:
    """Read options and check what their types do not.

    Raises:
        BadInput: an option cannot be used. A password in the address is not repeated.
    """
    options = OpenAiOptions.read(values, "openai")
    try:
        url = urlsplit(options.base_url)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        usable, url = False, urlsplit("")
    if "@" in options.base_url or url.query or url.fragment:
        raise BadInput(
            "option base_url of openai has a user, password or query in it; give the address alone, and the key in "
            "the environment"
        )
    if not usable:
        raise BadInput(f"option base_url={options.base_url!r} of openai is no address like http://127.0.0.1:8000/v1")
    if options.api_key_env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", options.api_key_env):
        raise BadInput("option api_key_env of openai is the name of an environment variable, not the key itself")
    _ = options.omitted, options.extra
    return options.model_copy(update={"base_url": options.base_url.rstrip("/")})
