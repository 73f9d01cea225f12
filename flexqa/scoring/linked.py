"""Questions that belong together: groups that are right throughout, the ladder of levels, and wordings."""

import numpy as np

from flexqa.question import Frozen, Level
from flexqa.scoring.statistics import Estimate, estimate
from flexqa.scoring.table import Floats, Ints, Named, Table

LADDER = (Level.RECOGNITION, Level.STANDARDS, Level.EVALUATION, Level.SCORING)
"""FLEX-VideoQA's levels, each built on the one before"""


class GroupCell(Frozen):
    """Groups of linked questions: a group is right when every question in it is."""

    accuracy: Estimate
    """over groups; clusters are subjects"""
    chance: float
    """mean over groups of the product of chances"""
    consistency: Estimate
    """share of the groups that are right throughout or wrong throughout; who always says the same has none in
    affirmed and negated pairs"""


class Ladder(Frozen):
    """The levels of one recording, from recognition to scoring."""

    chain: GroupCell | None
    """recordings that are asked about on two levels or more: right when all questions of these levels are; null where
    there is none"""
    given_right: dict[str, Estimate]
    """level -> accuracy on its questions where all questions of the level above are right"""
    given_wrong: dict[str, Estimate]
    """level -> accuracy on its questions where not all questions of the level above are right"""


def by_group(table: Table) -> dict[str, GroupCell]:
    """Kind of group -> its groups; a group of one says nothing and is left out."""
    found = {}
    for name, link in table.links.items():
        kind = name.removeprefix("group:")
        if kind != name and (cell := _groups(table, link)):
            found[kind] = cell
    return found


def ladder(table: Table) -> Ladder:
    """Chain and conditional accuracy over the recordings that `chain` groups name."""
    link = table.links.get("group:chain")
    if link is None:
        return Ladder(chain=None, given_right={}, given_wrong={})
    levels = table.labels["level"]
    rung_of = np.array([LADDER.index(Level(n)) if Level(n) in LADDER else -1 for n in levels.names])
    rungs = rung_of[levels.codes[link.rows]]
    kept = rungs >= 0
    rows, codes, rungs = link.rows[kept], link.codes[kept], rungs[kept]
    right = table.values["score"][rows] >= 1
    shape = (len(link.names), len(LADDER))
    asked = np.bincount(codes * shape[1] + rungs, minlength=shape[0] * shape[1]).reshape(shape)
    wrong = np.bincount(codes * shape[1] + rungs, weights=~right, minlength=shape[0] * shape[1]).reshape(shape)
    several = (asked > 0).sum(axis=1) >= 2
    given: tuple[dict[str, Estimate], dict[str, Estimate]] = ({}, {})
    for rung, level in enumerate(LADDER[1:], 1):
        there = (rungs == rung) & (asked[codes, rung - 1] > 0)
        above = wrong[codes, rung - 1] == 0
        for into, chosen in zip(given, (there & above, there & ~above), strict=True):
            if there.any():
                into[level.value] = _accuracy(table, rows[chosen])
    of_chains = several[codes]
    chain = _groups(table, Named(link.names, rows[of_chains], codes[of_chains]))
    return Ladder(chain=chain, given_right=given[0], given_wrong=given[1])


def by_wording(table: Table) -> dict[str, dict[str, Estimate]]:
    """Type -> number of the paraphrase -> accuracy; types with one paraphrase say nothing and are left out."""
    types, wordings = table.labels["type"], table.labels["wording"]
    found: dict[str, dict[str, Estimate]] = {}
    for t, name in enumerate(types.names):
        rows = np.flatnonzero(types.codes == t)
        present = np.unique(wordings.codes[rows])
        if len(present) > 1:
            found[name] = {wordings.names[w]: _accuracy(table, rows[wordings.codes[rows] == w]) for w in present}
    return found


def _accuracy(table: Table, rows: Ints) -> Estimate:
    return estimate(table.values["score"][rows], table.labels["subject"].codes[rows], bounds=(0, 1))


def _groups(table: Table, link: Named) -> GroupCell | None:
    order = np.lexsort((link.rows, link.codes))
    rows, codes = link.rows[order], link.codes[order]
    if not len(rows):
        return None
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    sizes = np.diff(starts, append=len(codes))
    right = table.values["score"][rows] >= 1
    n_right = np.add.reduceat(right.astype(np.intp), starts)
    chances = np.multiply.reduceat(table.values["chance"][rows], starts)
    several = sizes > 1
    if not several.any():
        return None
    clusters = table.labels["subject"].codes[rows[starts[several]]]
    throughout: Floats = (n_right == sizes)[several].astype(np.float64)
    alike: Floats = ((n_right == sizes) | (n_right == 0))[several].astype(np.float64)
    return GroupCell(
        accuracy=estimate(throughout, clusters, bounds=(0, 1)),
        chance=float(chances[several].mean()),
        consistency=estimate(alike, clusters, bounds=(0, 1)),
    )
