"""The graph nodes that a free answer may state: those that are true of the repetition, and near ones that are not.

A question names the actions, keysteps and errors by its points. Corrections follow from its answer, in which the
feedback of each observed error stands behind it; those of errors that the repetition is free of are looked up in the
benchmark's graph, and a graph of other words has none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from flexqa.assets import default_graph
from flexqa.graph.load import load_graph
from flexqa.question import AnswerFormat, Question
from flexqa.scoring.points import Said, said_of, sentences
from flexqa.vocabulary import CORRECTION

NodeKind = Literal["action", "keystep", "error", "correction", "point"]
"""`point` is that of a question type of one's own"""

LEXICAL = "lexical"
"""the matcher that needs no model, see `flexqa.scoring.points`"""

CORRECTION_SHARE = 0.6
"""of the words of a correction, those that one sentence must have to give it"""

_KIND_OF_TYPE: dict[str, NodeKind] = {
    "dialogue_recognition": "action",
    "dialogue_standards": "keystep",
    "dialogue_evaluation": "error",
}
_ADVICE = re.compile(rf"{CORRECTION} (.+)")


class Node(NamedTuple):
    """A node of the graph, as a text would state it."""

    kind: NodeKind
    names: tuple[str, ...]
    """in words; each says it as well as the others"""
    wanted: bool
    """whether it is true of the repetition"""
    share: float

    @property
    def key(self) -> str:
        """What tells it from the other nodes of its question."""
        return f"{self.kind}: {self.names[0]}"


@dataclass(frozen=True, slots=True)
class NodeReading:
    """What a reply says of one node."""

    kind: NodeKind
    name: str
    wanted: bool
    """whether it is true of the repetition"""
    said: dict[str, Said]
    """matcher -> what it read: `lexical`, and the encoders and judges that were asked"""


def nodes_of(question: Question) -> tuple[Node, ...]:
    """The nodes by which a free answer to a question is measured; none for the other answer formats.

    What the right answer itself says in passing is held against nobody and left out.
    """
    if question.answer_format is not AnswerFormat.TEXT or question.withheld:
        return ()
    kind = _KIND_OF_TYPE.get(question.type, "point")
    return _fair(tuple(Node(kind, p.names, p.wanted, p.share) for p in question.points), str(question.answer))


@lru_cache(4096)
def _fair(nodes: tuple[Node, ...], answer: str) -> tuple[Node, ...]:
    """The nodes with their corrections, less those that the right answer says in passing."""
    right = sentences(answer)
    return tuple(n for n in (*nodes, *_corrections(nodes, answer)) if n.wanted or not _says(n, right))


def _says(node: Node, said: Sequence[str]) -> bool:
    return said_of(node.names, node.share, said) != "unsaid"


def lexical(nodes: Sequence[Node], text: str) -> list[Said]:
    """What a text says of each node, by its words."""
    said = sentences(text)
    return [said_of(n.names, n.share, said) for n in nodes]


def _corrections(nodes: Sequence[Node], answer: str) -> Iterator[Node]:
    """Those of the observed errors, and those of the errors that the repetition is free of."""
    errors = [n for n in nodes if n.kind == "error"]
    right = dict.fromkeys(_ADVICE.findall(answer) if errors else ())
    wrong = dict.fromkeys(a for n in errors if not n.wanted and (a := _advice().get(n.names[0])))
    for advice in [*right, *(a for a in wrong if a not in right)]:
        yield Node("correction", (advice,), advice in right, CORRECTION_SHARE)


@cache
def _advice() -> dict[str, str]:
    """Name or description of an error -> its feedback, in the benchmark's graph; a point may lack one of the two."""
    graph = load_graph(default_graph())
    advice = {e: " ".join(graph.feedback[f] for f in node.feedback) for e, node in graph.errors.items()}
    return {
        text: advice[e] for e, node in graph.errors.items() for text in (node.name, node.description) if advice[e]
    }
