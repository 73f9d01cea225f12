"""Which standard of the exercise belongs to the shown moment.

The clip is cut to 0.4 s inside one annotated phase, at least 0.15 s from its boundaries. The options are standards of
the same exercise, one per phase, and each phase is asked about equally often: whoever knows from the words which
exercise is meant, and which phase each standard belongs to, still has to see the moment. A set-up must hold through
the repetition, so the question is which standard belongs to the phase, not which must be met. The oracle recognises
the exercise and sees its phases in the pose.
"""

from collections.abc import Iterator

from flexqa.graph.model import Graph
from flexqa.question import AnswerFormat, Level, Modality, Question, Window
from flexqa.questions.base import QuestionType
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.distractors import choice_of
from flexqa.questions.draw import Draw
from flexqa.questions.evidence import clip, only_true, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.moments import MOMENT_CONTROLS, moments, seen_phase
from flexqa.vocabulary import Phase


class MomentStandard(QuestionType):
    """Choice of one standard per phase."""

    name = "moment_standard"
    level = Level.STANDARDS
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which standard of the exercise belongs to this moment? From the annotated phases and the graph."
    controls = MOMENT_CONTROLS

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip and a phase that is long enough."""
        for a, phase, window in moments(context):
            if question := self._ask(context, a, phase, window):
                yield question

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The one standard of the seen phase of the recognised exercise."""
        media = question.media[0]
        repetition = eye.repetition(media)
        phase = seen_phase(repetition, media.window_s) if repetition else None
        if repetition is None or phase is None:
            return None
        steps = (eye.graph.keysteps[k] for k in eye.graph.actions[repetition.action].keysteps)
        right = {s.standard for s in steps if s.phase == phase}
        return only_true(question, (o.text in right for o in question.options))

    def _ask(self, context: Context, a: Annotated, phase: Phase, window: Window) -> Question | None:
        graph, action, draw = context.graph, context.action, self.draw(context, a.id)
        view, steps = view_of_action(graph, action, a), _one_per_phase(graph, action, draw)
        texts = {p: graph.keysteps[k].standard for p, k in steps.items()}
        if view is None or phase not in steps or not 1 < len(texts) == len(set(texts.values())):
            return None
        choice = choice_of(draw, texts, phase, "other_phase")
        return self.build(
            draw,
            a,
            media=(clip(a, view, window_s=window),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=(
                (a.id, "shows", action),
                (a.id, "is_then_in_phase", phase),
                (action, "contains", steps[phase]),
                (steps[phase], "in_phase", phase),
            ),
            groups={"chain": a.id},
        )


def _one_per_phase(graph: Graph, action: str, draw: Draw) -> dict[Phase, str]:
    """Phase -> one of its keysteps in the action."""
    steps = draw.child("keystep").shuffled(graph.actions[action].keysteps)
    return {graph.keysteps[k].phase: k for k in steps}
