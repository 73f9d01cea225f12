"""A user's adapter: a class with `reply(request) -> str` in a file of their own.

The class may be an `Adapter` or anything else that has the method; what else of an adapter it has (`stream`,
`learn`, `describe`, `revision`, `close`, `on_processor`) is used, what it lacks is filled in. Options of the command
line are its keyword arguments, as text.
"""

import hashlib
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from flexqa.adapters.base import Adapter, Request
from flexqa.adapters.options import suggest
from flexqa.errors import BadInput, boundary
from flexqa.question import Question
from flexqa.record import Failure, Reply


class UserAdapter(Adapter):
    """An object of the user's with the parts of an adapter that it lacks."""

    def __init__(self, inner: Any, name: str, source_sha256: str) -> None:
        self.inner = inner
        self._name = name
        self._source_sha256 = source_sha256
        self.on_processor = bool(getattr(inner, "on_processor", False))

    def reply(self, request: Request) -> Reply | str:
        """Answer one request."""
        reply = self.inner.reply(request)
        if not isinstance(reply, (str, Reply)):
            raise TypeError(f"{self._name}.reply must return str or flexqa.record.Reply, got {type(reply).__name__}")
        return reply

    def stream(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Reply | Failure]]:
        """Answer requests as they come, with the user's own `stream` where there is one.

        That one, too, gets null when what comes next waits for a reply; see `Adapter.stream`.
        """
        own = getattr(self.inner, "stream", None)
        if own is None or getattr(own, "__func__", None) is Adapter.stream:
            yield from super().stream(requests)
            return
        with boundary(f"{self._name}.stream"):
            yield from own(requests)

    def learn(self, questions: Iterable[Question]) -> None:
        """See the questions of the train split."""
        if own := getattr(self.inner, "learn", None):
            with boundary(f"{self._name}.learn"):
                own(questions)

    def describe(self) -> dict[str, Any]:
        """What the user's class says of itself, with its name and the hash of its file."""
        described: dict[str, Any] = {}
        if own := getattr(self.inner, "describe", None):
            with boundary(f"{self._name}.describe"):
                described = dict(own())
        return {"engine": "user", "class": self._name, "source_sha256": self._source_sha256} | described

    def revision(self) -> str | None:
        """The user's own revision, else the hash of the file: an adapter that was edited is another model."""
        if own := getattr(self.inner, "revision", None):
            with boundary(f"{self._name}.revision"):
                revision = own()
            if revision is not None:
                return str(revision)
        return f"sha256:{self._source_sha256}"

    def close(self) -> None:
        """Free what the user's object holds."""
        if own := getattr(self.inner, "close", None):
            with boundary(f"{self._name}.close"):
                own()


def load_user_adapter(file: str, name: str, options: Mapping[str, str]) -> UserAdapter:
    """Make the adapter of class `name` in `file`.

    Raises:
        BadInput: the file, the class, its `reply` or one of its options does not exist.
        AdapterError: the file or the class raised.
    """
    path = Path(file).expanduser()
    if not path.is_file():
        raise BadInput(
            f"adapter file {file} does not exist; give the path of a Python file with class {name or '...'}"
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    cls = _class(_load(path), path, name)
    with boundary(f"{path.name}:{name}"):
        _check_options(cls, f"{path.name}:{name}", options)
        inner = cls(**options)
    return UserAdapter(inner, f"{path.name}:{name}", digest)


def _load(path: Path) -> ModuleType:
    """Import a file as `python FILE` would: its folder is where it finds its siblings."""
    name = f"flexqa_user_{path.stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"adapter file {path} cannot be read as a Python module")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their module up
    with boundary(f"importing {path.name}"):
        spec.loader.exec_module(module)
    return module


def _class(module: ModuleType, path: Path, name: str) -> type[Any]:
    found = getattr(module, name, None) if name else None
    if not isinstance(found, type):
        own = tuple(n for n, v in vars(module).items() if isinstance(v, type) and v.__module__ == module.__name__)
        raise BadInput(f"{path.name} has no class {name!r}{suggest(name, own) if own else '; it defines no class'}")
    if not callable(getattr(found, "reply", None)):
        raise BadInput(f"class {name} in {path.name} has no method reply; add: def reply(self, request): return 'B'")
    return found


def _check_options(cls: type[Any], what: str, options: Mapping[str, str]) -> None:
    try:
        signature = inspect.signature(cls)
    except ValueError:
        return  # a class of compiled code may have none: the call itself will tell
    try:
        signature.bind(**options)
    except TypeError as e:
        raise BadInput(
            f"{what} cannot be made with options {sorted(options)}: {e}; its signature is {signature}"
        ) from e
