"""FLEX-VideoQA for lmms-eval: the functions that flex_videoqa.yaml names."""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# lmms-eval loads this file by its path, so its neighbour is not found without help.
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))

from flex_reply import read, score  # noqa: E402

Doc = dict[str, Any]


def doc_to_visual(doc: Doc) -> list[str]:
    """The clips, as paths of mp4 files."""
    return [str(HERE / part["content"]) for part in doc["parts"] if part["kind"] == "video"]


def doc_to_text(doc: Doc, lmms_eval_specific_kwargs: Doc | None = None) -> str:  # noqa: ARG001
    """All words, for models that take the clips in front of them."""
    return str(doc["text"])


def doc_to_messages(doc: Doc, lmms_eval_specific_kwargs: Doc | None = None) -> list[Doc]:  # noqa: ARG001
    """Each clip and sensor trace behind the line that announces it, and the question last."""
    content = []
    for part in doc["parts"]:
        if part["kind"] == "video":
            content.append({"type": "video", "url": str(HERE / part["content"])})
        else:
            content.append({"type": "text", "text": part["content"]})
    return [{"role": "user", "content": content}]


def process_results(doc: Doc, results: list[str]) -> dict[str, Doc]:
    """Metric -> score and cluster: right or wrong, over all and by type, and whether the reply could be read."""
    form, options = doc["answer_format"], list(doc["options"])
    right = score(results[0], form, options, doc["answer"], doc["tolerance"])
    readable = float(read(results[0], form, options) is not None)
    values = {"accuracy": right, f"accuracy_{doc['type']}": right, "readable": readable}
    return {name: {"score": value, "subject": doc["subject"]} for name, value in values.items()}


def mean(items: list[Doc]) -> float:
    """Mean score of a metric, 0-1."""
    return float(sum(item["score"] for item in items) / len(items))
