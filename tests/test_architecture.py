"""The house: imports point one way, nothing stands in the way of a quick start, one place prints, one catches all."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import flexqa

PACKAGE = Path(flexqa.__file__).parent
ROOT = PACKAGE.parent

LAYERS: list[set[str]] = [
    {"errors"},
    {"assets", "files", "folders", "pages", "processes", "read_ahead", "vocabulary"},
    {"question"},
    {"media", "record"},
    {"graph", "recordings.model", "stand_ins"},
    {"recordings", "prompts", "adapters.base"},
    {"simulate", "questions", "adapters", "scoring"},
    {"controls", "conversations", "sensors", "store"},
    {"audit", "cost", "exports", "presentation", "run_lines", "withheld"},
    {"executors", "parts"},
    {"freeze", "run", "rescore"},
    {"compare_runs", "control_runs", "evaluation", "judging", "mini", "plan"},
    {"leaderboard"},
    {"published", "schemas", "viewer"},
    {"cli"},
    {"__main__"},
]
"""From the bottom up; a module may import from its own room and from the layers below."""

RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

PYTHON_FILES = sorted(PACKAGE.rglob("*.py"))


def room(module: str) -> str:
    """The most precise name in LAYERS that a module `recordings.model` belongs to."""
    parts = module.split(".")
    return next((name for n in range(len(parts), 0, -1) if (name := ".".join(parts[:n])) in RANK), module)


def imports(path: Path) -> Iterator[str]:
    """Every flexqa module that a file imports, at whatever depth of the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module.startswith("flexqa."):
                yield node.module.removeprefix("flexqa.")
            elif node.module == "flexqa":
                yield from (a.name for a in node.names if a.name != "__version__")
        elif isinstance(node, ast.Import):
            yield from (a.name.removeprefix("flexqa.") for a in node.names if a.name.startswith("flexqa."))


def test_imports_point_one_way() -> None:
    wrong = []
    for path in PYTHON_FILES:
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        if module == "__init__":
            continue
        here = room(module)
        assert here in RANK, f"{path.name}: give {module} a place in LAYERS"
        for target in imports(path):
            there = room(target)
            same_house = here.split(".")[0] == there.split(".")[0]
            if not same_house and RANK.get(there, 99) >= RANK[here]:
                wrong.append(f"{module} imports {target}")
    assert not wrong


def test_modules_have_no_import_cycle() -> None:
    graph = {
        ".".join(p.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): set(imports(p))
        for p in PYTHON_FILES
    }
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, f"cycle: {' -> '.join((*above, module))}"
        if module not in done:
            for target in graph.get(module, ()):
                visit(target, (*above, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_every_help_is_shown_without_heavy_imports() -> None:
    code = (
        "import sys; from typer.testing import CliRunner\n"
        "from flexqa.cli.app import app; from tests.test_docs import leaves\n"
        "assert all(CliRunner().invoke(app, [*leaf, '--help']).exit_code == 0 for leaf in leaves())\n"
        "heavy = {'torch', 'vllm', 'transformers', 'datasets', 'numpy', 'jinja2', 'scipy', 'av', 'PIL'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or None)"
    )
    result = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr


def test_only_render_prints() -> None:
    printers = [p.name for p in PYTHON_FILES if "Console(" in p.read_text()]
    assert printers == ["render.py"]


def test_there_is_one_broad_except() -> None:
    broad = []
    for path in PYTHON_FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "everything"
                reraises = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
                if caught in ("Exception", "BaseException", "everything") and not reraises:
                    broad.append(path.name)
    assert broad == ["errors.py"]
