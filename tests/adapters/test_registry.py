import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from flexqa.adapters.base import Adapter, Request, Text
from flexqa.adapters.cards import ModelCard, cards
from flexqa.adapters.registry import EngineInfo, create, engines
from flexqa.adapters.transformers_engine import TransformersOptions
from flexqa.adapters.vllm_options import VllmOptions
from flexqa.errors import AdapterError, BadInput, MissingBackend, require
from flexqa.question import AnswerFormat
from flexqa.record import Failure, Reply

REQUEST = Request("q-1", "t", AnswerFormat.CHOICE, (Text("Which?"),), ("A", "B"), ("left", "right"))


def write(folder: Path, source: str) -> str:
    path = folder / "my_model.py"
    path.write_text(source)
    return str(path)


@pytest.mark.parametrize("engine", engines(), ids=lambda e: e.prefix)
def test_engine_is_described(engine: EngineInfo) -> None:
    assert engine.example.startswith(f"{engine.prefix}:")
    assert engine.summary
    assert bool(engine.extra) == bool(engine.pip)
    assert engine.installed or engine.extra


@pytest.mark.parametrize("spec", ["baseline:random", "baseline:prior", "fake:echo", "fake:fail", "fake:slow"])
def test_built_in_adapter(spec: str) -> None:
    adapter = create(spec, {})
    assert isinstance(adapter, Adapter)
    assert adapter.describe()["engine"] == spec.partition(":")[0]
    assert adapter.revision() is None


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        ("vlm:some/model", {}, "did you mean 'vllm'?"),
        ("gpt-9", {}, "'gpt-9' has no known engine; known: vllm, transformers, openai, baseline, fake"),
        ("vllm:", {}, "names no model"),
        ("baseline", {}, "baseline:prior"),
        ("baseline:mean", {}, "no baseline 'mean'"),
        ("fake:ecko", {}, "did you mean 'echo'?"),
        ("baseline:random", {"seed": "1"}, "has no option 'seed'; it takes none"),
        ("fake:slow", {"second": "1"}, "did you mean 'seconds'?"),
        ("fake:slow", {"seconds": "long"}, "seconds='long'"),
        ("absent.py:Model", {}, "absent.py does not exist"),
        ("absent.py", {}, "absent.py:MyModel"),
    ],
)
def test_bad_spec_names_the_remedy(spec: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(BadInput) as e:
        create(spec, options)
    assert message in str(e.value)


def test_class_of_the_user(tmp_path: Path) -> None:
    file = write(tmp_path, "class MyVLM:\n    def reply(self, request): return request.letters[-1]\n")
    adapter = create(f"{file}:MyVLM", {})
    assert list(adapter.stream([REQUEST])) == [(REQUEST, Reply(text="B"))]
    assert adapter.describe()["class"] == "my_model.py:MyVLM"
    before = adapter.revision()
    write(tmp_path, "class MyVLM:\n    def reply(self, request): return request.letters[0]\n")
    assert create(f"{file}:MyVLM", {}).revision() != before, "an edited adapter is another model"


def test_adapter_subclass_of_the_user_keeps_its_own_parts(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "from flexqa.adapters.base import Adapter\n"
        "class MyVLM(Adapter):\n"
        "    on_processor = True\n"
        "    def __init__(self, word='A'): self.word = word\n"
        "    def reply(self, request): return self.word\n"
        "    def revision(self): return 'r7'\n"
        "    def describe(self): return {'device': 'abacus'}\n",
    )
    adapter = create(f"{file}:MyVLM", {"word": "B"})
    assert adapter.reply(REQUEST) == "B"
    assert adapter.revision() == "r7"
    assert adapter.describe()["device"] == "abacus"
    assert adapter.on_processor
    with pytest.raises(BadInput, match="unexpected keyword argument 'wrod'"):
        create(f"{file}:MyVLM", {"wrod": "B"})


def test_own_stream_of_the_user(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "from flexqa.record import Reply\n"
        "class MyVLM:\n"
        "    def reply(self, request): return 'A'\n"
        "    def stream(self, requests):\n"
        "        for request in requests: yield request, Reply(text='batched')\n",
    )
    assert list(create(f"{file}:MyVLM", {}).stream([REQUEST])) == [(REQUEST, Reply(text="batched"))]


def test_reply_of_the_user_that_is_no_text_fails_alone(tmp_path: Path) -> None:
    file = write(tmp_path, "class MyVLM:\n    def reply(self, request): return 3\n")
    [(_, outcome)] = create(f"{file}:MyVLM", {}).stream([REQUEST])
    assert isinstance(outcome, Failure)
    assert "must return str" in outcome.message


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("class MyVML:\n    def reply(self, request): return ''\n", BadInput, "did you mean 'MyVML'?"),
        ("class MyVLM: pass\n", BadInput, "has no method reply"),
        ("import math\n", BadInput, "it defines no class"),
        ("1 / 0\n", AdapterError, "importing my_model.py: ZeroDivisionError"),
        ("import a_module_that_is_absent\n", AdapterError, "a_module_that_is_absent"),
        ("class MyVLM:\n  def __init__(self): 1 / 0\n  def reply(self, r): return ''\n", AdapterError, "division"),
    ],
)
def test_bad_file_of_the_user(tmp_path: Path, source: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as e:
        create(f"{write(tmp_path, source)}:MyVLM", {})
    assert message in str(e.value)


def test_missing_backend_names_its_pip_line() -> None:
    assert find_spec("vllm_of_another_world") is None
    with pytest.raises(MissingBackend, match=r"pip install 'flexqa\[vllm\]'"):
        require("vllm_of_another_world", "vllm")


def test_registry_imports_no_backend() -> None:
    code = (
        "import sys\nfrom flexqa.adapters.registry import engines\nengines()\n"
        "print(sorted({'torch', 'vllm', 'transformers', 'torchvision'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.model)
def test_card_is_complete(card: ModelCard) -> None:
    assert card.spec.partition(":")[0] in {e.prefix for e in engines()}
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", card.model)
    assert card.licence
    # bfloat16 weights alone take two bytes each
    assert card.min_gpu_memory_gb > 2 * card.parameters_b
    options = VllmOptions if card.engine == "vllm" else TransformersOptions
    assert options.read(card.options, card.engine)
    assert 1 <= card.presentation.frames <= VllmOptions().max_clip_frames
    assert card.presentation.size**2 <= VllmOptions().max_frame_pixels


def test_cards_differ() -> None:
    assert len({card.model for card in cards()}) == len({card.name for card in cards()}) == len(cards()) > 0
