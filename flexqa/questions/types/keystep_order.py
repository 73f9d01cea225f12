"""In which order three shown moments of a repetition happen.

One window of 0.4 s in each phase, in shuffled order and all equally long. The options are orders of the three; of
each exercise, every order is right as often as it is offered. The oracle looks in which of the seen phases each lies.
"""

from collections.abc import Iterator
from itertools import permutations

from flexqa.question import AnswerFormat, Level, Modality, Option, Question
from flexqa.questions.base import Context, QuestionType
from flexqa.questions.distractors import place
from flexqa.questions.evidence import clip, letter_of, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.phases import moments_of, phase_of
from flexqa.vocabulary import Control


class KeystepOrder(QuestionType):
    """Choice of four orders."""

    name = "keystep_order"
    level = Level.STANDARDS
    modalities = (Modality.VIDEO,)
    answer_format = AnswerFormat.CHOICE
    summary = "In which order do three shown moments happen? From the annotated phases."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "lower",
        Control.NO_CLIP: "chance",
        Control.SINGLE_FRAME: "lower",
        Control.REVERSED_FRAMES: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip and three phases that are long enough."""
        for a in context.annotated:
            draw, view = self.draw(context, a.id), view_of_action(context.graph, context.action, a)
            found = moments_of(draw, a)
            if view is None or found is None:
                continue
            windows = draw.child("shown").shuffled(found.values())
            order = sorted(range(1, 4), key=lambda i: windows[i - 1])
            others = [p for p in permutations(range(1, 4)) if list(p) != order]
            wrong = [Option(text=_order(p), kind="order") for p in draw.child("wrong").shuffled(others)[:3]]
            choice = place(draw, Option(text=_order(order), kind="answer"), wrong)
            yield self.build(
                draw,
                a,
                media=tuple(clip(a, view, f"Moment {i}", w) for i, w in enumerate(windows, 1)),
                options=choice.options,
                answer=choice.answer,
                chance=choice.chance,
                graph_path=((a.id, "shows", context.action), (a.id, "runs_through", " ".join(found))),
                groups={"chain": a.id},
            )

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The order of the seen phases that hold the windows."""
        repetition = eye.repetition(question.media[0])
        if repetition is None:
            return None
        phases = [phase_of(repetition, m.window_s) if m.window_s else None for m in question.media]
        if len(set(phases) - {None}) != 3:
            return None
        times = [s.phase for s in repetition.phases]
        return letter_of(question, _order(sorted(range(1, 4), key=lambda i: times.index(phases[i - 1]))))  # type: ignore[arg-type]  # none is null here


def _order(ranked: tuple[int, ...] | list[int]) -> str:
    return ", ".join(f"Moment {i}" for i in ranked)
