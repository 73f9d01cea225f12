"""A model for the tests of the page: right on some questions where it is shown a clip, and on fewer where it is not.

It knows the answers from the question set. What it says follows from the question's id alone, so a board of such
models is the same again.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from flexqa.adapters.base import Request
from flexqa.record import Reply, Timing, Usage

_WRONG = {"choice": "A", "choices": "A", "yes_no": "no", "number": "1", "text": "No idea."}
"""What is said for want of knowledge, right at times."""


class Knowing:
    """Replies right with a chance; fails and rambles now and then."""

    def __init__(self, questions: str, right: str, fail: str = "0", ramble: str = "0") -> None:
        lines = Path(questions).read_text(encoding="utf-8").splitlines()
        self._answers = {q["id"]: q["answer"] for q in map(json.loads, lines)}
        self._right, self._fail, self._ramble = float(right), float(fail), float(ramble)

    def describe(self) -> dict[str, Any]:
        """What run.json says of it, as an engine on a GPU would."""
        return {"engine": "knowing", "dtype": "bfloat16", "device": "Test GPU 80GB", "concurrency": 4}

    def reply(self, request: Request) -> Reply:
        """Answer, ramble or fail."""
        drawn = _drawn("what", request.question_id)
        if drawn < self._fail:
            raise RuntimeError("the engine is gone")
        right = self._right if request.clips else self._right / 2
        text = "The lifter moves."
        if drawn < 1 - self._ramble:
            knows = _drawn("right", request.question_id) < right
            answer = self._answers[request.question_id]
            said = ", ".join(answer) if isinstance(answer, list) else str(answer)
            text = said if knows else _WRONG[request.answer_format]
        usage = Usage(input_tokens=900, output_tokens=len(text))
        return Reply(text=text, finish_reason="stop", usage=usage, timing=Timing(first_token_s=0.2, total_s=0.5))


def _drawn(what: str, question_id: str) -> float:
    return int(sha256(f"{what} {question_id}".encode()).hexdigest()[:8], 16) / 16**8
