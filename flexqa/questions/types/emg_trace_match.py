"""Which of four EMG traces was recorded during the clip.

The traces are of repetitions of the same action, of the same subject where possible. Any two of the four differ by
more than 0.3 s in duration or in the time of the strongest burst, so timing tells them apart, and since that holds
between all of them and not only between the right one and the rest, no trace stands out by itself. Where four such
traces do not exist, nothing is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flexqa.question import AnswerFormat, Level, Media, Modality, Option, Question
from flexqa.questions.base import Annotated, Context, QuestionType
from flexqa.questions.distractors import Choice, place
from flexqa.questions.evidence import clip, dominant_muscle, targets, view_of_action
from flexqa.recordings.signals import side_envelopes

APART_S = 0.3
OPTIONS = 4


@dataclass(frozen=True, slots=True)
class _Timing:
    duration_s: float
    burst_s: float
    """time of the highest envelope, mean of both sides"""

    def apart(self, other: "_Timing") -> bool:
        return abs(self.duration_s - other.duration_s) > APART_S or abs(self.burst_s - other.burst_s) > APART_S


class EmgTraceMatch(QuestionType):
    """Choice of four traces."""

    name = "emg_trace_match"
    level = Level.CROSSMODAL
    modalities = (Modality.EMG, Modality.VIDEO)
    answer_format = AnswerFormat.CHOICE
    summary = "Which EMG trace belongs to the clip? The others are of other repetitions with another timing."
    controls = ("blind", "swapped_clip", "swapped_emg")

    def generate(self, context: Context) -> Iterator[Question]:
        """One question per recording with a clip, EMG, and three others to tell it from."""
        for group in context.by_action.values():
            timed = {a.id: t for a in group if (t := _timing(context, a))}
            usable = tuple(a for a in group if a.id in timed)
            for a in usable:
                if question := self._ask(context, a, usable, timed):
                    yield question

    def _ask(
        self, context: Context, a: Annotated, group: tuple[Annotated, ...], timed: dict[str, _Timing]
    ) -> Question | None:
        graph, action, draw = context.graph, a.truth.action, self.draw(context, a.id)
        view = view_of_action(graph, action, a)
        chosen = [a]
        others = sorted(
            draw.child("others").shuffled(group, lambda b: b.id), key=lambda b: b.truth.subject != a.truth.subject
        )
        for b in others:
            if len(chosen) < OPTIONS and all(timed[b.id].apart(timed[c.id]) for c in chosen):
                chosen.append(b)
        if view is None or len(chosen) < OPTIONS:
            return None
        choice = _traces(place(draw, _trace(a, a), [_trace(b, a) for b in chosen[1:]]))
        return self.build(
            draw,
            a,
            media=(clip(a, view),),
            prompt={"muscle": graph.muscles[dominant_muscle(graph, action)].name},
            options=choice.options,
            answer=choice.answer,
            chance=choice.chance,
            graph_path=((a.id, "shows", action), *targets(graph, action), (a.id, "recorded_with", f"EMG of {a.id}")),
            groups={"chain": a.id},
        )


def _timing(context: Context, a: Annotated) -> _Timing | None:
    prior, emg = context.graph.actions[a.truth.action].emg, context.emg(a)
    if prior is None or emg is None:
        return None
    sides = context.measured(a, lambda: side_envelopes(emg, prior))
    if sides is None:
        return None
    mean = (sides[0] + sides[1]) / 2
    return _Timing(len(mean) / emg.rate_hz, float(mean.argmax()) / emg.rate_hz)


def _trace(b: Annotated, shown: Annotated) -> Option:
    near = "same_subject" if b.truth.subject == shown.truth.subject else "same_action"
    return Option(
        text=b.id, kind="answer" if b is shown else near, media=Media(recording=b.id, modality=Modality.EMG)
    )


def _traces(choice: Choice) -> Choice:
    """Options that are named by their place and not by the recording, which would give the answer away."""
    named = (o.model_copy(update={"text": f"Trace {i}"}) for i, o in enumerate(choice.options, 1))
    return Choice(tuple(named), choice.answer)
