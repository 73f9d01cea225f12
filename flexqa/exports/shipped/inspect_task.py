"""FLEX-VideoQA for Inspect: `inspect eval flex_videoqa.py --model google/...`."""

from pathlib import Path

from flex_reply import read
from flex_reply import score as score_of
from inspect_ai import Task, task
from inspect_ai.dataset import Sample, json_dataset
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, grouped, scorer, stderr
from inspect_ai.solver import TaskState, generate

HERE = Path(__file__).resolve().parent
MAX_TOKENS = 64
"""of a reply, as `flexqa eval` has it; models that think need more: --max-tokens"""


@task  # type: ignore[untyped-decorator]
def flex_videoqa(question_type: str = "") -> Task:
    """All questions, or those of one type: `-T question_type=action_recognition`."""
    dataset = json_dataset(str(HERE / "questions.jsonl"), name="flex_videoqa")

    def wanted(sample: Sample) -> bool:
        return question_type in ("", sample.metadata["type"])

    return Task(
        dataset=dataset.filter(wanted),
        solver=generate(),
        scorer=plain_answer(),
        config=GenerateConfig(temperature=0.0, max_tokens=MAX_TOKENS),
    )


METRICS = [accuracy(), stderr(cluster="subject"), grouped(accuracy(), "type", all=False)]


@scorer(metrics=METRICS)  # type: ignore[untyped-decorator]
def plain_answer() -> Scorer:
    """Right or wrong by letter, letters, yes or no, or number within its tolerance."""

    async def score(state: TaskState, target: Target) -> Score:
        facts, reply = state.metadata, state.output.completion
        form, options = facts["answer_format"], facts["options"]
        right = score_of(reply, form, options, target.text, facts["tolerance"])
        return Score(value=CORRECT if right else INCORRECT, answer=read(reply, form, options), explanation=reply)

    return score
