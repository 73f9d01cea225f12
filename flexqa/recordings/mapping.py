"""What a mapping file says: how tables that others wrote become annotations.jsonl. `map_tables` applies it.

The format is described, with an example, in benchmarks/flex-videoqa/MAPPING.md.
"""

import re
import string
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from flexqa.errors import BadInput
from flexqa.files import first_fault
from flexqa.question import Frozen
from flexqa.recordings.tables import TableSource, cell_text, lookup
from flexqa.vocabulary import Phase


class Unmatched(BadInput):
    """A cell that does not fit its rule."""


class Rewrite(Frozen):
    """A rule for a text: pick parts by a regular expression, put them into a template, rename the result."""

    match: str | None = None
    """searched in the text; without a template the first group, or all of the match, is taken"""
    template: str | None = None
    """`A{action:02d}/{index:03d}`, from the named groups; `{value}` is the text itself"""
    rename: Mapping[str, str] = Field(default_factory=dict)
    """other names for what comes out; what is not listed stays"""

    @field_validator("match")
    @classmethod
    def _compiles(cls, match: str | None) -> str | None:
        try:
            re.compile(match or "")
        except re.error as e:
            raise ValueError(f"{match!r} is no regular expression: {e}") from e
        return match

    @model_validator(mode="after")
    def _groups_exist(self) -> Self:
        known = {"value", *re.compile(self.match or "").groupindex}
        wanted = {name for _, name, *_ in string.Formatter().parse(self.template or "") if name is not None}
        if unknown := sorted(wanted - known):
            raise ValueError(f"template names {unknown[0]!r}; match has the groups {', '.join(sorted(known))}")
        return self

    def apply(self, text: str) -> str:
        """The rewritten text.

        Raises:
            Unmatched: the regular expression does not match, or a group that is to be a number is none.
        """
        groups: dict[str, str | None] = {"value": text}
        if self.match is not None:
            found = re.search(self.match, text)
            if found is None:
                raise Unmatched(f"{text!r} does not match {self.match!r}; widen `match`, or correct the cell")
            groups |= found.groupdict()
            text = found[1] if found.re.groups and found[1] is not None else found[0]
        if self.template is not None:
            try:
                text = _Digits().format(self.template, **groups)
            except (ValueError, TypeError) as e:
                raise Unmatched(
                    f"{groups['value']!r} does not fit {self.template!r} ({e}); correct `template`"
                ) from e
        return self.rename.get(text, text)


class _Digits(string.Formatter):
    """Formats groups, which are text, as whole numbers where the template asks for it."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return str(format(int(value) if format_spec.endswith("d") else value, format_spec))


class Column(Rewrite):
    """A field of the annotation: a column or JSON path, and a rule for its cells. A bare string is the column."""

    source: str = Field(default="", alias="from")
    default: str | None = None
    """where the cell is empty, or there is no column"""
    factor: float = 1.0
    """for numbers: 100 turns a score of 0-1 into 0-100"""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: Any) -> Any:
        return {"from": data} if isinstance(data, str) else data

    def read(self, values: Mapping[str, Any]) -> str | None:
        """The rewritten cell of a row, or None when it is empty and there is no default.

        Raises:
            Unmatched: the cell does not fit the rule.
        """
        text = cell_text(lookup(values, self.source)) if self.source else ""
        return self.apply(text) if text else self.default

    def number(self, values: Mapping[str, Any]) -> float | None:
        """The cell as a number, times `factor`.

        Raises:
            Unmatched: it is none.
        """
        text = self.read(values)
        if text is None:
            return None
        try:
            return float(text) * self.factor
        except ValueError as e:
            raise Unmatched(f"{text!r} in column {self.source!r} is no number; correct the cell") from e


class Phases(Frozen):
    """Where phases start and end. Either a pair of columns for each phase, or one row per phase."""

    unit: Literal["s", "ms", "frames"]
    rate: float | None = Field(default=None, gt=0)
    """frames per second; needed for frames"""
    first: float = 0.0
    """number of the first frame"""
    inclusive: bool = False
    """the end is the last frame of the phase, not the first after it"""
    columns: Mapping[Phase, tuple[str, str]] = Field(default_factory=dict)
    """phase -> columns of its start and end"""
    phase: Column | None = None
    """one row per phase: its name ..."""
    start: str = ""
    """... and the columns of its start and end"""
    end: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.unit == "frames" and self.rate is None:
            raise ValueError("frames need a rate, in frames per second")
        if bool(self.columns) == (self.phase is not None):
            raise ValueError("give either columns, two for each phase, or phase, start and end")
        return self

    def seconds(self, text: str, *, end: bool) -> float:
        """A cell in seconds from the start of the recording.

        Raises:
            Unmatched: it is no number.
        """
        try:
            value = float(text)
        except ValueError as e:
            raise Unmatched(f"{text!r} is no time; correct the cell") from e
        if self.unit == "frames" and self.rate:
            return (value - self.first + (end and self.inclusive)) / self.rate
        return value / 1000 if self.unit == "ms" else value


class Pairs(Frozen):
    """Where the observed (keystep, error) pairs are: a list in one column, or two columns of their own."""

    source: str = Field(default="", alias="from")
    """column or JSON path of a list; texts, objects, or an object of keysteps with lists of errors"""
    separator: str | None = None
    """between the pairs of one cell"""
    match: str | None = None
    """with the groups `keystep` and `error`, for pairs that are texts"""
    keystep: str = "keystep"
    """column, or path within an object of the list"""
    error: str = "error"
    none: tuple[str, ...] = ("", "none")
    """what stands where nothing was observed"""

    @field_validator("match")
    @classmethod
    def _has_groups(cls, match: str | None) -> str | None:
        try:
            groups = set(re.compile(match).groupindex) if match else {"keystep", "error"}
        except re.error as e:
            raise ValueError(f"{match!r} is no regular expression: {e}") from e
        if not {"keystep", "error"} <= groups:
            raise ValueError("match needs the named groups (?P<keystep>...) and (?P<error>...)")
        return match


class Table(TableSource):
    """One table, and which annotation fields its columns are. Rows of several tables meet by recording."""

    recording: Column
    """gives ids such as A16/001"""
    subject: Column | None = None
    split: Column | None = None
    score: Column | None = None
    skill: Column | None = None
    rep: Column | None = None
    load_kg: Column | None = None
    phases: Phases | None = None
    pairs: Pairs | None = None


class MappingFile(Frozen):
    """All of a mapping file."""

    namespace: str | None = None
    """of the ids that come out; must be that of the graph"""
    score: Literal["table", "graph"] = "table"
    """graph: computed from the pairs"""
    split: Literal["table", "flex"] = "table"
    """flex: from Split_4/split_4_{train,test}_list.mat"""
    keystep: Rewrite = Rewrite()
    """how ids of keysteps become those of the graph"""
    error: Rewrite = Rewrite()
    """how ids of errors become those of the graph; an empty new name drops the pair"""
    table: tuple[Table, ...] = Field(min_length=1)


def read_mapping(path: Path) -> MappingFile:
    """Read a mapping file.

    Raises:
        BadInput: it is missing, not TOML, or has wrong or unknown fields.
    """
    try:
        return MappingFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as e:
        raise BadInput(f"{path}: cannot be read ({e.strerror}); give the mapping file, see MAPPING.md") from e
    except ValidationError as e:
        raise BadInput(f"{path}: {first_fault(e)}; the fields are described in MAPPING.md") from e
    except ValueError as e:  # TOML, UTF-8
        raise BadInput(f"{path}: {e}; correct the file") from e
