"""A local sentence encoder: a folder that transformers' AutoModel loads, pooled over tokens as its layout says.

    config.json, weights, tokenizer             tokens are averaged
    modules.json with Transformer, Pooling and Normalize, as sentence-transformers writes it: pooled as it says

Nothing is downloaded and no code of the folder is run.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexqa.adapters import torch_compat
from flexqa.adapters.weights import folder_hash
from flexqa.errors import BadInput, boundary, require

BATCH = 64
"""sentences at once"""
_KEPT = 20_000
"""embeddings that are kept: the names of nodes come again with every answer"""
_LONGEST = 512
"""tokens of a sentence that are looked at, where the model does not say fewer"""
_POOLINGS = {"mean_tokens": "mean", "mean_sqrt_len_tokens": "mean", "cls_token": "cls", "max_tokens": "max"}
"""sentence-transformers' words -> ours; lengths of embeddings do not matter, so two of them are one"""


class SentenceEncoder:
    """Sentences to unit vectors."""

    def __init__(self, folder: Path) -> None:
        """Load an encoder.

        Raises:
            BadInput: the folder is none, or has a module that is not known here.
            MissingBackend: torch or transformers is not installed.
            AdapterError: it cannot be loaded.
        """
        self.name = folder.resolve().name
        place, self._pooling = _layout(folder)
        torch_compat.install()
        self._torch = require("torch", "transformers")
        transformers = require("transformers", "transformers")
        with boundary(f"loading the encoder {self.name}"):
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(place, local_files_only=True)
            self._model = _whole(transformers, place)
        if self._torch.cuda.is_available():
            self._model = self._model.cuda()
        self.revision = f"sha256:{folder_hash(folder)}"
        self._kept: dict[str, NDArray[np.float32]] = {}

    def embed(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Embed sentences, shape (sentences, width); each has length 1.

        Raises:
            AdapterError: the model raised.
        """
        if len(self._kept) > _KEPT:
            self._kept.clear()
        new = sorted({s for s in sentences if s not in self._kept}, key=len)  # little padding in each batch
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            with boundary(f"the encoder {self.name}"):
                self._kept.update(zip(batch, self._batch(batch), strict=True))
        return np.stack([self._kept[s] for s in sentences])

    def _batch(self, sentences: list[str]) -> NDArray[np.float32]:
        longest = min(_LONGEST, self._tokenizer.model_max_length, self._positions())
        tokens = self._tokenizer(sentences, padding=True, truncation=True, max_length=longest, return_tensors="pt")
        tokens = tokens.to(self._model.device)
        with self._torch.inference_mode():
            states = self._model(**tokens).last_hidden_state.float()
        pooled = _POOL[self._pooling](states, tokens["attention_mask"].unsqueeze(-1).to(states.dtype))
        unit: NDArray[np.float32] = self._torch.nn.functional.normalize(pooled, dim=-1).cpu().numpy()
        return unit

    def _positions(self) -> int:
        """Tokens that the model has positions for; RoBERTa and its kin keep two or more to themselves."""
        positions = getattr(self._model.config, "max_position_embeddings", _LONGEST)
        return int(positions) - (getattr(self._model.config, "pad_token_id", 0) or 0) - 1


_POOL: dict[str, Callable[[Any, Any], Any]] = {
    "mean": lambda states, mask: (states * mask).sum(1) / mask.sum(1).clamp(min=1),
    "cls": lambda states, _: states[:, 0],
    "max": lambda states, mask: states.masked_fill(mask == 0, -1e9).max(1).values,
}
"""states, shape (sentences, tokens, width), and mask, (sentences, tokens, 1) -> (sentences, width)"""


def _whole(transformers: Any, place: Path) -> Any:
    """The model, with all of its weights but those of a pooler, which is not used."""
    logging = transformers.utils.logging
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # transformers warns of the pooler
    try:
        model, info = transformers.AutoModel.from_pretrained(place, local_files_only=True, output_loading_info=True)
    finally:
        logging.set_verbosity(verbosity)
    if missing := sorted(k for k in info["missing_keys"] if not k.startswith("pooler.")):
        raise BadInput(f"{place}: lacks the weights {missing[0]} and {len(missing) - 1} more; give a whole encoder")
    return model.eval()


def _layout(folder: Path) -> tuple[Path, str]:
    """Where the model lies, and how tokens are pooled."""
    if not folder.is_dir():
        raise BadInput(f"encoder {folder} is no folder; give one with the files of a sentence encoder")
    if not (folder / "modules.json").is_file():
        if not (folder / "config.json").is_file():
            raise BadInput(f"{folder} holds neither config.json nor modules.json; give the folder of an encoder")
        return folder, "mean"
    place, pooling = folder, "mean"
    for module in _json(folder / "modules.json"):
        kind, path = str(module["type"]).rpartition(".")[2], folder / str(module["path"])
        match kind:
            case "Transformer":
                place = path
            case "Pooling":
                pooling = _pooling(path / "config.json")
            case "Normalize":
                pass
            case _:
                raise BadInput(
                    f"{folder / 'modules.json'}: module {kind!r} is not known; Transformer, Pooling, Normalize are"
                )
    return place, pooling


def _pooling(path: Path) -> str:
    config = _json(path)
    chosen = [ours for theirs, ours in _POOLINGS.items() if config.get(f"pooling_mode_{theirs}")]
    if "pooling_mode" in config:
        chosen = [str(config["pooling_mode"])]
    if len(set(chosen)) != 1 or chosen[0] not in _POOL:
        raise BadInput(f"{path}: pools by {chosen or 'nothing known'}; one of {', '.join(_POOL)} can be used")
    return chosen[0]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise BadInput(f"{path}: cannot be read as JSON: {e}") from e
