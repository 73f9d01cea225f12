"""Published messages: no folder of the machine, and nothing else changed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.folders import without_folders

ROOT, RUN = Path("/data/me/FLEX"), Path("/scratch/runs/x")
NAMED = {ROOT: "the recordings", RUN: "the run folder"}


@pytest.mark.parametrize(
    ("message", "published"),
    [
        ("recording A01/009 is not in /data/me/FLEX", "recording A01/009 is not in the recordings"),
        ("no clip in /data/me/FLEX.", "no clip in the recordings."),
        ("/data/me/FLEX: unreadable", "the recordings: unreadable"),
        ("/data/me/FLEX/A01/001/View-1.mp4: no frame", "A01/001/View-1.mp4: no frame"),
        ("'/data/me/FLEX/' is empty", "'the recordings/' is empty"),
        ("/data/me/FLEX/a.csv and /data/me/FLEX//b.csv differ", "a.csv and b.csv differ"),
        ("file:///data/me/FLEX/a.mp4", "file://a.mp4"),
        ("cannot write /scratch/runs/x/tmp; /scratch/runs/x is full", "cannot write tmp; the run folder is full"),
        ("/data/me/FLEX-2/a.csv, /data/me/FLEX.old and /mnt/data/me/FLEX are others",) * 2,
        ("EMG of A16/001 has 3 columns",) * 2,
    ],
)
def test_a_message_names_files_from_the_folder_on(message: str, published: str) -> None:
    assert without_folders(message, NAMED) == published


def test_home_is_not_named() -> None:
    home = Path.home()
    assert without_folders(f"{home}: {home}/.cache/x, {home}s", {}) == f"~: ~/.cache/x, {home}s"
    assert without_folders(f"lies in {home}/FLEX", {home / "FLEX": "the recordings"}) == "lies in the recordings"


def test_relative_and_linked_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    named = {Path("link"): "the recordings"}
    said = f"link/a.csv is {tmp_path}/link/a.csv is {tmp_path}/real/a.csv in {tmp_path}/link, a link"
    assert without_folders(said, named) == "a.csv is a.csv is a.csv in the recordings, a link"
    assert without_folders("../x/a.csv, at ../x", {Path("../x"): "the recordings"}) == "a.csv, at the recordings"
    assert without_folders("a . b / c", {Path(): "here", Path("/"): "there"}) == "a . b / c"


@given(st.lists(st.sampled_from([str(ROOT), f"{ROOT}/", str(RUN), f"{Path.home()}/", "a.csv", " ", ": ", ".", "'"])))
def test_no_folder_survives_in_any_place(pieces: list[str]) -> None:
    published = without_folders(" ".join(pieces), NAMED)
    assert not any(str(folder) in published for folder in (ROOT, RUN, Path.home()))
    assert without_folders(published, NAMED) == published
