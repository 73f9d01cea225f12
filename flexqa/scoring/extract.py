"""The one reader of replies. It never guesses: what is not plainly said is `None`, with the reason as a status.

The last committed answer wins, so a model may think aloud and correct itself. Thinking never answers; thinking that
does not end answers nothing; a question that the model goes on to ask itself is cut off. A refusal, two letters, a
letter outside the options, or a letter beside the words of another option is no answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal, NamedTuple

from flexqa.question import LETTERS, AnswerFormat
from flexqa.scoring import numbers, phrases, reservations, yes_no
from flexqa.scoring.last_sentence import SHORT, SHORTEST, last_sentence
from flexqa.scoring.letters import Commitment, LetterReader, Value, letter_reader
from flexqa.scoring.lines import alone
from flexqa.scoring.option_texts import named
from flexqa.scoring.reply_text import clean
from flexqa.scoring.tally import tallied

ExtractionStatus = Literal["ok", "none", "ambiguous", "refusal", "outside", "contradiction", "unfinished"]

VERSION = "3"
"""of the rules; raised with every change that can read a reply differently"""

UNCOMMITTED = frozenset(("implied", "mention", "only_number", "tally"))
"""methods that read what a whole reply comes to; a reply that was cut off cannot be read by them"""


class Extraction(NamedTuple):
    """What was read from a reply."""

    answer: str | float | tuple[str, ...] | None
    """in the form of `flexqa.question.Answer`; null when nothing was read"""
    method: str
    """which rule read it: `standalone`, `declared`, `boxed`, `json`, `subject`, `tally`, `option_text`, `implied`,
    `mention`, `only_number`, `text`, or `none`"""
    span: tuple[int, int] | None
    """where in the reply the answer stands, as characters [start, end)"""
    status: ExtractionStatus
    """`ok`; `none`: nothing that answers; `ambiguous`: more than one answer; `refusal`; `outside`: a letter or number
    that the question does not allow; `contradiction`: a letter beside the words of another option; `unfinished`:
    thinking that does not end"""


def extract(text: str, answer_format: AnswerFormat, options: Sequence[str] = ()) -> Extraction:
    """Read the answer from a raw reply.

    Args:
        text: the reply, as it came.
        answer_format: what is looked for.
        options: the texts of the options, in the order of their letters, for choice and choices.

    Returns:
        What was read; never raises, whatever the text.
    """
    if answer_format is AnswerFormat.YES_NO and (said := yes_no.opening(text)):
        return _said(said)
    if (
        len(text) > SHORTEST
        and answer_format is not AnswerFormat.TEXT
        and (last := last_sentence(text, answer_format, options))
    ):
        found = _extract_short(last.text, answer_format, named(last.text, options))
        if found.status == "ok" and found.method not in UNCOMMITTED:
            return _moved(found, last.offset)
    read = _extract_short if len(text) <= SHORT else _extract
    return read(text, answer_format, named(text, options))


def _extract(text: str, answer_format: AnswerFormat, options: tuple[str, ...]) -> Extraction:
    reply = clean(text)
    if reply.unfinished:
        return _nothing("unfinished")
    read = _reader(answer_format, options)
    found = next((f for cut in reply.cuts if (f := read(reply.text[:cut])).status != "none"), None)
    return _moved(found or read(reply.text), reply.offset)


_extract_short = lru_cache(maxsize=16384)(_extract)
"""most replies are one of a few: `B`, `Yes`, `The answer is C.`"""


def _moved(found: Extraction, offset: int) -> Extraction:
    if found.span is None or not offset:
        return found
    start, end = found.span
    return found._replace(span=(start + offset, end + offset))


def _reader(answer_format: AnswerFormat, options: tuple[str, ...]) -> Callable[[str], Extraction]:
    match answer_format:
        case AnswerFormat.CHOICE:
            letters = letter_reader(options, several=False)
            return lambda text: _choice(letters, text)
        case AnswerFormat.CHOICES:
            letters = letter_reader(options, several=True)
            return lambda text: _choices(letters, text)
        case AnswerFormat.YES_NO:
            return _yes_no
        case AnswerFormat.NUMBER:
            return _number
        case AnswerFormat.TEXT:
            return _text


def _nothing(status: ExtractionStatus, span: tuple[int, int] | None = None) -> Extraction:
    return Extraction(None, "none", span, status)


def _choice(reader: LetterReader, text: str) -> Extraction:
    if whole := reader.whole(text):
        return Extraction(min(whole.letters), "option_text", (whole.start, whole.end), "ok")
    found = _letters(reader, text)
    return found if found.status != "ok" else found._replace(answer="".join(_as_tuple(found)))


def _choices(reader: LetterReader, text: str) -> Extraction:
    if whole := reader.whole(text):
        return Extraction((min(whole.letters),), "option_text", (whole.start, whole.end), "ok")
    if said := reservations.all_or_none(text):
        letters = tuple(reader.allowed) if said[0] == "all" else ()
        return Extraction(letters, "declared", said[1], "ok")
    if but := reservations.all_but(text):
        return _all_but(reader, text, but)
    return _letters(reader, text)


def _all_but(reader: LetterReader, text: str, said: tuple[int, int]) -> Extraction:
    """What is left of `All except D`."""
    value = reader.items(text, said[1])
    if value is None or value.fault or not reservations.ends(text, value.end):
        return _nothing("none")
    kept = tuple(letter for letter in reader.allowed if letter not in value.letters)
    return Extraction(kept, "declared", (said[0], value.end), "ok")


def _as_tuple(found: Extraction) -> tuple[str, ...]:
    return found.answer if isinstance(found.answer, tuple) else ()


def _letters(reader: LetterReader, text: str) -> Extraction:
    """The last committed letters; failing that, the one weakly suggested; failing that, the one named."""
    start = reservations.withdrawn_at(text)
    found = [c for c in (*reader.commitments(text), *alone(reader, text)) if c.value.start >= start]
    committed = [c for c in found if c.rank == 0]
    # Of one letter the verdict on each option says no more than the phrase that declares it; of several it may.
    if (reader.several or not committed) and (tally := tallied(reader, text)):
        committed.append(tally)
    if committed:
        return _taken(_last(committed))
    if refused := reservations.refuses(text) and not _names_one_that_refuses(reader, text):
        start = max(start, reservations.despite(text))
    if weak := [
        c for c in found if c.rank == 1 and c.value.start >= start and not reservations.cut_off(text, c.value.end)
    ]:
        return _sole(weak)
    if refused:
        return _nothing("refusal")
    mentioned = [c for c in reader.mentions(text) if c.value.start >= start]
    if any(reservations.cut_off(text, c.value.end) for c in mentioned):
        return _nothing("none")
    return _together(reader, text, mentioned) if reader.several else _sole(mentioned)


def _names_one_that_refuses(reader: LetterReader, text: str) -> bool:
    """Whether an option is named that itself reads like a refusal: `Cannot be determined`."""
    texts = (text[c.value.start : c.value.end] for c in reader.mentions(text) if c.value.by_text)
    return any(map(reservations.refuses, texts))


def _last(found: list[Commitment]) -> Commitment:
    """The last one; of those that overlap, the longest, so that `A or B` is not read as B."""
    last = max(found, key=lambda c: (c.value.end, -c.value.start))
    overlapping = [c for c in found if c.value.start <= last.value.start and c.value.end > last.value.start]
    return min(overlapping, key=lambda c: (c.value.start, -c.value.end))


def _sole(found: list[Commitment]) -> Extraction:
    """What all of them agree on."""
    if not found:
        return _nothing("none")
    if len({c.value.letters for c in found}) > 1:
        return _nothing("ambiguous")
    return _taken(found[-1])


def _together(reader: LetterReader, text: str, found: list[Commitment]) -> Extraction:
    """Every option whose text is named, unless that is all of them or one of them is in doubt."""
    letters = frozenset[str]().union(*(c.value.letters for c in found))
    if not letters or len(letters) == len(reader.allowed) or any(c.value.fault for c in found):
        return _nothing("none")
    if reservations.hedges(text):
        return _nothing("ambiguous")
    ends = [(c.value.start, c.value.end) for c in found]
    return _taken(replace(found[-1], value=Value(letters, min(ends)[0], max(e for _, e in ends), by_text=True)))


def _taken(commitment: Commitment) -> Extraction:
    value: Value = commitment.value
    span = (value.start, value.end)
    if value.fault:
        faults: dict[str, ExtractionStatus] = {"outside": "outside", "contradiction": "contradiction"}
        return _nothing(faults.get(value.fault, "ambiguous"), span)
    return Extraction(tuple(sorted(value.letters, key=LETTERS.index)), commitment.method, span, "ok")


def _yes_no(text: str) -> Extraction:
    start = reservations.withdrawn_at(text, by_no=False)
    found = [y for y in yes_no.commitments(text) if y.start >= start]
    committed = [y for y in found if y.rank == 0] or ([] if reservations.refuses(text) else found)
    if not committed:
        return _nothing("refusal" if reservations.refuses(text) else "none")
    last = max(committed, key=lambda y: (y.end, -y.start))
    if last.answer is None:
        return _nothing("ambiguous", (last.start, last.end))
    return _said(last)


def _said(found: yes_no.YesNo) -> Extraction:
    return Extraction(found.answer, "implied" if found.rank else found.method, (found.start, found.end), "ok")


def _number(text: str) -> Extraction:
    start = reservations.withdrawn_at(text)
    found = sorted(
        (c for c in numbers.commitments(text) if c.number.start >= start),
        key=lambda c: (c.number.start, c.number.end),
    )
    best = min((c.rank for c in found), default=3)
    refused = reservations.refuses(text)
    if best == 3 or (best == 2 and refused):
        only = None if refused else numbers.only(text, start)
        if only is None:
            return _nothing("refusal" if refused else "none")
        return _number_taken(numbers.NumberCommitment(only, "only_number", 2))
    ranked = [c for c in found if c.rank == best]
    last = ranked[-1]
    differing = [c for c in ranked if c.number.value != last.number.value and c.number.value is not None]
    if best and any(not phrases.retracts(text, c.number.end, last.number.start) for c in differing):
        return _nothing("ambiguous")
    return _number_taken(last)


def _number_taken(c: numbers.NumberCommitment) -> Extraction:
    span = (c.number.start, c.number.end)
    if c.number.value is None:
        return _nothing("outside" if c.number.fault == "outside" else "ambiguous", span)
    return Extraction(
        c.number.value, "implied" if c.rank == 2 and c.method != "only_number" else c.method, span, "ok"
    )


def _text(text: str) -> Extraction:
    """The reply without thinking and without the white space around it."""
    kept = text.strip()
    if not kept:
        return _nothing("none")
    start = text.index(kept)
    return Extraction(kept, "text", (start, start + len(kept)), "ok")
