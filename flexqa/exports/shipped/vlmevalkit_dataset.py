"""FLEX-VideoQA for VLMEvalKit: a video dataset that reads flex_videoqa.tsv in the folder of this file."""

from pathlib import Path
from typing import Any

from flex_reply import score
from vlmeval.dataset.video_base import VideoBaseDataset
from vlmeval.smp import load

HERE = Path(__file__).resolve().parent


class FlexVideoQA(VideoBaseDataset):  # type: ignore[misc]
    """One clip and one question per row; `question` is the whole prompt, options and answer instruction included."""

    TYPE = "Video-MCQ"

    @classmethod
    def supported_datasets(cls) -> list[str]:
        """The name of the one data set."""
        return ["flex_videoqa"]

    def prepare_dataset(self, dataset: str) -> dict[str, str]:  # noqa: ARG002
        """Where the clips and the table lie."""
        return {"root": str(HERE / "media"), "data_file": str(HERE / "flex_videoqa.tsv")}

    def build_prompt(self, line: Any, video_llm: bool) -> list[dict[str, str]]:
        """The clip, whole or as frames, and the prompt behind it.

        Args:
            line: a row, or its number.
            video_llm: whether the model takes the file.
        """
        row = self.data.iloc[line] if isinstance(line, int) else line
        if video_llm:
            shown = [{"type": "video", "value": str(Path(self.data_root) / f"{row['video']}.mp4")}]
        else:
            shown = [{"type": "image", "value": frame} for frame in self.save_video_frames(row["video"])]
        return [*shown, {"type": "text", "value": row["question"]}]

    @classmethod
    def evaluate(cls, eval_file: str, **judge_kwargs: Any) -> dict[str, float]:  # noqa: ARG003
        """Accuracy over all questions and by type, 0-1, read from the replies without a judge."""
        rows = load(eval_file).to_dict("records")
        right: dict[str, list[float]] = {}
        for row in rows:
            options = [str(row[a]) for a in "ABCDEFGHIJ"]
            while options and options[-1] == "nan":  # pandas' empty cell
                options.pop()
            tolerance = float(row["tolerance"]) if row["answer_format"] == "number" else None
            value = score(str(row["prediction"]), row["answer_format"], options, str(row["answer"]), tolerance)
            for name in ("accuracy", f"accuracy_{row['category']}"):
                right.setdefault(name, []).append(value)
        return {name: sum(values) / len(values) for name, values in right.items()}
