"""What encoders and judge models read from free answers, kept with the run: one line of judgements.jsonl per node.

A line counts for one question, reply, node and matcher, whose hash is its key: when one of them changes it counts for
nothing. So scores follow from the run folder alone, and what was asked once is not asked again.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from flexqa.errors import RunError
from flexqa.question import Frozen, Question, canonical_hash
from flexqa.scoring.nodes import Node
from flexqa.scoring.points import Said

MOST_MATCHERS = 16
"""in one run folder; each has figures of its own in scores.json"""


class Matcher(Frozen):
    """What reads from a text which nodes it states."""

    kind: Literal["lexical", "encoder", "judge"]
    name: str
    """of the model, less the folders of the machine"""
    revision: str | None = None
    """content hash or commit of the weights"""
    settings: dict[str, str] = Field(default_factory=dict)
    """what else decides what it reads: the hash of the prompt and options of the adapter, or the threshold"""

    @property
    def id(self) -> str:
        """Its name in verdicts and scores."""
        return self.kind if self.kind == "lexical" else f"{self.kind}-{canonical_hash(self.model_dump())[:8]}"


class Judgement(Frozen):
    """One line of judgements.jsonl: what a matcher read of one node."""

    schema_version: Literal["1"] = "1"
    key: str
    """hash of question, reply, node and matcher, see `key_of`"""
    question_id: str
    node: str
    """see `Node.key`"""
    said: Said
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class Judgements:
    """The lines of a run folder."""

    matchers: Mapping[str, Matcher] = field(default_factory=dict)
    """id -> matcher"""
    said: Mapping[str, Said] = field(default_factory=dict)
    """key -> what was read"""

    @classmethod
    def of(cls, lines: Iterable[Judgement]) -> "Judgements":
        """Put lines together; of two with one key the last counts.

        Raises:
            RunError: there are too many matchers.
        """
        matchers: dict[str, Matcher] = {}
        said: dict[str, Said] = {}
        for line in lines:
            if line.matcher.kind == "lexical":
                raise RunError(
                    f"a judgement on {line.question_id} is by the lexical matcher, which needs none; remove it"
                )
            matchers[line.matcher.id] = line.matcher
            said[line.key] = line.said
            if len(matchers) > MOST_MATCHERS:
                raise RunError(
                    f"the judgements are by more than {MOST_MATCHERS} encoders and judges; remove those of some"
                )
        return cls(dict(sorted(matchers.items())), said)

    def on(self, question: Question, text: str, node: Node) -> dict[str, Said]:
        """Matcher id -> what it read of a node; those that were not asked are left out."""
        keys = {name: key_of(question, text, node, m) for name, m in self.matchers.items()}
        return {name: self.said[key] for name, key in keys.items() if key in self.said}


NONE = Judgements()


def key_of(question: Question, text: str, node: Node, matcher: Matcher) -> str:
    """Identity of one judgement: hash of question, reply, node, and matcher with its prompt."""
    reply = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return canonical_hash([question.content_hash, reply, node.key, matcher.model_dump()])[:32]
