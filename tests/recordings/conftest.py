import shutil
from pathlib import Path

import pytest

from tests.recordings.flex_tree import write_tree


@pytest.fixture(scope="session")
def whole_flex(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A faultless tree, not to be changed."""
    return write_tree(tmp_path_factory.mktemp("flex"))


@pytest.fixture
def flex(whole_flex: Path, tmp_path: Path) -> Path:
    """A tree of one's own."""
    return Path(shutil.copytree(whole_flex, tmp_path / "flex"))
