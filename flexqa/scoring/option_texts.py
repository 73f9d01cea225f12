"""The texts of options: how they are matched in a reply, and which of them it may hold."""

import re
from collections.abc import Sequence
from functools import lru_cache

from flexqa.scoring.reply_text import fold

_LONGEST_PART = 60
"""characters of a reply that may be a part of an option"""
_NO_SPACES = 0x2E80
"""scripts from here on put no space between words"""
_JOINING = frozenset(("and", "or", "not", "no", "without", "but", "never", "of", "to"))
"""words that, where they stand in what a reply leaves out, may change what is meant"""
_NONE_OF = re.compile(r"none of (?:the above|the options|the others|these|them|the listed \w+)(?!\w)", re.IGNORECASE)


def named(reply: str, options: Sequence[str]) -> tuple[str, ...]:
    """The options whose text a reply may hold; in place of others, which need not be looked for, nothing."""
    if not reply.isascii():
        return tuple(options)
    letters = reply.lower()
    if "none of" in letters:
        return tuple(options)
    if 4 <= len(reply) <= _LONGEST_PART and (part := letters.strip(" .*\n")):
        return tuple([o if part in o.lower() or _may_stand_in(letters, o) else "" for o in options])
    return tuple([o if _may_stand_in(letters, o) else "" for o in options])


def _may_stand_in(letters: str, option: str) -> bool:
    # Mostly the first word is not there, and the others need not be looked for.
    if _first_word(option) not in letters:
        return False
    return not option.isascii() or all(word in letters for word in _words(option))


@lru_cache(maxsize=8192)
def _first_word(option: str) -> str:
    """In small letters; empty for a text in which capitals are no simple matter."""
    return next(iter(_words(option)), "") if option.isascii() else ""


@lru_cache(maxsize=8192)
def _words(option: str) -> list[str]:
    return plain(option).lower().split()


@lru_cache(maxsize=8192)
def plain(option: str) -> str:
    """An option as it is matched: folded, one space between words, no full stop, no leading article."""
    words = " ".join(fold(option).split()).strip(" .*_`")
    return re.sub(r"^(?:the|an?)\s+(?=\S)", "", words, flags=re.IGNORECASE)


@lru_cache(maxsize=8192)
def pattern(option: str) -> re.Pattern[str]:
    """An option as a regular expression that matches whole words."""
    first, last = (s.isalnum() and ord(s) < _NO_SPACES for s in (option[0], option[-1]))
    before = r"(?<!\w)(?<!\d[.,])(?<!\w-)" if first else ""
    before += r"(?<!-)" if option[0].isdigit() else ""
    after = r"(?!\w)(?![.,:]\d)(?!-\w)(?!%)" if last else ""
    if _NONE_OF.fullmatch(option):
        return _NONE_OF
    words = re.escape(option).replace("°", r"(?:\s?°|\sdegrees?)")
    # A unit may stand close to its number.
    words = re.sub(r"(?<=\d)\\ (?=[A-Za-z])", r"[\\s*_`]{0,4}", words)
    between = r"[\s*_`]{1,4}(?:(?!barely|hardly|rarely|scarcely|nearly)[a-z]{3,12}ly[\s*_`]{1,4})?"
    return re.compile(before + words.replace("\\ ", between) + after, re.IGNORECASE)


def begun(said: str, options: Sequence[tuple[str, str]]) -> str | None:
    """The letter of the only option that begins with this, half of it or more: `Left side` for `Left side camera`.

    Args:
        said: all of a reply.
        options: plain texts with their letters.
    """
    if not 4 <= len(said) <= _LONGEST_PART:
        return None
    words = plain(said).lower().split()
    holding = [(o, letter) for o, letter in options if o.lower().split()[: len(words)] == words]
    if len(holding) != 1:
        return None
    (option, letter), *_ = holding
    left_out = option.lower().split()[len(words) :]
    return None if len(left_out) > len(words) or _JOINING.intersection(left_out) else letter
