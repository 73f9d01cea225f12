"""What a reply says about its answer as a whole: that it takes it back, refuses, leaves it open, or breaks off."""

import re
from typing import Literal

from flexqa.scoring.finder import Finder

WITHDRAWAL = Finder(
    r"(?<![A-Za-z])(?:wait|no|hmm|actually|sorry|oops)(?![A-Za-z])[^.!?\n]{0,20}?(?<![A-Za-z])(?:that|this|it|i)"
    r"(?:'s| is| was| am|'m| isn't| wasn't)(?: not)? (?:wrong|incorrect|right|correct|mistaken|a mistake)"
    r"|scratch that|disregard that|ignore that",
    ("wait", "no", "hmm", "actually", "sorry", "oops"),
    pieces=("scratch that", "disregard that", "ignore that"),
)
_SEE = r"see(?! any (?!video|image|frame|clip|visual|media|footage|content|attach))"
"""`I cannot see any error` does not refuse"""
_REFUSAL = Finder(
    r"(?<![A-Za-z])(?:i(?:'m| am) (?:\w{1,10} )?(?:sorry|unable|not able|not sure|unsure|uncertain)"
    r"|i (?:\w{1,10} )?(?:can't|cannot|can not|couldn't|could not|do not|don't|won't)(?: \w{1,14}){0,2}?"
    r" (?:know|determine|tell|answer|(?<!don't )(?<!do not )" + _SEE + r"|view|watch|access|help|identify|say|assess"
    r"|provide|process|analy[sz]e|choose|decide|assist|judge|evaluate|give|rate|score)"
    r"|(?:cannot|can't|can not|could not) (?:be )?(?:\w{1,14} )?(?:determined?|answer(?:ed)?|tell|say|know|decide|"
    + _SEE + r")|unable to|(?:not|without) (?:enough|sufficient)|insufficient|(?:impossible|not possible) to"
    r"|as an ai|no (?:video|image|frame"
    r"|clip|visual|media)s? (?:\w{1,10} )?(?:was|were|is|are|has|have|provided|given)|unclear|against my|i refuse"
    r"|decline to)(?![A-Za-z])|无法|不能确定|不知道",
    ("i'm ", "i am ", "i ", "cannot", "can't", "can not", "could not", "unable to", "not ", "without ",
     "insufficient", "impossible to", "as an ai", "no ", "unclear", "against my", "decline to"),
)  # fmt: skip


_LONG = 60
"""characters: who writes more closes the sentence"""
_HEDGE = re.compile(
    r"(?<![A-Za-z])(?:or|might|may|could|whether|if|perhaps|maybe|unless|should)(?![A-Za-z])|\?", re.I
)
_HOWEVER = re.compile(r"(?<![A-Za-z])(?:but|however|still|nevertheless|although|though)(?![A-Za-z])", re.I)

_ALL_OR_NONE_WORDS = (
    r"(?:(?P<none>none(?: of (?:the above|the options|these|them|the options apply|the above apply))?)"
    r"|(?P<all>all(?: of (?:the above|the options|these|them)| options)))"
)
_ALL_OR_NONE = re.compile(
    # Thinking that was blanked leaves any number of spaces in front.
    r"(?:\A\s*+[\s*_`\"'(]{0,8}|(?<![A-Za-z])answers?(?: is| are|:)[\s*_`\"'(]{1,8}|(?:b|\x08)oxed\{(?:\\text\{)?)"
    rf"{_ALL_OR_NONE_WORDS}(?::[A-J,&\sand]{{2,60}})?[\s*_`\"').!}}\]]{{0,8}}(?:\n|\Z)",
    re.IGNORECASE,
)
_ALL_OR_NONE_AT_LAST = re.compile(rf"\n[ *_`\"'(]{{0,8}}{_ALL_OR_NONE_WORDS}[*_`\"').!]{{0,8}}\s*+\Z", re.IGNORECASE)
"""alone on the last line"""


_ALL_BUT = re.compile(
    r"\A\s*+(?:the answer is )?[*_`\"'(]{0,4}(?:all|everything)(?: of (?:them|these|the above|the options)| options)?"
    r" (?:except|but|apart from)(?: for)? (?:options? )?[*_`\"'(]{0,4}",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[\s*_`\"').!]*+\Z")


def all_but(text: str) -> tuple[int, int] | None:
    """A reply that names what does not apply; where the words stand, with the options behind them."""
    m = _ALL_BUT.match(text)
    return m.span() if m else None


def ends(text: str, position: int) -> bool:
    """Whether nothing more is said from here on."""
    return _ENDS.match(text, position) is not None


def all_or_none(text: str) -> tuple[Literal["all", "none"], tuple[int, int]] | None:
    """A reply that names every option at once, or that says that none applies."""
    m = _ALL_OR_NONE.search(text) or _ALL_OR_NONE_AT_LAST.search(text)
    if not m:
        return None
    which: Literal["all", "none"] = "none" if m["none"] else "all"
    return which, m.span(which)


def refuses(text: str) -> bool:
    """Whether the reply says that it does not answer."""
    return _REFUSAL.search(text) is not None


def hedges(text: str) -> bool:
    """Whether anything is left open."""
    return _HEDGE.search(text) is not None


def cut_off(text: str, position: int) -> bool:
    """Whether a reply breaks off in the middle of a sentence, somewhere behind a place."""
    last = text.rstrip()[-1:]
    return (last in (":", ",") or (len(text) > _LONG and last.isalnum())) and not ends(text, position)


def despite(text: str) -> int:
    """Where a reply that refuses goes on to answer (`I cannot see it all, but ...`); its length if it does not."""
    last = max((m.end() for m in _REFUSAL.finditer(text)), default=0)
    however = _HOWEVER.search(text, last)
    return however.end() if however else len(text)


def withdrawn_at(text: str, *, by_no: bool = True) -> int:
    """Where the reply last takes everything back (`wait, that's wrong`); -1 if it does not.

    Args:
        text: cleaned reply.
        by_no: whether `no, that's wrong` does so; where yes or no is asked it is the answer.
    """
    found = WITHDRAWAL.finditer(text)
    return max((m.end() for m in found if by_no or m[0][:2].lower() != "no"), default=-1)
