"""What questions are made from, before a sensor file is opened: the annotated recordings, and portions of them.

A portion is what questions may combine: some recordings of one action. Making questions holds the signals of one
portion, so its memory does not grow with the number of recordings.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from flexqa.errors import QuestionError
from flexqa.graph.model import Graph
from flexqa.graph.walk import possible_pairs
from flexqa.question import Split, Triple
from flexqa.questions.distractors import nearness_of_actions
from flexqa.questions.option_sets import OptionSets
from flexqa.recordings.model import Annotation, Recording, RecordingSet

AT_ONCE = 64
"""recordings of an action that are worked on together, where it has many"""


@dataclass(frozen=True, slots=True)
class Annotated:
    """A recording with what is true of it."""

    recording: Recording
    truth: Annotation

    @property
    def id(self) -> str:
        """Id of the recording."""
        return self.recording.id

    @property
    def errors(self) -> frozenset[str]:
        """Ids of the errors that were observed, in whatever keystep."""
        return frozenset(e for _, e in self.truth.pairs)

    @property
    def observed(self) -> tuple[Triple, ...]:
        """The triples from the recording to its errors, each once."""
        return tuple(dict.fromkeys((self.id, "observed", e) for _, e in self.truth.pairs))

    def keystep_of(self, error: str) -> str:
        """The first keystep in which an error was observed; it must have been."""
        return next(k for k, e in self.truth.pairs if e == error)


@dataclass(frozen=True)
class Outline:
    """What a question may take from all recordings, beside those of its portion: counts, no file."""

    graph: Graph
    seed: int
    splits: tuple[Split, ...]
    counts: Mapping[tuple[Split, str], int]
    """(split, action) -> how many recordings show it"""
    made: Mapping[str, frozenset[str]]
    """action -> the errors that are made in some recording of it"""
    _option_sets: dict[tuple[str, Split], OptionSets] = field(default_factory=dict, repr=False)

    def action_sets(self, split: Split) -> OptionSets:
        """Sets of four actions that are recorded in a split, confusable ones together more often than others."""
        return self.option_sets(
            "action", split, lambda counts: OptionSets(counts, partial(nearness_of_actions, self.graph))
        )

    def option_sets(self, what: str, split: Split, make: Callable[[Mapping[str, int]], OptionSets]) -> OptionSets:
        """Sets of options for what an action answers, made once for each split.

        Args:
            what: names them.
            split: the split.
            make: makes them from how often each action is recorded in the split.
        """
        if (what, split) not in self._option_sets:
            self._option_sets[what, split] = make({a: n for (s, a), n in self.counts.items() if s == split})
        return self._option_sets[what, split]


@dataclass(frozen=True)
class Corpus:
    """All annotated recordings of the wanted splits."""

    graph: Graph
    recordings: RecordingSet
    seed: int
    splits: tuple[Split, ...] = ("train", "val", "test")

    @cached_property
    def by_action(self) -> Mapping[str, tuple[Annotated, ...]]:
        """Action -> its recordings, by id.

        Raises:
            QuestionError: an annotation names an action or a pair that the graph does not have.
        """
        groups: defaultdict[str, list[Annotated]] = defaultdict(list)
        for recording in self.recordings:
            truth = recording.annotation
            if truth is not None and truth.split in self.splits:
                _check_against_graph(self.graph, truth)
                groups[truth.action].append(Annotated(recording, truth))
        return {action: tuple(sorted(groups[action], key=lambda a: a.id)) for action in sorted(groups)}

    @cached_property
    def outline(self) -> Outline:
        """What a question may take from all of them."""
        return Outline(
            graph=self.graph,
            seed=self.seed,
            splits=self.splits,
            counts=Counter((a.truth.split, action) for action, group in self.by_action.items() for a in group),
            made={action: frozenset(e for a in group for e in a.errors) for action, group in self.by_action.items()},
        )

    def portions(self) -> Iterator[tuple[str, RecordingSet]]:
        """Actions, each with recordings of it that are worked on together.

        An action with few recordings stays whole. Otherwise its splits, which no question mixes, are apart, and
        subjects are dealt out so that portions have about the same size: all that a question may combine shows one
        lifter, or anyone else.
        """
        for action, group in self.by_action.items():
            for portion in [group] if len(group) <= AT_ONCE else _dealt(group):
                yield action, self.only(portion)

    def only(self, chosen: Iterable[Annotated]) -> RecordingSet:
        """A set of some of the recordings, in their order."""
        return replace(self.recordings, recordings={a.id: a.recording for a in chosen})


def _dealt(group: tuple[Annotated, ...]) -> Iterator[list[Annotated]]:
    """Portions of one split each, whole subjects in each, sorted by id."""
    by_split: defaultdict[Split, defaultdict[str, list[Annotated]]] = defaultdict(lambda: defaultdict(list))
    for a in group:
        by_split[a.truth.split][a.truth.subject].append(a)
    for _, subjects in sorted(by_split.items()):
        n = sum(map(len, subjects.values()))
        portions: list[list[Annotated]] = [[] for _ in range(-(-n // AT_ONCE))]
        for _, of_subject in sorted(subjects.items()):
            min(portions, key=len).extend(of_subject)
        yield from (sorted(p, key=lambda a: a.id) for p in portions if p)


def _check_against_graph(graph: Graph, truth: Annotation) -> None:
    remedy = "use the graph that the annotations were made with (--graph), or correct the annotation"
    if truth.action not in graph.actions:
        raise QuestionError(
            f"recording {truth.recording}: its action {truth.action!r} is not in the graph; it has "
            f"{', '.join(graph.actions)}; {remedy}"
        )
    strange = sorted(set(truth.pairs) - set(possible_pairs(graph, truth.action)))
    if strange:
        keystep, error = strange[0]
        raise QuestionError(
            f"recording {truth.recording}: error {error} cannot occur in keystep {keystep} of {truth.action} "
            f"by this graph; {remedy}"
        )
