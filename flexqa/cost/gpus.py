"""The GPUs that a local engine works on, and their energy counters, by NVML.

The counter is `nvmlDeviceGetTotalEnergyConsumption`: millijoules since the driver was loaded, Volta and newer, moved
about ten times a second. It counts the whole GPU, whoever uses it: figures are true when nobody else does.
"""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from flexqa.cost.session import Gpu


class Gpus:
    """The GPUs of one session, as far as they can be read."""

    def __init__(self, adapter: Mapping[str, Any]) -> None:
        """Find the GPUs that an adapter uses.

        An adapter that names its `device` uses GPUs of that name, `devices` of them (1 where it does not say). One
        that names none, such as a user's own class, uses one when torch has opened a GPU in this process. Of replicas
        of which some are `elsewhere`, nothing is read.

        Args:
            adapter: what it says of itself.
        """
        self.found: tuple[Gpu, ...] | None = ()
        """empty where the adapter uses none on this machine; null where it does and they cannot be read"""
        self.note: str | None = None
        """why something of them is not known"""
        self._nvml: Any = None
        self._handles: tuple[Any, ...] = ()
        if elsewhere := adapter.get("elsewhere"):
            self.found = None
            self.note = f"{elsewhere} of the replicas work on other machines, whose GPUs are not read"
        elif wanted := _wanted(adapter):
            self._open(_device_name(adapter), wanted)

    def energy_mj(self) -> tuple[int, ...] | None:
        """The counter of each GPU in millijoules; null where there is no GPU, or one without a counter."""
        if not self._handles:
            return None
        try:
            return tuple(int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(h)) for h in self._handles)
        except self._nvml.NVMLError as e:
            self.note = f"the energy counter cannot be read: {e}"
            return None

    def close(self) -> None:
        """Let go of NVML."""
        if self._nvml:
            try:
                self._nvml.nvmlShutdown()
            except self._nvml.NVMLError as e:
                self.note = f"NVML: {e}"
        self._handles = ()

    def _open(self, name: str | None, wanted: int) -> None:
        self.found = None
        try:
            nvml = import_module("pynvml")
        except ImportError as e:
            self.note = f"NVML cannot be imported ({e}); install it with: pip install 'flexqa[gpu]'"
            return
        try:
            nvml.nvmlInit()
            self._nvml = nvml
            visible = _visible(nvml, os.environ.get("CUDA_VISIBLE_DEVICES"))
            handles = [h for h in visible if name is None or _name(nvml, h).casefold() == name.casefold()][:wanted]
            if len(handles) < wanted:
                self.note = f"NVML sees {len(handles)} of the {wanted} GPUs {name or ''} that the engine uses"
                return
            self.found = tuple(_gpu(nvml, h) for h in handles)
            self._handles = tuple(handles)
        except nvml.NVMLError as e:
            self.note = f"NVML: {e}"


def _wanted(adapter: Mapping[str, Any]) -> int:
    """How many GPUs of this machine the adapter uses."""
    if device := adapter.get("device"):
        return 0 if str(device).casefold().endswith("cpu") else int(adapter.get("devices") or 1)
    torch: Any = sys.modules.get("torch")
    return int(torch is not None and torch.cuda.is_initialized())


def _device_name(adapter: Mapping[str, Any]) -> str | None:
    """The product name in what an adapter calls its device; null where it is only a place, such as `cuda:0`."""
    device = adapter.get("device")
    return None if device is None or str(device).startswith("cuda") else str(device)


def _visible(nvml: Any, setting: str | None) -> list[Any]:
    """The handles of the GPUs that CUDA shows, in its order.

    Args:
        nvml: the library.
        setting: CUDA_VISIBLE_DEVICES: indices, or UUIDs, which may be cut short; null for all.
    """
    every = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]
    if setting is None:
        return every
    shown = []
    for word in filter(None, map(str.strip, setting.split(","))):
        if word.isdigit():
            found = every[int(word) : int(word) + 1]
        elif word.startswith("MIG-"):
            found = [nvml.nvmlDeviceGetHandleByUUID(word)]
        else:
            found = [h for h in every if _text(nvml.nvmlDeviceGetUUID(h)).startswith(word)]
        if len(found) != 1:
            break  # as CUDA does: what follows an unknown device is not shown
        shown += found
    return shown


def _gpu(nvml: Any, handle: Any) -> Gpu:
    return Gpu(
        name=_name(nvml, handle),
        memory_bytes=_known(nvml, lambda: int(nvml.nvmlDeviceGetMemoryInfo(handle).total)),
        power_limit_w=_known(nvml, lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000),
    )


def _known(nvml: Any, read: Any) -> Any:
    """What `read` gives; null where this GPU does not tell."""
    try:
        return read()
    except nvml.NVMLError:
        return None


def _name(nvml: Any, handle: Any) -> str:
    return _text(nvml.nvmlDeviceGetName(handle))


def _text(value: str | bytes) -> str:
    """Older bindings give bytes."""
    return value.decode() if isinstance(value, bytes) else value
