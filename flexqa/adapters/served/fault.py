"""Why a request to a server has no reply, what to count it by, and whether to try again."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from flexqa.errors import AdapterError

_LONGEST = 400
"""characters of what a server says that go into a message"""

_AGAIN = frozenset({408, 409, 425, 429})
"""client errors that may pass; server errors all may"""

_BUSY = frozenset({429, 503, 529})

_FINAL = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""codes of 429 that do not pass by waiting"""

_REMEDIES: Mapping[int, str] = {
    401: "the key is missing or wrong; export it in OPENAI_API_KEY or name its variable with the option api_key_env",
    403: "the key may not use this model",
    404: "the server has no such model or address; see its /v1/models, and the option base_url ends in /v1",
    413: "the request is too large; show fewer or smaller frames",
}


class Fault(AdapterError):  # noqa: N818 - reads as what it is
    """One attempt that brought no reply."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        again: bool = False,
        busy: bool = False,
        wait_s: float | None = None,
        status: Literal["error", "timeout"] = "error",
    ) -> None:
        """Say what happened.

        Args:
            kind: what to count by, see `flexqa.record.Failure`.
            message: with the remedy.
            again: it may go better at the next attempt.
            busy: the server has too much to do.
            wait_s: how long the server asks to be left alone.
            status: of the failure.
        """
        super().__init__(message)
        self.kind = kind
        self.again = again
        self.busy = busy
        self.wait_s = wait_s
        self.status: Literal["error", "timeout"] = status


def http_fault(status: int, headers: Mapping[str, str], said: str) -> Fault:
    """The fault of a reply whose status is not 200.

    Args:
        status: of HTTP.
        headers: of the reply; case as `httpx` has it, that is any.
        said: the body as text, without the key.
    """
    code, message = error_in(said)
    if code == "content_filter" or "content management policy" in message:
        return Fault("content_filter", f"the server's filter stopped the question: {message}")
    remedy = f"; {_REMEDIES[status]}" if status in _REMEDIES else ""
    return Fault(
        f"http_{status}",
        f"the server answered {status}{': ' if message else ''}{message}{remedy}",
        again=(status in _AGAIN or status >= 500) and code not in _FINAL,
        busy=status in _BUSY,
        wait_s=retry_after(headers.get("retry-after")),
    )


def error_in(said: str) -> tuple[str, str]:
    """Code and message of an error body; of a body of another form its beginning."""
    try:
        body: Any = json.loads(said)
    except (ValueError, RecursionError):
        return "", short(said)
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return "", short(str(error))
    message = error.get("message") or error.get("detail") or ""
    return str(error.get("code") or error.get("type") or ""), short(str(message))


def short(text: str) -> str:
    """A text in one line of bounded length."""
    line = " ".join(text[: 4 * _LONGEST].split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks to wait, given in seconds or as a date; null where it says nothing."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
