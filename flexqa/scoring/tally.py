"""Read a verdict on each option: `A: no`, `B. Heels lift ✓`, `(C) No.`, `{"A": false, "B": true}`, `- [x] A`.

It answers only where every option has its verdict: of a list that was cut off, nobody knows the rest. Of a list of
the options' own words one may be left out, as `no error` is by who found one.
"""

import re
from itertools import zip_longest

from flexqa.scoring.letters import AMBIGUOUS, Commitment, LetterReader, Value

_LABEL = re.compile(
    r"(?:^|(?<=[\n|,.;:{\s]))[ \t>#*_•|\"'`(\[-]{0,8}(?:\[(?P<box>[ xX✓])\]\s{0,2})?(?:\d{1,2}[.)]\s)?"
    r"(?:option\s{1,2}|选项)?[*_`\"'(\[]{0,4}(?P<letter>[A-Z])(?=[)\]*_`\"'.:|=,\s-]|\Z)(?!'\w)"
)
_TRUE = r"yes|true|correct|right|present|visible|seen|applies|✓|✔|☑|✅|是|对|正确|符合"
_FALSE = (
    r"no|false|incorrect|wrong|absent|not (?:correct|present|visible|seen|applicable)|does not apply"
    r"|✗|✘|❌|×|否|错误?|不对|不正确|不符合|不是"
)
_WORDS = rf"(?:(?P<true>{_TRUE})|(?P<false>{_FALSE}))"
_FRONT = re.compile(rf"[)\]*_`\"'.:?|=,\s\ufe0f-]{{0,12}}(?:is |was )?{_WORDS}(?![A-Za-z])(?!\s[a-z])", re.IGNORECASE)
_BACK = re.compile(
    rf"(?:[.:|(,=\s-]|\*\*)\s{{0,2}}[*_`\"'(]{{0,4}}{_WORDS}[)*_`\"'.,;|}}\s\ufe0f]{{0,8}}\Z", re.IGNORECASE
)
_DENIAL = re.compile(r"(?<![A-Za-z])(?:not|no|never|nothing|without)(?![A-Za-z])|n't", re.IGNORECASE)
_SIGN = re.compile(_TRUE + "|" + _FALSE + r"|\[x\]", re.IGNORECASE)
_LONGEST = 300
"""characters behind a letter in which its verdict stands"""


def tallied(reader: LetterReader, text: str) -> Commitment | None:
    """The options that are found true, where each is found true or false."""
    if not _SIGN.search(text):
        return None
    return _by_letters(reader, text) or _by_texts(reader, text)


def _by_letters(reader: LetterReader, text: str) -> Commitment | None:
    labels = [m for m in _LABEL.finditer(text) if m["letter"] in reader.allowed]
    verdicts: dict[str, tuple[bool, int]] = {}
    for label, following in zip_longest(labels, labels[1:]):
        end = min(following.start() if following else len(text), label.end() + _LONGEST)
        verdict = _boxed(label) or _verdict(text, reader.behind(text, label.end()), end)
        if verdict is not None:
            if label["letter"] in verdicts:
                return None
            verdicts[label["letter"]] = verdict
    kept = {letter: end for letter, (true, end) in verdicts.items() if true}
    if len(verdicts) != len(reader.allowed) or len(verdicts) < 2 or not kept:
        return None
    fault = AMBIGUOUS if len(kept) > 1 and not reader.several else None
    value = Value(frozenset(kept), labels[0].start(), max(end for _, end in verdicts.values()), fault)
    return Commitment(value, "tally", 0)


def _by_texts(reader: LetterReader, text: str) -> Commitment | None:
    """`Knees cave inward: no. Heels lift: yes.`: one is found true, and all others false, but perhaps `no error`."""
    spans = list(reader.texts_in(text))
    ends = ((letter, m.end()) for m, letter in spans)
    found = {letter: verdict for letter, end in ends if (verdict := _verdict(text, end, min(end + 30, len(text))))}
    kept = [(letter, end) for letter, (true, end) in found.items() if true]
    if reader.several or len(spans) != len(found) or len(found) < max(len(reader.allowed) - 1, 2) or len(kept) != 1:
        return None
    letter, end = kept[0]
    start = next(m.start() for m, named in spans if named == letter)
    return Commitment(Value(frozenset(letter), start, end, by_text=True), "tally", 0)


def _boxed(label: re.Match[str]) -> tuple[bool, int] | None:
    return (label["box"] != " ", label.end()) if label["box"] else None


def _verdict(text: str, start: int, end: int) -> tuple[bool, int] | None:
    line = text.find("\n", start, end)
    segment = text[start : line if line >= 0 else end]
    m = _FRONT.match(segment) or _BACK.search(segment)
    if m and m["true"] and _DENIAL.search(segment, 0, m.start("true")):
        return None
    return (m["true"] is not None, start + m.end()) if m else None
