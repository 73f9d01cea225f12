"""Options of `vllm:`."""

from typing import Literal

from pydantic import Field

from flexqa.adapters.local_model import LocalOptions


class VllmOptions(LocalOptions):
    """Options of `vllm:`; a null default is chosen by the machine or the model."""

    dtype: Literal["auto", "bfloat16", "float16", "float32"] | None = Field(
        None, description="numbers of the weights and sums; float32 on a CPU, else as the model says"
    )
    max_model_len: int | None = Field(
        None, ge=64, description="longest prompt and reply; 32768 or what the model has"
    )
    max_num_seqs: int | None = Field(None, ge=1, description="requests at work at once; 16 on a CPU, else 128")
    max_num_batched_tokens: int = Field(
        16384, ge=256, description="tokens of one step, and of the clips that stay encoded: the longest clip must fit"
    )
    block_size: int | None = Field(None, ge=1, description="tokens per block of the prefix cache; 32 on a CPU")
    enable_prefix_caching: bool = Field(True, description="compute what the questions of a clip share only once")
    enforce_eager: bool | None = Field(None, description="do not compile; true on a CPU")
    tensor_parallel_size: int = Field(1, ge=1, description="GPUs that share the model; on a CPU, processes")
    data_parallel_size: int = Field(
        1, ge=1, description="only 1: copies of the model are --executor ray --replicas N"
    )
    gpu_memory_utilization: float = Field(0.9, gt=0, le=1, description="part of the GPU's memory to use")
    cpu_kv_cache_gb: int = Field(4, ge=1, description="memory of the prefix cache on a CPU")
    mm_processor_cache_gb: float = Field(4.0, ge=0, description="memory for clips that are already prepared")
    max_clips: int = Field(8, ge=1, description="clips per question")
    quantization: str | None = Field(
        None, description="as in vLLM: fp8, bitsandbytes ...; a checkpoint that is quantised already says so itself"
    )
    lora: str | None = Field(None, description="folder or hub id of a LoRA in PEFT's format, laid over the model")
    seed: int = Field(0, description="of the engine; each request has its own")
