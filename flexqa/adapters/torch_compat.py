"""Lets a CPU build of torch work beside a CUDA build of torchvision.

Package indexes serve torch and torchvision from different builds on some machines. torchvision's C operators then
do not load, and `import torchvision` stops at a missing operator *schema*, although resizing and the video processors
of transformers need none of its C code. Where torch has neither CUDA nor HIP and the C operators do not load, the two
missing schemas are declared just before torchvision is imported; anywhere else nothing happens.

The engine's own processes import torchvision before any plugin can act. They find `worker_site/sitecustomize.py`
first on their PYTHONPATH, which installs the same hook. The hook waits for torchvision to be imported, so a child
process that never does pays nothing.
"""

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

_WORKER_SITE = Path(__file__).parent / "worker_site"
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_kept_alive: list[Any] = []


class _BeforeTorchvision:
    """A finder that finds torchvision as ever, and declares what is missing just before its code runs."""

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if name != "torchvision" or (spec := PathFinder.find_spec(name, path, target)) is None or not spec.loader:
            return None
        run: Any = spec.loader.exec_module

        def guarded(module: ModuleType) -> None:
            declare_missing_operators()
            run(module)

        # On the loader and not in find_spec: packages look whether torchvision is there and never import it.
        setattr(spec.loader, "exec_module", guarded)  # noqa: B010 - a method, to mypy
        return spec


def install() -> None:
    """Where it is needed, guard later imports of torchvision in this process and in its children."""
    if not operators_missing():
        return
    install_hook()
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(_WORKER_SITE) not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(_WORKER_SITE), *filter(None, paths)])


def install_hook() -> None:
    """Guard later imports of torchvision in this process."""
    if "torchvision" not in sys.modules and not any(isinstance(f, _BeforeTorchvision) for f in sys.meta_path):
        sys.meta_path.insert(0, _BeforeTorchvision())


def declare_missing_operators() -> bool:
    """Declare the schemas that torchvision looks up at import; true where that was needed."""
    if not operators_missing():
        return False
    if not _kept_alive:
        torch: Any = importlib.import_module("torch")
        library = torch.library.Library("torchvision", "FRAGMENT")
        library.define(f"nms{_SCHEMA}")
        library.define(f"qnms{_SCHEMA}")
        _kept_alive.append(library)  # the declarations go when the library object goes
    return True


def is_cpu_build() -> bool:
    """Whether torch is installed and made for CPUs alone."""
    if importlib.util.find_spec("torch") is None:
        return False
    version: Any = importlib.import_module("torch").version
    return not (version.cuda or getattr(version, "hip", None) or getattr(version, "xpu", None))


def operators_missing() -> bool:
    """Whether this is a CPU torch beside a torchvision whose C operators do not load."""
    if not is_cpu_build():
        return False
    torch: Any = importlib.import_module("torch")
    found = importlib.util.find_spec("torchvision")
    folders = found.submodule_search_locations if found else None
    if not folders:
        return False
    try:
        for library in sorted(Path(folders[0]).glob("_C*")):
            torch.ops.load_library(str(library))
            return False
    except OSError:
        pass
    return True
