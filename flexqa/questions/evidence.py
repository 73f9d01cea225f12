"""Which pieces of evidence are shown: views of clips, muscles under electrodes; and options that are looked up."""

from collections.abc import Iterable, Iterator

from flexqa.graph.model import Graph
from flexqa.question import Media, Modality, Question, Triple, Window
from flexqa.questions.context import Context
from flexqa.questions.corpus import Annotated
from flexqa.questions.draw import Draw
from flexqa.questions.visibility import errors_in_view, states_views
from flexqa.vocabulary import VIEWS, Control, Expectation

POSE_CONTROLS: dict[Control, Expectation] = {
    Control.BLIND: "chance",
    Control.SWAPPED_POSE: "chance",
    Control.NO_POSE: "chance",
    Control.FLAT_POSE: "lower",
}
"""of types that show a pose alone"""


def clip(a: Annotated, view: str, label: str = "", window_s: Window | None = None) -> Media:
    """The clip of a recording from one view, all of it or a window.

    Which view that is, the prompt does not tell: an exercise is mostly shown from where it is seen best, so the view
    would tell the exercise.
    """
    return Media(recording=a.id, modality=Modality.VIDEO, view=view, label=label, window_s=window_s, tells_view=False)


def has_emg(context: Context, a: Annotated) -> bool:
    """Whether a recording has EMG that can be read and shown."""
    return context.graph.actions[context.action].emg is not None and context.emg(a) is not None


def view_of_action(graph: Graph, action: str, *items: Annotated) -> str | None:
    """The best view of an action that all recordings have, else any that they have; null if there is none."""
    return _first_common((*graph.actions[action].views_best, *VIEWS), items)


def view_of_error(graph: Graph, action: str, error: str, *items: Annotated) -> str | None:
    """The view in which an error is judged: of those that show it and that all recordings have, the action's best.

    Questions about one recording so share a clip as often as they can. Null when no such view shows the error.
    """
    shown = graph.errors[error].observable.video_views
    views = (*(v for v in graph.actions[action].views_best if v in shown), *shown)
    return _first_common(views, items) if states_views(graph, error) else view_of_action(graph, action, *items)


def made_and_absent(context: Context, a: Annotated, view: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The errors that a view shows: those that are made, and those that the recording can be said to be free of."""
    shown = errors_in_view(context.graph, context.action, view)
    return tuple(e for e in shown if e in a.errors), tuple(e for e in shown if context.lacks(a, e))


def lifter_first(draw: Draw, a: Annotated, group: Iterable[Annotated]) -> Iterator[Annotated]:
    """The other recordings of a group in random order, those of the same lifter first."""
    others = [b for b in group if b.id != a.id]
    for same in (True, False):
        yield from draw.shuffled((b for b in others if (b.truth.subject == a.truth.subject) is same), lambda b: b.id)


def letter_of(question: Question, text: str) -> str | None:
    """The letter of the option that reads so; null when there is none."""
    return next((a for a, o in zip(question.letters, question.options, strict=True) if o.text == text), None)


def named_media(question: Question) -> tuple[Media, ...]:
    """The media that the options name by their labels, in the order of the options."""
    by_label = {m.label: m for m in question.media}
    return tuple(by_label[o.text] for o in question.options)


def only_true(question: Question, truths: Iterable[bool | None]) -> str | None:
    """The letter of the one option that is true; null unless one is and all others are not.

    Args:
        question: a choice question.
        truths: of its options in order; null for what cannot be told.
    """
    found = tuple(truths)
    if found.count(True) != 1 or None in found:
        return None
    return question.letters[found.index(True)]


def dominant_muscle(graph: Graph, action: str) -> str:
    """The muscle under the electrodes that the action is judged by; the graph must have EMG columns for it."""
    prior = graph.actions[action].emg
    assert prior is not None
    return prior.dominant_muscle


def muscle_name(context: Context) -> str:
    """The dominant muscle of the action in words."""
    return context.graph.muscles[dominant_muscle(context.graph, context.action)].name


def recorded_with_emg(context: Context, a: Annotated) -> tuple[Triple, ...]:
    """The triples to the dominant muscle of the action and to the EMG of a recording."""
    return (*targets(context.graph, context.action), (a.id, "recorded_with", f"EMG of {a.id}"))


def targets(graph: Graph, action: str) -> tuple[Triple, ...]:
    """The triple from an action to its dominant muscle, if the graph has it among those that the action targets."""
    node, muscle = graph.actions[action], dominant_muscle(graph, action)
    return ((action, "targets", muscle),) if muscle in (*node.primary_muscles, *node.secondary_muscles) else ()


def _first_common(views: Iterable[str], items: tuple[Annotated, ...]) -> str | None:
    return next((v for v in views if all(v in a.recording.views for a in items)), None)
