"""Rows as a parquet file that `datasets` loads with its features."""

from pathlib import Path
from typing import Any


def write_parquet(rows: list[dict[str, Any]], features: Any, path: Path) -> None:
    """Write rows with the columns and types of `datasets.Features`."""
    from datasets import Dataset

    path.parent.mkdir(parents=True, exist_ok=True)
    named = [{name: row[name] for name in features} for row in rows]
    Dataset.from_list(named, features=features).to_parquet(path)
