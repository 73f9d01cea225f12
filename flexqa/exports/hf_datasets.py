"""One parquet file per split for Hugging Face `datasets`: everything that a question says, to train on or to search.

Nothing needs to be left out but questions whose evidence cannot be read: this is a table and no harness.
"""

import json
from pathlib import Path
from typing import Any

from flexqa.exports.common import Abilities, Format, Item, facts, reply_for
from flexqa.exports.parquet import write_parquet
from flexqa.files import write_atomic
from flexqa.question import AnswerFormat

README = """# FLEX-VideoQA questions as tables

    from datasets import load_dataset
    questions = load_dataset("parquet", data_files={"test": "data/test.parquet"})

| column | what it holds |
|---|---|
| `parts` | the prompt in order: `text`, or `video`, an mp4 file from this folder on |
| `options`, `option_videos` | texts of the options; mp4 files of those that are clips, else empty |
| `answer` | `A`, `A,C`, `yes`, `72`, or a text |
| `tolerance` | a number is right within so many points |
| `reference`, `points` | of answers in free text: whole sentences, and what they are scored by, as JSON |
| `follows` | id of the turn before this one in the same conversation, whose evidence it shares |
| `groups` | links between questions, as JSON: `chain`, `affirmed_negated`, ... -> group |
| `graph_path` | why the answer is right: triples of the graph |
| `subject` | the lifter: cluster by it |
"""

_PARTS = {"train": "train", "val": "validation", "test": "test"}
"""split -> how the Hub calls it"""


def write(items: list[Item], folder: Path) -> None:
    """Write `data/train.parquet`, `data/validation.parquet` and `data/test.parquet`, those that have questions."""
    for split, name in _PARTS.items():
        rows = [row(item) for item in items if item.question.split == split]
        if rows:
            write_parquet(rows, features(), folder / "data" / f"{name}.parquet")
    write_atomic(folder / "README.md", README)


def features() -> Any:
    """The columns, as `datasets.Features`."""
    from datasets import Features, List, Value

    text, number = Value("string"), Value("float64")
    return Features(
        {
            "id": text,
            "type": text,
            "level": text,
            "modalities": List(text),
            "parts": List({"kind": text, "content": text}),
            "options": List(text),
            "option_videos": List(text),
            "answer": text,
            "answer_format": text,
            "tolerance": number,
            "reference": text,
            "points": text,
            "chance": number,
            "groups": text,
            "follows": text,
            "graph_path": List(List(text)),
            "action": text,
            "subject": text,
            "split": text,
        }
    )


def row(item: Item) -> dict[str, Any]:
    """A question in the columns of `features`."""
    q = item.question
    return {
        **facts(q),
        "parts": [{"kind": p.kind, "content": p.content} for p in item.parts],
        "option_videos": [item.option_clips.get(letter, "") for letter in q.letters],
        "answer": reply_for(q.answer),
        "reference": q.reference,
        "points": json.dumps([p.model_dump(mode="json") for p in q.points]),
        "groups": json.dumps(q.groups, sort_keys=True),
        "follows": q.follows,
        "graph_path": [list(triple) for triple in q.graph_path],
    }


FORMAT = Format(Abilities(frozenset(AnswerFormat), option_clips=True, later_turns=True), write)
