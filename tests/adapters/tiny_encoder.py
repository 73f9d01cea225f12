"""A sentence encoder whose sentences are bags of words, and synonyms one word: what it finds can be foretold.

Real architecture (BERT without layers), real tokenizer, made on the spot.
"""

import json
from pathlib import Path
from typing import Any

from flexqa.adapters import torch_compat
from flexqa.errors import require

SYNONYMS = (("grip", "hold"), ("narrow", "tight"), ("wide", "broad"), ("swing", "rock"), ("body", "torso"))
_WIDTH = 64


def make_tiny_encoder(folder: Path) -> Path:
    """Write the checkpoint, as transformers lays it out."""
    torch_compat.install()
    torch, transformers = require("torch", "transformers"), require("transformers", "transformers")
    tokenizers = require("tokenizers", "transformers")
    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
    words = {w: i for i, w in enumerate((*special, *(w for pair in SYNONYMS for w in pair)))}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=_WIDTH, num_hidden_layers=0, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=64, pad_token_id=0,
    )  # fmt: skip
    model: Any = transformers.BertModel(config, add_pooling_layer=False)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.embeddings.parameters():
            parameter.zero_()
        model.embeddings.LayerNorm.weight.fill_(1.0)
        for pair in SYNONYMS:
            vector = torch.randn(_WIDTH, generator=generator)
            for word in pair:
                model.embeddings.word_embeddings.weight[words[word]] = vector
    model.save_pretrained(folder)
    return folder


def as_sentence_transformer(folder: Path, pooling: str = "mean_tokens", last: str = "Normalize") -> Path:
    """Add what sentence-transformers writes beside the checkpoint."""
    kinds = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Last", last))
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    config = {"word_embedding_dimension": _WIDTH, f"pooling_mode_{pooling}": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    return folder
