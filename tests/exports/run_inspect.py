"""Runs in Inspect's environment: evaluates the task in the working folder with its mock model.

Arguments: JSON file of question id -> wrong reply; folder for logs. Prints JSON: metrics of right and wrong replies.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inspect_ai import eval as evaluate
from inspect_ai.model import ModelOutput, ModelUsage, get_model

WRONG, LOGS = json.loads(Path(sys.argv[1]).read_text()), sys.argv[2]


def digest(video: str) -> str:
    """sha256 of a clip, whether it is a path or has been read into the message."""
    data = base64.b64decode(video.partition("base64,")[2]) if video.startswith("data:") else Path(video).read_bytes()
    return hashlib.sha256(data).hexdigest()


def key(content: list[dict[str, Any]]) -> tuple[str, ...]:
    """What the model gets, in order: words, and clips by their bytes."""
    return tuple(digest(c["video"]) if c["type"] == "video" else c["text"] for c in content)


samples = [json.loads(line) for line in Path("questions.jsonl").read_text().splitlines()]
ids = {key(s["input"][0]["content"]): s["id"] for s in samples}
right = {s["id"]: s["target"] for s in samples}


def metrics(replies: Callable[[str], str], limit: int | None = None) -> dict[str, Any]:
    """Metric -> value of a model that replies so to each question."""

    def reply(messages: list[Any], *_: Any) -> ModelOutput:
        content = [c.model_dump() for c in messages[-1].content]
        output = ModelOutput.from_content("mockllm/model", replies(ids[key(content)]))
        # Stated, or the tokenizer that counts them is fetched.
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    model = get_model("mockllm/model", custom_outputs=reply, memoize=False)
    quiet: Any = {"display": "none", "log_samples": False, "log_realtime": False}
    [log] = evaluate("flex_videoqa.py", model=model, log_dir=LOGS, limit=limit, **quiet)
    if log.status != "success":
        raise SystemExit(str(log.error))
    return {name: metric.value for name, metric in log.results.scores[0].metrics.items()}


assert len(ids) == len(samples), "two questions look the same"
report = {
    "n": len(samples),
    "all_right": metrics(lambda q: right[q]),
    "all_wrong": metrics(lambda q: WRONG[q]),
    "none_read": metrics(lambda _: "I cannot tell.", limit=20),
}
sys.stdout.write(f"\n{json.dumps(report)}\n")
