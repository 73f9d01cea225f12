"""The package data, `prompts/` and `benchmarks/`: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path
from typing import Literal

from flexqa.errors import BadInput

_PACKAGE = Path(__file__).parent


def asset(name: Literal["prompts", "benchmarks"]) -> Path:
    """The folder of package data called `name`.

    Raises:
        BadInput: the installation lacks it.
    """
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise BadInput(f"this installation of flexqa lacks its {name}/ folder; install it again with pip")


def default_graph() -> Path:
    """The graph of the FLEX-VideoQA benchmark."""
    return asset("benchmarks") / "flex-videoqa" / "graph.yaml"
