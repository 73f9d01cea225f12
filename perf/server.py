"""The adapter of served models against the ideal: 64 questions at once, to a server that takes 0.5 s for each.

The server is a process of its own and says "A" after its half second, so the ideal is half a second for each round
of as many questions as are at work at once. What is over it is flexqa's: frames encoded, requests written, sent and
read. Prints wall over ideal of each repeat, the CPU time of this process, and the median ratio.

    python perf/server.py [REPEATS] [QUESTIONS] [CONCURRENCY]
"""

import asyncio
import json
import multiprocessing
import re
import statistics
import sys
import time
from contextlib import suppress
from math import ceil
from multiprocessing.connection import Connection

import numpy as np

from flexqa.adapters.base import Request, Text
from flexqa.adapters.registry import create
from flexqa.media import Clip
from flexqa.question import AnswerFormat
from flexqa.record import Reply
from tests.adapters.serving import completion

LATENCY_S = 0.5
FRAMES, HEIGHT, WIDTH = 8, 126, 224
"""of a clip"""
REPLY = json.dumps(completion("A")).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(REPLY) + REPLY
PER_CLIP = 16
"""questions about each clip"""


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection, each half a second after its last byte; as little else as possible."""
    with suppress(asyncio.IncompleteReadError):  # the other side has hung up
        while True:
            [length] = re.findall(rb"(?i)content-length: *(\d+)", await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(int(length))
            await asyncio.sleep(LATENCY_S)
            writer.write(ANSWER)
    writer.close()


async def listen(parent: Connection) -> None:
    """Serve until the parent says something."""
    server = await asyncio.start_server(converse, "127.0.0.1", 0, backlog=1024, limit=2**20)
    parent.send(server.sockets[0].getsockname()[1])
    await asyncio.to_thread(parent.recv)


def serve(parent: Connection) -> None:
    """The server's process."""
    asyncio.run(listen(parent))


def clip(seed: int) -> Clip:
    """A moving gradient with grain, so that it is neither trivial nor noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [127 + 90 * np.sin((x + 9 * i) / 37) * np.cos((y - 5 * i) / 23) for i in range(FRAMES)]
    grain = rng.normal(0, 4, (FRAMES, HEIGHT, WIDTH, 1))
    frames = np.clip(np.stack(waves)[..., None].repeat(3, axis=-1) + grain, 0, 255).astype(np.uint8)
    indices = tuple(range(0, 12 * FRAMES, 12))
    return Clip(frames, tuple(i / 30 for i in indices), indices, 30.0, 12 * FRAMES, f"clip {seed}")


def wall_s(url: str, requests: list[Request], concurrency: int) -> float:
    """Seconds until all have their reply, the start of the adapter's thread included."""
    engine = create("openai:any", {"base_url": url, "concurrency": str(concurrency)})
    started = time.perf_counter()
    outcomes = [outcome for _, outcome in engine.stream(requests)]
    seconds = time.perf_counter() - started
    assert len(outcomes) == len(requests)
    assert all(isinstance(outcome, Reply) for outcome in outcomes)
    return seconds


def main() -> None:
    """Measure and print."""
    repeats, questions, concurrency = (int(w) for w in (*sys.argv[1:], *("5", "64", "64")[len(sys.argv) - 1 :]))
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    process.start()
    url = f"http://127.0.0.1:{ours.recv()}/v1"
    ideal = LATENCY_S * ceil(questions / concurrency)
    ratios = []
    wall_s(url, [Request("q", "error_present", AnswerFormat.YES_NO, (Text("?"),))], 1)  # loads what httpx loads late
    for repeat in range(repeats):
        clips = [clip(repeat * questions + i) for i in range(ceil(questions / PER_CLIP))]
        requests = [
            Request(
                f"q{i}",
                "error_present",
                AnswerFormat.CHOICE,
                (Text("Clip 1:"), clips[i // PER_CLIP], Text(f"Question {i}? A. yes B. no")),
                letters=("A", "B"),
            )
            for i in range(questions)
        ]
        cpu = time.process_time()
        seconds = wall_s(url, requests, concurrency)
        cpu = time.process_time() - cpu
        ratios.append(seconds / ideal)
        print(
            f"{questions} questions, {concurrency} at once: {seconds:.3f} s (CPU {cpu:.3f} s), ideal {ideal:.1f} s, "
            f"ratio {ratios[-1]:.2f}"
        )
    print(f"median of {repeats}: {statistics.median(ratios):.2f} times the ideal, best {min(ratios):.2f}")
    ours.send("enough")
    process.join()


if __name__ == "__main__":
    main()
