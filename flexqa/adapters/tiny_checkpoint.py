"""A model of random weights, about 0.3 M parameters: real architecture, real processor, no download.

It answers nothing sensible, and everything around it is real: tests, `make demo` and speed floors send it through
the same engines, chat template and video path as a model of 7 B parameters. Its tokenizer is trained on the spot
on the words of fitness questions, so that letters, digits, yes and no are single tokens. The same seed gives the
same bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flexqa.adapters import torch_compat
from flexqa.adapters.tiny_families import FAMILIES, SPECIAL, Family, FamilyName
from flexqa.errors import require
from flexqa.question import canonical_hash

_VERSION = 3
_MARK = "flexqa_tiny.json"
_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")

_CORPUS = (
    "You are a helpful assistant. Answer with the letter of the right option only. Answer with yes or no only.",
    "Which of these errors can be seen in the video? Which action does the athlete perform in this clip?",
    "In which phase does the error occur: preparation, concentric or eccentric? Which feedback fits best?",
    "Give a score from 0 to 100 for this repetition. Reply with one number. Reply with the letters that apply.",
    "The muscle activity (sEMG) of the left and the right side over time, in millivolt. Heart rate in beats.",
    "squat deadlift press row curl lunge dumbbell barbell knee hip shoulder elbow wrist back spine foot head",
    "Is the back rounded? Is the knee in line with the foot? A B C D E F G H I J option clip view",
    *("yes", "no", "Yes", "No", " yes", " no") * 8,
)


def make_tiny_checkpoint(
    folder: Path, seed: int = 0, hidden: int = 64, layers: int = 2, family: FamilyName = "qwen2.5-vl"
) -> Path:
    """Write the checkpoint into `folder`, or leave a complete one of the same seed and size as it is.

    Args:
        folder: may exist.
        seed: of the weights.
        hidden: width of text and vision, a multiple of 64.
        layers: of each of them; 512 and 8 make a model that spends its time computing, for measurements.
        family: the architecture.

    Raises:
        MissingBackend: torch or transformers is not installed.
    """
    kind = FAMILIES[family]
    others = [] if family == "qwen2.5-vl" else [family]
    recipe = canonical_hash([_VERSION, seed, kind.template, _CORPUS, hidden, layers, *others])
    if _complete(folder, recipe):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _write_tokenizer(folder, kind)
    for name, content in kind.processor.items():
        _write_json(folder / name, content)
    _write_model(folder, kind, kind.config(vocabulary, hidden, layers), vocabulary, seed)
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _FILES}
    (folder / _MARK).write_text(json.dumps({"recipe": recipe, "sha256": sums}, indent=1) + "\n")
    return folder


def _complete(folder: Path, recipe: str) -> bool:
    """Whether the mark, written last, is of this recipe and the files are there."""
    mark = folder / _MARK
    if not mark.is_file() or any(not (folder / name).is_file() for name in _FILES):
        return False
    return bool(json.loads(mark.read_text()).get("recipe") == recipe)


def _write_tokenizer(folder: Path, family: Family) -> dict[str, int]:
    """Train a byte-level BPE; write it in the form that AutoTokenizer reads; give its vocabulary."""
    tokenizers = require("tokenizers", "transformers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.normalizer = tokenizers.normalizers.NFC()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Digits(individual_digits=True),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=1024 - len(SPECIAL),
        min_frequency=1,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    tokenizer.add_special_tokens(list(SPECIAL))
    if family.begins:
        begin = (SPECIAL[0], tokenizer.token_to_id(SPECIAL[0]))
        tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
            single=f"{SPECIAL[0]} $A", pair=f"{SPECIAL[0]} $A $B", special_tokens=[begin]
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "additional_special_tokens": list(SPECIAL[1:]),
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "model_max_length": 32768,
        "clean_up_tokenization_spaces": False,
    }
    if family.begins:
        config["bos_token"] = SPECIAL[0]
    _write_json(folder / "tokenizer_config.json", config)
    (folder / "chat_template.jinja").write_text(family.template)
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    return vocabulary


def _write_model(folder: Path, family: Family, config: dict[str, Any], vocabulary: dict[str, int], seed: int) -> None:
    torch_compat.install()
    torch = require("torch", "transformers")
    transformers = require("transformers", "transformers")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        kind = getattr(transformers, family.model)
        model = kind(kind.config_class(**config)).eval()
        # Wider than the usual 0.02, so that logits differ clearly between clips and ties do not decide a test.
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.data.normal_(0.0, 0.15)
    model.generation_config = transformers.GenerationConfig(
        eos_token_id=[vocabulary["<|im_end|>"], vocabulary["<|endoftext|>"]],
        pad_token_id=vocabulary["<|endoftext|>"],
        do_sample=False,
    )
    bars = transformers.utils.logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    model.save_pretrained(folder)
    if shown:
        bars.enable_progress_bar()
    if family.weight_names:
        _rename(folder / "model.safetensors", *family.weight_names)


def _rename(path: Path, written: str, published: str) -> None:
    safetensors = require("safetensors.torch", "transformers")
    named = {name.replace(written, published, 1): w for name, w in safetensors.load_file(path).items()}
    safetensors.save_file(named, path, metadata={"format": "pt"})


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")
