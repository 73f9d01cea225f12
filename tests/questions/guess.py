"""What a reader gets who never looks."""

import math
from collections import Counter
from collections.abc import Sequence

from flexqa.question import Question
from flexqa.questions.bundles import answer_text


def beats_chance(questions: Sequence[Question]) -> bool:
    """Whether the best guess from how often each option was right in the train split beats chance in the test split.

    Beats it by more than three standard deviations, that is.
    """
    seen: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for q in (q for q in questions if q.split == "train"):
        seen.update(o.text for o in q.options)
        right[answer_text(q)] += 1
    test = [q for q in questions if q.split == "test"]
    hits = sum(
        max(q.options, key=lambda o: (right[o.text] + 0.25) / (seen[o.text] + 1)).kind == "answer" for q in test
    )
    expected = sum(q.chance for q in test)
    spread = math.sqrt(sum(q.chance * (1 - q.chance) for q in test))
    assert test
    return hits > expected + 3 * spread
