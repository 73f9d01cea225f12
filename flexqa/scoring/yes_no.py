"""Read yes or no. Only the words themselves answer: `no error is visible` may mean either, as the question is put."""

import re
from typing import NamedTuple

from flexqa.scoring import phrases
from flexqa.scoring.finder import small
from flexqa.scoring.reply_text import LONGEST, NEXT_TURN

YES = frozenset(
    ("yes", "yeah", "yep", "true", "y", "是", "是的", "对", "对的", "正确", "有", "有的", "ja", "oui", "sí",
     "si", "sì", "sim", "да",
     "نعم", "evet", "có", "ya", "はい", "예", "네")
)  # fmt: skip
NO = frozenset(
    ("no", "nope", "nah", "false", "n", "hayır", "không", "tidak", "否", "不是", "不", "不对", "不正确", "错误",
     "没有", "nein", "non", "não", "нет",
     "لا", "いいえ", "아니요", "아니오")
)  # fmt: skip


class YesNo(NamedTuple):
    """A yes or no read at one place."""

    answer: str | None
    """null: both at once"""
    start: int
    end: int
    method: str
    rank: int
    """0 committed, 1 hedged"""


_WORD = re.compile(
    r"(?:definitely|absolutely|certainly|of course) not(?!\w)|not at all(?!\w)"
    r"|(?<![\w'-])(?:yes|yeah|yep|true|no|nope|nah|false|y|n|ja|nein|oui|non|sí|si|sì|sim|não|да|нет|evet|hayır"
    r"|có|không|ya|tidak|نعم|لا)(?![\w'])"
    r"(?!-\w)|是的|不是的?|是|否|对的|不对|不正确|正确|错误|没有|有的|有(?=[,.\s]|\Z)|对|不|はい|いいえ"
    r"|아니[요오]|[예네]",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"[\s*_`\"'(]{0,8}(?:(?:that|this|it)(?:'s| is) )?(?P<not>not |in(?=c)|(?=wrong|false))?(?:correct|true"
    r"|accurate|wrong|false)[*_`\"')]{0,6}(?:[.,;:!]|\s{0,9}\Z)",
    re.IGNORECASE,
)
"""what a reply begins with: `Correct.`, `That is incorrect.`, `Wrong, the back rounds.`"""
_CLAIM = re.compile(
    r"(?<![A-Za-z])(?:the|this|that) (?:given )?(?:statement|claim|assertion) (?:is|was|seems)(?P<not> not"
    r"|n't)? (?:clearly )?"
    r"(?P<verdict>true|correct|accurate|right|false|incorrect|wrong|inaccurate)(?!\w)(?!\s?\?)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"(?<![\w'-])(yes|no)[*_`\"')]{0,4} (?:is|would be) (?:the )?(?:correct|right|answer|my answer)(?!\w)",
    re.IGNORECASE,
)
_ASSURED = re.compile(
    r"(?:(?:final )?(?:answer|response|result|output) ?[-:][*_]{0,3}|(?:回答|答|结论):|absolutely|certainly"
    r"|definitely|sure|of course|clearly|indeed|not really|not quite)(?:[,.;:!]?[\s*_]{1,4}|(?<=:))",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\?[)*_`\"']{0,3}\s{1,3}[*_`\"'(]{0,4}(?=(?:yes|no)(?:[,.;:!\n]|\Z))|,\s(?=(?:yes|no)[:;,])|(?:[,:.!]|(?<![A-Za-z])a)\s(?=(?:yes"
    r"|no)[.!*]{0,3}\s{0,9}\Z)",
    re.IGNORECASE,
)
"""a question that the reply puts and answers itself, and a last word"""
_OPEN = re.compile(
    r"[\s*_`\"'$(\[{<:=>\\#^|-]{0,16}(?:(?:text|mathrm|mathbf|textbf|a|clearly|definitely|most|likely|probably|that"
    r"|is|it|it's|the|answer|would|be)(?![A-Za-z])[\s*_`\"'$(\[{<:=>\\-]{0,8}){0,5}",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"[\s*-]{0,8}\[[xX✓]\]\s|[\s*_`\"'$(\[{<:=>\\#|-]{0,16}(?:(?<=\\)(?:text|math)[a-z]{0,2}\{)?")
"""what may stand in front of the answer in a line"""
_BOTH = re.compile(r"[)*_`\"',\s]{0,4}(?:/|or|and)[\s*_`\"'(]{0,4}(?:yes|no|true|false|not)(?!\w)", re.I)
_END = re.compile(r"[)\]}*_`\"'$]{0,6}\s{0,2}(?:[.,;:!\n}<(\[]|\Z|-)")
_RETRACTION = re.compile(
    r"(?<![A-Za-z])(?:wait|actually|hmm|sorry|correction|i mean|doubt)(?![A-Za-z])(?:,[^,.?!\n]{1,60}(?=, ?(?:yes"
    r"|no),))?"
    r"[,.:;! -]{1,4}",
    re.I,
)
_FIRST_WORD = re.compile(r"(?:yes|no)(?=[,.] {1,2}(?!and|or|/)[A-Za-z])", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[)*_`\"']{0,4}\s{1,3}(?:the|it|its|there|they|he|she|this|that|because|since|i|his|her|their|as|in|based|we|you"
    r"|both|one|from|for|sir|way)(?!\w)",
    re.IGNORECASE,
)


_SAID_AGAIN = frozenset(word for word in (*YES, *NO) if word.isascii()) | frozenset(
    ("definitely", "absolutely", "certainly", "statement", "claim", "assertion", "wait", "hmm", "actually", "sorry",
     "oops", *NEXT_TURN)
)  # fmt: skip
_PHRASES_AGAIN = ("not at all", "course not", "scratch that", "disregard that", "ignore that")
"""words and phrases without which nothing is answered once more, taken back, or asked anew"""
_MARKED_UP = re.compile(r"[<\[~&]")


def opening(reply: str) -> YesNo | None:
    """The yes or no that a reply opens with, if no word in the rest of it can change that.

    Args:
        reply: as it came.
    """
    first = _FIRST_WORD.match(reply)
    if first is None or len(reply) > LONGEST or not reply.isascii() or _MARKED_UP.search(reply):
        return None
    rest, words = small(reply[first.end() :])
    if not words.isdisjoint(_SAID_AGAIN) or any(phrase in rest for phrase in _PHRASES_AGAIN):
        return None
    return YesNo(first[0].lower(), 0, first.end(), "standalone", 0)


def commitments(text: str) -> list[YesNo]:
    """Every yes or no that could be the answer."""
    found = phrases.read_after(text, lambda anchor: _after(text, anchor))
    taken_back = (phrases.Anchor(m.start(), m.end(), "declared", "declared") for m in _RETRACTION.finditer(text))
    asked = (phrases.Anchor(m.start(), m.end(), "declared", "declared") for m in _ASKED.finditer(text))
    found += [hit for anchor in (*taken_back, *asked) if (hit := _after(text, anchor))]
    for claim in _CLAIM.finditer(text):
        denied = bool(claim["not"]) != (claim["verdict"].lower() in ("false", "incorrect", "wrong", "inaccurate"))
        found.append(YesNo("no" if denied else "yes", claim.start("verdict"), claim.end(), "subject", 0))
    for word in _SUBJECT.finditer(text):
        if not phrases.negated(text, word.start()):
            found.append(YesNo(word[1].lower(), word.start(1), word.end(1), "subject", 0))
    if whole := _WHOLE.match(text):
        found.append(YesNo("no" if whole["not"] is not None else "yes", whole.start(), whole.end(), "standalone", 0))
    return [*found, *_alone(text)]


def _after(text: str, anchor: phrases.Anchor) -> YesNo | None:
    opened = _OPEN.match(text, anchor.end)
    rank = 0 if anchor.strength == "declared" else 1
    hit = _at(text, opened.end() if opened else anchor.end, anchor.method, rank)
    if hit and (hit.answer is None or _END.match(text, hit.end) or _CLAUSE.match(text, hit.end)):
        return hit
    return None


def _alone(text: str) -> list[YesNo]:
    """Yes or no at the start of the first line, or as all of any other line."""
    found, offset, first = [], 0, True
    for raw in text.split("\n"):
        if raw.strip():
            opened = _BEFORE.match(raw)
            at = opened.end() if opened else 0
            hit = _at(raw, at, "standalone", 0)
            if not hit and (assured := _ASSURED.match(raw, at)):
                hit = _at(raw, assured.end(), "standalone", 0)
            if hit and (_whole(raw, hit) or (first and _opens_reply(raw, hit))):
                found.append(hit._replace(start=hit.start + offset, end=hit.end + offset))
            first = False
        offset += len(raw) + 1
    return found


def _whole(raw: str, hit: YesNo) -> bool:
    return not raw[hit.end :].strip(" \t\r)]}*_`\"'$.,;:!")


def _opens_reply(raw: str, hit: YesNo) -> bool:
    """`Yes, ...` and `No, ...`; `No error is ...` is a determiner, `Yes the ...` and `No the ...` lack a comma."""
    character = raw[hit.start] if hit.end - hit.start == 1 else ""
    if character in tuple("是不对有"):
        return raw[hit.end : hit.end + 1] in tuple(",.!")
    return (
        character.lower() not in tuple("yn") and (_END.match(raw, hit.end) or _CLAUSE.match(raw, hit.end)) is not None
    )


def _at(text: str, position: int, method: str, rank: int) -> YesNo | None:
    m = _WORD.match(text, position)
    if not m:
        return None
    if both := _BOTH.match(text, m.end()):
        return YesNo(None, position, both.end(), method, rank)
    if re.compile(r"[)*_`\"']{0,4}\s{0,2}\?").match(text, m.end()):
        return None
    return YesNo("yes" if m[0].lower() in YES else "no", position, m.end(), method, rank)
