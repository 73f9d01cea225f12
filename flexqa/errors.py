"""What can go wrong, as types; each message holds the bad value and the remedy.

    FlexqaError                 anything that flexqa itself says; the CLI prints it without a traceback
    ├── BadInput                a file, value or option that the user can mend
    │   ├── GraphError          a graph file: file, line, node, field
    │   ├── RecordingError      a recording that cannot be used
    │   │   └── MediaError      one clip that cannot be decoded
    │   ├── QuestionError       a question, question set, or prompt template
    │   └── RunError            a run folder or leaderboard entry
    ├── MissingBackend          a package that is not installed; the message has its pip line
    └── AdapterError            what an adapter raised, translated at `boundary`

A failed request is not an exception but data (`flexqa.record.Failure`). Code of others (user adapters, engines)
raises whatever it likes; `boundary` is the one place where that becomes a `FlexqaError`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType


class FlexqaError(Exception):
    """Anything that flexqa itself says; never shown with a traceback."""


class BadInput(FlexqaError):  # noqa: N818 - reads as what it is
    """A file, value or option that the user can mend."""


class GraphError(BadInput):
    """A graph file that does not hold together."""


class RecordingError(BadInput):
    """A recording that cannot be used."""


class MediaError(RecordingError):
    """A clip that cannot be decoded."""


class QuestionError(BadInput):
    """A question, question set, or prompt template that cannot be used."""


class RunError(BadInput):
    """A run folder or leaderboard entry that cannot be used."""


class MissingBackend(FlexqaError):  # noqa: N818 - reads as what it is
    """A package that is needed here and not installed."""


class AdapterError(FlexqaError):
    """What the code of an adapter raised."""


def require(module: str, extra: str) -> ModuleType:
    """Import an optional package, or say which pip line brings it.

    Raises:
        MissingBackend: the package, or one that it needs, is not installed.
    """
    try:
        return import_module(module)
    except ImportError as e:
        raise MissingBackend(
            f"{module} cannot be imported ({e}); install it with: pip install 'flexqa[{extra}]'"
        ) from e


@contextmanager
def boundary(what: str) -> Iterator[None]:
    """Run code of others: whatever it raises leaves as an `AdapterError` that names `what`.

    flexqa's own errors pass unchanged, and so do KeyboardInterrupt and SystemExit.
    """
    try:
        yield
    except FlexqaError:
        raise
    except Exception as e:  # the one boundary
        raise AdapterError(f"{what}: {type(e).__name__}: {e}") from e
