"""A task file and a data set for Inspect (https://inspect.aisi.org.uk)."""

import json
from pathlib import Path
from typing import Any

from flexqa.exports.common import ANSWERS_READ, TASK, Abilities, Format, Item, Part, facts, reply_for
from flexqa.files import write_lines_atomic


def write(items: list[Item], folder: Path) -> None:
    """Write the task file and the samples."""
    write_lines_atomic(folder / "questions.jsonl", (json.dumps(sample(item)) + "\n" for item in items))


def sample(item: Item) -> dict[str, Any]:
    """A question in the fields of `inspect_ai.dataset.Sample`."""
    metadata = facts(item.question)
    return {
        "id": metadata.pop("id"),
        "input": [{"role": "user", "content": [_content(part) for part in item.parts]}],
        "target": reply_for(item.question.answer),
        "metadata": metadata,
    }


def _content(part: Part) -> dict[str, str]:
    if part.kind == "video":
        return {"type": "video", "video": part.content, "format": "mp4"}
    return {"type": "text", "text": part.content}


FORMAT = Format(
    Abilities(ANSWERS_READ),
    write,
    {"README.md": "inspect_ai.md", f"{TASK}.py": "inspect_task.py", "flex_reply.py": "flex_reply.py"},
)
