"""What a free answer says: the points that it should make, and those that would be false.

A point is made when enough words of one of its names stand in one sentence, in whatever order and inflection, and the
sentence does not deny it; words are compared by their stems (Snowball). The score is the F1 of the points made: an
answer that names everything that could be named gains no more than one that names nothing.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from math import ceil

import snowballstemmer

from flexqa.question import Point

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_FILLERS = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "into", "is", "it", "its", "of", "on", "or",
    "out", "over", "so", "than", "that", "the", "then", "this", "to", "too", "up", "very", "with",
))  # fmt: skip
_DENIALS = frozenset(("no", "not", "never", "without", "neither", "nor", "none", "cannot", "avoid", "free", "absent"))


def score_of(points: Sequence[Point], reply: str) -> float:
    """F1 of the wanted points among those that a reply makes, 0-1."""
    sentences = [_words(s) for s in _SENTENCE.split(reply)]
    made = [p for p in points if any(_says(s, name, p.share) for s in sentences for name in p.names)]
    hits = sum(p.wanted for p in made)
    wanted = sum(p.wanted for p in points)
    return 2 * hits / (len(made) + wanted) if wanted else 0.0


def _says(sentence: frozenset[str], name: str, share: float) -> bool:
    words = _words(name)
    told = words - _FILLERS or words
    if len(told & sentence) < ceil(share * len(told)):
        return False
    return not _denied(sentence - words)


def _denied(words: frozenset[str]) -> bool:
    return bool(words & _DENIALS) or any(w.endswith("n't") for w in words)


@lru_cache(8192)
def _words(text: str) -> frozenset[str]:
    """The stems of a text; words of denial as they are."""
    found = _WORD.findall(text.casefold().replace("’", "'"))
    return frozenset(w if w in _DENIALS or w.endswith("n't") else _stem(w) for w in found)


@cache
def _stem(word: str) -> str:
    stemmed: str = snowballstemmer.stemmer("english").stemWord(word)
    return stemmed
