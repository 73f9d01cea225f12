"""Read a number from 0 to 100, whatever the scale it was written on: `85`, `85/100`, `8.5/10`, `85 %`.

A range without a pick, a bound (`above 80`) and a number outside 0-100 are no answers. Where a reply states several
different scores without taking one back, only one that is called final, overall, total or answer counts.
"""

import re
from typing import NamedTuple

from flexqa.scoring import phrases

SCALES = (5, 10, 20, 25, 50, 100)
"""denominators that are read as a scale; 3/4 may count checks and is no score"""


class Number(NamedTuple):
    """A number read at one place."""

    value: float | None
    """on the scale 0-100; null when the place holds a range or a bound"""
    start: int
    end: int
    fault: str | None = None
    """`ambiguous` or `outside`"""


class NumberCommitment(NamedTuple):
    """A number, and how it was found."""

    number: Number
    method: str
    rank: int
    """0 final, overall, answer, boxed ...; 1 any other declared score; 2 hedged, or the only number"""


_UNJOINED = r"(?![^\W\u2e80-\ud7af])"
"""no word goes on here; signs of scripts without spaces are words of their own"""
_NUMBER = r"(?<![A-Za-z0-9_.])[-+]?\d{1,9}(?:[.,]\d{1,9})?"
_READ = re.compile(
    rf"(?P<number>{_NUMBER}){_UNJOINED}(?:[*_`\"']{{0,3}}\s{{0,2}}(?:points? )?(?:/|out of|von|sur|de|di|из"
    rf"|من)\s{{0,2}}[*_`\"']{{0,3}}"
    rf"(?P<scale>\d{{1,6}}|ten|five|(?:a |one )?hundred){_UNJOINED})?(?:[*_`\"']{{0,3}}\s{{0,2}}(?:%|percent))?"
)
_RANGE = re.compile(r"[\s*_%$]{0,5}(?:-|~|to|and|or|through|until|bis|à|到|至|から|에서)\s{0,3}[*_$]{0,3}\d", re.I)
_OPEN = re.compile(r"[\s*_`\"'$(\[{<:=~≈\\#^|]{0,16}")
_SKIP = re.compile(
    r"(?:about|around|approximately|approx\.?|roughly|etwa|environ|大约|约|約|circa|nearly|almost|exactly|the|a|an"
    r"|is|of|at|be|would|it|this|that|repetition|score|rating|overall|final|answer|text|mathrm|mathbf|textbf"
    r"|points?|as|to|likely|probably)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
_APPROXIMATELY = re.compile(r"(?:about|around|approximately|roughly|circa)(?![A-Za-z])", re.I)
_BOUND = re.compile(
    r"(?:above|over|below|under|at least|at most|more than|less than|up to|no more than|greater than|between|from"
    r"|min(?:imum)?|max(?:imum)?|>|<|≥|≤)[\s*_=]{0,5}\d{1,9}(?:[.,]\d{1,9})?",
    re.I,
)
_WORD = re.compile(
    r"(?:(?P<tens>twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?P<unit>one|two|three|four|five|six"
    r"|seven|eight|nine))?|(?P<small>zero|ten|(?:one |a )?hundred))(?![A-Za-z-])",
    re.IGNORECASE,
)
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90
}  # fmt: skip
_UNITS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
WORDS = frozenset((*_TENS, "zero", "ten", "hundred"))
"""without which, and without a digit, nothing is a number"""
_STRONG = re.compile(r"(?<![A-Za-z])(?:final|overall|total|answer)(?![A-Za-z])", re.I)
_EQUALS = re.compile(
    r"=(?=[\s*_$]{0,5}[-+]?\d)|(?<![Cc]onfidence)(?<![Cc]ertainty)(?<![Pp]robability):(?=[\s*_$]{1,5}[\d./%]{1,9}\W{0,5}\Z)"
    r"|(?<![A-Za-z])(?:gives|yields|leaves|leaving|equals)(?=[\s*_$]{1,5}\d)"
)
_SUBJECT = re.compile(
    r"(?<![\w.])\d{1,3}(?:[./]\d{1,3})?(?= (?:is|seems|feels|would be) (?:(?:my|the|a) )?(?:final "
    r"|overall )?(?:score|rating|fair|reasonable"
    r"|appropriate|right|about right|fitting)(?!\w))"
)
_FOLLOW = re.compile(
    r"[)\]}*_`\"'$\s]{0,6}(?:points?|pts|marks?|stars?|punkten?|puntos|pontos|punti|баллов|балла|分|点|점)?(?:です"
    r"|입니다)?[)\]}*_`\"'$]{0,6}(?:[.,;:!?)\n]|\s{0,3}\Z|\s{0,2}(?:\(|-\s|±)"
    r"|\s{1,2}(?:because|since|as|due|for|given|based|overall|out|on|seems|is|would|feels|reflects)\b)",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:points?|percent|pts|punkten?|puntos|pontos|punti|баллов|балла|[分点점])?(?:です|입니다)?[.!]?", re.IGNORECASE
)
_ASKED = re.compile(r"[)*_`\"' ]{0,4}\?")
_ARITHMETIC = re.compile(r"[\d\s.,+*/x×()%-]{1,80}=")
_ANY = re.compile(_NUMBER)


def commitments(text: str) -> list[NumberCommitment]:
    """Every number that could be the answer."""
    found = phrases.read_after(text, lambda anchor: _declared(text, anchor), score=True)
    sums = (_after(text, sign.end()) for sign in _EQUALS.finditer(text))
    subjects = (_after(text, m.start()) for m in _SUBJECT.finditer(text))
    return [*found, *(NumberCommitment(n, "declared", 1) for n in (*sums, *subjects) if n), *_alone(text)]


def _declared(text: str, anchor: phrases.Anchor) -> NumberCommitment | None:
    number = _after(text, anchor.end)
    formal = anchor.method in ("boxed", "json")
    if number is None or text[: number.start].endswith("out of ") or not (formal or _FOLLOW.match(text, number.end)):
        return None
    strong = formal or _STRONG.search(text, anchor.start, anchor.end)
    return NumberCommitment(number, anchor.method, 2 if anchor.strength == "weak" else 0 if strong else 1)


def only(text: str, start: int = 0) -> Number | None:
    """The number of a reply that holds a single one and says nothing else with it (`3 repetitions` is no score)."""
    hits = list(_ANY.finditer(text))
    starts = {m.start() for m in hits} - {m.start("scale") for m in _READ.finditer(text)}
    if len(starts) != 1 or (position := starts.pop()) < start:
        return None
    number = _read(text, position)
    return number if number and _FOLLOW.match(text, number.end) and not _bounded(text, number.start) else None


def _alone(text: str) -> list[NumberCommitment]:
    """A number on the first or the last line, with nothing else on it; on the first, an explanation may follow."""
    lines, offset = [], 0
    for raw in text.split("\n"):
        if raw.strip():
            lines.append((offset, raw))
        offset += len(raw) + 1
    found = []
    for at, raw in dict.fromkeys((*lines[:1], *lines[-1:])):
        number = _after(text, at, skip=_APPROXIMATELY)
        if number is None or number.start >= at + len(raw) or _ASKED.match(text, number.end):
            continue
        rest = text[number.end : at + len(raw)].strip(" \t\r*_`\"'$.)]}!%")
        explained = at == lines[0][0] and _FOLLOW.match(text, number.end) is not None
        complete = _UNIT.fullmatch(rest) is not None
        if complete or (explained and number.fault is None and not phrases.retracts(text, number.end, at + len(raw))):
            found.append(NumberCommitment(number, "standalone", 0))
    return found


def _after(text: str, position: int, skip: re.Pattern[str] = _SKIP) -> Number | None:
    """Skip wrappers and words such as `about`, then read a number, a range or a bound."""
    for _ in range(8):
        opened = _OPEN.match(text, position)
        position = opened.end() if opened else position
        if bound := _BOUND.match(text, position):
            return Number(None, position, bound.end(), "ambiguous")
        if number := _read(text, position):
            return number
        if not (word := skip.match(text, position)):
            return None
        position = word.end()
    return None


def _read(text: str, position: int) -> Number | None:
    """A number in digits or words."""
    if word := _WORD.match(text, position):
        return Number(_from_words(word), position, word.end())
    m = _READ.match(text, position)
    if not m or _ARITHMETIC.match(text, position):
        return None
    if m["scale"] is None and _RANGE.match(text, m.end()):
        return Number(None, position, m.end(), "ambiguous")
    if text[m.end() : m.end() + 1] == "+":
        return Number(None, position, m.end(), "ambiguous")
    return _on_scale(m)


def _on_scale(m: re.Match[str]) -> Number:
    whole, comma, digits = m["number"].partition(",")
    thousands = comma and len(digits) == 3
    value = float(whole + ("" if thousands else ".") + digits) if comma else float(m["number"])
    scale = _scale(m["scale"]) if m["scale"] else 100
    if scale not in SCALES:
        return Number(None, m.start(), m.end(), "ambiguous")
    if not 0 <= value <= scale:
        return Number(None, m.start(), m.end(), "outside")
    return Number(round(value * 100 / scale, 9), m.start(), m.end())


def _scale(said: str) -> int:
    return int(said) if said.isdigit() else {"ten": 10, "five": 5}.get(said, 100)


def _from_words(m: re.Match[str]) -> float:
    if m["small"]:
        return {"zero": 0.0, "ten": 10.0}.get(m["small"].lower(), 100.0)
    return float(_TENS[m["tens"].lower()] + _UNITS.get((m["unit"] or "").lower(), 0))


def _bounded(text: str, position: int) -> bool:
    return (
        re.search(
            r"(?:above|over|below|under|least|most|than|up to|not|n't|[<>≥≤])\W{0,3}\Z", text[:position][-20:], re.I
        )
        is not None
    )
