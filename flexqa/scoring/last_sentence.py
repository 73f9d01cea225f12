"""The last sentence of a long reply, which mostly says the answer, and says it in words that come again and again.

The last committed answer wins. So where the last sentence commits itself, and nothing in front of it can reach into
it, the reply reads as that sentence alone does behind any other words. Read so, a long reply costs hardly more than a
short one: the few forms of a last sentence are remembered.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from flexqa.question import AnswerFormat
from flexqa.scoring.finder import small
from flexqa.scoring.numbers import WORDS as NUMBERS
from flexqa.scoring.option_texts import named, plain
from flexqa.scoring.reply_text import LONGEST, NEXT_TURN
from flexqa.scoring.yes_no import NO, YES

SHORT = 200
"""characters of a text that may well come again, with the words of an option in it"""

SHORTEST = 60
"""characters; a shorter text is looked up as it is"""

_STAND_IN = "It is seen"
"""in place of what stands in front of the last sentence; commits itself to nothing"""

_SENTENCE_END = re.compile(r"[.!](?<=[a-z]{2}.)(?=\s+\S)")
"""behind a word, so that no letter of an option stands in front of it; the sign first, which is found fastest"""
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_LAST_WORD = re.compile(r"[a-z]+\Z", re.IGNORECASE)
_FIRST_WORD = re.compile(
    r"I(?:'[a-z]{1,2})? (?:do|did|can|cannot|see|am|have|notice|observe|will|would|could|need|think|believe)(?![\w-])"
    r"|[A-Za-z]{2,}(?![\w-])",
    re.ASCII,
)
_LETTER = re.compile(r"(?<![A-Za-z])(?![IA] [a-z])[A-Z](?![A-Za-z])")
"""what may name an option"""
_DIGIT = re.compile(r"\d")
_REACHING = frozenset(
    ("wait", "no", "nope", "hmm", "sorry", "correction", "rather", "oops", "actually", "mean", "doubt")
)
"""words that take something back and may be followed by the answer, in another sentence"""
_OPENING = frozenset(
    ("option", "options", "choice", "answer", "letter", "only", "just", "both", "alternativa", "antwort", "respuesta",
     "resposta", "risposta", "next", *NEXT_TURN, *YES, *NO)
)  # fmt: skip
"""words at the beginning of a line that lead to an answer, are one, or begin another question"""


class LastSentence(NamedTuple):
    """The last sentence of a reply, behind words that say nothing."""

    text: str
    offset: int
    """to be added to a place in the text to find it in the reply"""


def last_sentence(reply: str, form: AnswerFormat, options: Sequence[str]) -> LastSentence | None:
    """The last sentence of a reply, if it can be read without what stands in front of it.

    Args:
        reply: as it came.
        form: what is looked for. Where several answers are taken together or weighed against each other, none may
            stand in front of it.
        options: their texts; a line that begins like one may be an answer.
    """
    if len(reply) > LONGEST or "<" in reply or "[" in reply or "~~" in reply or not reply.isascii():
        return None  # it may hold thinking, control tokens or markup
    end = 0
    for m in _SENTENCE_END.finditer(reply, max(0, len(reply) - SHORT + len(_STAND_IN))):
        end = m.start()
    word = _LAST_WORD.search(reply, max(0, end - 12), end)
    if word is None or word[0].lower() in _REACHING:
        return None
    of_options = set(map(_first_word, options))
    for line in reply.split("\n"):
        first = _FIRST_WORD.match(line)
        opening = first[0].lower().partition(" ")[0] if first else ""
        if line and (not opening or opening in _OPENING or opening in of_options):
            return None
    front = reply[:end]
    if form is AnswerFormat.CHOICES and (_LETTER.search(front) or any(named(front, options))):
        return None
    if form is AnswerFormat.NUMBER and (_DIGIT.search(front) or not NUMBERS.isdisjoint(small(front)[1])):
        return None
    return LastSentence(_STAND_IN + reply[end:], end - len(_STAND_IN))


@lru_cache(maxsize=8192)
def _first_word(option: str) -> str:
    m = _WORD.search(plain(option))
    return m[0].lower() if m else ""
