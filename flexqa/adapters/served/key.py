"""An API key: read from the environment, sent to the server, and never shown or written anywhere."""

import os
import re

from flexqa.adapters.served.options import OPENAI_URL, OpenAiOptions
from flexqa.errors import BadInput

_SECRET, _LONG, _PREFIX = 8, 24, 12
"""Characters: a shorter key is a placeholder such as EMPTY; of a long one its beginning is hidden, too."""


class Key:
    """A key, or none, that hides itself."""

    def __init__(self, value: str | None) -> None:
        self._value = value
        patterns = []
        if value and len(value) >= _SECRET:
            patterns.append(_written(value))
            if len(value) >= _LONG:
                patterns.append(_written(value[:_PREFIX]) + r"[\w.*…-]*")
        self._pattern = re.compile("|".join(patterns)) if patterns else None

    @property
    def headers(self) -> dict[str, str]:
        """What goes with each request."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def redact(self, text: str) -> str:
        """A text, or JSON, without the key."""
        return self._pattern.sub("[key]", text) if self._pattern else text

    def __repr__(self) -> str:
        return "Key(hidden)" if self._value else "Key(none)"


def read_key(options: OpenAiOptions) -> Key:
    """The key from the environment; none where none is needed.

    Raises:
        BadInput: it is needed and not set, or cannot be sent.
    """
    name = options.api_key_env or "OPENAI_API_KEY"
    value = os.environ.get(name, "").strip()
    if not value and (options.api_key_env or options.base_url == OPENAI_URL):
        raise BadInput(
            f"environment variable {name} is not set; export the key of {options.base_url} in it, or name the "
            "variable that has it with the option api_key_env, or another server with base_url"
        )
    if not re.fullmatch(r"[!#-\[\]-~]*", value):
        raise BadInput(f"the key in environment variable {name} has characters that no key has; export it anew")
    return Key(value or None)


def _written(value: str) -> str:
    """The pattern of a text as it is, and as JSON may write it."""
    return "".join(rf"(?:\\?{re.escape(c)}|\\u(?i:{ord(c):04x}))" for c in value)
