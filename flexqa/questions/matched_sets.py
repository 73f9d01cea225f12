"""Sets of questions that read alike and are shown alike, and in which every answer is right once.

Most answers are more common than others: most repetitions turn when repetitions usually do, and most bend a joint as
far as the exercise asks for. Who knows that needs no evidence. So questions are made in sets with the same words, the
same options and the same window, each about another recording, and each with another right answer. A set counts as a
whole: what is left of it when a question is dropped would say something again.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from flexqa.questions.corpus import Annotated
from flexqa.questions.draw import Draw

S = TypeVar("S")
K = TypeVar("K")


def matched_sets(
    draw: Draw,
    recordings: Sequence[Annotated],
    settings: Sequence[S],
    n: Callable[[S], int],
    answers: Callable[[Annotated, S], Collection[int]],
) -> Iterator[tuple[S, tuple[Annotated, ...]]]:
    """Form sets until no more can be had; each recording is in at most one.

    Args:
        draw: the order in which recordings are tried.
        recordings: of one action and split.
        settings: all that the questions of a set share, those first that are to be tried first.
        n: how many answers a setting offers.
        answers: which of them, 0 ... n - 1, can be asked for with a recording; each would be the only right one.

    Yields:
        The setting and one recording for each of its answers, in their order.
    """
    left = list(draw.child("recordings").shuffled(recordings, lambda a: a.id))
    open_settings = list(settings)
    while open_settings:
        fruitful = []
        for setting in open_settings:
            found = _one_for_each(left, n(setting), lambda a, s=setting: answers(a, s))  # type: ignore[misc]
            if found is not None:
                yield setting, found
                left = [a for a in left if a not in found]
                fruitful.append(setting)
        open_settings = fruitful


def one_of_each(
    draw: Draw, recordings: Sequence[Annotated], offered: Sequence[tuple[K, ...]], right: Mapping[str, K]
) -> Iterator[tuple[tuple[K, ...], tuple[Annotated, ...]]]:
    """Sets of recordings that each have one answer.

    Args:
        draw: the order in which recordings are tried.
        recordings: of one action and split.
        offered: answers that may be offered together, those first that are to be tried first.
        right: recording -> its answer; without one it is not asked about.

    Yields:
        What is offered, and one recording for each of it, in its order.
    """
    yield from matched_sets(
        draw,
        [a for a in recordings if a.id in right],
        offered,
        len,
        lambda a, answers: [i for i, answer in enumerate(answers) if answer == right[a.id]],
    )


def set_id(type_name: str, members: Sequence[Annotated]) -> str:
    """The group id of a set."""
    return f"{type_name}:{'~'.join(a.id for a in members)}"


def _one_for_each(
    left: Sequence[Annotated], n: int, answers: Callable[[Annotated], Collection[int]]
) -> tuple[Annotated, ...] | None:
    """A recording for each answer, those first that can be asked for fewest."""
    able = sorted(((a, can) for a in left if (can := answers(a))), key=lambda pair: len(pair[1]))
    chosen: list[Annotated] = []
    for answer in range(n):
        found = next((a for a, can in able if answer in can and a not in chosen), None)
        if found is None:
            return None
        chosen.append(found)
    return tuple(chosen)
