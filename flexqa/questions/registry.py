"""All question types, found by looking into `flexqa.questions.types`: a module that is added there adds its type."""

import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from inspect import isabstract
from types import ModuleType

from flexqa.errors import QuestionError
from flexqa.questions import types
from flexqa.questions.base import QuestionType


@cache
def question_types() -> Mapping[str, QuestionType]:
    """Name -> type, sorted by name.

    Raises:
        QuestionError: two types have the same name.
    """
    names = sorted(m.name for m in pkgutil.iter_modules(types.__path__, f"{types.__name__}."))
    return collect(import_module(name) for name in names)


def question_type(name: str) -> QuestionType:
    """The type of this name.

    Raises:
        QuestionError: there is none.
    """
    known = question_types()
    if name not in known:
        raise QuestionError(f"there is no question type {name!r}; the types are: {', '.join(known)}")
    return known[name]


def collect(modules: Iterable[ModuleType]) -> Mapping[str, QuestionType]:
    """Name -> type, sorted by name, of the types that the modules define.

    Raises:
        QuestionError: two types have the same name.
    """
    found: dict[str, QuestionType] = {}
    for module in modules:
        for value in vars(module).values():
            if not _is_type_of(value, module):
                continue
            if value.name in found:
                raise QuestionError(
                    f"question type {value.name!r} is defined twice, in {type(found[value.name]).__module__} and "
                    f"{module.__name__}; rename one"
                )
            found[value.name] = value()
    return dict(sorted(found.items()))


def _is_type_of(value: object, module: ModuleType) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, QuestionType)
        and not isabstract(value)
        and value.__module__ == module.__name__
    )
