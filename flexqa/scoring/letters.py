"""Read option letters: find every place where a reply commits itself, and take the last.

Three kinds of evidence, strongest first. *Committed*: after a declared anchor (`phrases`), as the subject of `is
correct`, or standing alone on the first or last line. *Weak*: after a hedged anchor. *Mentioned*: exactly one option
named in the whole reply. Weaker kinds count only where stronger ones are absent, and a kind that points at two
letters, at a letter outside the options, or at a letter beside another option's text is reported as such.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flexqa.question import LETTERS
from flexqa.scoring import phrases, reservations
from flexqa.scoring.option_texts import begun, pattern, plain
from flexqa.scoring.subjects import listed_before, said_of

CONTRADICTION, OUTSIDE, AMBIGUOUS = "contradiction", "outside", "ambiguous"


class Value(NamedTuple):
    """Letters read at one place."""

    letters: frozenset[str]
    start: int
    end: int
    fault: str | None = None
    """`contradiction`, `outside` or `ambiguous`"""
    by_text: bool = False
    """read from the option's own words"""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A value, and how it was found."""

    value: Value
    method: str
    rank: int
    """0 committed, 1 weak, 2 mentioned"""


_WRAP = r"[\s*_`\"'$(\[{<:=>~\\#^|-]"
_SKIP = re.compile(
    rf"{_WRAP}{{0,16}}(?:(?:the|option|options|choice|letter|letters|answer|answers|most|likely|probably|clearly"
    r"|definitely|therefore|indeed|simply|just|that|it|is|are|it's|would|must|be|best|correct|right|final|maybe"
    r"|perhaps|text|mathrm|mathbf|textbf|textrm|rm|either|both|only|performing|doing|a|an|statement|errors?|faults?|mistakes?|item|interval"
    r"|segment|la|le|les|el|las|die|der|il|opción|opção|opzione|alternativa|réponse|lettre|letra|lettera"
    r"|buchstabe)(?![A-Za-z])|选项|选|是|選択肢|(?=\S))",
    re.IGNORECASE,
)
_OPEN = re.compile(rf"{_WRAP}{{0,16}}")
_CLOSE = re.compile(r"[)\]}>*_`\"'$]{0,6}")
_JOIN = re.compile(
    r",?\s{1,2}(?:and\s)?\$?\\boxed\{"
    r"|\s{0,3}(?:\\text\{\s{0,2})?"
    r"(?:(?:,|;|/|&|\+|\||(?<![A-Za-z])(?:and also|and|or|plus|as well as|y|et|und)(?![A-Za-z])"
    r"|(?-i:(?<=\s)e(?=\s))|[和或与と및와과иو、])\s{0,2}\}?\s{0,3}){1,2}"
    r"|(?<=\))(?=\([A-Z]\))|\s{0,2}\n\s{0,3}(?:[-*•]\s{0,2})?|\s{1,3}(?=\(?[A-Z]\)?(?![\w'-]))",
    re.IGNORECASE,
)
_GLOSS = re.compile(r"\s{0,2}\([^()A-Z\n]{1,40}\)(?=\s{0,2}(?:,|;|&|and\b))")
_OR = re.compile(r"\bor\b|或", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s.):\]}>*_`\"',(=|-]{0,12}(?:(?:the|a|an)\s)?", re.IGNORECASE)
_LETTER = re.compile(r"[A-Za-z]")
_RUN = re.compile(r"[A-Z]{2,10}(?![\w'])", re.ASCII)
_AFTER_WORD = re.compile(r"[ \t]{1,3}([A-Za-z][A-Za-z']*)")
_IN_BRACKETS = re.compile(r"[*_`\"']{0,3}\s{0,2}[(\[](?:option )?([A-Za-z])[)\]]", re.I)
_CONNECTIVES = frozenset(
    {"because", "since", "as", "and", "or", "but", "not", "is", "for", "due", "given", "with", "based", "if", "which",
     "when", "where", "that", "rather", "instead", "while", "y", "e", "et", "und", "plus", "ist", "est", "es"}
)  # fmt: skip
_SUBJECT = re.compile(
    r"[)\]}*_`\"'$]{0,4}\s{1,3}(?:is|are|was|were|would|can|can't|cannot|could|does|doesn't|do|has|seems|appears"
    r"|shows|describes|isn't|may|might|says|mentions|states|involves|refers)(?![A-Za-z])",
    re.IGNORECASE,
)
_ARE = re.compile(r"\(?[A-Z][)*_`\"']{0,4}\s{1,3}(?:are|were|apply|occur)(?![A-Za-z])")
_DENIED = re.compile(
    r"(?<![A-Za-z])(?:not|never|wrong|incorrect|false|unlikely|ruled|impossible|eliminated|can't"
    r"|cannot)(?![A-Za-z])|n't",
    re.IGNORECASE,
)
CLAUSE_END = re.compile(
    r"[)\]}*_`\"'$]{0,6}\s{0,2}(?:[.,;:!\n<(\[]|\Z|-|です|だ|でしょう|입니다|(?:because|since|as|for|due|given"
    r"|rather than|instead of|over|I think|I guess|I believe|for sure|(?:and|but) not)"
    r"(?![A-Za-z]))"
)
_NOT_BUT = re.compile(r"not\s{1,3}[^.;:!?\n]{1,60}?(?:\bbut|,)\s{1,3}(?:rather\s{1,3})?(?=\S)", re.IGNORECASE)
_SUPPOSED = re.compile(r"[)*_`\"']{0,4}(?:\s{0,3}(?:\?|还是)|,?\s{1,3}(?:only )?(?:if|unless)(?![A-Za-z]))")
_LABEL = re.compile(r"(?:\A|[\n.;,])[\s*_-]{0,4}[A-Za-z][.):][\s*_]{0,3}\Z")
_FIRST_LABEL = re.compile(r":\s{0,2}[A-Za-z][.):][\s*_]{0,3}\Z")
"""of a list on one line: `The options are: A. ..., B. ...`"""
_BESIDE = re.compile(
    r"(?<![A-Za-z])(?:or\s(?:\w{1,10}\s){0,2}"
    r"|(?:differs? from|different from|compared to|compared with) (?:an? |the )?)\Z",
    re.IGNORECASE,
)
"""an option that is named only beside another"""
_LIKE = re.compile(r"(?:looks? like|resembles?|similar to|mistaken for|confused with)(?: (?:an?|the))? {0,2}\Z", re.I)
_STANDALONE_CAPITAL = re.compile(r"[A-Z](?<![\w-].)(?<!\w'.)(?!\w|'\w)(?!-\w)", re.ASCII)
_SMALL_FIRST = re.compile(r"\s{0,9}\(?([b-hj-z])(?=\)?\s)")
_NAMED = re.compile(
    r"(?:\b(?:option|choice|letter|answer)\s{1,2}[(\"'*`]{0,4}|\()(?P<letter>[A-Z])(?=[)\"'*`\s.,;:!?]|\Z)"
    r"(?!\s?(?:,|and|or|/|&)\s?[A-Z](?![A-Za-z]))",
    re.I,
)


class LetterReader:
    """Reads letters against the options of one question."""

    def __init__(self, options: tuple[str, ...], *, several: bool) -> None:
        self.allowed = LETTERS[: len(options)] if options else LETTERS
        self.several = several
        pairs = [(o, letter) for o, letter in zip(map(plain, options), LETTERS, strict=False) if o]
        self._options = tuple(pairs)
        pairs.sort(key=lambda pair: -len(pair[0]))
        self._texts = [(pattern(o), letter) for o, letter in pairs]
        """the longest first, so that of two that begin alike the more precise one is read"""

    def commitments(self, text: str) -> list[Commitment]:
        """Everything that could be the answer, in no order; letters that stand alone are read by `lines`."""
        found = phrases.read_after(text, lambda anchor: self._after(text, anchor)) + self._subjects(text)
        if self.several:
            listed = (self._after(text, anchor) for anchor in phrases.listings(text))
            found += [c for c in listed if c and c.value.letters != frozenset(self.allowed)]
        return found

    def mentions(self, text: str) -> list[Commitment]:
        """Options that are named anywhere and not denied."""
        named = [(m, letter, text[max(0, m.start() - 12) : m.start()]) for m, letter in self.texts_in(text)]
        spots = [(m, letter) for m, letter, before in named if not _LABEL.search(before)]
        if len(spots) < len(named):
            spots = [(m, n) for m, n, before in named if not (_LABEL.search(before) or _FIRST_LABEL.search(before))]
        spots = [(m, letter) for m, letter in spots if not _BESIDE.search(text[max(0, m.start() - 24) : m.start()])]
        # What it only looks like is another than what it is.
        is_it = [(m, letter) for m, letter in spots if not _LIKE.search(text[max(0, m.start() - 24) : m.start()])]
        found = [
            Commitment(Value(frozenset((letter,)), m.start(), m.end(), by_text=True), "mention", 2)
            for m, letter in is_it or spots
        ]
        found += [
            Commitment(self._checked(m["letter"], m.start("letter"), m.end("letter")), "mention", 2)
            for m in _NAMED.finditer(text)
            if m["letter"].isupper()
        ]
        return [
            c
            for c in found
            if not phrases.negated(text, c.value.start)
            and not _SUPPOSED.match(text, c.value.end)
            and not (_SUBJECT.match(text, c.value.end) and _DENIED.search(text, c.value.end, c.value.end + 20))
        ]

    def whole(self, text: str) -> Value | None:
        """The letter whose option text is the entire reply."""
        core = text.strip(" \t\r\n*_`\"'.$()[]")
        start = text.find(core)
        if core:
            for expression, letter in self._texts:
                if m := expression.fullmatch(text, start, start + len(core)):
                    return Value(frozenset(letter), m.start(), m.end(), by_text=True)
            if part := begun(core, self._options):
                return Value(frozenset(part), start, start + len(core), by_text=True)
        return None

    def behind(self, text: str, position: int) -> int:
        """Where an option's text, if it stands here, ends."""
        told = self._text_at(text, _end(_SEPARATOR, text, position))
        return told[0].end() if told else position

    def labelled(self, text: str, start: int) -> Iterator[Value]:
        """Single capitals from a place on, each with the option text behind it."""
        for m in _STANDALONE_CAPITAL.finditer(text, start):
            yield self._with_text(text, self._checked(m[0], m.start(), m.end()))

    def _text_at(self, text: str, position: int) -> tuple[re.Match[str], str] | None:
        """The option text that begins here, with its letter."""
        for expression, letter in self._texts:
            if m := expression.match(text, position):
                return m, letter
        return None

    def texts_in(self, text: str) -> Iterator[tuple[re.Match[str], str]]:
        """Every option text with its letter, from left to right, none within another."""
        ahead = [(m, p, letter) for p, letter in self._texts if (m := p.search(text))]
        while ahead:
            found, _, first = min(ahead, key=lambda a: a[0].start())
            yield found, first
            end = found.end()
            # A search is repeated only where what it found has been passed: each sees the text once.
            searched = ((m if m.start() >= end else p.search(text, end), p, letter) for m, p, letter in ahead)
            ahead = [(m, p, letter) for m, p, letter in searched if m]

    def _checked(self, letter: str, start: int, end: int) -> Value:
        letter = letter.upper()
        return Value(frozenset(letter), start, end, None if letter in self.allowed else OUTSIDE)

    def _after(self, text: str, anchor: phrases.Anchor) -> Commitment | None:
        """What stands after an anchor, if it is an answer."""
        value = self._value(text, anchor.end)
        if value is None or _SUPPOSED.match(text, value.end):
            return None
        if anchor.bare and not value.by_text and len(value.letters) == 1 and not CLAUSE_END.match(text, value.end):
            return None
        lower = text[value.start].islower() and not value.by_text and text[value.start - 1] != "("
        if anchor.bare and lower and not reservations.ends(text, value.end):
            return None
        return Commitment(value, anchor.method, 0 if anchor.strength == "declared" else 1)

    def _value(self, text: str, start: int) -> Value | None:
        """Skip words such as `option` and wrappers, then read one or several items."""
        for _ in range(7):
            position = _end(_OPEN, text, start)
            if several := self.items(text, position):
                return several
            if m := _NOT_BUT.match(text, position):
                return self.items(text, _end(_OPEN, text, m.end()))
            skipped = _end(_SKIP, text, start)
            if skipped <= position:
                return None
            start = skipped
        return None

    def items(self, text: str, start: int) -> Value | None:
        """`A`, `A, C`, `A and C`, `AC`, each with or without its own text."""
        first = self._run(text, start) or self._item(text, start)
        if first is None:
            return None
        values, either = [first], False
        while join := _JOIN.match(text, self._behind_gloss(text, _end(_CLOSE, text, values[-1].end))):
            item = self._item(text, _end(_OPEN, text, join.end()), listed=True)
            skipped = _end(_SKIP, text, join.end())
            item = item or self._item(text, _end(_OPEN, text, skipped), listed=True)
            if item is None and self.several and "and" in join[0] and _ARE.match(text, _end(_OPEN, text, join.end())):
                return None  # all of them are the subject of what follows
            if item is None or ":" in text[join.end() : item.start] or len(values) > len(LETTERS):
                break
            if "\n" in join[0] and not self.several and not (first.by_text and item.by_text):
                break
            either = either or _OR.search(join[0]) is not None
            values.append(item)
        return self._joined(values, either=either)

    def _behind_gloss(self, text: str, position: int) -> int:
        """Behind a remark in brackets, as in `B (heels) and C (back)`."""
        return _end(_GLOSS, text, position) if self.several else position

    def _joined(self, values: list[Value], *, either: bool) -> Value:
        letters = frozenset[str]().union(*(v.letters for v in values))
        fault = next((v.fault for v in values if v.fault), None)
        if len(letters) > 1 and (either or not self.several):
            fault = AMBIGUOUS
        return Value(letters, values[0].start, values[-1].end, fault, any(v.by_text for v in values))

    def _run(self, text: str, start: int) -> Value | None:
        """`ACD`: ascending letters without separators, where several may be given."""
        m = _RUN.match(text, start)
        if not self.several or not m or list(m[0]) != sorted(set(m[0])):
            return None
        return Value(frozenset(m[0]), start, m.end(), None if set(m[0]) <= set(self.allowed) else OUTSIDE)

    def _item(self, text: str, start: int, *, listed: bool = False) -> Value | None:
        """One letter with or without its text, or one option text with or without its letter."""
        if told := self._text_at(text, start):
            end = told[0].end()
            if _SUBJECT.match(text, end) and _DENIED.search(text, end, end + 30):
                return None
            return self._with_letter(text, *told)
        m = _LETTER.match(text, start)
        if not m or not is_letter(text, start):
            return None
        if _SUBJECT.match(text, m.end()) and (listed or _DENIED.search(text, m.end(), m.end() + 40)):
            return None
        return self._with_text(text, self._checked(m[0], start, m.end()))

    def _with_text(self, text: str, value: Value) -> Value:
        """Take in the option text behind a letter; the text of another option is a contradiction."""
        position = _end(_SEPARATOR, text, value.end)
        told = None if value.fault or position == value.end else self._text_at(text, position)
        if not told:
            return value
        end = told[0].end()
        joined = (self.several or text[end : end + 1] == ")") and _JOIN.match(text, _end(_CLOSE, text, end))
        if not CLAUSE_END.match(text, end) and not joined:
            return value
        fault = None if told[1] in value.letters else CONTRADICTION
        return Value(value.letters, value.start, told[0].end(), fault, by_text=True)

    def _with_letter(self, text: str, m: re.Match[str], letter: str) -> Value:
        """Take in the letter in brackets behind an option text."""
        named = _IN_BRACKETS.match(text, m.end())
        if named and named[1].upper() != letter:
            return Value(frozenset(letter), m.start(), named.end(), CONTRADICTION, by_text=True)
        return Value(frozenset(letter), m.start(), named.end() if named else m.end(), by_text=True)

    def _subjects(self, text: str) -> list[Commitment]:
        """`B is correct`, `Option C seems to be the best answer`, `Deadlift is the right answer`."""
        spots = [(m.start(), m.end(), m[0]) for m in _STANDALONE_CAPITAL.finditer(text)]
        spots += [(m.start(1), m.end(1), m[1]) for m in [_SMALL_FIRST.match(text)] if m]
        spots += [(m.start(), m.end(), letter) for m, letter in self.texts_in(text)]
        found = []
        for start, end, letter in spots:
            rank = said_of(text, end)
            if rank is None:
                continue
            value = self._with_listed(text, self._checked(letter, start, end))
            if not phrases.negated(text, value.start):
                found.append(Commitment(value, "implied" if rank else "subject", rank))
        return found

    def _with_listed(self, text: str, last: Value) -> Value:
        """Take in the letters in front: `A and C are correct`."""
        listed = listed_before(text, last.start, several=self.several)
        if not listed:
            return last
        start, either = listed
        letters = [
            self._checked(m[0], m.start(), m.end()) for m in _STANDALONE_CAPITAL.finditer(text, start, last.start)
        ]
        return self._joined([*letters, last], either=either)._replace(start=start)


@lru_cache(maxsize=256)
def letter_reader(options: tuple[str, ...], *, several: bool) -> LetterReader:
    """The reader for these options, made once."""
    return LetterReader(options, several=several)


def is_letter(text: str, position: int) -> bool:
    """Whether the letter here is an option letter: no part of a word (`A-frame`, `e.g.`), no article, no pronoun."""
    letter, after = text[position], text[position + 1 : position + 3]
    before = text[max(position - 2, 0) : position]
    if before and (_wordlike(before[-1]) or (before[-1] == "'" and _wordlike(before[0]))):
        return False
    if after and (_wordlike(after[0]) or (after[0] in "'-_" and _wordlike(after[1:]))):
        return False
    if after[:1] == "." and _wordlike(after[1:]) and text[position + 3 : position + 4] in (".", ""):
        return False
    word = _AFTER_WORD.match(text, position + 1)
    if not word or word[1].lower() in _CONNECTIVES or (len(word[1]) == 1 and word[1].isupper() and letter.isupper()):
        return True
    if letter.isupper() and letter not in "AI":
        return True
    return _SUBJECT.match(text, position + 1) is not None and letter.isupper()


def opening(text: str, position: int) -> int:
    """Where the first character behind brackets, quotes, markdown and LaTeX stands."""
    return _end(_OPEN, text, position)


def _wordlike(character: str) -> bool:
    """Whether a character continues a word; signs of scripts without spaces do not."""
    return character.isalnum() and ord(character) < 0x2E80


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    m = pattern.match(text, position)
    return m.end() if m else position
