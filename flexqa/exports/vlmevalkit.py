"""A TSV table for VLMEvalKit (https://github.com/open-compass/VLMEvalKit), and the dataset class that shows it.

VLMEvalKit knows a table of images by its columns, but builds video data sets by class only. It is on no package
index: the columns and the class follow its sources of 2026 and were not run in it.
"""

import csv
from pathlib import Path
from typing import Any

from flexqa.exports.clips import MEDIA
from flexqa.exports.common import ANSWERS_READ, TASK, Abilities, Format, Item, reply_for
from flexqa.question import LETTERS, AnswerFormat

COLUMNS = (
    "index", "video", "video_path", "question", *LETTERS, "answer", "category", "l2-category", "split",
    "answer_format", "tolerance", "id", "subject",
)  # fmt: skip


def write(items: list[Item], folder: Path) -> None:
    """Write the table and the dataset class."""
    with (folder / f"{TASK}.tsv").open("w", encoding="utf-8", newline="") as f:
        table = csv.DictWriter(f, COLUMNS, delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(row(i, item) for i, item in enumerate(items))


def row(index: int, item: Item) -> dict[str, Any]:
    """A question in the columns of the table; it shows one clip."""
    q = item.question
    [clip] = item.clips
    return {
        "index": index,
        "video": clip.removeprefix(f"{MEDIA}/").removesuffix(".mp4"),
        "video_path": f"./{clip}",
        "question": item.text,
        **{a: o.text for a, o in zip(q.letters, q.options, strict=True)},
        "answer": reply_for(q.answer),
        "category": q.type,
        "l2-category": q.level.value,
        "split": q.split,
        "answer_format": q.answer_format.value,
        "tolerance": q.tolerance,
        "id": q.id,
        "subject": q.subject,
    }


FORMAT = Format(
    Abilities(ANSWERS_READ - {AnswerFormat.CHOICES}, clips=(1, 1)),
    write,
    {"README.md": "vlmevalkit.md", f"{TASK}.py": "vlmevalkit_dataset.py", "flex_reply.py": "flex_reply.py"},
)
