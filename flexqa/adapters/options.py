"""Options of an adapter: `--option name=value` pairs, read into a frozen model of typed fields.

Values arrive as text; pydantic turns them into the type of the field, and each field's description is its help.
"""

import json
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Self

from pydantic import ConfigDict, ValidationError

from flexqa.errors import BadInput
from flexqa.question import Frozen

PASSED_ON = "engine."
"""prefix of options that are handed to the engine as they are"""


_SECRETS = {"hf_token": "HF_TOKEN"}
"""arguments of engines that must come from the environment, and from which variable"""

_FEW = 40
"""known names that are listed when an unknown one is given"""


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


def passed_on(values: Mapping[str, str], known: Collection[str]) -> dict[str, Any]:
    """Arguments of the engine itself, as the user gave them: JSON where it reads as JSON, else text.

    Args:
        values: name -> what was given.
        known: the names that the engine has.

    Raises:
        BadInput: the engine has no such argument, or it is a secret.
    """
    for name in values:
        if name in _SECRETS:
            raise BadInput(f"{name} would be written into run.json; set the environment variable {_SECRETS[name]}")
        if name not in known:
            raise BadInput(f"the engine has no argument {name!r}{suggest(name, tuple(sorted(known)))}")
    return {name: _json_or_text(value) for name, value in values.items()}


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def suggest(given: str, known: tuple[str, ...]) -> str:
    """The end of a message about an unknown name: the closest known one, and all of them unless they are many."""
    if not known:
        return "; it takes none"
    close = get_close_matches(given, known, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ";"
    return f"{hint} known: {', '.join(known)}" if len(known) <= _FEW else hint.removesuffix(";")
