"""Options of an adapter: `--option name=value` pairs, read into a frozen model of typed fields.

Values arrive as text; pydantic turns them into the type of the field, and each field's description is its help.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Self

from pydantic import ConfigDict, ValidationError

from flexqa.errors import BadInput
from flexqa.question import Frozen


class Options(Frozen):
    """Base of the options of one adapter; an adapter without options uses it as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @classmethod
    def read(cls, values: Mapping[str, str], adapter: str) -> Self:
        """Check and convert the options of `adapter`.

        Raises:
            BadInput: an option is unknown, or its value does not fit its type.
        """
        for name in values:
            if name not in cls.model_fields:
                raise BadInput(f"{adapter} has no option {name!r}{suggest(name, tuple(cls.model_fields))}")
        try:
            return cls.model_validate(dict(values))
        except ValidationError as e:
            first = e.errors()[0]
            where = ".".join(str(p) for p in first["loc"]) or "options"
            raise BadInput(f"option {where}={first['input']!r} of {adapter}: {first['msg']}") from e


def suggest(given: str, known: tuple[str, ...]) -> str:
    """The end of a message about an unknown name: the closest known one, and all of them."""
    if not known:
        return "; it takes none"
    close = get_close_matches(given, known, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ";"
    return f"{hint} known: {', '.join(known)}"
