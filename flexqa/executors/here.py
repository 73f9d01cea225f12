"""The executor of one process: one adapter, and a presenter that decodes ahead of it."""

from collections.abc import Generator, Iterable
from contextlib import closing
from typing import Any

from flexqa.adapters.base import Adapter, OpenBook
from flexqa.adapters.registry import create
from flexqa.executors.asking import ask
from flexqa.executors.base import Answered, Executor, Setup, Unit
from flexqa.graph.model import Graph
from flexqa.presentation import Presenter
from flexqa.questions.eye import Eye
from flexqa.questions.oracle import solve
from flexqa.questions.question_file import questions_of
from flexqa.recordings.model import RecordingSet
from flexqa.vocabulary import Control


class Here(Executor):
    """An adapter in this process."""

    def __init__(self, setup: Setup, graph: Graph, recordings: RecordingSet, adapter: Adapter | None = None) -> None:
        """Make the adapter, unless there is one, and show it what it may see beforehand."""
        self._setup = setup
        self._graph = graph
        self._recordings = recordings
        self.adapter = adapter or create(setup.model, setup.adapter_options)
        self.open_book = isinstance(self.adapter, OpenBook)
        """whether the adapter is given each question whole"""
        if isinstance(self.adapter, OpenBook):
            eye = Eye(graph, recordings)
            self.adapter.open(lambda question: solve(question, eye))
        # Read only if the adapter looks: most do not.
        self.adapter.learn(questions_of(setup.questions, "train"))

    def answers(self, units: Iterable[Unit | None], control: Control | None) -> Generator[Answered, None, None]:
        """Ask; ends, too, when no unit is at hand (null) and nothing is being asked."""
        setup = self._setup
        presenter = Presenter(
            self._recordings,
            self._graph,
            setup.presentation,
            setup.sampling,
            setup.decode,
            control,
            open_book=self.open_book,
            ahead=not self.adapter.on_processor,
        )
        self.decoded_clips = 0
        with closing(presenter):
            for answered in ask(self.adapter, presenter, units):
                self.decoded_clips = presenter.decoded_clips
                yield answered

    @property
    def operational(self) -> frozenset[str]:
        """Of the adapter."""
        return self.adapter.operational

    def describe(self) -> dict[str, Any]:
        """What the adapter says of itself."""
        return self.adapter.describe()

    def revision(self) -> str | None:
        """Of the adapter's weights."""
        return self.adapter.revision()

    def close(self) -> None:
        """Free what the adapter holds."""
        self.adapter.close()
