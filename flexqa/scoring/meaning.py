"""Which nodes the sentences of a free answer mean, by a sentence encoder, where their words do not settle it.

Of each kind of node a sentence is about the one that it is nearest to, and only where their cosine reaches a
threshold: opposites lie near each other, and a grip too narrow is not stated by who calls it wide.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from flexqa.scoring.nodes import Node, lexical
from flexqa.scoring.points import Said, is_denied, sentences

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""sentences -> unit vectors, shape (sentences, width)"""


def by_meaning(nodes: Sequence[Node], text: str, embed: Embed, threshold: float) -> Iterator[tuple[Node, Said]]:
    """What a text says of each node: by its words, and by its meaning where they say nothing.

    Args:
        nodes: all of the question.
        text: the answer, not empty.
        embed: the encoder.
        threshold: cosine from which a sentence is about the node nearest to it.
    """
    said = sentences(text)
    nearest = _nearest(nodes, said, embed, threshold)
    for i, (node, by_words) in enumerate(zip(nodes, lexical(nodes, text), strict=True)):
        meant = {is_denied(s, node.names) for s, about in zip(said, nearest, strict=True) if i in about}
        by_encoder: Said = "stated" if False in meant else "denied" if meant else "unsaid"
        yield node, by_encoder if by_words == "unsaid" else by_words


def _nearest(nodes: Sequence[Node], said: Sequence[str], embed: Embed, threshold: float) -> list[set[int]]:
    """The nodes that each sentence is about, by their places."""
    names = [(i, name) for i, node in enumerate(nodes) for name in node.names]
    vectors = embed([*said, *(name for _, name in names)])
    cosines = vectors[: len(said)] @ vectors[len(said) :].T
    found: list[set[int]] = [set() for _ in said]
    for kind in {n.kind for n in nodes}:
        of_kind = np.array([j for j, (i, _) in enumerate(names) if nodes[i].kind == kind])
        best = of_kind[cosines[:, of_kind].argmax(axis=1)]
        for s, j in enumerate(best):
            if cosines[s, j] >= threshold:
                found[s].add(names[j][0])
    return found
