"""Guesses without evidence: how well each does against chance.

The folds are lifters: what is learned from some is tried on others, so no recording stands on both sides. A
classifier that reads is linear, over hashed words or characters of question and options; one that reads nothing sees
numbers only: lengths, places, and how long the evidence is.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

from flexqa.audit.cases import cases
from flexqa.audit.report import MARGIN, Gate, Guess, gate, rejected
from flexqa.prompts import media_label, render_question
from flexqa.question import AnswerFormat, Question
from flexqa.scoring.statistics import estimate

FOLDS = 5
_LEAST = 60
"""questions of a type below which nothing can be learned"""

Hits = Sequence[float]
"""1 for a right guess, 0 for a wrong one, of each question"""

Places = Sequence[int]
"""of questions of a type"""

Guesser = Callable[[Places, Places], Hits]
"""(questions to learn from, questions to answer) -> hits"""

_READERS = {"words": ("word", (1, 2)), "characters": ("char_wb", (3, 4))}
"""way of guessing -> analyzer and n-grams of `HashingVectorizer`"""


def guesses(questions: Sequence[Question]) -> tuple[Guess, ...]:
    """Every way of guessing on every type that is answered in a form that can be guessed."""
    by_type: defaultdict[str, list[Question]] = defaultdict(list)
    for q in questions:
        if q.answer_format is not AnswerFormat.TEXT:
            by_type[q.type].append(q)
    return tuple(g for _, group in sorted(by_type.items()) for g in _of_type(group))


def gates(found: Sequence[Guess]) -> Iterator[Gate]:
    """The text-only shortcut test, the prior alone, and the form of options, each with Holm's correction."""
    ways = {
        "text-only": (("words", "characters", "metadata"), "Can classifiers answer from the words alone?"),
        "prior-only": (("prior",), "Does it help to know which answers are frequent?"),
        "form": (tuple(_RULES), "Does the length or form of an option tell whether it is right?"),
    }
    for name, (members, asks) in ways.items():
        tried = [g for g in found if g.way in members]
        sure = rejected(g.p for g in tried)
        bad = [g for g, s in zip(tried, sure, strict=True) if s and g.accuracy > g.chance + MARGIN]
        worst = max(tried, key=lambda g: g.accuracy - g.chance, default=None)
        yield gate(
            name,
            asks,
            [_told(g) for g in sorted(bad, key=lambda g: g.chance - g.accuracy)],
            len(tried),
            "look at the questions of these types: options, wording or answers tell what is right",
            worst=_told(worst) if worst else "",
        )


def _told(g: Guess) -> str:
    return f"{g.type} by {g.way}: {g.accuracy:.1%} where chance is {g.chance:.1%} (p = {g.p:.2g})"


def _of_type(group: Sequence[Question]) -> Iterator[Guess]:
    if group[0].answer_format is AnswerFormat.CHOICE:
        for name, rule in _RULES.items():
            yield _guess(group, name, [_picked(q, [rule(text) for text, _ in cases(q)]) for q in group])
    if len(group) < _LEAST or len({q.subject for q in group}) < 2:
        return
    yield _guess(group, "prior", _out_of_fold(group, partial(_prior, group)))
    if group[0].answer_format is AnswerFormat.NUMBER:
        return
    rows = _Rows(group)
    texts = _texts(group)
    for way, (analyzer, ngrams) in _READERS.items():
        vectorizer = HashingVectorizer(analyzer=analyzer, ngram_range=ngrams, n_features=2**16, alternate_sign=False)
        yield _guess(group, way, _out_of_fold(group, partial(_reader, rows, vectorizer.transform(texts))))
    yield _guess(group, "metadata", _out_of_fold(group, partial(_counter, rows, _numbers(group))))


def _guess(group: Sequence[Question], way: str, hits: Hits) -> Guess:
    chances = [q.chance for q in group]
    subjects = [q.subject for q in group]
    mean = estimate(hits, subjects, bounds=(0.0, 1.0))
    over = np.asarray(hits) - np.asarray(chances)
    return Guess(
        type=group[0].type,
        way=way,
        n=len(group),
        accuracy=round(float(np.mean(hits)), 6),
        chance=round(float(np.mean(chances)), 6),
        low=mean.ci_low,
        high=mean.ci_high,
        p=_p_value(over, subjects, chances),
    )


def _p_value(over: NDArray[np.float64], subjects: Sequence[str], chances: Sequence[float]) -> float:
    """One-sided p of the mean excess over chance: the larger of a binomial z and a t test over lifters."""
    spread = float(np.sqrt(sum(c * (1 - c) for c in chances)))
    z = float(over.sum() / spread) if spread else 0.0
    p = float(stats.norm.sf(z))
    clustered = estimate([float(x) for x in over], subjects)
    if clustered.se and clustered.value is not None and clustered.n_clusters > 2:
        p = max(p, float(stats.t.sf(clustered.value / clustered.se, clustered.n_clusters - 1)))
    return p


def _out_of_fold(group: Sequence[Question], guesser: Guesser) -> Hits:
    subjects = sorted({q.subject for q in group})
    k = min(FOLDS, len(subjects))
    fold = {s: i % k for i, s in enumerate(subjects)}
    hits = np.zeros(len(group))
    for i in range(k):
        test = [j for j, q in enumerate(group) if fold[q.subject] == i]
        hits[test] = guesser([j for j, q in enumerate(group) if fold[q.subject] != i], test)
    return [float(h) for h in hits]


def _prior(group: Sequence[Question], train: Places, test: Places) -> Hits:
    """The option that was right most often of the times that it was offered; the most frequent yes, no or number."""
    if group[0].answer_format is AnswerFormat.NUMBER:
        constant = float(np.median([_number(group[j]) for j in train]))
        return [float(abs(constant - _number(group[j])) <= (group[j].tolerance or 0.0)) for j in test]
    seen, right = Counter[str](), Counter[str]()
    for j in train:
        for text, is_right in cases(group[j]):
            seen[text] += 1
            right[text] += is_right
    return [
        _picked(group[j], [(right[t] + 0.1) / (seen[t] + 0.1 * len(cases(group[j]))) for t, _ in cases(group[j])])
        for j in test
    ]


class _Rows:
    """The cases of the questions of a type, one row each, in order."""

    def __init__(self, group: Sequence[Question]) -> None:
        self._group = group
        self._edges = np.cumsum([0, *(len(cases(q)) for q in group)])
        self._right = np.array([int(right) for q in group for _, right in cases(q)])

    def of(self, places: Places) -> NDArray[np.intp]:
        """The rows of some questions."""
        return np.concatenate([np.arange(self._edges[j], self._edges[j + 1]) for j in places])

    def right(self, places: Places) -> NDArray[np.intp]:
        """1 where the case is right, 0 where it is not."""
        return np.asarray(self._right[self.of(places)])

    def hits(self, places: Places, scores: NDArray[np.float64]) -> Hits:
        """Of guesses by the scores of all cases of some questions."""
        ends = np.cumsum([0, *(len(cases(self._group[j])) for j in places)])
        return [_picked(self._group[j], list(scores[a:b])) for j, (a, b) in zip(places, pairwise(ends), strict=True)]


def _reader(rows: _Rows, words: sparse.csr_matrix, train: Places, test: Places) -> Hits:
    """A linear classifier over hashed n-grams."""
    model = SGDClassifier(loss="log_loss", alpha=1e-5, random_state=0, average=True)
    model.fit(words[rows.of(train)], rows.right(train))
    return rows.hits(test, model.decision_function(words[rows.of(test)]))


def _counter(rows: _Rows, numbers: NDArray[np.float64], train: Places, test: Places) -> Hits:
    """Boosted trees over lengths and places."""
    model = HistGradientBoostingClassifier(max_iter=40, random_state=0)
    model.fit(numbers[rows.of(train)], rows.right(train))
    return rows.hits(test, model.predict_proba(numbers[rows.of(test)])[:, 1])


def _texts(questions: Sequence[Question]) -> list[str]:
    """Of each case: its words; and tokens of it with each field, all cases, and how the evidence is announced."""
    texts = []
    for q in questions:
        announced = " ".join(media_label(m) for m in q.media)
        prompt = " ".join([announced, *q.prompt.values(), render_question(_bare(q))])
        offered = " ".join(sorted(text for text, _ in cases(q)))
        for text, _ in cases(q):
            pairs = [_token(other, text) for other in (*q.prompt.values(), offered, announced)]
            asked = f"{prompt} {_token(prompt, text)}" if q.answer_format is AnswerFormat.YES_NO else ""
            texts.append(" ".join([text, asked, *pairs]))
    return texts


def _bare(q: Question) -> Question:
    """The question without what is the same for all of its form."""
    return q.model_copy(update={"options": (), "answer": "yes", "answer_format": AnswerFormat.YES_NO})


def _token(one: str, other: str) -> str:
    """A word that stands for two texts together."""
    return f"x{crc32(f'{one} {other}'.encode()):x}"


def _numbers(questions: Sequence[Question]) -> NDArray[np.float64]:
    """Of each case, its place and lengths, and what is alike for all cases of the question."""
    rows = []
    for q in questions:
        texts = [text for text, _ in cases(q)]
        lengths = [len(t) for t in texts]
        # How long a window is, a model sees; where in the recording it lies, it does not.
        windows = [round(m.window_s[1] - m.window_s[0], 2) if m.window_s else -1.0 for m in q.media][:4]
        shared = [q.wording, len(q.media), len(texts), sum(lengths), *windows, *[-2.0] * (4 - len(windows))]
        for i, text in enumerate(texts):
            own = [i, lengths[i], sorted(lengths).index(lengths[i]), text.count(","), text.count(" "), _digits(text)]
            rows.append([*own, *shared])
    return np.asarray(rows, dtype=np.float64)


def _picked(q: Question, scores: Sequence[float]) -> float:
    """Whether the best case is right; of a multi-select, whether exactly the upper cases are."""
    right = [is_right for _, is_right in cases(q)]
    if q.answer_format is AnswerFormat.CHOICES:
        middle = 0.5 if all(0 <= s <= 1 for s in scores) else 0.0
        return float([s > middle for s in scores] == right)
    best = max(scores)
    tied = [r for s, r in zip(scores, right, strict=True) if s == best]
    return sum(tied) / len(tied)


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)


_RULES: Mapping[str, Callable[[str], float]] = {
    "longest": lambda t: float(len(t)),
    "shortest": lambda t: -float(len(t)),
    "most commas": lambda t: float(t.count(",")),
    "most digits": lambda t: float(_digits(t)),
}


def _number(q: Question) -> float:
    return q.answer if isinstance(q.answer, float) else 0.0
