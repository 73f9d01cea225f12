"""A task file and a data set for Inspect (https://inspect.aisi.org.uk)."""

import json
from pathlib import Path
from typing import Any

from flexqa.exports.common import TASK, Abilities, Format, Item, Part, facts, reply_for, ship
from flexqa.files import write_atomic, write_lines_atomic
from flexqa.question import AnswerFormat

README = """# FLEX-VideoQA for Inspect

    inspect eval flex_videoqa.py --model google/...
    inspect eval flex_videoqa.py -T question_type=action_recognition --model google/...

Clips lie in `media/`; Inspect finds them from `questions.jsonl` on. Few of its providers take video (Google's does;
those for OpenAI, vLLM and Hugging Face refuse it), and how frames are sampled is the provider's business. Accuracy is
given over all questions and by type; its standard error is clustered by lifter. Models that think need more than the
64 tokens of a reply: `--max-tokens`.
"""


def write(items: list[Item], folder: Path) -> None:
    """Write the task file and the samples."""
    write_lines_atomic(folder / "questions.jsonl", (json.dumps(sample(item)) + "\n" for item in items))
    ship("inspect_task.py", folder / f"{TASK}.py")
    ship("flex_reply.py", folder / "flex_reply.py")
    write_atomic(folder / "README.md", README)


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
    Abilities(
        frozenset({AnswerFormat.CHOICE, AnswerFormat.CHOICES, AnswerFormat.YES_NO, AnswerFormat.NUMBER}),
    ),
    write,
)
