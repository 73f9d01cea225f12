"""Whether the lifter makes one given error: yes or no.

For each recording that stands for one of its errors there is one of the same action that is free of it, and both are
asked about it; so for each error as many answers are yes as no, and knowing how common an error is helps
nobody. Each is asked twice, affirmed ("does the lifter make it?") and negated ("is it free of it?"), because models
follow the wording more than the evidence. Errors that no camera view shows are not asked; how an error is known to be
absent, `flexqa.questions.absence` says.
"""

from collections.abc import Iterator

from flexqa.graph.walk import path_to_error
from flexqa.question import AnswerFormat, Level, Modality, Question, Triple
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import clip, view_of_error
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import error_text
from flexqa.vocabulary import Control


class ErrorPresent(QuestionType):
    """Yes or no, in two wordings."""

    name = "error_present"
    level = Level.EVALUATION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.YES_NO
    summary = "Is this error made? From the annotated errors; balanced per error, affirmed and negated."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "chance", Control.SINGLE_FRAME: "lower"}

    def generate(self, context: Context) -> Iterator[Question]:
        """Four questions per matched pair of recordings: with and without the error, affirmed and negated."""
        action = context.action
        for group in context.by_split.values():
            for error in sorted({e for a in group for e in a.errors}):
                for present, absent in self._pairs(context, error, group):
                    view = view_of_error(context.graph, action, error, present, absent)
                    if view is not None:
                        yield from self._ask(context, error, view, present, absent)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """Whether the detectors find the error, or find none, as the question is put."""
        made = eye.made(question.media[0], question.prompt["error"])
        if made is None:
            return None
        return "yes" if made == (question.prompt["claim"] == "affirmed") else "no"

    def _pairs(
        self, context: Context, error: str, group: tuple[Annotated, ...]
    ) -> Iterator[tuple[Annotated, Annotated]]:
        """Recordings with the error, each with one of its own that lacks it: twin, same subject, or any."""
        draw = self.draw(context, error)
        free = list(draw.shuffled((a for a in group if context.lacks(a, error)), lambda a: a.id))
        with_error = draw.shuffled((a for a in group if error in self._asked_of(context, a)), lambda a: a.id)
        partners: dict[str, Annotated] = {}
        for near in (_twins, _same_subject, _any):
            for a in with_error:
                fits = (b for b in free if near(a, b))
                if a.id not in partners and (partner := next(fits, None)):
                    partners[a.id] = partner
                    free.remove(partner)
        yield from ((a, partners[a.id]) for a in with_error if a.id in partners)

    def _asked_of(self, context: Context, a: Annotated) -> tuple[str, ...]:
        """The error that a recording stands for: one, so that those of FLEX with seven do not outweigh all others."""
        return self.draw(context, a.id).shuffled(a.errors)[:1]

    def _ask(
        self, context: Context, error: str, view: str, present: Annotated, absent: Annotated
    ) -> Iterator[Question]:
        pair = f"{error}:{present.id}~{absent.id}"
        for a in (present, absent):
            made = a is present
            for claim in ("affirmed", "negated"):
                yield self.build(
                    self.draw(context, pair),
                    a,
                    media=(clip(a, view),),
                    prompt={"error": error_text(context.graph, error), "claim": claim},
                    answer="yes" if made == (claim == "affirmed") else "no",
                    chance=0.5,
                    graph_path=_path(context, a, error, made),
                    groups={
                        "chain": a.id,
                        "affirmed_negated": f"{error}:{a.id}",
                        "minimal_pair": f"{pair}:{claim}",
                    },
                )


def _twins(a: Annotated, b: Annotated) -> bool:
    """Two repetitions that differ by one error only."""
    return a.truth.twin == b.id


def _same_subject(a: Annotated, b: Annotated) -> bool:
    return a.truth.subject == b.truth.subject


def _any(_a: Annotated, _b: Annotated) -> bool:
    return True


def _path(context: Context, a: Annotated, error: str, made: bool) -> tuple[Triple, ...]:
    graph, action = context.graph, a.truth.action
    shown: Triple = (a.id, "shows", action)
    if made:
        return (shown, (a.id, "observed", error), *path_to_error(graph, action, a.keystep_of(error), error))
    return (shown, (a.id, "free_of", error))
