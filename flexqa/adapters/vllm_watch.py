"""A vLLM whose engine process dies must say so, or the run would wait for ever.

With an engine in a process of its own (several GPUs), the thread that hands its outputs over ends without a word when
that process is killed, and the next step waits for outputs that never come (vLLM 0.32, `SyncMPClient.get_output`).
"""

import threading
import time
from typing import Any

from flexqa.errors import require

_EVERY_S = 0.5


def watch(engine: Any) -> None:
    """See to it that the step under way raises `EngineDeadError` when the engine's process has died.

    Args:
        engine: an `LLMEngine`; one in this process needs no watching.
    """
    core = engine.engine_core
    resources, outputs = getattr(core, "resources", None), getattr(core, "outputs_queue", None)
    if resources is None or outputs is None:
        return
    dead = require("vllm.v1.engine.exceptions", "vllm").EngineDeadError

    def tell() -> None:
        while not resources.engine_dead:
            time.sleep(_EVERY_S)
        outputs.put(dead())

    threading.Thread(target=tell, daemon=True, name="flexqa-vllm-watch").start()
