"""From options to a running vLLM: what it reads from the environment, and the arguments of its engine."""

import os
import platform
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from flexqa.adapters import torch_compat
from flexqa.adapters.chat import Chat
from flexqa.adapters.local_model import LocalModel
from flexqa.adapters.lora import Lora, read_lora
from flexqa.adapters.options import passed_on
from flexqa.adapters.vllm_options import VllmOptions
from flexqa.adapters.vllm_watch import watch
from flexqa.errors import BadInput, require


@dataclass(frozen=True)
class Start:
    """All that a start needs; an engine that died is started again from it."""

    model: LocalModel
    options: VllmOptions
    passed: Mapping[str, str]
    """arguments for the engine itself, as the user gave them"""

    def prepare(self) -> None:
        """Set up the process; before vLLM and torch are imported.

        Raises:
            BadInput: the options ask for what this engine cannot do.
            MissingBackend: vLLM is not installed.
        """
        _refuse_copies(self.options, self.passed)
        _set_environment(self.options)
        require("vllm", "vllm")

    @cached_property
    def vllm(self) -> Any:
        """The package."""
        return require("vllm", "vllm")

    @cached_property
    def transformers(self) -> Any:
        """The package that reads the processor."""
        return require("transformers", "vllm")

    @cached_property
    def cpu(self) -> bool:
        """Whether vLLM runs on the CPU."""
        return bool(require("vllm.platforms", "vllm").current_platform.is_cpu())

    @cached_property
    def lora(self) -> Lora | None:
        """The LoRA to lay over the model."""
        return read_lora(self.options.lora, self.transformers) if self.options.lora else None

    @cached_property
    def chat(self) -> Chat:
        """What makes prompts for the model."""
        processor = self.model.processor(self.transformers)
        return self.model.chat(processor, self._takes_video)

    def engine(self) -> Any:
        """A running engine.

        Raises:
            BadInput: an argument is not one of vLLM's.
            AdapterError: vLLM does not start.
        """
        arguments = self.arguments()
        with self.model.loading("into vLLM "):
            engine = self.vllm.LLMEngine.from_engine_args(self.vllm.EngineArgs(**arguments))
        watch(engine)
        return engine

    def describe(self, config: Any) -> dict[str, Any]:
        """Engine, versions, device, and the settings that an engine ended up with.

        Args:
            config: `vllm_config` of the engine.
        """
        torch = require("torch", "vllm")
        return {
            "engine": "vllm",
            "vllm": self.vllm.__version__,
            "torch": str(torch.__version__),
            "transformers": self.transformers.__version__,
            "dtype": str(config.model_config.dtype).removeprefix("torch."),
            "device": platform.machine() + " CPU" if self.cpu else torch.cuda.get_device_name(0),
            "devices": config.parallel_config.world_size,
            "max_model_len": int(config.model_config.max_model_len),
            "cache_block_size": config.cache_config.block_size,
            "prefix_caching": config.cache_config.enable_prefix_caching,
            "max_num_seqs": int(config.scheduler_config.max_num_seqs),
            "max_num_batched_tokens": config.scheduler_config.max_num_batched_tokens,
            "enforce_eager": config.model_config.enforce_eager,
            "quantization": config.model_config.quantization,
            "lora": self.lora and self.lora.name,
            "media": self.chat.clips.kind,
            "frame_multiple": self.chat.clips.frame_multiple,
            "torchvision_operators": not torch_compat.operators_missing(),
        }

    def _takes_video(self) -> bool:
        """Whether vLLM's own code for this model takes video; the processor alone does not tell."""
        kinds = require("vllm.multimodal", "vllm").MULTIMODAL_REGISTRY
        arguments = {"model": self.model.location, **self.options.source, **self._passed_on()}
        with self.model.loading("the configuration of "):
            config = self.vllm.EngineArgs(**arguments).create_model_config()
            return "video" in kinds.get_processing_info(config).supported_mm_limits

    def arguments(self) -> dict[str, Any]:
        """Of the engine: those that the options say, then what the user hands on."""
        o, cpu = self.options, self.cpu
        most = o.max_clips * (1 if self.chat.clips.kind == "video" else o.max_clip_frames)
        return {
            "model": self.model.location,
            **o.source,
            "dtype": o.dtype or ("float32" if cpu else "auto"),
            "quantization": o.quantization,
            "seed": o.seed,
            "max_model_len": o.max_model_len or min(32768, self._model_length()),
            "max_num_seqs": o.max_num_seqs or (16 if cpu else 128),
            "max_num_batched_tokens": o.max_num_batched_tokens,
            "block_size": o.block_size or (32 if cpu else None),
            "enable_prefix_caching": o.enable_prefix_caching,
            "enforce_eager": cpu if o.enforce_eager is None else o.enforce_eager,
            "tensor_parallel_size": o.tensor_parallel_size,
            "gpu_memory_utilization": o.gpu_memory_utilization,
            "limit_mm_per_prompt": {"video": 0, "image": 0} | {self.chat.clips.kind: most},
            "mm_processor_cache_gb": o.mm_processor_cache_gb,
            "mm_processor_kwargs": self.chat.clips.settings() or None,
            "disable_log_stats": True,
            "use_tqdm_on_load": False,
            **({"enable_lora": True, "max_loras": 1, "max_lora_rank": self.lora.room} if self.lora else {}),
            **self._passed_on(),
        }

    def _passed_on(self) -> dict[str, Any]:
        return passed_on(self.passed, {f.name for f in fields(self.vllm.EngineArgs)})

    def _model_length(self) -> int:
        with self.model.loading("the configuration of "):
            config = self.transformers.AutoConfig.from_pretrained(self.model.location, **self.options.source)
        return int(getattr(config.get_text_config(), "max_position_embeddings", None) or 32768)


def _refuse_copies(options: VllmOptions, passed: Mapping[str, str]) -> None:
    """Stop at a wish for copies of the model: in one process, vLLM keeps one and would ignore or refuse it.

    Raises:
        BadInput: there is such a wish.
    """
    asked = passed.get("data_parallel_size", str(options.data_parallel_size))
    others = sorted(name for name in passed if name.startswith("data_parallel") and name != "data_parallel_size")
    if asked != "1" or others:
        count = asked if asked != "1" else "N"
        raise BadInput(
            f"{others[0] if others else 'data_parallel_size'}: vLLM keeps copies of a model only in its server. Add "
            f"--executor ray --replicas {count} for one engine per GPU, or serve the model with "
            f"vllm serve --data-parallel-size {count} and ask it as openai:MODEL"
        )


def _set_environment(options: VllmOptions) -> None:
    """Settings that vLLM reads from the environment; what the user has set stays."""
    torch_compat.install()
    # News about the next torch, for vLLM's own developers.
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"vllm\.")
    if torch_compat.is_cpu_build():
        # torch reads it once, at import. Compiled sampling kernels take seconds on a CPU and never earn them back.
        os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
        ranks, nodes = options.tensor_parallel_size, Path("/sys/devices/system/node").glob("node[0-9]*")
        if ranks > max(1, len(tuple(nodes))):
            # Left alone, vLLM gives each rank the cores of a memory node, and stops where it finds too few nodes.
            os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", _cores_each(ranks))
    # In process there is no second copy of the clips, and the engine starts in 4 s instead of 30.
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "1" if options.tensor_parallel_size > 1 else "0")
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(options.cpu_kv_cache_gb))
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    # Its warnings speak of settings that are meant, some of them at every step; INFO brings them back.
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")


def _cores_each(ranks: int) -> str:
    """The cores of this process in equal parts, `0,1|2,3` to vLLM; too few for that are shared by all."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    each = len(cores) // ranks
    parts = (cores[i * each : (i + 1) * each] for i in range(ranks))
    return "|".join(",".join(map(str, part)) for part in parts) if each else "nobind"
