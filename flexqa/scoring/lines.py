"""Read option letters that stand alone: `B`, `(B)`, `**B. Knees cave inward**` on a line of their own.

The first line may begin with the answer and go on to explain it; the last line, or any other, must hold the answer
and nothing else. A list that begins with A, B, ... repeats the options and answers nothing.
"""

import re
from itertools import groupby
from typing import NamedTuple

from flexqa.question import LETTERS
from flexqa.scoring.letters import AMBIGUOUS, CLAUSE_END, Commitment, LetterReader, Value, opening

_PREFIX = re.compile(
    r"[ \t>#*•●✅☑✔✓👉➡➤►▶\"'`$_-]{0,12}(?:\d{1,2}[.)][ \t]{1,2})?(?:(?:options?|choice|answer|letter|only|just"
    r"|both|选项|opción|opção|alternativ[ae]|antwort|respuesta|resposta|réponse|risposta|вариант"
    r"|الخيار)[ \t:*_]{1,4})?"
    r"(?:\$?\\(?:text|math)[a-z]{0,3}\{)?",
    re.I,
)
_CHECKBOX = re.compile(r"[\s*-]{0,8}\[[ xX✓]\]\s{1,2}\S")
"""a verdict, which `tally` reads"""
_MARK = re.compile(r"[)\]}*_\"'`$]{0,6}(?:[.):,]|\s{1,2}-\s|-\s)")
_NOTHING = re.compile(
    r"[)\]}>*_\"'`$.,;:!|\\✓✔✅☑\s]*(?:(?:项|です|だ(?:と思います)?|でしょう|입니다|only)[.!\s]*)?\Z"
)
_EXPLANATION = re.compile(
    r"[ \t#*_]{0,6}(?:explanations?|reason(?:ing|s)?|rationale|justification|because|analysis|why|note|here's)\b",
    re.I,
)
_NEXT_LABEL = re.compile(
    r"[,;.]\s{0,2}\(?[A-Z](?:\s?[:)]|\s-)\s|(?<=^[A-Za-z]):\s{0,2}[A-Z]\W{0,4}\Z|[.;]\s(?:Option|Choice)\s\(?[A-Z]\)?:"
)
"""`, B: 0.2`: the next of a list; `A: C`, where A may stand for Answer"""
_KEY = re.compile(r"[\"']\s{0,2}:")
"""a letter that is the key of an object"""
_NOT_OTHERS = re.compile(r"[)*_\s]{0,4}(?:\(|,\s?|\s(?=but))(?:but )?not\s\(?[A-Z](?!\w)")
"""`A, B (not C)`, `A, not B`"""
_OR_ELSE = re.compile(r"[.\s]{1,6}or\s\(?[A-Z](?!\w)")
"""`B... or C`"""
_VERDICT = re.compile(r"\b(?:yes|no|true|false|correct|incorrect|wrong|right|present|absent|not)\b|[✓✗✔✘❌✅]", re.I)

_DENIED = re.compile(
    r"[)\]}*_\"'`$\s]{0,6}[.:,-]?[*_\s]{0,4}(?:no|not|incorrect|wrong|false)(?![A-Za-z'-])(?!\s\(?[A-Z](?!\w))", re.I
)


class Line(NamedTuple):
    """A line that begins with letters."""

    row: int
    """among the lines that are not empty"""
    value: Value
    complete: bool
    """nothing follows"""
    marked: bool
    """the letter is set off: `B.`, `B)`, `B because`"""
    lists: bool
    """further options with their texts follow on the same line"""
    rest: str


def alone(reader: LetterReader, text: str) -> list[Commitment]:
    """The letters that stand alone, at most one commitment for the first line and one for the last."""
    lines, count = _lines(reader, text)
    values = _several(lines, reader) if reader.several else _single(lines, count)
    return [Commitment(v, "standalone", 0) for v in values]


def _lines(reader: LetterReader, text: str) -> tuple[list[Line], int]:
    """Lines that begin with letters, up to where an explanation begins; and the number of all lines."""
    found: list[Line] = []
    index, offset, explained = 0, 0, False
    for raw in text.split("\n"):
        if raw.strip():
            explained = explained or (bool(found) and _EXPLANATION.match(raw) is not None)
            if not explained and (line := _line(reader, raw, index, offset)):
                found.append(line)
            index += 1
        offset += len(raw) + 1
    return found, index


def _line(reader: LetterReader, raw: str, index: int, offset: int) -> Line | None:
    if _CHECKBOX.match(raw):
        return None
    prefix = _PREFIX.match(raw)
    value = reader.items(raw, opening(raw, prefix.end() if prefix else 0))
    if value is None or _KEY.match(raw, value.end) or _OR_ELSE.match(raw, value.end):
        return None
    complete = _NOTHING.match(raw, value.end) is not None
    letter_first = value.end > value.start + 1 and not raw[value.start + 1].isalnum()
    marked = (
        _MARK.match(raw, value.start + 1) is not None if letter_first or value.end == value.start + 1 else False
    ) or (not value.by_text and CLAUSE_END.match(raw, value.end) is not None)
    if not (complete or marked or (letter_first and value.by_text)):
        return None
    others = any(v.by_text and v.letters != value.letters for v in reader.labelled(raw, value.end))
    lists = others or _NEXT_LABEL.search(raw, value.end) is not None
    shifted = value._replace(start=value.start + offset, end=value.end + offset)
    return Line(index, shifted, complete, marked, lists, raw[value.end :])


def _single(lines: list[Line], count: int) -> list[Value]:
    """One letter is wanted."""
    lines = [line for line in lines if not _DENIED.match(line.rest)]
    rest = lines[_echoed(lines) :]
    if not rest:
        return []
    if _echoed(rest[1:]) == len(rest) - 1 and all(line.value.by_text for line in rest[1:]):
        rest = rest[:1]
    first = rest[0] if rest[0].row == 0 else None
    last = rest[-1] if rest[-1].complete and rest[-1].row == count - 1 else None
    letters = {line.value.letters for line in rest}
    if first and last and first is not last and len(rest) == count and len(letters) > 1:
        union = frozenset[str]().union(*letters)
        return [Value(union, first.value.start, last.value.end, AMBIGUOUS)]
    found = []
    if first and not first.lists and (first.complete or len(letters) == 1 or last):
        found.append(first.value)
    if last and not last.lists:
        found.append(last.value)
    if not found and len(letters) == 1 and rest[-1].complete:
        found.append(rest[-1].value)
    return found


def _echoed(lines: list[Line]) -> int:
    """How many lines at the front repeat the options in order; a single A repeats nothing."""
    n = 0
    while n < len(lines) and n < len(LETTERS) and lines[n].value.letters == {LETTERS[n]}:
        n += 1
    return n if n > 1 else 0


def _several(lines: list[Line], reader: LetterReader) -> list[Value]:
    """Every letter that applies is wanted: each block of neighbouring lines is one answer."""
    found = []
    for _, group in groupby(enumerate(lines), key=lambda pair: pair[1].row - pair[0]):
        block = [line for _, line in group]
        letters = frozenset[str]().union(*(line.value.letters for line in block))
        echo = len(block) == len(reader.allowed) == _echoed(block) and block[0].value.by_text
        judged = any(_VERDICT.search(line.rest) for line in block) and not _NOT_OTHERS.match(block[-1].rest)
        if echo or judged or any(line.lists for line in block):
            continue
        fault = next((line.value.fault for line in block if line.value.fault), None)
        found.append(Value(letters, block[0].value.start, block[-1].value.end, fault))
    return found
