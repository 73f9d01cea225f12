# make demo   the whole way, from recordings to leaderboard, on a model made on the spot
# make test   everything: ruff, mypy strict, pytest
# make mini   freeze benchmarks/flex-videoqa/mini anew, after a change of generator or simulator
# make results   ask the runs in results/ again where they are out of date; score and rank all of them
#
# Each sets up one virtual environment first. Variables:
#   PYTHON=python3.12          the interpreter of the environment (3.11 or newer)
#   MODEL=vllm:Qwen/Qwen3-VL-8B-Instruct   the model of the demo, on a machine with a GPU
#   OUT=demo                   where the demo writes, and results/ finds recordings and makes its model
#   FRESH=1                    ask every run of results/ again

PYTHON ?= python3
VENV   ?= .venv
OUT    ?= demo
MODEL  ?=
BIN    := $(VENV)/bin

.PHONY: demo test lint mini results clean

demo: $(VENV)/.ready
	$(BIN)/flexqa demo --out $(OUT) $(if $(MODEL),--model $(MODEL))

test: lint
	$(BIN)/pytest

lint: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

mini: $(VENV)/.ready
	$(BIN)/python -m flexqa.mini

results: $(VENV)/.ready
	$(BIN)/python -m flexqa.cli.publish --work $(OUT) $(if $(FRESH),--fresh)

clean:
	rm -rf $(VENV) $(VENV)-peers $(OUT) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.ready: pyproject.toml install.sh
	./install.sh $(PYTHON) $(VENV)
	touch $@
