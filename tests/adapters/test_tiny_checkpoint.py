import json
import subprocess
import sys
from pathlib import Path

import pytest

from flexqa.adapters.tiny_checkpoint import make_tiny_checkpoint
from flexqa.adapters.weights import folder_hash, locate, public_name, revision_of
from flexqa.errors import BadInput

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


def test_same_seed_same_bytes(tiny: Path, tmp_path: Path) -> None:
    again = make_tiny_checkpoint(tmp_path / "again")
    assert folder_hash(again) == folder_hash(tiny)
    assert folder_hash(make_tiny_checkpoint(tmp_path / "other", seed=1)) != folder_hash(tiny)


def test_a_complete_checkpoint_is_reused_and_a_torn_one_made_again(tiny: Path, tmp_path: Path) -> None:
    folder = make_tiny_checkpoint(tmp_path / "one")
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert make_tiny_checkpoint(folder) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before
    (folder / "model.safetensors").unlink()
    assert folder_hash(make_tiny_checkpoint(folder)) == folder_hash(tiny)


def test_letters_digits_yes_and_no_are_single_tokens(tiny: Path) -> None:
    words = [*"ABCDEFGHIJ", *"0123456789", "yes", "no", "Yes", "No"]
    vocabulary = json.loads((tiny / "tokenizer.json").read_text())["model"]["vocab"]
    assert set(words) <= set(vocabulary)


def test_folder_hash_sees_content_and_names(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    weights = folder / "model.safetensors"
    with weights.open("wb") as file:  # sparse, larger than what is read whole
        file.truncate(80 * 2**20)
    (folder / "config.json").write_text("{}")
    seen = {folder_hash(folder)}
    with weights.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"x")
    seen.add(folder_hash(folder))
    (folder / "config.json").rename(folder / "config2.json")
    seen.add(folder_hash(folder))
    assert len(seen) == 3


def test_names_of_weights(tiny: Path) -> None:
    assert locate(str(tiny)) == str(tiny)
    assert locate("Qwen/Qwen3-VL-8B-Instruct") == "Qwen/Qwen3-VL-8B-Instruct"
    assert public_name(str(tiny)) == tiny.name
    assert public_name("Qwen/Qwen3-VL-8B-Instruct") == "Qwen/Qwen3-VL-8B-Instruct"
    assert revision_of("flexqa-tests/a-model-that-is-not-cached") is None
    with pytest.raises(BadInput, match="is no folder with a model"):
        locate("./absent")


def test_torchvision_imports_in_a_child_process(tiny: Path) -> None:
    """In the child it is found first by a look-up and imported later, as engines' processes do."""
    code = (
        "from flexqa.adapters import torch_compat\ntorch_compat.install()\nimport subprocess, sys\n"
        "child = 'import sys, importlib.util as u; assert \"torch\" not in sys.modules;'\n"
        "child += 'u.find_spec(\"torchvision\"); import gc; gc.collect(); import torchvision'\n"
        "sys.exit(subprocess.run([sys.executable, '-c', child], cwd='/').returncode)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
