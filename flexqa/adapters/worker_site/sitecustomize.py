"""Runs at the start of a child process whose PYTHONPATH begins here: see `flexqa.adapters.torch_compat`.

A `sitecustomize` of the machine's own, which this one hides, runs afterwards.
"""

import importlib
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_HERE = Path(__file__).parent


def _guard_torchvision() -> None:
    # By its path: the child may not have flexqa, or its working folder, on sys.path.
    spec = spec_from_file_location("_flexqa_torch_compat", _HERE.parent / "torch_compat.py")
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules[spec.name] = module  # it holds what must live as long as the process
        spec.loader.exec_module(module)
        module.install_hook()


def _run_hidden() -> None:
    kept = list(sys.path)
    sys.path[:] = [p for p in sys.path if Path(p) != _HERE]
    this = sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ModuleNotFoundError:
        pass
    finally:
        sys.path[:] = kept
        if this is not None:
            sys.modules.setdefault("sitecustomize", this)


_guard_torchvision()
_run_hidden()
