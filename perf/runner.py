"""The runner over the bare floor: `flexqa.run.evaluate` against `vllm.LLM` called directly on the same requests.

The floor decodes each clip once and hands all prompts, written beforehand, to one `LLM.generate`, with media ids and
the same sampling. The runner renders prompts, checks them, decodes, streams, writes the run folder and counts costs;
of a clip's prompts it has vLLM expand two, the floor all. Both use one engine in one process, in turns, its caches
emptied before each. Prints seconds and processor seconds per question, the ratios' medians, and how many clips were
decoded.

    python perf/runner.py [tiny|mid] [REPEATS] [CLIPS] [QUESTIONS_PER_CLIP]
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import vllm

from flexqa.presentation import Presenter
from flexqa.record import Sampling
from flexqa.recordings.video import read_clip
from perf.legs import FRAMES, SHOWN, SIDE, Case, Runner, measured


class Floor:
    """The leg that nothing can beat: requests made beforehand, and one call."""

    def __init__(self, runner: Runner, llm: Any) -> None:
        self.case, self.chat, self.llm = runner.case, runner.adapter.chat, llm
        self.prompts: list[tuple[str, str, Any]] = []
        """recording, text of the prompt, and sampling of each question"""
        presenter = Presenter(self.case.recordings, self.case.graph, SHOWN, Sampling(), "choice")
        for question in self.case.questions:
            request = presenter.prepare(question).request
            ids = list(self.chat.reply_ids(request.forced).values())
            sampling = vllm.SamplingParams(
                temperature=0.0, max_tokens=1, seed=0, allowed_token_ids=ids, logprob_token_ids=ids,
                detokenize=False, skip_clone=True,
            )  # fmt: skip
            self.prompts.append((question.media[0].recording, self.chat.prompt(request), sampling))
        presenter.close()

    def run(self) -> dict[str, str]:
        """Decode each clip once and call `LLM.generate`; question -> reply."""
        clips, inputs = {}, []
        for recording, prompt, _ in self.prompts:
            if recording not in clips:
                path = self.case.recordings[recording].views["1"]
                clips[recording] = read_clip(path, frames=FRAMES, size=SIDE, frames_fps=20.0)
            clip = clips[recording]
            media = {"video": self.chat.clips.engine_items(clip)}
            inputs.append(
                {"prompt": prompt, "multi_modal_data": media, "multi_modal_uuids": {"video": [clip.sha256]}}
            )
        outputs = self.llm.generate(inputs, [sampling for *_, sampling in self.prompts], use_tqdm=False)
        return {
            q.id: self.chat.decoded(output.outputs[0].token_ids)
            for q, output in zip(self.case.questions, outputs, strict=True)
        }


def main() -> None:
    """Measure and print."""
    name = sys.argv[1] if len(sys.argv) > 1 else "tiny"
    repeats, clips, per_clip = (int(w) for w in (*sys.argv[2:], *("9", "8", "16")[max(0, len(sys.argv) - 2) :]))
    with tempfile.TemporaryDirectory() as place:
        case = Case(Path(place), name, clips, per_clip)
        runner = Runner(case, Path(place) / "run", decode="choice")
        llm = vllm.LLM(**runner.arguments)
        engine = llm.llm_engine
        runner.lend(engine)
        floor = Floor(runner, llm)
        measured(engine, runner.run)
        replies = {p.question_id: p.reply.text for p in runner.predictions if p.reply}
        assert floor.run() == replies, "the two do not answer alike"
        pairs = []
        for _ in range(repeats):
            pair = measured(engine, floor.run), measured(engine, runner.run)
            pairs.append(pair)
            print("floor {:.3f} s (CPU {:.3f}), runner {:.3f} s (CPU {:.3f})".format(*pair[0], *pair[1]))
        n = len(case.questions)
        for i, kind in enumerate(("wall", "CPU")):
            floor_ms, runner_ms = (1000 * statistics.median(p[leg][i] for p in pairs) / n for leg in (0, 1))
            ratio = statistics.median(p[1][i] / p[0][i] for p in pairs)
            print(
                f"{name}, {kind}: floor {floor_ms:.2f} ms per question, runner {runner_ms:.2f} ms, ratio {ratio:.3f}"
            )
        print(f"{runner.decoded} decodes of {clips} clips for {n} questions; medians of {repeats} pairs")
        runner.adapter.close()


if __name__ == "__main__":
    main()
