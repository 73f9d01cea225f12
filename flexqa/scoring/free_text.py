"""Free answers against the graph: which nodes they state, who read that, and how alike they are to references.

Nodes are counted one by one over all answers. A question without an answer states none, and so counts towards recall.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from flexqa.question import Frozen
from flexqa.scoring import similarity
from flexqa.scoring.judgements import Matcher
from flexqa.scoring.nodes import LEXICAL
from flexqa.scoring.points import SAID
from flexqa.scoring.statistics import Estimate, estimate, jackknife_counts
from flexqa.scoring.table import Floats, Ints, Named, Table, failed, sums_by_subject

STATED, DENIED = SAID.index("stated"), SAID.index("denied")
_WORDS = Matcher(kind=LEXICAL, name="words")


class Stated(Frozen):
    """Which nodes the answers state."""

    precision: Estimate
    """share of the stated nodes that are true; n counts stated nodes"""
    recall: Estimate
    """share of the true nodes that are stated; n counts true nodes"""
    f1: Estimate
    """n counts nodes, true or not"""
    contradicted: Estimate
    """share of the true nodes that are denied; n counts true nodes"""


class Agreement(Frozen):
    """How far a matcher reads as the lexical one does; n counts nodes of answers that it has read."""

    same: Estimate
    """share of the nodes on which both read the same of stated, denied and unsaid"""
    kappa: Estimate
    """Cohen's kappa of the three (Educational and Psychological Measurement 20, 1960)"""


class Reading(Frozen):
    """What one matcher read from the answers."""

    matcher: Matcher
    overall: Stated
    by_kind: dict[str, Stated]
    """key: kind of node, `action`, `keystep`, `error`, `correction`"""
    n_open: int
    """nodes of answers that it was not asked about, or gave no readable judgement on; they are left out"""
    agreement: Agreement | None
    """with the lexical matcher; null for that one"""


class Similarity(Frozen):
    """Likeness to the reference answers, over a corpus, 0-100; what was not answered is an empty answer."""

    bleu: Estimate
    chrf: Estimate
    chrf_words: Estimate
    """chrF++: character and word n-grams"""


class FreeText(Frozen):
    """Answers in free text."""

    scored_by: Literal["lexical"] = "lexical"
    """the matcher whose F1 is the score of an answer, and so counts in accuracy; encoders and judge models stand
    beside it, so that all runs are scored alike"""
    readings: dict[str, Reading]
    """key: id of the matcher, `lexical`, `encoder-...`, `judge-...`; without the last two nobody else was asked"""
    similarity: dict[str, Similarity]
    """key: question type"""
    signatures: dict[str, str]
    """sacrebleu's signatures of `bleu`, `chrf` and `chrf++`"""


def free_text(table: Table, matchers: Mapping[str, Matcher]) -> FreeText:
    """Measure the free answers of a run, which has some."""
    asked = _entries(table, LEXICAL)
    readings = {}
    for name, matcher in {LEXICAL: _WORDS, **matchers}.items():
        entries = _entries(table, name)
        everything = np.concatenate([*entries.values()]) if entries else np.zeros(0, np.intp)
        readings[name] = Reading(
            matcher=matcher,
            overall=_stated(table, everything),
            by_kind={kind: _stated(table, of_kind) for kind, of_kind in sorted(entries.items())},
            n_open=sum(map(len, asked.values())) - len(everything),
            agreement=None if name == LEXICAL else _agreement(table, everything),
        )
    texts = table.links["text"]
    return FreeText(
        readings=readings,
        similarity={name: _similarity(table, texts, code) for code, name in enumerate(texts.names)},
        signatures=similarity.signatures(),
    )


def _entries(table: Table, matcher: str) -> dict[str, Ints]:
    """Kind of node -> places in the link `node` where this matcher read one."""
    link = table.links["node"]
    named = [name.partition("|") for name in link.names]
    found = {kind: np.flatnonzero(link.codes == code) for code, (by, _, kind) in enumerate(named) if by == matcher}
    return {kind: places for kind, places in found.items() if len(places)}


def _stated(table: Table, entries: Ints) -> Stated:
    rows = table.links["node"].rows[entries]
    subjects = table.labels["subject"].codes[rows]
    true, said, _ = table.node_marks[entries].T
    true, stated, denied = true == 1, said == STATED, said == DENIED
    columns = np.stack([true & stated, stated, true]).astype(np.float64)
    sums = sums_by_subject(table, rows, columns)
    return Stated(
        precision=estimate(columns[0][stated], subjects[stated], bounds=(0, 1)),
        recall=estimate(columns[0][true], subjects[true], bounds=(0, 1)),
        f1=jackknife_counts(_f1, sums, len(entries), bounds=(0, 1)),
        contradicted=estimate(denied[true].astype(np.float64), subjects[true], bounds=(0, 1)),
    )


def _f1(sums: Floats) -> Floats:
    """From hits, stated, true; shape (..., 3)."""
    hits, stated, true = np.moveaxis(sums, -1, 0)
    found: Floats = 2 * hits / (stated + true)
    return found


def _agreement(table: Table, entries: Ints) -> Agreement:
    unanswered = failed(table.status) | table.unread
    entries = entries[~unanswered[table.links["node"].rows[entries]]]
    rows = table.links["node"].rows[entries]
    _, here, there = table.node_marks[entries].T
    cells = here.astype(np.intp) * len(SAID) + there
    pairs = [(cells == c).astype(np.float64) for c in range(len(SAID) ** 2)]
    same = (here == there).astype(np.float64)
    return Agreement(
        same=estimate(same, table.labels["subject"].codes[rows], bounds=(0, 1)),
        kappa=jackknife_counts(_kappa, sums_by_subject(table, rows, pairs), len(entries), bounds=(-1, 1)),
    )


def _kappa(sums: Floats) -> Floats:
    """From how often each pair of readings comes, shape (..., 9)."""
    pairs = sums.reshape(*sums.shape[:-1], len(SAID), len(SAID))
    n = pairs.sum(axis=(-2, -1))
    same = np.trace(pairs, axis1=-2, axis2=-1) / n
    by_chance = (pairs.sum(axis=-1) * pairs.sum(axis=-2)).sum(axis=-1) / n**2
    found: Floats = (same - by_chance) / (1 - by_chance)
    return found


def _similarity(table: Table, texts: Named, code: int) -> Similarity:
    chosen = np.flatnonzero(texts.codes == code)
    sums = sums_by_subject(table, texts.rows[chosen], table.text_counts[chosen].T)
    estimates = {
        name: jackknife_counts(statistic, sums, len(chosen), bounds=(0, 100))
        for name, statistic in (
            ("bleu", similarity.bleu),
            ("chrf", similarity.chrf),
            ("chrf_words", similarity.chrf_words),
        )
    }
    return Similarity(**estimates)
