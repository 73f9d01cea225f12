"""What a free answer says of a point: that it is so, that it is not so, or nothing.

A point is stated when enough words of one of its names stand in one sentence, in whatever order and inflection, and
the sentence does not deny it; words are compared by their stems (Snowball). A word of denial reaches forward, to the
next `but` or semicolon; `is not seen` and `is absent` reach back as well. So `the grip is wide, not narrow` states
the one and denies the other.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from math import ceil
from typing import Literal, NamedTuple

import snowballstemmer

Said = Literal["stated", "denied", "unsaid"]
"""`stated`: some sentence says it; `denied`: none does, and some sentence says that it is not so"""
SAID: tuple[Said, ...] = ("unsaid", "stated", "denied")

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_TURN = re.compile(r"\b(?:but|however|although|though|yet|except)\b|[;:]")
_FILLERS = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "into", "is", "it", "its", "of", "on", "or",
    "out", "over", "so", "than", "that", "the", "then", "this", "to", "too", "up", "very", "with",
))  # fmt: skip
_ABSENCE = frozenset(("none", "free", "absent"))
_DENIALS = frozenset(("no", "not", "never", "without", "neither", "nor", "cannot", "avoid", *_ABSENCE))


_Clause = tuple[str, ...]
"""stems in their order; a denial ends with its clause"""


class _Parsed(NamedTuple):
    """A sentence, or a name."""

    words: frozenset[str]
    clauses: tuple[_Clause, ...]


def sentences(reply: str) -> list[str]:
    """The sentences and lines of a reply."""
    return [s for s in _SENTENCE.split(reply) if s.strip()]


def said_of(names: Sequence[str], share: float, said: Sequence[str]) -> Said:
    """What a text says of a point.

    Args:
        names: of the point; each says it as well as the others.
        share: of the words of a name that one sentence must have.
        said: the sentences of the text.
    """
    denied = False
    for name in names:
        own, told = _words(name)
        needed = ceil(share * len(told))
        # Most sentences are about something else.
        about = [s for s in _windows(tuple(said), _length(name)) if len(told & s.words) >= needed]
        if not all(_is_denying(s, told, own, needed) for s in about):
            return "stated"
        denied = denied or bool(about)
    return "denied" if denied else "unsaid"


def is_denied(sentence: str, names: Sequence[str]) -> bool:
    """Whether a sentence that is about a point has a word of denial that is none of the point's own."""
    own = {w for name in names for w in _words(name)[0]}
    return any(_is_denial(w) and w not in own for w in _parsed(sentence).words)


def f1(hits: int, made: int, wanted: int) -> float:
    """F1 of `hits` wanted points among those that were made, 0-1; naming everything gains no more than nothing."""
    return 2 * hits / (made + wanted) if wanted else 0.0


@lru_cache(64)
def _windows(said: tuple[str, ...], n: int) -> tuple[_Parsed, ...]:
    """The sentences, and what n of them say one after the other: a name may be of several."""
    longer = (" ".join(said[i : i + n]) for i in range(len(said) - n + 1) if n > 1)
    return tuple(_parsed(s) for s in (*said, *longer))


@lru_cache(2048)
def _length(name: str) -> int:
    """How many sentences a name has."""
    return len(sentences(name))


def _is_denying(sentence: _Parsed, told: frozenset[str], own: frozenset[str], needed: int) -> bool:
    """Whether a sentence that has the words of a name says that it is not so."""
    whole = [clause for clause in sentence.clauses if len(told.intersection(clause)) >= needed]
    denied = [_denies(clause, told, own) for clause in whole or sentence.clauses]
    return all(denied) if whole else any(denied)


def _denies(clause: _Clause, told: frozenset[str], own: frozenset[str]) -> bool:
    """Whether a word of denial that is none of the point's own reaches one of its words."""
    for i, word in enumerate(clause):
        if word in own or not _is_denial(word):
            continue
        after = clause[i + 1 :]
        reached = clause if word in _ABSENCE or not _seen().isdisjoint(after) else after
        if not told.isdisjoint(reached):
            return True
    return False


def _is_denial(word: str) -> bool:
    return word in _DENIALS or word.endswith("n't")


@lru_cache(2048)
def _words(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems of a name, and those that tell it."""
    own = _parsed(name).words
    return own, own - _FILLERS or own


@lru_cache(8192)
def _parsed(text: str) -> _Parsed:
    """The stems of a text; words of denial as they are."""
    parts = _TURN.split(text.casefold().replace("’", "'"))
    clauses = tuple(tuple(w if _is_denial(w) else _stem(w) for w in _WORD.findall(part)) for part in parts)
    return _Parsed(frozenset(w for clause in clauses for w in clause), clauses)


@cache
def _seen() -> frozenset[str]:
    """Stems of what is denied of a thing that is not there: `no swing is visible`, `swinging is not seen`."""
    words = ("visible", "seen", "present", "observed", "evident", "noted", "detected", "made", "shown", "occur",
             "apparent", "problem", "issue", "fault")  # fmt: skip
    return frozenset(_stem(w) for w in words)


@cache
def _stem(word: str) -> str:
    stemmed: str = snowballstemmer.stemmer("english").stemWord(word)
    return stemmed
