"""Which weights a spec means, and what names them: a commit of the hub, or a hash of a local folder."""

import hashlib
from pathlib import Path

from flexqa.errors import BadInput, require

_WHOLE = 64 * 2**20
_BLOCK = 64 * 2**10
_BLOCKS = 64
_SKIPPED = {".git", ".cache", "__pycache__"}


def locate(target: str) -> str:
    """A model id as it is, or the full path of a local folder.

    Raises:
        BadInput: it is written like a folder and there is none.
    """
    path = Path(target).expanduser()
    if path.is_dir():
        return str(path.resolve())
    if path.exists() or target.startswith((".", "/", "~")) or target.count("/") > 1:
        raise BadInput(
            f"model {target!r} is no folder with a model; give a folder, or an id like Qwen/Qwen3-VL-8B-Instruct"
        )
    return target


def public_name(target: str) -> str:
    """The model's name without the folders of this machine."""
    path = Path(target).expanduser()
    return path.resolve().name if path.is_dir() else target


def public_spec(spec: str) -> str:
    """A model spec, `vllm:models/my-model`, without the folders of this machine."""
    engine, _, target = spec.partition(":")
    return f"{Path(engine).name}:{public_name(target)}"


def revision_of(location: str, requested: str | None = None, file: str = "config.json") -> str | None:
    """What names the weights: `sha256:...` of a local folder, or the commit of a model in the local hub cache.

    Null where a hub model is not in the cache, so that its commit is not known.

    Args:
        location: folder, or id of the hub.
        requested: commit or branch.
        file: one that each such model has.
    """
    path = Path(location)
    if path.is_dir():
        return f"sha256:{folder_hash(path)}"
    hub = require("huggingface_hub", "transformers")
    found = hub.try_to_load_from_cache(location, file, revision=requested)
    # The cache keeps a file under snapshots/<commit>/; what it does not have is None or a marker object.
    return Path(found).parent.name if isinstance(found, str) else None


def folder_hash(folder: Path) -> str:
    """sha256 over names, sizes and content of the files of a model folder, in hex.

    Files up to 64 MiB are read whole. Of a larger one 64 blocks of 64 KiB are read, evenly spread, with both ends:
    seconds instead of minutes for a large model. Training or merging changes weights all over a file and is seen;
    an edit of a few values between two blocks is not.
    """
    digest = hashlib.sha256()
    files = (p for p in folder.rglob("*") if p.is_file() and not _SKIPPED & set(p.relative_to(folder).parts))
    for path in sorted(files, key=lambda p: p.relative_to(folder).as_posix()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        if size <= _WHOLE:
            digest.update(path.read_bytes())
            continue
        with path.open("rb") as file:
            for i in range(_BLOCKS):
                file.seek(i * (size - _BLOCK) // (_BLOCKS - 1))
                digest.update(file.read(_BLOCK))
    return digest.hexdigest()
