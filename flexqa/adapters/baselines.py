"""Baselines: what chance gives, what the answers of the train split give, and what the sensor files give.

All reply in words, as a model would, so that their replies take the same way to a score.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any

import numpy as np

from flexqa.adapters.base import Adapter, OpenBook, Request
from flexqa.adapters.options import Options, suggest
from flexqa.errors import BadInput
from flexqa.question import Answer, AnswerFormat, Question


def create(name: str, options: Mapping[str, str]) -> Adapter:
    """Make `baseline:<name>`.

    Raises:
        BadInput: there is no such baseline, or an option was given.
    """
    known: dict[str, type[Adapter]] = {"random": RandomBaseline, "prior": PriorBaseline, "oracle": OracleBaseline}
    if name not in known:
        raise BadInput(f"no baseline {name!r}{suggest(name, tuple(known))}")
    Options.read(options, f"baseline:{name}")
    return known[name]()


class RandomBaseline(Adapter):
    """A uniform guess, drawn from the sampling seed and the question's id, whatever the order of the questions."""

    def reply(self, request: Request) -> str:
        """Guess: a letter, a set of letters that is not empty, yes or no, or a whole number from 0 to 100."""
        return guess(request)

    def describe(self) -> dict[str, Any]:
        """What run.json says of it."""
        return {"engine": "baseline", "baseline": "random"}


class PriorBaseline(Adapter):
    """The most frequent right answer of each question type in the train split.

    choice: among the options shown, the text that was right most often; where none of them ever was, the letter
    that was. choices: the texts that were right more often than not when shown. yes_no, text: the majority.
    number: the median. A type that the train split lacks is answered as `baseline:random` does.
    """

    def __init__(self) -> None:
        self._types: dict[str, _Prior] = defaultdict(_Prior)
        self._learned = 0

    def learn(self, questions: Iterable[Question]) -> None:
        """Count the right answers. Questions of other splits are passed over."""
        for question in questions:
            if question.split == "train" and not question.withheld:
                self._types[question.type].add(question)
                self._learned += 1

    def reply(self, request: Request) -> str:
        """Give the most frequent answer."""
        prior = self._types.get(request.question_type)
        return guess(request) if prior is None else prior.reply(request)

    def describe(self) -> dict[str, Any]:
        """What run.json says of it: how much it has seen, and how it answers what it has not."""
        return {
            "engine": "baseline",
            "baseline": "prior",
            "learned_questions": self._learned,
            "learned_types": sorted(self._types),
            "other_types": "uniform guess",
        }


class OracleBaseline(OpenBook):
    """What the evidence gives to one who measures: pose, EMG and physio files; the exercise is recognised.

    Where evidence is taken away or spoiled, or too close to tell, it answers as `baseline:random` does.
    """

    def __init__(self) -> None:
        self._solve: Callable[[Question], Answer | None] | None = None

    def open(self, solve: Callable[[Question], Answer | None]) -> None:
        """Take the solver."""
        self._solve = solve

    def reply(self, request: Request) -> str:
        """Answer from the evidence.

        Raises:
            RecordingError: what it would have to look at is not there.
        """
        if self._solve is None or request.question is None:
            return guess(request)
        answer = self._solve(request.question)
        if answer is None:
            return guess(request)
        if isinstance(answer, tuple):
            return ", ".join(answer) or "none"
        return f"{answer:g}" if isinstance(answer, float) else answer

    def describe(self) -> dict[str, Any]:
        """What run.json says of it."""
        return {"engine": "baseline", "baseline": "oracle"}


class _Prior:
    """Right answers of one question type."""

    def __init__(self) -> None:
        self.shown: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.numbers: list[float] = []

    def add(self, question: Question) -> None:
        if isinstance(question.answer, float):
            self.numbers.append(question.answer)
            return
        answers = (question.answer,) if isinstance(question.answer, str) else question.answer
        self.answers.update(answers)
        self.shown.update(o.text for o in question.options)
        self.right.update(o.text for o in question.options if o.kind == "answer")

    def reply(self, request: Request) -> str:
        match request.answer_format:
            case AnswerFormat.CHOICE:
                return self._choice(request)
            case AnswerFormat.CHOICES:
                return ", ".join(self._choices(request))
            case AnswerFormat.NUMBER:
                return f"{median(self.numbers):g}" if self.numbers else guess(request)
            case _:
                return _most(self.answers, tuple(self.answers)) if self.answers else guess(request)

    def _choice(self, request: Request) -> str:
        seen = tuple(t for t in request.option_texts if self.right[t])
        if seen:
            return request.letters[request.option_texts.index(_most(self.right, seen))]
        return _most(self.answers, request.letters)

    def _choices(self, request: Request) -> tuple[str, ...]:
        pairs = tuple(zip(request.letters, request.option_texts, strict=True))
        likely = tuple(letter for letter, text in pairs if 2 * self.right[text] > self.shown[text])
        return likely or (self._choice(request),)


def guess(request: Request) -> str:
    """A uniform guess in the form that the request asks for, set by its seed and the question's id."""
    digest = hashlib.sha256(f"{request.sampling.seed}:{request.question_id}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8]))
    match request.answer_format:
        case AnswerFormat.CHOICE:
            return request.letters[int(rng.integers(len(request.letters)))]
        case AnswerFormat.CHOICES:
            code = int(rng.integers(1, 2 ** len(request.letters)))
            return ", ".join(letter for i, letter in enumerate(request.letters) if code >> i & 1)
        case AnswerFormat.YES_NO:
            return ("no", "yes")[int(rng.integers(2))]
        case AnswerFormat.NUMBER:
            return str(int(rng.integers(101)))
        case AnswerFormat.TEXT:
            return "I cannot tell."


def _most(counts: Counter[str], among: tuple[str, ...]) -> str:
    """The most frequent of `among`; of equals the first in the alphabet, so that no order of counting matters."""
    return min(among, key=lambda name: (-counts[name], name))
