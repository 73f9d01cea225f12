"""What is said of a letter behind it: `B is correct`, `C fits best`, `A and C apply`, `B ist richtig`."""

import re

_CORRECT = re.compile(
    r"[)\]}*_`\"'$]{0,4},?\s{0,3}(?:选项)?(?:\s(?:is|are|seems?|appears?|looks?)(?: to be)?|\s(?:has to|have to"
    r"|must|should|would) be|是|为|(?=正确))(?:\s(?:the|my|clearly|definitely|most|likely|probably|therefore|thus"
    r"|indeed|obviously|only|very|final|one|a|both)){0,4}\s{0,2}(?:correct|(?:right|true)(?!\s(?!answer|option"
    r"|choice|one|match|because|since|as|and|but|while|here|in|to|for)[a-z])|(?<=most\s)likely(?=\s{0,2}(?:[.,;!\n]"
    r"|\Z|answer|option|choice|one|candidate))|best|accurate|answer|appropriate|closest|plausible|correctly|正确)"
    r"(?![A-Za-z])(?!\s{0,2}\?)",
    re.IGNORECASE,
)
_CORRECT_ELSEWHERE = re.compile(
    r"[)\]}*_`\"'$]{0,4}\s{0,2}(?:が(?:正解|正しい|答え)|번?[이가]?\s?(?:정답|맞)|(?:ist|sind) (?:die )?(?:richtig"
    r"|korrekt)|(?:est|sont) (?:la |les )?(?:bonne|correct|juste)|(?:es|son) (?:la |las )?correct|(?:é|são) (?:a "
    r"|as )?(?:corret|cert)|(?:è|sono) (?:la |le )?(?:corrett|giust)|(?:- )?(?:верн|правильн)|هو الصحيح|هي الصحيحة"
    r"|it is(?=\s{0,2}(?:[.,!]|\Z))|(?:选项)?(?:最(?:符合|合适|恰当|准确|接近|贴切)|[都均也]?(?:是)?(?:正确|对的))"
    r"|だと|でしょう)",
    re.IGNORECASE,
)
_FITS = re.compile(
    r"[)\]}*_`\"'$]{0,4}\s{1,3}(?:(?:is|are|was|were|does|do|would be|clearly|only|alone|both|best|all|the"
    r"|what)\s){0,3}"
    r"(?:match(?:es)?|fits?|apply|applies|(?<=best )(?:describes?|corresponds?)|visible|present|occurs?|remains?"
    r"|left|my answer|my choice|covers|makes (?:the )?most sense|chosen|selected|what we|better|supported"
    r"|consistent|more accurate|more likely|only (?:one|option|answer|choice)|(?:error|fault|mistake|exercise|lift"
    r"|movement|one|muscle) (?:shown|seen|visible|present|made|here|in)|(?:does|do|is"
    r"|are)(?=\s{0,2}[.!]?\s{0,9}\Z))(?![A-Za-z])",
    re.IGNORECASE,
)
"""weaker than to be correct"""
_LIST_BEFORE = re.compile(
    r"(?:(?<![A-Za-z0-9_'-])\(?[A-Z]\)?\s{0,2}(?:,\s{0,2}(?:and\s)?|/|&|and\s|or\s|plus\s|as well as\s|(?:y|et|und|e"
    r"|и)\s|[和与と와과、])\s{0,2}){1,9}\(?\Z"
)
"""the letters in front of the last one of `A, C and D`"""
_TOGETHER = re.compile(r"and|or|/|&|plus|as well|\s(?:y|et|und|e|и)\s|[和与と와과]")


_THE_ANSWER = re.compile(
    r"[)\]}*_`\"'$]{0,4}\s(?:as )?the (?:(?:only|most) )?(?:correct|right|best|likely|plausible)"
    r" (?:answer|option|choice)",
    re.IGNORECASE,
)
"""`which makes D the correct answer`"""


def said_of(text: str, end: int) -> int | None:
    """The rank of what is said behind a letter: 0 that it is correct, 1 that it fits; null for anything else."""
    if any(said.match(text, end) for said in (_CORRECT, _CORRECT_ELSEWHERE, _THE_ANSWER)):
        return 0
    return 1 if _FITS.match(text, end) else None


def listed_before(text: str, start: int, *, several: bool) -> tuple[int, bool] | None:
    """Where the list begins of which the letter here is the last, and whether it is one of them alone (`A or C`).

    Args:
        text: cleaned reply.
        start: where the last letter stands.
        several: whether several letters are looked for, so that commas alone make a list.
    """
    before = _LIST_BEFORE.search(text, max(start - 40, 0), start)
    if not before or not (several or _TOGETHER.search(before[0])):
        return None
    return before.start(), "or" in before[0]
