"""vLLM's own server, in a process of its own: `python -m tests.adapters.vllm_server --model ... --port ...`."""

import runpy
import warnings

if __name__ == "__main__":
    from flexqa.adapters import torch_compat

    torch_compat.install()
    warnings.simplefilter("ignore")
    runpy.run_module("vllm.entrypoints.openai.api_server", run_name="__main__")
