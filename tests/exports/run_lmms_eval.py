"""Runs in lmms-eval's environment: loads a task folder, and evaluates models that reply what they are told.

Arguments: task folder; JSON file of question id -> wrong reply. Prints JSON: what was shown, and the results.
"""

import json
import sys
from pathlib import Path
from typing import Any

from lmms_eval.api.model import lmms
from lmms_eval.evaluator import simple_evaluate
from lmms_eval.tasks import TaskManager, get_task_dict

FOLDER, WRONG = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())


class Told(lmms):  # type: ignore[misc]
    """Replies from a list."""

    is_simple = False

    def __init__(self, replies: dict[str, str]) -> None:
        super().__init__()
        self.replies = replies

    def generate_until(self, requests: list[Any]) -> list[str]:
        docs = [self.task_dict[r.args[4]][r.args[5]][r.args[3]] for r in requests]
        return [self.replies[doc["id"]] for doc in docs]

    def loglikelihood(self, requests: list[Any]) -> list[Any]:
        raise NotImplementedError

    def generate_until_multi_round(self, requests: list[Any]) -> list[str]:
        raise NotImplementedError


manager = TaskManager(include_path=FOLDER, include_defaults=False)


def results(replies: dict[str, str]) -> Any:
    """Metric -> value."""
    found = simple_evaluate(
        model=Told(replies), tasks=["flex_videoqa"], task_manager=manager, batch_size=1, bootstrap_iters=0
    )
    return found["results"]["flex_videoqa"]


simple, chat = (get_task_dict(["flex_videoqa"], manager, kind)["flex_videoqa"] for kind in ("simple", "chat"))
docs = list(simple.test_docs())
shown = [
    {
        "id": doc["id"],
        "visuals": simple.doc_to_visual(doc),
        "text": simple.doc_to_text(doc),
        "messages": chat.doc_to_messages(doc),
        "target": simple.doc_to_target(doc),
        "right": simple.process_results(doc, [doc["answer"]]),
        "wrong": simple.process_results(doc, [WRONG[doc["id"]]]),
    }
    for doc in docs
]
report = {
    "shown": shown,
    "all_right": results({doc["id"]: doc["answer"] for doc in docs}),
    "all_wrong": results(WRONG),
    "none_read": results({doc["id"]: "[LMMS_EVAL_REQUEST_FAILED after 5 retries] " for doc in docs}),
}
sys.stdout.write(f"\n{json.dumps(report, default=str)}\n")
