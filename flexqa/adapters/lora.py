"""A LoRA in PEFT's format: low-rank weights that are laid over those of a model."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flexqa.adapters.weights import locate, public_name, revision_of
from flexqa.errors import BadInput, boundary

_CONFIG = "adapter_config.json"

_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The ranks for which vLLM makes room."""


@dataclass(frozen=True, slots=True)
class Lora:
    """One LoRA."""

    name: str
    """without the folders of this machine"""
    location: str
    """folder or hub id"""
    room: int
    """the rank for which an engine must make room"""

    @property
    def revision(self) -> str | None:
        """What names its weights, as `weights.revision_of` does."""
        return revision_of(self.location, file=_CONFIG)


def read_lora(target: str, transformers: Any) -> Lora:
    """Look at a LoRA.

    Raises:
        BadInput: it is no LoRA, or its rank is larger than vLLM can do.
        AdapterError: the hub does not give it.
    """
    location, name = locate(target), public_name(target)
    with boundary(f"loading the LoRA {name}"):
        path = transformers.utils.cached_file(location, _CONFIG, _raise_exceptions_for_missing_entries=False)
    if path is None:
        raise BadInput(f"option lora={name}: it has no {_CONFIG}; give a LoRA as PEFT saves it")
    rank = _rank(Path(path))
    if rank is None:
        raise BadInput(f"option lora={name}: its {_CONFIG} is not of peft_type LORA with a rank r; give a LoRA")
    room = next((r for r in _RANKS if r >= rank), None)
    if room is None:
        raise BadInput(f"option lora={name}: its rank {rank} is larger than {_RANKS[-1]}, the most that vLLM can do")
    return Lora(name, location, room)


def _rank(path: Path) -> int | None:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    is_lora = isinstance(config, dict) and config.get("peft_type") == "LORA" and isinstance(config.get("r"), int)
    return int(config["r"]) if is_lora else None
