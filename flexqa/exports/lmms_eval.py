"""A task folder for lmms-eval (https://github.com/EvolvingLMMs-Lab/lmms-eval)."""

from pathlib import Path
from typing import Any

import yaml

from flexqa.exports.common import TASK, Abilities, Format, Item, facts, reply_for, ship
from flexqa.exports.parquet import write_parquet
from flexqa.files import write_atomic
from flexqa.question import AnswerFormat
from flexqa.record import Sampling

DATA = "questions.parquet"

README = """# FLEX-VideoQA for lmms-eval

    python -m lmms_eval --include_path . --tasks flex_videoqa --model qwen2_5_vl --model_args pretrained=...

Run it in this folder, or give the path of this folder to `--include_path`. Clips lie in `media/`.

Models of the chat kind get every clip and every sensor trace behind the line that announces it, and the question
last. Models of the simple kind get the clips first and all words after them. How frames are sampled is the model's
business here. Metrics: `accuracy`, `accuracy_<type>`, and `readable`, the share of replies that hold a plain answer;
standard errors are clustered by lifter (`cluster_key: subject`).
"""


class _Function(str):
    """The name of a function in utils.py, as the YAML files of lmms-eval write it."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes functions with lmms-eval's tag."""


_Dumper.add_representer(_Function, lambda dumper, name: dumper.represent_scalar("!function", str(name)))


def write(items: list[Item], folder: Path) -> None:
    """Write the task, its functions, and the questions."""
    write_parquet([_row(item) for item in items], features(), folder / DATA)
    task = config(sorted({item.question.type for item in items}))
    write_atomic(folder / f"{TASK}.yaml", yaml.dump(task, Dumper=_Dumper, sort_keys=False))
    ship("lmms_eval_utils.py", folder / "utils.py")
    ship("flex_reply.py", folder / "flex_reply.py")
    write_atomic(folder / "README.md", README)


def config(types: list[str]) -> dict[str, Any]:
    """The task, as its YAML file says it.

    Args:
        types: question types that there are.
    """
    sampling = Sampling()
    names = ("doc_to_visual", "doc_to_text", "doc_to_messages", "process_results")
    metrics = ["accuracy", *(f"accuracy_{name}" for name in types), "readable"]
    return {
        "task": TASK,
        "dataset_path": "parquet",
        "dataset_kwargs": {"data_files": {"test": DATA}},
        "test_split": "test",
        "output_type": "generate_until",
        **{name: _Function(f"utils.{name}") for name in names},
        "doc_to_target": "answer",
        # All four are stated, or its cache of replies never finds one again; no `until`, or thinking is cut off.
        "generation_kwargs": {
            "max_new_tokens": sampling.max_tokens,
            "temperature": 0,
            "top_p": 1.0,
            "do_sample": False,
            "until": [],
        },
        "cluster_key": "subject",
        "metric_list": [
            {"metric": name, "aggregation": _Function("utils.mean"), "higher_is_better": True} for name in metrics
        ],
        "metadata": [{"version": 1}],
    }


def features() -> Any:
    """The columns of the questions, as `datasets.Features`."""
    from datasets import Features, List, Value

    text, number = Value("string"), Value("float64")
    return Features(
        {
            "id": text,
            "parts": List({"kind": text, "content": text}),
            "text": text,
            "answer": text,
            "answer_format": text,
            "options": List(text),
            "tolerance": number,
            "type": text,
            "level": text,
            "modalities": List(text),
            "chance": number,
            "action": text,
            "subject": text,
            "split": text,
        }
    )


def _row(item: Item) -> dict[str, Any]:
    return {
        **facts(item.question),
        "parts": [{"kind": p.kind, "content": p.content} for p in item.parts],
        "text": item.text,
        "answer": reply_for(item.question.answer),
    }


FORMAT = Format(
    Abilities(
        frozenset({AnswerFormat.CHOICE, AnswerFormat.CHOICES, AnswerFormat.YES_NO, AnswerFormat.NUMBER}),
    ),
    write,
)
