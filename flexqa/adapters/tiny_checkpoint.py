"""A Qwen2.5-VL of random weights, about 0.3 M parameters: real architecture, real processor, no download.

It answers nothing sensible, and everything around it is real: tests, `make demo` and speed floors send it through
the same engines, chat template and video path as a model of 7 B parameters. Its tokenizer is trained on the spot
on the words of fitness questions, so that letters, digits, yes and no are single tokens. The same seed gives the
same bytes.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from flexqa.adapters import torch_compat
from flexqa.errors import require
from flexqa.question import canonical_hash

_VERSION = 3
_MARK = "flexqa_tiny.json"
_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")

_SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip

_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif content['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

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


def make_tiny_checkpoint(folder: Path, seed: int = 0, hidden: int = 64, layers: int = 2) -> Path:
    """Write the checkpoint into `folder`, or leave a complete one of the same seed and size as it is.

    Args:
        folder: may exist.
        seed: of the weights.
        hidden: width of text and vision, a multiple of 64.
        layers: of each of them; 512 and 8 make a model that spends its time computing, for measurements.

    Raises:
        MissingBackend: torch or transformers is not installed.
    """
    recipe = canonical_hash([_VERSION, seed, _TEMPLATE, _CORPUS, hidden, layers])
    if _complete(folder, recipe):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _write_tokenizer(folder)
    _write_processor(folder)
    _write_model(folder, _config(vocabulary, hidden, layers), vocabulary, seed)
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _FILES}
    (folder / _MARK).write_text(json.dumps({"recipe": recipe, "sha256": sums}, indent=1) + "\n")
    return folder


def _complete(folder: Path, recipe: str) -> bool:
    """Whether the mark, written last, is of this recipe and the files are there."""
    mark = folder / _MARK
    if not mark.is_file() or any(not (folder / name).is_file() for name in _FILES):
        return False
    return bool(json.loads(mark.read_text()).get("recipe") == recipe)


def _write_tokenizer(folder: Path) -> dict[str, int]:
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
        vocab_size=1024 - len(_SPECIAL),
        min_frequency=1,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    tokenizer.add_special_tokens(list(_SPECIAL))
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "additional_special_tokens": list(_SPECIAL[1:]),
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "model_max_length": 32768,
        "clean_up_tokenization_spaces": False,
    }
    _write_json(folder / "tokenizer_config.json", config)
    (folder / "chat_template.jinja").write_text(_TEMPLATE)
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    return vocabulary


def _write_processor(folder: Path) -> None:
    size = {"shortest_edge": 3136, "longest_edge": 1003520}
    shared = {
        "patch_size": 14,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "processor_class": "Qwen2_5_VLProcessor",
        "size": size,
    }
    _write_json(folder / "preprocessor_config.json", shared | {"image_processor_type": "Qwen2VLImageProcessor"})
    _write_json(
        folder / "video_preprocessor_config.json",
        shared | {"video_processor_type": "Qwen2VLVideoProcessor", "do_sample_frames": False},
    )
    _write_json(folder / "processor_config.json", {"processor_class": "Qwen2_5_VLProcessor"})


def _write_model(folder: Path, config: dict[str, Any], vocabulary: dict[str, int], seed: int) -> None:
    torch_compat.install()
    torch = require("torch", "transformers")
    transformers = require("transformers", "transformers")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.Qwen2_5_VLForConditionalGeneration(transformers.Qwen2_5_VLConfig(**config)).eval()
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


def _config(vocabulary: dict[str, int], hidden: int, layers: int) -> dict[str, Any]:
    return {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "dtype": "float32",
        "image_token_id": vocabulary["<|image_pad|>"],
        "video_token_id": vocabulary["<|video_pad|>"],
        "vision_start_token_id": vocabulary["<|vision_start|>"],
        "vision_end_token_id": vocabulary["<|vision_end|>"],
        "tie_word_embeddings": False,
        "text_config": {
            "vocab_size": len(vocabulary),
            "hidden_size": hidden,
            "intermediate_size": 2 * hidden,
            "num_hidden_layers": layers,
            "num_attention_heads": hidden // 32,
            "num_key_value_heads": hidden // 64,
            "max_position_embeddings": 32768,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 6, 6]},
            "bos_token_id": vocabulary["<|endoftext|>"],
            "eos_token_id": vocabulary["<|im_end|>"],
            "tie_word_embeddings": False,
            "dtype": "float32",
        },
        "vision_config": {
            "depth": layers,
            "hidden_size": hidden,
            "intermediate_size": 2 * hidden,
            "num_heads": hidden // 32,
            "out_hidden_size": hidden,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "tokens_per_second": 2,
            "window_size": 112,
            "fullatt_block_indexes": [layers - 1],
            "in_channels": 3,
            "dtype": "float32",
        },
    }


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")
