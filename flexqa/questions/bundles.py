"""Questions that only count together, and samples that keep them together.

Affirmed and negated wordings, minimal pairs and the turns of a conversation are bundles: half of one says nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TypeVar

import networkx as nx

from flexqa.errors import QuestionError
from flexqa.question import LETTERS, Question
from flexqa.questions.draw import Draw

Bundle = tuple[Question, ...]

T = TypeVar("T")


def bundles(questions: Iterable[Question]) -> Iterator[Bundle]:
    """Questions that share a group other than the chain, directly or over others; each bundle sorted by id."""
    by_id = {q.id: q for q in questions}
    links: nx.Graph[str] = nx.Graph()
    for q in by_id.values():
        groups = [f"{k}={v}" for k, v in q.groups.items() if k != "chain"]
        if groups:
            links.add_edges_from((q.id, group) for group in groups)
        else:
            yield (q,)
    for component in nx.connected_components(links):
        yield tuple(by_id[i] for i in sorted(component) if i in by_id)


def in_turn(queues: Iterable[Iterable[T]]) -> Iterator[T]:
    """The first of each queue, then the second of each, and so on."""
    return (item for turn in zip_longest(*queues) for item in turn if item is not None)


def sample(questions: Iterable[Question], at_most: int, draw: Draw) -> Iterator[Question]:
    """At most so many questions, whole bundles only; types take turns, and answers within a type."""
    types: defaultdict[str, defaultdict[tuple[str, ...], list[Bundle]]] = defaultdict(lambda: defaultdict(list))
    for bundle in bundles(questions):
        types[bundle[0].type][tuple(sorted({answer_text(q) for q in bundle}))].append(bundle)
    turns = [
        in_turn(draw.shuffled(answers[key], lambda b: b[0].id) for key in draw.shuffled(answers))
        for _, answers in sorted(types.items())
    ]
    left = at_most
    for bundle in in_turn(turns):
        if len(bundle) <= left:
            left -= len(bundle)
            yield from bundle


def select(questions: Iterable[Question], split: str, limit: int | None) -> tuple[Question, ...]:
    """The questions of a split; a limit keeps linked questions together and goes round the types and answers.

    Raises:
        QuestionError: the split has no questions.
    """
    chosen = [q for q in questions if split in (q.split, "all")]
    if not chosen:
        raise QuestionError(f"the question set has no questions of split {split!r}; try --split all")
    return tuple(chosen) if limit is None else tuple(sample(chosen, limit, Draw(("limit",))))


def answer_text(question: Question) -> str:
    """The right answer in words: the text of the option, or the answer itself."""
    if question.options and isinstance(question.answer, str) and not question.withheld:
        return question.options[LETTERS.index(question.answer)].text
    return str(question.answer)
