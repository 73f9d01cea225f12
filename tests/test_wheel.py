"""An installed flexqa brings its graph, prompts and cards along."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_an_installed_flexqa_finds_its_data(tmp_path: Path) -> None:
    build = [*(sys.executable, "-m", "pip", "wheel", str(ROOT)), *("--no-deps", "--no-build-isolation", "--quiet")]
    subprocess.run([*build, "--wheel-dir", str(tmp_path)], check=True)
    [wheel] = tmp_path.glob("flexqa-*.whl")
    with zipfile.ZipFile(wheel) as z:
        z.extractall(tmp_path / "site")
    code = (
        "import flexqa; from flexqa.assets import default_graph; from flexqa.graph.load import load_graph\n"
        "from flexqa.prompts import prompts_hash; from flexqa.adapters.cards import cards\n"
        "print(flexqa.__file__, default_graph()); load_graph(default_graph()); print(prompts_hash(), len(cards()))\n"
        "from flexqa.leaderboard.page import pieces; from flexqa.leaderboard.entry import Leaderboard\n"
        "assert 'FLEX-VideoQA' in ''.join(pieces(Leaderboard(boards=())))"
    )
    # Isolated from the checkout: -P keeps the working directory off the path, and the wheel comes first on it.
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n{code}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    where, graph = result.stdout.splitlines()[0].split()
    assert Path(where).is_relative_to(tmp_path)
    assert Path(graph).is_relative_to(tmp_path)
