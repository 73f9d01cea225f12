"""During which of four clips an EMG trace was recorded.

The reverse of `emg_trace_match`: four repetitions of the same action, of the same subject where possible, any two of
which begin or turn at moments more than 0.3 s apart, all cut to the length of the shortest. The oracle looks
which of the seen movements explains the activity best.
"""

from collections.abc import Iterator

from flexqa.question import AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.evidence import clip, dominant_muscle, has_emg, targets, view_of_action
from flexqa.questions.eye import Eye
from flexqa.questions.timing import best_fit, common_window, fit, moments, others_apart
from flexqa.vocabulary import Control

CLIPS = ("Clip 1", "Clip 2", "Clip 3", "Clip 4")


class ClipOfTrace(QuestionType):
    """Choice of four clips."""

    name = "clip_of_trace"
    level = Level.CROSSMODAL
    modalities = (Modality.EMG, Modality.VIDEO)
    answer_format = AnswerFormat.CHOICE
    summary = "Which clip belongs to the EMG trace? The others show other repetitions with another timing."
    controls = {
        Control.BLIND: "chance",
        Control.SWAPPED_CLIP: "chance",
        Control.NO_CLIP: "chance",
        Control.SWAPPED_EMG: "chance",
        Control.NO_EMG: "chance",
        Control.SHUFFLED_FRAMES: "lower",
    }

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with EMG, a clip, and three others to tell it from."""
        for group in context.by_split.values():
            for a in group:
                if question := self._ask(context, a, group):
                    yield question

    def balance_keys(self, question: Question) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Over the places of the clips, whatever the muscle."""
        return (), tuple(o.text for o in question.options)

    def solve(self, question: Question, eye: Eye) -> str | None:
        """The clip whose movement goes best with the activity."""
        sides = eye.sides(question.media[0])
        seen = [eye.repetition(m) for m in question.media[1:]]
        best = best_fit([fit(r, sides) for r in seen if r]) if all(seen) else None
        return None if best is None else question.letters[best]

    def _ask(self, context: Context, a: Annotated, group: tuple[Annotated, ...]) -> Question | None:
        graph, action, draw = context.graph, a.truth.action, self.draw(context, a.id)
        if view_of_action(graph, action, a) is None or moments(a) is None or not has_emg(context, a):
            return None
        others = others_apart(draw, a, group, lambda b: view_of_action(graph, action, a, b) is not None, 3)
        shown = draw.child("order").shuffled([a, *others], lambda b: b.id) if others else ()
        window, view = (common_window(shown), view_of_action(graph, action, *shown)) if shown else (None, None)
        if window is None or view is None:
            return None
        trace = Media(recording=a.id, modality=Modality.EMG, window_s=window, label="Trace")
        near = {b.id: "same_subject" if b.truth.subject == a.truth.subject else "same_action" for b in shown}
        return self.build(
            draw,
            a,
            media=(trace, *(clip(b, view, label, window) for b, label in zip(shown, CLIPS, strict=True))),
            prompt={"muscle": graph.muscles[dominant_muscle(graph, action)].name},
            options=tuple(
                Option(text=label, kind="answer" if b is a else near[b.id])
                for b, label in zip(shown, CLIPS, strict=True)
            ),
            answer="ABCD"[shown.index(a)],
            chance=1 / len(CLIPS),
            graph_path=((a.id, "shows", action), *targets(graph, action), (a.id, "recorded_with", f"EMG of {a.id}")),
        )
