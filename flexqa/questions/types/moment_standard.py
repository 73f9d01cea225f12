"""Which standard must be met at a shown moment.

A window of 0.4 s well inside one of the three phases is shown. The options are standards of the shown exercise, one
of each phase, and of each exercise every one is right equally often. The oracle looks in which of the seen phases the
window lies.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, only_true, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.phases import moments_of, phase_of
from flexqa.vocabulary import Control, Phase


class MomentStandard(QuestionType):
    """Choice of three standards."""

    name = "moment_standard"
    level = Level.STANDARDS
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "Which standard must be met at the shown moment? From the annotated phases and the graph."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "lower",
        Control.NO_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.REVERSED_FRAMES: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, about a moment of a phase that is drawn."""
        for a in context.annotated:
            if question := self._ask(context, a):
                yield question

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The standard of the seen phase that holds the window."""
        media = question.media[0]
        repetition = eye.repetition(media)
        phase = phase_of(repetition, media.window_s) if repetition and media.window_s else None
        if repetition is None or phase is None:
            return None
        steps = (eye.graph.keysteps[k] for k in eye.graph.actions[repetition.action].keysteps)
        right = {s.standard for s in steps if s.phase == phase}
        return only_true(question, (o.text in right for o in question.options))

    def _ask(self, context: Context, a: Annotated) -> Question | None:
        graph, draw = context.graph, self.draw(context, a.id)
        view, found = view_of_action(graph, context.action, a), moments_of(draw, a)
        steps: dict[Phase, str] = {}
        for k in draw.child("keysteps").shuffled(graph.actions[context.action].keysteps):
            steps.setdefault(graph.keysteps[k].phase, k)
        if view is None or found is None or len(steps) != len(found):
            return None
        phase = draw.child("phase").shuffled(found)[0]
        wrong = [Option(text=graph.keysteps[k].standard, kind="other_phase") for p, k in steps.items() if p != phase]
        choice = place(draw, Option(text=graph.keysteps[steps[phase]].standard, kind="answer"), wrong)
        return self.build(
            draw,
            a,
            media=(clip(a, view, window_s=found[phase]),),
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=(
                (a.id, "shows", context.action),
                (context.action, "contains", steps[phase]),
                (steps[phase], "in_phase", phase),
            ),
            groups={"chain": a.id},
        )
