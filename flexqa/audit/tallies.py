"""Counts that must be even: places of answers, answers by type and action, wordings; and questions asked twice."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy import stats

from flexqa.audit.report import Gate, gate, rejected
from flexqa.prompts import render_question
from flexqa.question import AnswerFormat, Question
from flexqa.questions.registry import question_type

_FORMS = (AnswerFormat.CHOICE, AnswerFormat.YES_NO)


def positions(questions: Sequence[Question]) -> Mapping[str, Mapping[str, int]]:
    """Type -> letter -> how often it is the answer, for choice questions."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for q in questions:
        if q.answer_format is AnswerFormat.CHOICE:
            counts[q.type][str(q.answer)] += 1
    return {name: dict(sorted(count.items())) for name, count in sorted(counts.items())}


def gates(questions: Sequence[Question]) -> Iterator[Gate]:
    """Position, balance, wording and duplicates."""
    yield _position(questions)
    yield _balance(questions)
    yield _wording(questions)
    yield _duplicates(questions)


def _position(questions: Sequence[Question]) -> Gate:
    """Chi-square over letters, of questions of a type with equally many options, and of all together."""
    counts: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for q in questions:
        if q.answer_format is AnswerFormat.CHOICE:
            for name in (q.type, "all types"):
                counts[name, len(q.options)][str(q.answer)] += 1
    tests = {}
    for (name, size), count in counts.items():
        observed = [count["ABCDEFGHIJ"[i]] for i in range(size)]
        if sum(observed) >= 5 * size:
            tests[f"{name}: {' '.join(map(str, observed))} of {size} letters"] = float(
                stats.chisquare(observed).pvalue
            )
    return _tested("position", "Is every letter right equally often?", tests, "draw the places of the answers evenly")


def _balance(questions: Sequence[Question]) -> Gate:
    """How often an answer is right of the times it is offered, by type and, where types balance it, by action."""
    right: Counter[tuple[str, str, str]] = Counter()
    expected: Counter[tuple[str, str, str]] = Counter()
    variance: Counter[tuple[str, str, str]] = Counter()
    for q in questions:
        if q.answer_format not in _FORMS:
            continue
        stratum, names = question_type(q.type).balance_keys(q)
        texts = ("yes", "no") if q.answer_format is AnswerFormat.YES_NO else tuple(o.text for o in q.options)
        kinds = {"all actions": texts} | ({f"{q.action} {' '.join(stratum)}".strip(): names} if names else {})
        for where, offered in kinds.items():
            for name, is_right in zip(offered, _is_right(q), strict=True):
                key = (q.type, where, name)
                right[key] += is_right
                expected[key] += 1 / len(offered)  # type: ignore[assignment]  # a Counter of floats
                variance[key] += (1 - 1 / len(offered)) / len(offered)  # type: ignore[assignment]
    tests = {}
    for key, v in variance.items():
        if expected[key] >= 5:
            z = (right[key] - expected[key]) / np.sqrt(v)
            tests[f"{key[0]}, {key[1]}: {key[2][:40]!r} right {right[key]} times, {expected[key]:.0f} expected"] = (
                float(2 * stats.norm.sf(abs(z)))
            )
    remedy = "give the type balance keys, or draw its options as sets"
    return _tested("balance", "Is each answer right as often as it is offered?", tests, remedy)


def _is_right(q: Question) -> list[bool]:
    if q.answer_format is AnswerFormat.YES_NO:
        return [q.answer == "yes", q.answer == "no"]
    return [o.kind == "answer" for o in q.options]


def _wording(questions: Sequence[Question]) -> Gate:
    """Chi-square of paraphrase against answer."""
    tables: defaultdict[str, Counter[tuple[int, str]]] = defaultdict(Counter)
    for q in questions:
        if q.answer_format in _FORMS:
            tables[q.type][q.wording, str(q.answer)] += 1
    tests = {}
    for name, cells in tables.items():
        rows, columns = ({cell[i] for cell in cells} for i in (0, 1))
        table = np.array([[cells[r, c] for c in sorted(columns)] for r in sorted(rows)])  # type: ignore[index]
        if min(table.shape) > 1 and table.sum() >= 5 * table.size:
            tests[f"{name}: wording against answer"] = float(stats.chi2_contingency(table).pvalue)
    return _tested("wording", "Does the paraphrase go with the answer?", tests, "draw wordings apart from answers")


def _tested(name: str, asks: str, tests: Mapping[str, float], remedy: str) -> Gate:
    bad = [f"{what} (p = {p:.2g})" for (what, p), r in zip(tests.items(), rejected(tests.values()), strict=True) if r]
    worst = min(tests.items(), key=lambda item: item[1], default=None)
    return gate(name, asks, bad, len(tests), remedy, worst=f"{worst[0]} (p = {worst[1]:.2g})" if worst else "")


def _duplicates(questions: Sequence[Question]) -> Gate:
    """The same evidence, words and options, in whatever order the options stand and whichever paraphrase is used."""
    seen: dict[tuple[object, ...], str] = {}
    faults = []
    for q in questions:
        shown = tuple((m.recording, m.modality, m.view, m.window_s) for m in q.media)
        texts = frozenset(" ".join(o.text.casefold().split()) for o in q.options)
        option_media = frozenset(o.media.recording for o in q.options if o.media)
        fields = tuple(sorted(q.prompt.items())) or render_question(
            q.model_copy(update={"wording": 0, "options": ()})
        )
        key = (q.type, shown, option_media or texts, fields)
        if key in seen:
            faults.append(f"{q.id} asks what {seen[key]} asks")
        seen.setdefault(key, q.id)
    remedy = "make each question once"
    return gate("duplicates", "Is any question asked twice?", faults, len(questions), remedy)
