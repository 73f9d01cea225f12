"""Start-up: `flexqa --help` against importing typer and rich, which nothing built on them can beat.

Prints the ratio of medians over pairs run back to back.  python perf/startup.py [PAIRS]
"""

import statistics
import subprocess
import sys
import time


def seconds(*arguments: str) -> float:
    """Wall-clock seconds of one Python process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Measure pairs and print the ratio."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    measured = [(seconds("-m", "flexqa", "--help"), seconds("-c", "import typer, rich")) for _ in range(pairs)]
    help_s, floor_s = (statistics.median(side) for side in zip(*measured, strict=True))
    ratio = help_s / floor_s
    print(f"flexqa --help {help_s:.3f} s, floor {floor_s:.3f} s, ratio {ratio:.2f} (medians of {pairs} pairs)")


if __name__ == "__main__":
    main()
