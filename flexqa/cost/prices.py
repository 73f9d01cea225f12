"""Prices: a TOML file of dollars per GPU-hour and per million tokens, each with its date and source."""

import datetime
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from flexqa.assets import asset
from flexqa.errors import BadInput
from flexqa.files import first_fault, sha256_of
from flexqa.question import Frozen

Usd = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Price(Frozen):
    """Of when a price is, and who says so."""

    date: datetime.date
    source: str
    quoted_by: str | None = None
    """where it was read, if not there"""


class GpuPrice(Price):
    """Of one GPU."""

    usd: Usd
    """per hour"""


class TokenPrice(Price):
    """Of a model behind an interface, per million tokens."""

    input_usd: Usd
    """tokens of the prompt, vision included, that were not cached"""
    cached_input_usd: Usd | None = None
    """null: as much as `input_usd`"""
    output_usd: Usd
    """tokens of the reply, reasoning included"""


class Prices(Frozen):
    """A price file."""

    sha256: str
    gpu_hour: dict[str, GpuPrice] = Field(default_factory=dict)
    tokens: dict[str, TokenPrice] = Field(default_factory=dict)

    def of_gpu(self, name: str) -> GpuPrice | None:
        """The price of a GPU by its product name."""
        return _by_name(self.gpu_hour, name)

    def of_model(self, name: str) -> TokenPrice | None:
        """The price of a model by its name, `openai:gpt-5.4`, with the engine or without."""
        return _by_name(self.tokens, name) or _by_name(self.tokens, name.partition(":")[2])


P = TypeVar("P", bound=Price)


def _by_name(prices: Mapping[str, P], name: str) -> P | None:
    return next((price for key, price in prices.items() if key.casefold() == name.casefold()), None)


def read_prices(path: Path | None = None) -> Prices:
    """Read a price file.

    `date`, `source` and `quoted_by` at the top of the file hold for every price that has no such field of its own.

    Args:
        path: the file; null is the one that comes with flexqa.

    Raises:
        BadInput: it cannot be read, or a price lacks a field or its date.
    """
    path = path or asset("benchmarks") / "prices.toml"
    try:
        with path.open("rb") as f:
            tables = tomllib.load(f)
    except OSError as e:
        raise BadInput(f"{path}: cannot be read ({e.strerror})") from e
    except ValueError as e:
        raise BadInput(f"{path}: not TOML: {e}") from e
    try:
        return Prices.model_validate({**_with_defaults(tables), "sha256": sha256_of(path)})
    except ValidationError as e:
        raise BadInput(f"{path}: {first_fault(e)}; benchmarks/prices.toml of flexqa shows the form") from e


def _with_defaults(tables: dict[str, Any]) -> dict[str, Any]:
    shared = {key: value for key, value in tables.items() if key in Price.model_fields}
    rest = {key: value for key, value in tables.items() if key not in shared}
    # `source` and `quoted_by` belong together: one of the price's own leaves the other of the file behind.
    return {
        key: {name: _merged(shared, price) for name, price in table.items()} if isinstance(table, dict) else table
        for key, table in rest.items()
    }


def _merged(shared: dict[str, Any], price: Any) -> Any:
    if not isinstance(price, dict):
        return price
    below = {k: v for k, v in shared.items() if k != "quoted_by"} if "source" in price else shared
    return {**below, **price}
