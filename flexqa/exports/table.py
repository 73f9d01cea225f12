"""Questions as rows of a parquet file, with everything that they say."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flexqa.exports.common import Item, facts, reply_for


def write_table(items: Iterable[Item], path: Path) -> None:
    """Write questions as parquet that `datasets` loads with its features."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([row(item) for item in items], features().arrow_schema), path)


def features() -> Any:
    """The columns, as `datasets.Features`."""
    from datasets import Features, Value

    text, number = Value("string"), Value("float64")
    return Features(
        {
            "id": text,
            "type": text,
            "level": text,
            "modalities": [text],
            "parts": [{"kind": text, "content": text}],
            "text": text,
            "options": [text],
            "option_videos": [text],
            "answer": text,
            "answer_format": text,
            "tolerance": number,
            "reference": text,
            "points": text,
            "chance": number,
            "groups": text,
            "follows": text,
            "graph_path": [[text]],
            "action": text,
            "subject": text,
            "split": text,
        }
    )


def row(item: Item) -> dict[str, Any]:
    """A question in these columns."""
    q = item.question
    return {
        **facts(q),
        "parts": [{"kind": p.kind, "content": p.content} for p in item.parts],
        "text": item.text,
        "option_videos": [item.option_clips.get(letter, "") for letter in q.letters],
        "answer": reply_for(q.answer),
        "reference": q.reference,
        "points": json.dumps([p.model_dump(mode="json") for p in q.points]),
        "groups": json.dumps(q.groups, sort_keys=True),
        "follows": q.follows,
        "graph_path": [list(triple) for triple in q.graph_path],
    }
