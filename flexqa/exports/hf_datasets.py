"""One parquet file per split for Hugging Face `datasets`, to train on or to search.

Only questions whose evidence cannot be read are left out: this is a table and no harness.
"""

from pathlib import Path

from flexqa.exports.common import Abilities, Format, Item
from flexqa.exports.table import write_table
from flexqa.question import AnswerFormat

_PARTS = {"train": "train", "val": "validation", "test": "test"}
"""split -> how the Hub calls it"""


def write(items: list[Item], folder: Path) -> None:
    """Write `data/train.parquet`, `data/validation.parquet` and `data/test.parquet`, those that have questions."""
    for split, name in _PARTS.items():
        if found := [item for item in items if item.question.split == split]:
            write_table(found, folder / "data" / f"{name}.parquet")


FORMAT = Format(
    Abilities(frozenset(AnswerFormat), option_clips=True, later_turns=True), write, {"README.md": "hf_datasets.md"}
)
