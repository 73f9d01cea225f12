"""Which of four errors are made: none, some, or all of them.

Asked where enough errors are made, and enough are not, that any number of the four can be right; then each option is
made or not made with equal probability, so every set of letters is right equally often. What is not made is known to
be absent (`flexqa.questions.absence`), and one view shows all four. The oracle puts the detectors of all four to the
pose.
"""

from flexqa.question import LETTERS, AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import OfRecording
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.evidence import clip, made_and_absent, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.visibility import error_text
from flexqa.vocabulary import Control

OPTIONS = 4


class ErrorsMade(OfRecording):
    """Any number of four errors."""

    name = "errors_made"
    level = Level.EVALUATION
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICES
    summary = "Which of these errors are made? From the annotated errors; each is made in half of the questions."
    controls = {Control.BLIND: "chance", Control.SWAPPED_CLIP: "lower", Control.SINGLE_FRAME: "lower"}

    def solve(self, question: Question, eye: Eye) -> tuple[str, ...] | None:
        """The letters of the errors that the detectors find."""
        made = [eye.made(question.media[0], o.text) for o in question.options]
        if None in made:
            return None
        return tuple(letter for letter, there in zip(question.letters, made, strict=True) if there)

    def ask(self, context: Context, a: Annotated) -> Question | None:
        """One question where enough errors are made, and enough are surely not."""
        graph, action, draw = context.graph, a.truth.action, self.draw(context, a.id)
        view = view_of_action(graph, action, a)
        if view is None:
            return None
        made, absent = made_and_absent(context, a, view)
        wanted = sum(draw.child("made", str(i)).index(2) for i in range(OPTIONS))
        if min(len(made), len(absent)) < OPTIONS:
            return None
        chosen = [
            *draw.child("made").shuffled(made)[:wanted],
            *draw.child("absent").shuffled(absent)[: OPTIONS - wanted],
        ]
        options = tuple(
            Option(text=error_text(graph, e), kind="answer" if e in made else "same_action")
            for e in draw.child("order").shuffled(chosen)
        )
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            options=options,
            answer=tuple(letter for letter, o in zip(LETTERS, options, strict=False) if o.kind == "answer"),
            chance=0.5**OPTIONS,
            graph_path=(
                (a.id, "shows", action),
                *((a.id, "observed" if e in made else "free_of", e) for e in chosen),
            ),
            groups={"chain": a.id},
        )
