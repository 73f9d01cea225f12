"""One HTML file from a template: style and scripts inside, nothing from outside, and strangers' text made harmless.

The page's own policy (Content-Security-Policy, in a meta element) allows the inlined style and scripts by their hash
and pictures as data; everything else is refused by the browser, a script that slipped into a name included.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from flexqa.pages import numbers

FOLDER = Path(__file__).parent

LONGEST = 20_000
"""characters of one piece of text; what is longer is cut in the middle"""

_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Control characters, halves of surrogate pairs, and marks that turn the direction of what follows them."""


def write_page(template: str, context: Mapping[str, Any], scripts: Sequence[str]) -> Iterator[str]:
    """The text of a page, in pieces.

    Args:
        template: a file of `FOLDER`.
        context: what the template names; text in it is escaped where it is put.
        scripts: files of `FOLDER`, run at the end of the page in this order.
    """
    style, script = _source("page.css"), "".join(map(_source, scripts))
    page = {
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own files
        "policy": content_policy(style, script),
    }
    yield from _environment().get_template(template).generate(context, page=page)


def content_policy(style: str, script: str) -> str:
    """The Content-Security-Policy of a page with this style and this script."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def shown(text: str, longest: int = LONGEST) -> str:
    """Text as a page shows it: without control characters, and cut in the middle where it is too long."""
    if len(text) > longest:
        half = longest // 2
        text = f"{text[:half]} … {numbers.count(len(text) - 2 * half)} characters left out … {text[-half:]}"
    return _UNSHOWN.sub("\ufffd", text)


def short(text: str, longest: int = 60) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def words(name: str) -> str:
    """A name in words: `error_from_pose` is read as `error from pose`."""
    return name.replace("_", " ").replace("+", " + ")


def _harmless(value: Any) -> Any:
    """What a template puts into a page, before it is escaped."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "short": short,
        "words": words,
        "percent": numbers.percent,
        "points": numbers.points,
        "points_interval": numbers.points_interval,
        "amount": numbers.amount,
        "finite": numbers.finite,
        "raw": numbers.raw,
        "p_value": numbers.p_value,
        "count": numbers.count,
        "interval": numbers.interval,
    }
    return environment
