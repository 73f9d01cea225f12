"""From which camera a named error can be judged.

Two clips show one repetition, in which the error is made, from two cameras, and it is not told which. The graph says
that one of them shows the error and the other does not. Most errors are seen from the front, so questions come in
pairs of the same two cameras, one for an error that the first shows and one for an error that the second shows. The
oracle reads the same graph, and checks that the error is there to be seen.
"""

from collections.abc import Iterator
from itertools import combinations

from flexqa.graph.model import Graph
from flexqa.question import LETTERS, AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import named_media, only_true
from flexqa.questions.eye import Eye
from flexqa.questions.matched_sets import matched_sets, set_id
from flexqa.questions.visibility import error_text
from flexqa.vocabulary import VIEWS, Control

CLIPS = ("Clip 1", "Clip 2")
CAMERAS = tuple(v for v in VIEWS if v != "P")
"""The portrait phone stands beside camera 1 and tells itself by its shape."""

Views = tuple[str, str]


class ViewOfError(QuestionType):
    """Choice of two clips, in pairs of one of each."""

    name = "view_of_error"
    level = Level.CROSSMODAL
    modalities = (Modality.MULTIVIEW,)
    answer_format = AnswerFormat.CHOICE
    balanced = "all_prompts"
    summary = "From which camera can this error be judged? From the graph's views; cameras are not told."
    controls = {
        Control.BLIND: "chance",
        Control.NO_CLIP: "chance",
        Control.SWAPPED_CLIP: "unchanged",
        Control.SINGLE_FRAME: "unchanged",
        Control.SHUFFLED_FRAMES: "unchanged",
        Control.REVERSED_FRAMES: "unchanged",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """Two questions per two recordings with errors that two cameras tell in turn."""
        graph = context.graph
        for split, group in context.by_split.items():
            draw = self.draw(context, split)
            for views, pair in matched_sets(
                draw,
                group,
                draw.child("views").shuffled(combinations(CAMERAS, 2), str),
                len,
                lambda a, views: [i for i in range(2) if _told_by(graph, a, views, i)],
            ):
                order = self.draw(context, set_id(self.name, pair)).child("order").shuffled(views)
                for good, a in zip(views, pair, strict=True):
                    yield self._ask(context, a, views, good, order, set_id(self.name, pair))

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The clip whose view the graph names, if the error is there."""
        error = eye.error_named(question.prompt["error"])
        if not eye.made(question.media[0], question.prompt["error"]):
            return None
        views = eye.graph.errors[error].observable.video_views
        return only_true(question, (m.view in views for m in named_media(question)))

    def _ask(
        self, context: Context, a: Annotated, views: Views, good: str, order: tuple[str, ...], group: str
    ) -> Question:
        draw, told = self.draw(context, a.id), _told_by(context.graph, a, views, views.index(good))
        error = draw.child("error").shuffled(told)[0]
        return self.build(
            draw,
            a,
            media=tuple(
                Media(recording=a.id, modality=Modality.MULTIVIEW, view=v, label=label, tells_view=False)
                for v, label in zip(order, CLIPS, strict=True)
            ),
            prompt={"error": error_text(context.graph, error)},
            options=tuple(
                Option(text=label, kind="answer" if v == good else "other_view")
                for v, label in zip(order, CLIPS, strict=True)
            ),
            answer=LETTERS[order.index(good)],
            chance=1 / len(CLIPS),
            graph_path=((a.id, "observed", error), (error, "seen_from", good)),
            groups={"chain": a.id, "matched_set": group},
        )


def _told_by(graph: Graph, a: Annotated, views: Views, which: int) -> list[str]:
    """The errors of a recording that one of two views shows and the other does not."""
    if not set(views) <= set(a.recording.views):
        return []
    good, bad = views[which], views[1 - which]
    shown = {e: graph.errors[e].observable.video_views for e in sorted(a.errors)}
    return [e for e, seen_from in shown.items() if good in seen_from and bad not in seen_from]
