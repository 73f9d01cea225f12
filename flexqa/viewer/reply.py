"""A raw reply as a page shows it: the place from which the answer was read, and enough of what stands around it."""

from dataclasses import dataclass

_AROUND = 1500
"""characters shown before and after the answer"""


@dataclass(frozen=True, slots=True)
class ReplyShown:
    """A reply in parts; together, and with what is left out, it is the reply as it came."""

    before: str
    marked: str
    """what the answer was read from; empty where nothing was"""
    after: str
    left_out: int
    """characters at the beginning, in front of `before`"""
    left_over: int
    """characters at the end"""


def reply_shown(text: str, span: tuple[int, int] | None) -> ReplyShown:
    """Cut a reply into parts.

    Args:
        text: the reply as it came.
        span: where the answer was read, as characters [start, end).
    """
    start, end = span or (min(len(text), _AROUND), min(len(text), _AROUND))
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    return ReplyShown(text[first:start], text[start:end], text[end:last], first, len(text) - last)
