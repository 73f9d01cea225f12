"""What an export says that a leaderboard does not know: who publishes it and where."""

import re
from typing import Literal

from flexqa.question import Frozen

Relationship = Literal["first_party", "third_party", "collaborative", "other"]


class ExportOptions(Frozen):
    """Said by whoever exports."""

    organization: str | None = None
    """who ran the evaluations; Every Eval Ever wants it"""
    relationship: Relationship = "third_party"
    """of that organisation to the models"""
    dataset: str | None = None
    """id of the data set on the Hugging Face Hub; null is the benchmark's id"""
    dataset_revision: str | None = None
    source_url: str | None = None
    """where runs and logs can be looked at"""


def hub_name(model: str) -> str | None:
    """`vllm:Qwen/Qwen3-VL-8B` -> `Qwen/Qwen3-VL-8B`; null for what has no name on the Hub, such as a baseline."""
    _, _, target = model.partition(":")
    return target if re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", target, re.ASCII) and ".." not in target else None
