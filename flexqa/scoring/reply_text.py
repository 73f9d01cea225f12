"""A raw reply, made ready to be read: look-alike characters folded, thinking blanked, runaway text cut.

Every step keeps the length of what is read, so a span in the cleaned text, moved by its offset, is a span in the
reply. All regular expressions of the readers have bounded repetition: reading is linear in the length of the text.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

LONGEST = 8_000
"""characters that are read at the end of a reply; the last committed answer counts, and thinking is gone by then"""

_FOLD = {
    "。": ".", "、": ",", "【": "[", "】": "]", "「": '"', "」": '"', "‘": "'", "’": "'", "“": '"', "”": '"',
    "–": "-", "—": "-", "−": "-", "‑": "-", "→": "=", "⇒": "=", "∴": "=", "⟹": "=", "➡": "=", "،": ",", "؛": ";",
    "؟": "?", "।": ".",
    "\U0001f170": "A", "\U0001f171": "B",
} | {chr(0x249C + i): chr(ord("a") + i) for i in range(26)}  # fmt: skip
"""One character for one: punctuation of other scripts, dashes, arrows, and parenthesised letters (U+249C ...)."""

_VERDICTS = "✓✗✔✘✅❌☑☒"
"""pictures that say something"""

_TAG = re.compile(
    r"<(?P<close>/?)(?:seed:)?(?:think(?:ing)?|thoughts?|analysis|reasoning|reflection|scratchpad)>"
    r"|\[(?P<close2>/?)THINK\]|◁(?P<close3>/?)think▷",
    re.IGNORECASE,
)
_FINAL_CHANNEL = re.compile(r"<\|channel\|>final<\|message\|>")
_CHANNEL = re.compile(r"<\|channel\|>")
_END_TOKEN = re.compile(
    r"<\|(?:im_end|im_start|endoftext|eot_id|end|end_of_text|return|user|assistant)\|>|</?s>|<eos>"
    r"|<(?:end|start)_of_turn>|\[/?INST\]"
)
_MARKUP = re.compile(r"</?(?:b|i|p|u|em|strong|mark|br|div|span|code|li|ul|ol|h[1-6])\s?/?>|&nbsp;|~~[^~\n]{1,80}~~")
NEXT_TURN = ("question", "q", "user", "human", "instruction", "problem", "example", "问题", "题目", "問題", "질문",
             "pregunta", "frage")  # fmt: skip
"""words at the beginning of a line with which a reply goes on to another question"""
_NEXT_TURN = re.compile(
    rf"^[ \t#*>\[]{{0,8}}(?:next )?(?:{'|'.join(NEXT_TURN)})\]?"
    r"[ \t]{0,3}#?\d{0,4}[ \t]{0,3}[*_]{0,3}(?::|$)",
    re.IGNORECASE | re.MULTILINE,
)


class ReplyText(NamedTuple):
    """What may answer."""

    text: str
    """the end of the reply; what does not answer is blank"""
    cuts: tuple[int, ...]
    """places where another question may begin, that the model asked itself; ascending"""
    unfinished: bool
    """thinking began and did not end: nothing was answered"""
    offset: int = 0
    """characters of the reply that stand before the text and are not read"""


def clean(reply: str) -> ReplyText:
    """Make a reply ready to be read."""
    text, unfinished = _without_thinking(fold(reply))
    if unfinished:
        return ReplyText("", (), unfinished=True)
    text = _before_end_token(text)
    offset = max(len(text) - LONGEST, 0)
    text = _without_markup(text[offset:])
    first = len(text) - len(text.lstrip())
    cuts = (m.start() for m in _NEXT_TURN.finditer(text) if m.start() > first)
    return ReplyText(text, tuple(islice(cuts, 3)), unfinished=False, offset=offset)


def fold(text: str) -> str:
    """Replace look-alikes (full-width, circled, bold mathematical letters, curly quotes), one character for one."""
    return text if text.isascii() else "".join(map(_fold_character, text))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if unicodedata.category(character) == "Cf" or character == "\ufe0f":
        return " "
    folded = _FOLD.get(character) or unicodedata.normalize("NFKC", character)
    if folded == character and unicodedata.category(character) == "So" and character not in _VERDICTS:
        return " "
    return folded if len(folded) == 1 else character


def blank(text: str, start: int, end: int) -> str:
    """Put spaces in place of text[start:end], as a line of its own."""
    size = end - start
    return text[:start] + ("\n" + " " * (size - 2) + "\n" if size >= 2 else " " * size) + text[end:]


def _without_thinking(text: str) -> tuple[str, bool]:
    """Blank the model's thinking; a closing tag without an opening one ends thinking that began in the prompt."""
    if "<" not in text and "[" not in text and "◁" not in text:
        return text, False
    if final := list(_FINAL_CHANNEL.finditer(text)):
        text = blank(text, 0, final[-1].end())
    elif _CHANNEL.search(text):
        return "", True
    kept, position, opened = [], 0, False
    for tag in _TAG.finditer(text):
        closing = bool(tag["close"] or tag["close2"] or tag["close3"])
        if not closing and not opened:
            kept.append(text[position : tag.start()])
            position, opened = tag.start(), True
        elif closing:
            # A closing tag on its own ends thinking that began in the prompt: nothing before it answers.
            start = position if opened else 0
            kept = kept if opened else []
            kept.append(blank(text[start : tag.end()], 0, tag.end() - start))
            position, opened = tag.end(), False
    return ("", True) if opened else ("".join(kept) + text[position:], False)


def _without_markup(text: str) -> str:
    """Blank HTML that only dresses, and what is struck out."""
    return _MARKUP.sub(lambda m: " " * len(m[0]), text) if "<" in text or "~~" in text or "&" in text else text


def _before_end_token(text: str) -> str:
    """Cut at the first control token that follows something; those in front are blanked."""
    if "<" not in text and "[" not in text:
        return text
    begin = 0
    for token in _END_TOKEN.finditer(text):
        if text[begin : token.start()].strip():
            return " " * begin + text[begin : token.start()]
        begin = token.end()
    return " " * begin + text[begin:]
