"""What a verification found: rule, place and words of each finding, and what could not be checked.

A submission is hostile input, so nothing of it reaches a message but through `shown`, which cuts and escapes it.
"""

from collections import Counter
from typing import Literal

from pydantic import Field, computed_field

from flexqa.question import Frozen

Rule = Literal[
    "path", "size", "name", "json", "schema", "hash", "once", "score", "prompt", "media", "figures", "secret", "set",
    "history",
]  # fmt: skip
"""path: links, special files, ways out of the folder; size: more than a submission needs; name: what does not belong
there; json: not plain JSON; schema; hash: ids that do not follow from the content; once: one prediction per question;
score: figures that the raw replies do not give; prompt, media: what was sent; figures: tokens and seconds that cannot
be; secret; set: the question set; history: older entries"""

AT_MOST = 20
"""Findings of one rule that are told; the rest is counted."""

_SHOWN = 120
"""Characters of a value that a message repeats."""


class Finding(Frozen):
    """Something that is wrong, or that a keeper should know."""

    rule: Rule
    where: str
    """file, `file:line`, or `file: field`"""
    message: str
    fatal: bool = True
    """whether the submission fails by it; otherwise it is a note"""


class Verification(Frozen):
    """All that verifying a submission came to."""

    schema_version: Literal["1"] = "1"
    subject: str
    """what was verified, as named on the command line"""
    run_ids: tuple[str, ...] = ()
    n_questions: int = 0
    """of all runs together"""
    prompts_recomputed: int = 0
    """predictions whose prompt hash was computed again"""
    accuracy: float | None = None
    """of a single run, from its raw replies; null for a leaderboard, or where nothing could be scored"""
    findings: tuple[Finding, ...] = ()
    untold: dict[str, int] = Field(default_factory=dict)
    """rule -> findings beyond the first twenty"""

    @computed_field  # type: ignore[prop-decorator]  # mypy 1 does not know computed_field
    @property
    def passed(self) -> bool:
        """Whether nothing fatal was found."""
        return not any(f.fatal for f in self.findings)


class Findings:
    """Gathers findings, each rule up to a number."""

    def __init__(self) -> None:
        self.told: list[Finding] = []
        self._count: Counter[str] = Counter()

    @property
    def fatal(self) -> bool:
        """Whether one of them is fatal."""
        return any(f.fatal for f in self.told)

    @property
    def untold(self) -> dict[str, int]:
        """Rule -> findings beyond those that are told."""
        return {rule: n - AT_MOST for rule, n in sorted(self._count.items()) if n > AT_MOST}

    def fault(self, rule: Rule, where: str, message: str) -> None:
        """Add something that the submission fails by."""
        self._count[rule] += 1
        if self._count[rule] <= AT_MOST:
            self.told.append(Finding(rule=rule, where=where, message=message))

    def note(self, rule: Rule, where: str, message: str) -> None:
        """Add something that a keeper should know."""
        self.told.append(Finding(rule=rule, where=where, message=message, fatal=False))


class Limits(Frozen):
    """How large a submission may be."""

    files: int = 32
    file_bytes: int = 512 * 2**20
    total_bytes: int = 2**30
    line_bytes: int = 8 * 2**20
    """of a line, or of a file that holds one JSON value"""
    reply_characters: int = 200_000
    depth: int = 24
    """levels of JSON within JSON"""
    zip_ratio: float = 200.0
    """unpacked bytes per packed byte; text of predictions packs 5 to 30 times"""


def shown(value: object) -> str:
    """A value of a submission as a message may repeat it: in ASCII, quoted, and cut."""
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
