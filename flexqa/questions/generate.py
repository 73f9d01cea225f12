"""Make a question set: a pure function of graph, recordings and options.

`per_type` keeps a sample. It is drawn over bundles, the questions that only count together (affirmed and negated,
minimal pairs), and goes round the answers, so that what was balanced stays balanced.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import zip_longest

import networkx as nx
from pydantic import Field

from flexqa.errors import QuestionError
from flexqa.graph.model import Graph
from flexqa.question import LETTERS, Frozen, Level, Question, Split
from flexqa.questions.base import Context, QuestionType
from flexqa.questions.draw import Draw
from flexqa.questions.question_set import Provenance, QuestionSet, freeze
from flexqa.questions.registry import question_type, question_types
from flexqa.recordings.flex_layout import fingerprint
from flexqa.recordings.model import RecordingSet

GENERATOR_VERSION = "1"
"""Goes up when equal inputs give other questions."""

Bundle = tuple[Question, ...]


class GenerateOptions(Frozen):
    """Which questions to make."""

    seed: int = 7
    types: tuple[str, ...] = ()
    """names of question types; empty is all"""
    levels: tuple[Level, ...] = ()
    """empty is all"""
    splits: tuple[Split, ...] = ("train", "val", "test")
    per_type: int | None = Field(default=None, ge=1)
    """at most so many questions of each type and split"""


def generate(graph: Graph, recordings: RecordingSet, options: GenerateOptions) -> QuestionSet:
    """Make all questions that the recordings allow, or a sample of them.

    Raises:
        QuestionError: an unknown type, annotations that do not fit the graph, or no question can be made.
    """
    context = Context(graph, recordings, options.seed, options.splits)
    chosen = _types(options)
    if not context.annotated:
        raise QuestionError(
            f"{recordings.root}: none of the {len(recordings)} recordings has an annotation of split "
            f"{' or '.join(options.splits)}; questions are made from annotations.jsonl"
        )
    questions = [q for t in chosen for q in _of_type(t, context, options.per_type)]
    if not questions:
        raise QuestionError(
            f"{recordings.root}: {len(context.annotated)} annotated recordings allow no question of type "
            f"{', '.join(t.name for t in chosen)}; they may lack clips or EMG, or be too few"
        )
    provenance = Provenance(
        generator_version=GENERATOR_VERSION,
        seed=options.seed,
        graph_sha256=graph.sha256,
        recordings_sha256=fingerprint(recordings),
        left_out=dict(sorted(context.left_out.items())),
    )
    return freeze(questions, provenance)


def _types(options: GenerateOptions) -> tuple[QuestionType, ...]:
    wanted = [question_type(name) for name in options.types] or list(question_types().values())
    return tuple(t for t in dict.fromkeys(wanted) if not options.levels or t.level in options.levels)


def _of_type(kind: QuestionType, context: Context, at_most: int | None) -> Iterator[Question]:
    questions = tuple(kind.generate(context))
    if at_most is None:
        yield from questions
        return
    for split in context.splits:
        yield from sample(
            (q for q in questions if q.split == split), at_most, context.draw("sample", kind.name, split)
        )


def sample(questions: Iterable[Question], at_most: int, draw: Draw) -> Iterator[Question]:
    """At most so many questions, whole bundles of linked ones only; types take turns, and answers within a type."""
    types: defaultdict[str, defaultdict[tuple[str, ...], list[Bundle]]] = defaultdict(lambda: defaultdict(list))
    for bundle in _bundles(questions):
        types[bundle[0].type][tuple(sorted({answer_text(q) for q in bundle}))].append(bundle)
    turns = [
        _in_turn(draw.shuffled(answers[key], lambda b: b[0].id) for key in draw.shuffled(answers))
        for _, answers in sorted(types.items())
    ]
    left = at_most
    for bundle in _in_turn(turns):
        if len(bundle) <= left:
            left -= len(bundle)
            yield from bundle


def _in_turn(queues: Iterable[Iterable[Bundle]]) -> Iterator[Bundle]:
    """The first of each queue, then the second of each, and so on."""
    return (bundle for turn in zip_longest(*queues) for bundle in turn if bundle is not None)


def answer_text(question: Question) -> str:
    """The right answer in words: the text of the option, or the answer itself."""
    if question.options and isinstance(question.answer, str):
        return question.options[LETTERS.index(question.answer)].text
    return str(question.answer)


def _bundles(questions: Iterable[Question]) -> Iterator[Bundle]:
    """Questions that share a group other than the chain, directly or over others."""
    by_id = {q.id: q for q in questions}
    links: nx.Graph[str] = nx.Graph()
    links.add_nodes_from(by_id)
    links.add_edges_from((q.id, f"{k}={v}") for q in by_id.values() for k, v in q.groups.items() if k != "chain")
    for component in nx.connected_components(links):
        yield tuple(by_id[i] for i in sorted(component) if i in by_id)
