"""Measures beyond accuracy: yes/no, multi-select, numbers, calibration, and what a run failed to answer.

All are over every question of their kind. Where a question was not answered, a measure says whether that counts as
wrong or is left out; intervals follow `flexqa.scoring.statistics`.
"""

from collections.abc import Mapping
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from flexqa.question import AnswerFormat, Frozen
from flexqa.scoring.free_text import FreeText, free_text
from flexqa.scoring.judgements import Matcher
from flexqa.scoring.statistics import Estimate, estimate, jackknife, jackknife_counts
from flexqa.scoring.table import STATUSES, Floats, Ints, Table, failed, sums_by_subject

BINS = 15
"""of equal width, in which confidence is compared with accuracy"""


class Rates(Frozen):
    """What became of the questions."""

    failure: Estimate
    """share of all questions without a reply: error, timeout, missing"""
    unread: Estimate
    """share of the replies without a readable answer: unparsable, refused, or truncated before the answer"""
    refusal: Estimate
    """share of the replies that refuse"""
    truncation: Estimate
    """share of the replies that were cut off, with or without a readable answer"""


class YesNo(Frozen):
    """Yes/no questions; without a readable answer they count as answered wrongly, but for `said_yes`."""

    balanced_accuracy: Estimate
    """mean of the accuracies on questions whose answer is yes, and no"""
    mcc: Estimate
    """Matthews correlation coefficient (Biochimica et Biophysica Acta 405, 1975)"""
    said_yes: Estimate
    """share of yes among the answers that were read"""
    is_yes: float
    """share of yes among the right answers"""


class LabelF1(Frozen):
    """One label of the multi-select questions."""

    f1: Estimate
    precision: float | None
    """null where it was never chosen"""
    recall: float | None
    """null where it is never right"""
    n_right: int
    """questions in which it is right"""


class MultiSelect(Frozen):
    """Multi-select questions; without a readable answer nothing is chosen."""

    micro_f1: Estimate
    """over all options of all questions; n counts options"""
    macro_f1: Estimate
    """mean over the labels that are right or chosen at least once"""
    by_label: dict[str, LabelF1]
    """key: text of the option"""


class Numbers(Frozen):
    """Questions of one type whose answer is a number; those without a readable number are left out."""

    mae: Estimate
    """mean absolute error, in points"""
    spearman: Estimate
    """rank correlation with the right answers, as action quality assessment reports it"""
    relative_l2: Estimate
    """100 · mean of (error / range)², the range being that of the right answers of an action (Yu et al., Group-aware
    Contrastive Regression for Action Quality Assessment, ICCV 2021)"""
    n_unread: int


class Calibration(Frozen):
    """Choice and yes/no questions with log-probabilities of what was offered."""

    ece: Estimate
    """expected calibration error: mean over 15 bins of |accuracy - confidence|, weighted by their questions (Guo et
    al., On Calibration of Modern Neural Networks, ICML 2017); biased upwards where bins hold few questions"""
    brier: Estimate
    """mean of Σ (p_k - [k is right])²"""


class Details(Frozen):
    """Measures beyond accuracy; null where a run has no question of the kind."""

    rates: Rates
    yes_no: YesNo | None
    yes_no_by_type: dict[str, YesNo]
    multi_select: MultiSelect | None
    numbers: dict[str, Numbers]
    """key: question type"""
    calibration: Calibration | None
    """null without log-probabilities, which `--decode choice` gives"""
    free_text: FreeText | None = None


def details(table: Table, matchers: Mapping[str, Matcher]) -> Details:
    """Measure a run.

    Args:
        table: of the run.
        matchers: id -> encoder or judge model that read its free answers.
    """
    yes_no = _rows_of(table, AnswerFormat.YES_NO)
    numbers = _rows_of(table, AnswerFormat.NUMBER)
    with_p = np.flatnonzero(np.isfinite(table.values["brier"]))
    return Details(
        rates=_rates(table),
        yes_no=_yes_no(table, yes_no) if len(yes_no) else None,
        yes_no_by_type={name: _yes_no(table, rows) for name, rows in _by_type(table, yes_no).items()},
        multi_select=_multi_select(table) if len(table.links["option"].rows) else None,
        numbers={name: _numbers(table, rows) for name, rows in _by_type(table, numbers).items()},
        calibration=_calibration(table, with_p) if len(with_p) else None,
        free_text=free_text(table, matchers) if len(table.links["text"].rows) else None,
    )


def _rows_of(table: Table, form: AnswerFormat) -> Ints:
    formats = table.labels["format"]
    return (
        np.flatnonzero(formats.codes == formats.names.index(form)) if form in formats.names else np.zeros(0, np.intp)
    )


def _by_type(table: Table, rows: Ints) -> dict[str, Ints]:
    types = table.labels["type"]
    codes = types.codes[rows]
    return {types.names[c]: rows[codes == c] for c in np.unique(codes)}


def _rates(table: Table) -> Rates:
    subjects = table.labels["subject"].codes
    replied = np.flatnonzero(~failed(table.status))

    def share(of: NDArray[np.bool_], rows: Ints) -> Estimate:
        return estimate(of[rows].astype(np.float64), subjects[rows], bounds=(0, 1))

    return Rates(
        failure=share(failed(table.status), np.arange(len(table))),
        unread=share(table.unread, replied),
        refusal=share(table.status == STATUSES.index("refused"), replied),
        truncation=share(table.status == STATUSES.index("truncated"), replied),
    )


def _yes_no(table: Table, rows: Ints) -> YesNo:
    truth, said = table.values["truth"][rows] == 1, table.values["said"][rows]
    right = np.where(np.isfinite(said), (said == 1) == truth, False)
    counts = [truth & right, truth & ~right, ~truth & right, ~truth & ~right]
    sums = sums_by_subject(table, rows, [c.astype(np.float64) for c in counts])
    read = rows[np.isfinite(said)]
    return YesNo(
        balanced_accuracy=jackknife_counts(_balanced, sums, len(rows), bounds=(0, 1)),
        mcc=jackknife_counts(_mcc, sums, len(rows), bounds=(-1, 1)),
        said_yes=estimate(table.values["said"][read], table.labels["subject"].codes[read], bounds=(0, 1)),
        is_yes=float(truth.mean()),
    )


def _balanced(sums: Floats) -> Floats:
    tp, fn, tn, fp = np.moveaxis(sums, -1, 0)
    found: Floats = (tp / (tp + fn) + tn / (tn + fp)) / 2
    return found


def _mcc(sums: Floats) -> Floats:
    tp, fn, tn, fp = np.moveaxis(sums, -1, 0)
    found: Floats = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return found


def _f1(sums: Floats) -> Floats:
    """From true positives, chosen, right; shape (..., 3)."""
    hits, chosen, right = np.moveaxis(sums, -1, 0)
    found: Floats = 2 * hits / (chosen + right)
    return found


def _macro_f1(sums: Floats) -> Floats:
    """From sums of shape (..., 3 · labels)."""
    f1 = _f1(sums.reshape(*sums.shape[:-1], -1, 3))
    there = np.isfinite(f1)
    found: Floats = np.where(there, f1, 0).sum(axis=-1) / there.sum(axis=-1)
    return found


def _multi_select(table: Table) -> MultiSelect:
    options = table.links["option"]
    present, clusters = np.unique(table.labels["subject"].codes[options.rows], return_inverse=True)
    columns = (table.option_true & table.option_said, table.option_said, table.option_true)
    n_labels, shape = len(options.names), (len(present), len(options.names))
    cells = clusters * n_labels + options.codes
    counts = [np.bincount(cells, weights=c, minlength=shape[0] * shape[1]).reshape(shape) for c in columns]
    sums = np.stack(counts, axis=-1).astype(np.float64)
    asked = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    by_label = {
        name: _label(sums[asked[:, i] > 0, i], int(asked[:, i].sum())) for i, name in enumerate(options.names)
    }
    flat = sums.reshape(len(present), -1)
    n_questions = len(np.unique(options.rows))
    return MultiSelect(
        micro_f1=jackknife_counts(_f1, sums.sum(axis=1), len(options.rows), bounds=(0, 1)),
        macro_f1=jackknife_counts(_macro_f1, flat, n_questions, bounds=(0, 1)),
        by_label=by_label,
    )


def _label(sums: Floats, n: int) -> LabelF1:
    hits, chosen, right = (float(x) for x in sums.sum(axis=0))
    return LabelF1(
        f1=jackknife_counts(_f1, sums, n, bounds=(0, 1)),
        precision=hits / chosen if chosen else None,
        recall=hits / right if right else None,
        n_right=int(right),
    )


def _numbers(table: Table, asked: Ints) -> Numbers:
    rows = asked[np.isfinite(table.values["abs_error"][asked])]
    errors, truth = table.values["abs_error"][rows], table.values["truth"][rows]
    subjects, actions = table.labels["subject"].codes[rows], table.labels["action"].codes[rows]
    ranges = _range_by(actions, truth)
    scaled = ranges > 0
    relative = 100 * (errors[scaled] / ranges[scaled]) ** 2
    return Numbers(
        mae=estimate(errors, subjects, bounds=(0, 100)),
        spearman=_spearman(table.values["said"][rows], truth, subjects),
        relative_l2=estimate(relative, subjects[scaled], bounds=(0, np.inf)),
        n_unread=len(asked) - len(rows),
    )


def _range_by(groups: Ints, values: Floats) -> Floats:
    """The range of the values of each value's group."""
    present, codes = np.unique(groups, return_inverse=True)
    low, high = np.full(len(present), np.inf), np.full(len(present), -np.inf)
    np.minimum.at(low, codes, values)
    np.maximum.at(high, codes, values)
    spread: Floats = (high - low)[codes]
    return spread


def _spearman(said: Floats, truth: Floats, clusters: Ints) -> Estimate:
    sides = tuple(np.unique(values, return_inverse=True)[1] for values in (said, truth))
    left_out = np.array([_rank_correlation(*(s[clusters != c] for s in sides)) for c in np.unique(clusters)])
    return jackknife(_rank_correlation(*sides), left_out, len(said), bounds=(-1, 1))


def _rank_correlation(a: Ints, b: Ints) -> float:
    """Of values by their place among all that occur."""
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    x, y = _ranks(a), _ranks(b)
    return int(x @ y) / sqrt(int(x @ x) * int(y @ y))


def _ranks(places: Ints) -> Ints:
    """Twice the distance of ranks from their mean, ties sharing one: whole numbers, whose products add up exactly."""
    counts = np.bincount(places)
    # Sums of up to three million such products fit into 64 bits.
    twice: Ints = 2 * np.cumsum(counts) - counts - len(places)
    return twice[places]


def _calibration(table: Table, rows: Ints) -> Calibration:
    subjects, brier = table.labels["subject"].codes[rows], table.values["brier"][rows]
    read = rows[np.isfinite(table.values["confidence"][rows])]
    confidence, right = table.values["confidence"][read], table.values["score"][read]
    bins = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    columns = [np.where(bins == b, right - confidence, 0.0) for b in range(BINS)]
    sums = sums_by_subject(table, read, [*columns, np.ones(len(read))])
    return Calibration(
        ece=jackknife_counts(_ece, sums, len(read), bounds=(0, 1)),
        brier=estimate(brier, subjects, bounds=(0, 2)),
    )


def _ece(sums: Floats) -> Floats:
    """From the sums of right - confidence in each bin, and the number of questions."""
    found: Floats = np.abs(sums[..., :-1]).sum(axis=-1) / sums[..., -1]
    return found
