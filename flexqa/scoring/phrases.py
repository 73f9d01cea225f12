r"""The phrases in which models commit themselves, shared by the readers of letters, numbers, and yes or no.

An anchor is a place after which an answer may stand. A *declared* anchor states an answer (`the answer is`,
`\boxed{`, `Final answer:`); a *weak* one only suggests it (`this matches`, `it could be`) and counts when nothing is
declared.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeVar

from flexqa.scoring.finder import Finder, small
from flexqa.scoring.reservations import WITHDRAWAL

T = TypeVar("T")

Strength = Literal["declared", "weak"]


class Anchor(NamedTuple):
    """A place after which an answer may stand."""

    start: int
    end: int
    """where the answer begins"""
    strength: Strength
    method: str
    bare: bool = False
    """the answer must end its clause: `so B.` but not `so B shows ...`"""


_NOUN = Finder(
    r"(?<![A-Za-z])(?<!each )(?<!every )(?<!the following )(?<!earlier )"
    r"(?<!previous )(?<!initial )(?<!second )(?<!third )(?<!next )(?<!wrong )"
    r"(?:answers?|correct one|correct options|correct choices|choice|option|selection"
    r"|conclusion|verdict|response|assessment|judge?ment|decision|final|guess|letter|ans|richtig|correctas?|asnwer"
    r"|anwser|awnser|answr|ansewr|anwer|anser|antwort|antwoord|réponse|réponses|respuestas?|respostas?|risposta"
    r"|risposte|opción|opções|opção|alternativa|antworten|lösung|odpowiedź|cevap|jawaban|svar)(?![A-Za-z_])|đáp án"
    r"|ответы?|вариант|الإجابة|الجواب|答案|答え|正解|選択肢|选项(?=[是为:])|正确的?是|判断|结论|정답|답(?=[은:])"
    r"|คำตอบ|उत्तर",
    ("answer", "answers", "correct one", "correct options", "correct choices", "choice", "option", "selection",
     "conclusion",
     "verdict", "response", "assessment", "judgement", "judgment", "decision", "final", "guess", "letter", "ans",
     "richtig", "correcta", "correctas", "asnwer", "anwser", "awnser",
     "answr", "ansewr", "anwer", "anser", "antwort", "antwoord", "respuesta",
     "respuestas", "resposta", "respostas", "risposta", "risposte", "alternativa", "antworten", "cevap", "jawaban",
     "svar"),
)  # fmt: skip
_SCORE_NOUN = Finder(
    r"(?<![A-Za-z])(?:answer|final|overall|total|score|rating|grade|mark|estimate|result|points|guess|verdict"
    r"|conclusion|punktzahl|note|nota|puntuación|pontuação|punteggio|calificación)(?![A-Za-z])|оценка|النتيجة|分数"
    r"|得分|评分|总分|打分|点数|答案|점수|スコア",
    ("answer", "final", "overall", "total", "score", "rating", "grade", "mark", "estimate", "result", "points",
     "guess", "verdict", "conclusion", "punktzahl", "note", "nota", "punteggio"),
)  # fmt: skip
_CONNECTOR = re.compile(
    r"[*_\"'`]{0,3}\s{0,3}(?::|=|>)[>:]?(?:\s?\})?|(?<![A-Za-z])(?:is|IS|are|ARE|was|be|as|of|ist|sind|lautet|est|sont|es"
    r"|son|sono|adalah|là)(?![A-Za-z']):?|[是为為は은는选éè]|são|هي|هو|คือ|(?<=[а-яё])\s?-"
    r"|(?<=案)\](?=\s{0,2}[(A-Z])|(?:(?<=[案え解项項])|(?<=उत्तर)|(?<=cevap))(?=\s{0,2}[(A-Z])"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_HEADER = re.compile(r"^[\s#*_]{0,8}(?:final\s|correct\s|the\s){0,2}answer[ \t*_:]{0,8}\n", re.I | re.M)
_DIRECT = Finder(
    r"(?<![A-Za-z])(?:Answer|ANSWER|answer|Ans\.?)[ \t*_]{1,4}(?=[(\[]?[A-Z][)\]]?(?:[\s.,;:!*)]|$))",
    ("answer", "ans"),
    flags=0,
)
_BOXED = Finder(
    r"(?:b|\x08)oxed\s{0,3}\{|<(?:ans(?:wer)?|response|output|result|(?:final_)?score|rating)>|\[answer\]"
    r"|<\|begin_of_box\|>",
    pieces=(
        "boxed",
        "\x08oxed",
        "<answer>",
        "<ans>",
        "<response>",
        "<output>",
        "<result>",
        "<score>",
        "<final_score>",
        "<rating>",
        "[answer]",
        "<|begin_of_box|>",
    ),
)
_JSON = re.compile(
    r"[\"'](?:(?:(?:final|correct|selected|predicted|chosen|best|my|overall|total)[_ ]?)?"
    r"(?:(?:answer|letter|score|rating|grade)s?|choice|option)|(?:selected|correct|final|predicted"
    r"|chosen)[_ ]options|(?:(?:selected|correct|final|predicted|chosen)[_ ])?choices|selected|selection|prediction"
    r"|labels?|(?:errors|faults)(?=.\s{0,4}:\s{0,4}\[)|response|result|value)"
    r"[\"']\s{0,4}:",
    re.IGNORECASE,
)
_DECISION = Finder(
    r"(?<![A-Za-z])(?:choose|chose|pick|picked|select|selected|go with|going with|went with|opt for|go for"
    r"|settle on|inclined to say|stick with|sticking with|stay with|stand by|confident in|leaves only|vote(?: for)?"
    r"|mark|tick|choisis|wähle|elijo|escolho|scelgo|выбираю|lean(?:ing)? towards?|(?:i|we)(?:'d| would|'ll"
    r"| will)?(?: \w{1,12}){0,2}? (?:say|guess|think|believe|conclude|answer|estimate|rate|give|assign|score|put"
    r"|suggest|recommend))(?![A-Za-z])|[选選][择擇]?|应该?[是为]|應該是|(?:认为|觉得)(?:答案)?[是为选]|对应",
    ("choose", "chose", "pick", "picked", "select", "selected", "go with", "going with", "went with", "opt for",
     "go for", "settle on", "inclined to say", "stick with", "sticking with", "stay with", "stand by", "confident in",
     "leaves only", "vote", "vote for", "mark", "tick", "choisis", "elijo", "escolho", "scelgo", "lean",
     "leaning", "i ", "i'", "we ", "we'"),
)  # fmt: skip
_CONCLUSION = Finder(
    r"(?<![A-Za-z])(?:therefore|thus|hence|so|in conclusion|in short|overall|that (?:only )?leaves|left with"
    r"|leaving|(?:makes|making) it)"
    r"(?![A-Za-z]),?|(?:=>?|(?<!\b[A-Z] )>{1,2}|#{4}) ",
    ("therefore", "thus", "hence", "so", "in conclusion", "in short", "overall", "that leaves",
     "that only leaves", "left with",
     "leaving",
     "makes it", "making it"),
    pieces=("= ", "=> ", "> ", ">> ", "#### "),
)  # fmt: skip
_CONTRAST = Finder(
    r"(?<![A-Za-z])but (?:it's |it is )?|而是|(?<=[.!?])\s{1,3}(?=[*_(\"'`]{0,4}[A-Z][)\"'`*_.!]{0,6}\s{0,3}\Z)",
    ("but ",),
    last=("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f ", 17),
)
"""after a denial or a doubt: `not sure, but C`, `I don't know. C.`"""
_RETRACTION = Finder(
    r"(?<![A-Za-z])(?:(?:wait|(?:\A|(?<=[.?!,;\n] )|(?<=\n))(?:no|nope)|hmm|sorry|correction|rather|oops)"
    r"(?:,? (?:wait|actually|no|rather))?[ \t]{0,2}"
    r"[,.:;!-]{1,3}|actually|i meant?|or rather|make that|no,? wait|wait,? no|on (?:second thought|reflection"
    r"|review|closer look|second look|closer inspection)"
    r"|(?:change[ds]?|changing|switch|switched|switches|switching|revise[ds]?|revising) (?:(?:it|my (?:answer"
    r"|mind|choice)) )?(?:from \W{0,3}\w\W{0,3} )?to)"
    r"(?![A-Za-z])[,:]?",
    ("wait", "no", "nope", "hmm", "sorry", "correction", "rather", "oops", "actually", "i mean", "i meant",
     "or rather", "make that",
     "on second", "on reflection", "on review", "on closer", "change", "changed", "changes", "changing",
     "switch", "switched", "switching", "switches",
     "revise", "revised", "revising", "revises"),
)  # fmt: skip
_WEAK = Finder(
    r"(?<![A-Za-z])(?:its|it's|it is|it must be|it should be|it would be|(?:this|that) would be|(?:has|have) to be"
    r"|this is|that's|that is|which is|corresponds? to|match(?:es)?|consistent with|described by|represents"
    r"|indicates|suggests|points? to|clearly|definitely|obviously|(?:could|might|may|must|should)(?: also)? be"
    r"|likely|probably|maybe|perhaps|presumably|possibly|tentatively|c'est|(?:es|das) ist|que es|es la"
    r"|sia la)(?![A-Za-z])|это|(?<![A-Za-z])(?:é [ao]|è la)(?= )|(?<=[,.的])是(?=(?:选项)?[A-Z])"
    r"|(?<!\b[A-Za-z])[:,;-](?=\W{0,6}[A-Z]\W{0,6}\Z)|(?:(?<= is)(?<!answer is)|(?<= are)|(?<= shows)|(?<= see)"
    r"|(?<=example of)|(?<= error)|(?<= fault)|(?<= mistake)|(?<=implies)|(?<= means)|(?<= gives)|(?<= favors)"
    r"|(?<= towards)|(?<=thinking))"
    r" (?=\W{0,4}[A-Z]\W{0,6}\Z)",
    ("its", "it's", "it is", "it must be", "it should be", "it would be", "this would be", "that would be",
     "has to be", "have to be", "this is", "that's", "that is", "which is",
     "correspond", "corresponds", "match", "matches", "consistent with", "described by", "represents",
     "indicates", "suggests", "point", "points", "clearly", "definitely", "obviously", "could", "might", "may",
     "must", "should", "likely", "probably", "maybe", "perhaps", "presumably", "possibly", "tentatively", "c'est",
     "es ist", "das ist", "que es", "es la", "sia la"),
    last=(":,;- ", 14),
)  # fmt: skip
_LISTING = Finder(
    r"(?<![A-Za-z])(?:are|is|includes?|see|saw|shows?|finds?|found|observe|identify|apply|applies|have)(?![A-Za-z]):?"
    r"|(?<=[a-z]):(?= ?[A-Z(*\[])|[.!?] (?=[A-Z](?!\w))",
    ("are", "is", "include", "includes", "see", "saw", "show", "shows", "find", "finds", "found", "observe",
     "identify", "apply", "applies", "have"),
    pieces=(":", ". ", "! ", "? "),
)  # fmt: skip
_NEGATION = Finder(
    r"(?<![A-Za-z])(?:not|never|nor|neither|cannot|without(?! (?:a )?doubt)|whether"
    r"|unless|incorrect|wrong|(?<!no )(?<!without )(?<!without a )doubt|at first|initially"
    r"|rather than|instead of|unlike|absent|no way|which of|nicht|pas|não|не|if(?! (?:i|we) (?:had|have|must|were)))"
    r"(?![A-Za-z])|n't(?![A-Za-z])|不是|不|没|未",
    ("not", "never", "nor", "neither", "cannot", "without", "whether", "unless", "incorrect", "wrong", "doubt",
     "at first", "initially", "rather than", "instead of", "unlike", "absent", "no way", "which of",
     "nicht", "pas", "if"),
    pieces=("n't",),
)  # fmt: skip
_CONDITION = re.compile(
    r"(?<![A-Za-z])(?:(?<!even )(?<!as )if(?! (?:i|we|you|one|forced|pressed|anything|so))|otherwise"
    r"|were there)(?![A-Za-z])",
    re.I,
)
_CONDITIONS = frozenset(("if", "otherwise", "were"))
_GAP_NEGATION = re.compile(r"(?<![A-Za-z])(?:not|never|cannot|neither|nor)(?![A-Za-z])|n't(?![A-Za-z])", re.I)
_CLAUSE = re.compile(r"[.;:!?,\n]|(?<![A-Za-z])(?:but|so|therefore|thus|hence)(?![A-Za-z])", re.I)


def retracts(text: str, start: int, end: int) -> bool:
    """Whether something is taken back between two places."""
    return any(p.pattern.search(text, start, end) is not None for p in (_RETRACTION, WITHDRAWAL))


def negated(text: str, start: int) -> bool:
    """Whether the clause in front of a place denies or only supposes what follows."""
    first = max(0, start - 80)
    while 0 < first < start and text[first - 1].isalpha() and text[first].isalpha():
        first += 1
    if not _NEGATION.may_match(text, first, start):
        return False
    before = text[first:start]
    boundary = max((m.end() for m in _CLAUSE.finditer(before)), default=0)
    return _NEGATION.pattern.search(before, boundary) is not None


def _supposed(text: str, start: int) -> bool:
    """Whether the sentence in front of a place is conditional."""
    if small(text)[1].isdisjoint(_CONDITIONS):
        return False
    before = text[max(0, start - 120) : start]
    boundary = max((m.end() for m in _SENTENCE_END.finditer(before)), default=0)
    return _CONDITION.search(before, boundary) is not None


def anchors(text: str, *, score: bool = False) -> Iterator[Anchor]:
    """Every place after which an answer may stand, in no order.

    Args:
        text: cleaned reply.
        score: whether a number is looked for, which is called score, rating, total ... as well.
    """
    yield from _fixed(text, _BOXED, "boxed")
    yield from _fixed(text, _JSON, "json")
    yield from _fixed(text, _HEADER, "declared")
    for noun in (_SCORE_NOUN if score else _NOUN).finditer(text):
        if not negated(text, noun.start()) and not _supposed(text, noun.start()):
            yield from _connected(text, noun)
    for pattern, bare in ((_DIRECT, False), (_DECISION, False), (_CONCLUSION, True), (_RETRACTION, True)):
        yield from (
            Anchor(m.start(), m.end(), "declared", "declared", bare)
            for m in pattern.finditer(text)
            if not negated(text, m.start()) and not _supposed(text, m.start())
        )
    yield from (Anchor(m.start(), m.end(), "declared", "declared", bare=True) for m in _CONTRAST.finditer(text))
    for m in _WEAK.finditer(text):
        # A sign ends the clause in front of it, so that `it is not flat: B` denies nothing.
        clause = m.start() if m[0][-1].isalpha() else m.end()
        if not (negated(text, clause) or _supposed(text, m.start()) or text[: m.start()].endswith(("or ", "or a "))):
            yield Anchor(m.start(), m.end(), "weak", "implied", bare=True)


def listings(text: str) -> Iterator[Anchor]:
    """`The visible faults are A and C`, `I see two: A and C`: places in front of a list of what applies."""
    for m in _LISTING.finditer(text):
        if not negated(text, m.end() if m[0][0] in ".!?" else m.start()) and not _supposed(text, m.start()):
            yield Anchor(m.start(), m.end(), "weak", "implied", bare=True)


def read_after(text: str, read: Callable[[Anchor], T | None], *, score: bool = False) -> list[T]:
    """What `read` finds after the anchors; of the connectors of one noun, the first that leads to an answer."""
    found, done = [], set[int]()
    for anchor in anchors(text, score=score):
        if anchor.start not in done and (value := read(anchor)) is not None:
            found.append(value)
            done.add(anchor.start)
    return found


def _fixed(text: str, pattern: re.Pattern[str] | Finder, method: str) -> Iterator[Anchor]:
    yield from (Anchor(m.start(), m.end(), "declared", method) for m in pattern.finditer(text))


def _connected(text: str, noun: re.Match[str]) -> Iterator[Anchor]:
    """`the answer to the question, as seen here, is`: each connector in the sentence of the noun."""
    limit = noun.end() + 90
    if stop := _SENTENCE_END.search(text, noun.end(), limit):
        limit = stop.start()
    for connector in _CONNECTOR.finditer(text, noun.end(), min(limit, len(text))):
        if _GAP_NEGATION.search(text, noun.end(), connector.start()):
            return
        hedged = re.search(r"\b(?:could|might|may)\s", text[noun.end() : connector.start()])
        if hedged:
            yield Anchor(noun.start(), connector.end(), "weak", "implied")
        else:
            yield Anchor(noun.start(), connector.end(), "declared", "declared")
