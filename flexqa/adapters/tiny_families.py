"""The architectures of which `tiny_checkpoint` makes one: their configuration, processor and chat template."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

FamilyName = Literal["qwen2.5-vl", "qwen3-vl", "llava-1.5"]

SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip

_QWEN_TEMPLATE = (
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

_LLAVA_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] | upper }}: "
    "{% for content in message['content'] if content['type'] == 'image' %}<|image_pad|>\n{% endfor %}"
    "{% for content in message['content'] if content['type'] == 'text' %}{{ content['text'] }} {% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
"""All pictures in front of all text, as LLaVA-1.5's own does it."""

_CLIP_PIXELS = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}


@dataclass(frozen=True, slots=True)
class Family:
    """One architecture."""

    model: str
    """class of transformers"""
    template: str
    begins: bool
    """the tokenizer puts a token in front of every text"""
    config: Callable[[Mapping[str, int], int, int], dict[str, Any]]
    """(vocabulary, width, layers) -> config.json"""
    processor: Mapping[str, Mapping[str, Any]]
    """file name -> what is in it"""
    weight_names: tuple[str, str] | None = None
    """beginning of weights' names, as transformers writes it and as published checkpoints have it"""


def _qwen_processor(name: str, patch: int, image: str, video: str) -> dict[str, dict[str, Any]]:
    shared = {
        "patch_size": patch,
        "temporal_patch_size": 2,
        "merge_size": 2,
        **(_CLIP_PIXELS if patch == 14 else {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}),
        "processor_class": name,
        "size": {"shortest_edge": 4 * patch**2, "longest_edge": 1003520},
    }
    return {
        "preprocessor_config.json": shared | {"image_processor_type": image},
        "video_preprocessor_config.json": shared | {"video_processor_type": video, "do_sample_frames": False},
        "processor_config.json": {"processor_class": name},
    }


def _text_config(vocabulary: Mapping[str, int], hidden: int, layers: int) -> dict[str, Any]:
    return {
        "vocab_size": len(vocabulary),
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": hidden // 32,
        "num_key_value_heads": hidden // 64,
        "max_position_embeddings": 32768,
        "bos_token_id": vocabulary["<|endoftext|>"],
        "eos_token_id": vocabulary["<|im_end|>"],
        "tie_word_embeddings": False,
        "dtype": "float32",
    }


def _qwen_config(vocabulary: Mapping[str, int], model: str) -> dict[str, Any]:
    return {
        "architectures": [model],
        "dtype": "float32",
        "image_token_id": vocabulary["<|image_pad|>"],
        "video_token_id": vocabulary["<|video_pad|>"],
        "vision_start_token_id": vocabulary["<|vision_start|>"],
        "vision_end_token_id": vocabulary["<|vision_end|>"],
        "tie_word_embeddings": False,
    }


def _qwen_vision(hidden: int, layers: int, patch: int) -> dict[str, Any]:
    return {
        "depth": layers,
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "num_heads": hidden // 32,
        "out_hidden_size": hidden,
        "patch_size": patch,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "in_channels": 3,
        "dtype": "float32",
    }


def _qwen2_5(vocabulary: Mapping[str, int], hidden: int, layers: int) -> dict[str, Any]:
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [4, 6, 6]}
    seen = {"tokens_per_second": 2, "window_size": 112, "fullatt_block_indexes": [layers - 1]}
    return _qwen_config(vocabulary, "Qwen2_5_VLForConditionalGeneration") | {
        "text_config": _text_config(vocabulary, hidden, layers) | {"rope_parameters": rope},
        "vision_config": _qwen_vision(hidden, layers, 14) | seen,
    }


def _qwen3(vocabulary: Mapping[str, int], hidden: int, layers: int) -> dict[str, Any]:
    rope = {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [4, 6, 6], "mrope_interleaved": True}
    seen = {"num_position_embeddings": 64, "deepstack_visual_indexes": [0]}
    return _qwen_config(vocabulary, "Qwen3VLForConditionalGeneration") | {
        "text_config": _text_config(vocabulary, hidden, layers) | {"rope_parameters": rope, "head_dim": 32},
        "vision_config": _qwen_vision(hidden, layers, 16) | seen,
    }


def _llava(vocabulary: Mapping[str, int], hidden: int, layers: int) -> dict[str, Any]:
    return {
        "architectures": ["LlavaForConditionalGeneration"],
        "dtype": "float32",
        "image_token_index": vocabulary["<|image_pad|>"],
        "vision_feature_layer": -2,
        "vision_feature_select_strategy": "default",
        "tie_word_embeddings": False,
        "text_config": _text_config(vocabulary, hidden, layers) | {"model_type": "llama"},
        "vision_config": {
            "model_type": "clip_vision_model",
            "hidden_size": hidden,
            "intermediate_size": 2 * hidden,
            "num_hidden_layers": layers,
            "num_attention_heads": hidden // 32,
            "projection_dim": hidden,
            "image_size": 56,
            "patch_size": 14,
            "dtype": "float32",
        },
    }


FAMILIES: Mapping[FamilyName, Family] = {
    "qwen2.5-vl": Family(
        model="Qwen2_5_VLForConditionalGeneration",
        template=_QWEN_TEMPLATE,
        begins=False,
        config=_qwen2_5,
        processor=_qwen_processor("Qwen2_5_VLProcessor", 14, "Qwen2VLImageProcessor", "Qwen2VLVideoProcessor"),
    ),
    "qwen3-vl": Family(
        model="Qwen3VLForConditionalGeneration",
        template=_QWEN_TEMPLATE,
        begins=False,
        config=_qwen3,
        processor=_qwen_processor("Qwen3VLProcessor", 16, "Qwen2VLImageProcessor", "Qwen3VLVideoProcessor"),
    ),
    "llava-1.5": Family(
        model="LlavaForConditionalGeneration",
        template=_LLAVA_TEMPLATE,
        begins=True,
        config=_llava,
        weight_names=("vision_tower.", "vision_tower.vision_model."),
        processor={
            "preprocessor_config.json": _CLIP_PIXELS
            | {
                "image_processor_type": "CLIPImageProcessor",
                "processor_class": "LlavaProcessor",
                "size": {"shortest_edge": 56},
                "crop_size": {"height": 56, "width": 56},
            },
            "processor_config.json": {
                "processor_class": "LlavaProcessor",
                "image_token": "<|image_pad|>",
                "patch_size": 14,
                "num_additional_image_tokens": 1,
                "vision_feature_select_strategy": "default",
            },
        },
    ),
}
