"""Reading replies: time per reply against its length, and against the one regular expression that finds a letter.

The floor finds a capital letter and nothing else. Linear time shows as a ratio of about 10 for 10 times the length.
  python perf/extract.py [REPEATS]
"""

import re
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from flexqa.question import AnswerFormat
from flexqa.scoring.extract import extract

OPTIONS = ("Deadlift", "Squat", "Curl", "Bench press")
SENTENCE = "The lifter bends the knees and hips together; the bar rests on the back. "
LETTER = re.compile(r"\b[A-D]\b")


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Median time of one call."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return 1000 * statistics.median(taken)


def main() -> None:
    """Print one line per length."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    before = None
    for sentences in (0, 6, 60, 600):
        reply = SENTENCE * sentences + "So the answer is B."
        ours = milliseconds(partial(extract, reply, AnswerFormat.CHOICE, OPTIONS), repeats)
        floor = milliseconds(partial(LETTER.search, reply), repeats)
        growth = f", {ours / before:.1f} times the line above" if before else ""
        print(f"{len(reply):6d} characters: {ours:8.3f} ms, {ours / floor:8.0f} times one search{growth}")
        before = ours


if __name__ == "__main__":
    main()
