"""Model cards: what is worth knowing of a model before it is run. Data only; any other model id works as well."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from flexqa.errors import BadInput
from flexqa.question import Frozen
from flexqa.record import Presentation

_FOLDER = Path(__file__).parent / "cards"


class ModelCard(Frozen):
    """One model, as `cards/<file>.toml` describes it."""

    name: str
    """display name"""
    model: str
    """id on the Hugging Face hub"""
    engine: Literal["vllm", "transformers"] = "vllm"
    """the engine to take first"""
    family: str
    parameters_b: float = Field(gt=0)
    """billions of parameters, the vision tower included"""
    min_gpu_memory_gb: int = Field(gt=0)
    """weights in bfloat16 and room for the cache, all GPUs together; an estimate, not a measurement"""
    options: dict[str, str] = Field(default_factory=dict)
    """options of the engine that this model needs"""
    presentation: Presentation
    """frames per clip and longest side to begin with; not tuned on FLEX"""
    licence: str
    notes: str = ""

    @property
    def spec(self) -> str:
        """What to give to `flexqa eval`."""
        return f"{self.engine}:{self.model}"


@cache
def cards() -> tuple[ModelCard, ...]:
    """All cards, by family and size.

    Raises:
        BadInput: a card is not valid.
    """
    read = (_read(path) for path in sorted(_FOLDER.glob("*.toml")))
    return tuple(sorted(read, key=lambda card: (card.family, card.parameters_b)))


def _read(path: Path) -> ModelCard:
    try:
        return ModelCard.model_validate(tomllib.loads(path.read_text()))
    except (tomllib.TOMLDecodeError, ValidationError) as e:
        raise BadInput(f"model card {path.name}: {e}") from e
