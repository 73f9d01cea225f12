"""Messages that are published name no folder of the machine that they come from."""

import re
from collections.abc import Mapping
from pathlib import Path


def without_folders(message: str, named: Mapping[Path, str]) -> str:
    """A message as it may be published.

    Files are named from the named folders on, a folder itself by its name, and the home folder is `~`. A relative
    path of one part, as in `--data FLEX`, may be a word of the message: it is left where it stands alone.

    Args:
        message: of an error.
        named: folder -> what stands for it, in plain words: `the recordings`.
    """
    ways = {way: name for folder, name in named.items() for way in (str(folder), str(folder.absolute()))}
    ways |= {str(folder.resolve()): name for folder, name in named.items()}
    for way in sorted(ways, key=len, reverse=True):
        if way not in (".", "/"):
            message = re.sub(_inside(way), "", message)
            if "/" in way:
                message = re.sub(_itself(way), ways[way], message)
    home = str(Path.home())
    return message if home == "/" else re.sub(_itself(home), "~", message)


def _inside(folder: str) -> str:
    """What leads to something in a folder."""
    return rf"{_start(folder)}{re.escape(folder)}/+(?=[^\s/'\"])"


def _itself(folder: str) -> str:
    """The folder, with nothing behind it that would make it another."""
    return rf"{_start(folder)}{re.escape(folder)}(?![\w-]|\.\w)"


def _start(folder: str) -> str:
    """What may not stand before a path, as it would make it the end of another."""
    return r"(?<![\w.~-])" if folder.startswith("/") else r"(?<![\w./~-])"
