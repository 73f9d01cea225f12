"""Reads plain replies and scores them. Copied into exports; needs nothing but Python.

The prompts ask for the answer and nothing else, and what is read is that: an answer that stands alone, leads the
reply, or is declared ("the answer is B"). Anything else is not read and scores 0; nothing is guessed.
"""

import re

_THINKING = re.compile(r"<(think|thinking|analysis)>.*?</\1>", re.S | re.I)
_OPEN_THINKING = re.compile(r"<(?:think|thinking|analysis)>", re.I)
_MARKS = " \t\n*_`'\"$()[]{}<>.:;,!"
_DECLARED = re.compile(r"\banswer(?:\s+is)?\s*[:=]?\s*(?P<rest>[^\n]+)", re.I)
_LEADING_LETTER = re.compile(r"\(?([A-Z])(?:[.:)]+(?:\s|$)|\s*$)")
_LETTERS = re.compile(r"[A-Z](?:(?:\s*[,;/&]\s*(?:and\s+)?|\s+and\s+|\s+)[A-Z])*")
_NUMBER = re.compile(r"(?:\w+\s*[:=]\s*)?(\d+(?:\.\d+)?)(?:\s*(?:/|out of)\s*100)?(?:\s*(?:%|points?))?", re.I)
_YES_NO = re.compile(r"(yes|no)(?=[.,;:!\n]|$)", re.I)


def read(reply: str, answer_format: str, options: list[str]) -> str | None:
    """The answer in a reply: `A`, `A,C`, `yes`, `72`; null when none is plainly said.

    Args:
        reply: as it came from the model.
        answer_format: choice, choices, yes_no or number.
        options: texts of the options, in the order of their letters.
    """
    text = _THINKING.sub("", reply)
    if _OPEN_THINKING.search(text):
        return None
    readers = {"choice": _choice, "choices": _choices, "yes_no": _yes_no, "number": _number}
    declared = [m["rest"] for m in _DECLARED.finditer(text)]
    for said in (text, *declared[-1:]):
        found = readers[answer_format](said.strip(_MARKS), options)
        if found is not None:
            return found
    return None


def score(reply: str, answer_format: str, options: list[str], answer: str, tolerance: float | None = None) -> float:
    """1 for a right reply, else 0.

    Args:
        reply: as it came from the model.
        answer_format: choice, choices, yes_no or number.
        options: texts of the options, in the order of their letters.
        answer: the right one, as `read` gives it.
        tolerance: of numbers.
    """
    found = read(reply, answer_format, options)
    if found is None:
        return 0.0
    if answer_format == "number":
        # The guard keeps 0.1 + 0.2 from deciding.
        return float(abs(float(found) - float(answer)) <= (tolerance or 0.0) + 1e-9)
    return float(found == answer)


def _choice(text: str, options: list[str]) -> str | None:
    letters = _letters(options)
    same = [a for a, o in zip(letters, options, strict=True) if _plain(o) == _plain(text)]
    if same:
        return same[0]
    if len(text) == 1:
        return text.upper() if text.upper() in letters else None
    led = _LEADING_LETTER.match(text)
    return led[1] if led and led[1] in letters else None


def _choices(text: str, options: list[str]) -> str | None:
    if text.lower() in ("none", "none of them", "none of these"):
        return "none"
    if not _LETTERS.fullmatch(text):
        return _choice(text, options)
    found = sorted(set(re.findall("[A-Z]", text)))
    return ",".join(found) if set(found) <= set(_letters(options)) else None


def _yes_no(text: str, _: list[str]) -> str | None:
    said = _YES_NO.match(text)
    return said[1].lower() if said else None


def _number(text: str, _: list[str]) -> str | None:
    said = _NUMBER.fullmatch(text)
    return said[1] if said and float(said[1]) <= 100 else None


def _letters(options: list[str]) -> str:
    return "ABCDEFGHIJ"[: len(options)]


def _plain(text: str) -> str:
    return text.strip(_MARKS).lower()
