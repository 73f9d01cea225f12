"""A task folder for lmms-eval (https://github.com/EvolvingLMMs-Lab/lmms-eval)."""

from pathlib import Path
from typing import Any

import yaml

from flexqa.exports.common import ANSWERS_READ, TASK, Abilities, Format, Item
from flexqa.exports.table import write_table
from flexqa.files import write_atomic
from flexqa.record import Sampling

DATA = "questions.parquet"


class _Function(str):
    """The name of a function in utils.py, as the YAML files of lmms-eval write it."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes functions with lmms-eval's tag."""


_Dumper.add_representer(_Function, lambda dumper, name: dumper.represent_scalar("!function", str(name)))


def write(items: list[Item], folder: Path) -> None:
    """Write the task, its functions, and the questions."""
    write_table(items, folder / DATA)
    task = config(sorted({item.question.type for item in items}))
    write_atomic(folder / f"{TASK}.yaml", yaml.dump(task, Dumper=_Dumper, sort_keys=False))


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


FORMAT = Format(
    Abilities(ANSWERS_READ),
    write,
    {"README.md": "lmms_eval.md", "utils.py": "lmms_eval_utils.py", "flex_reply.py": "flex_reply.py"},
)
