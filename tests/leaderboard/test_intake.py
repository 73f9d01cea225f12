"""Archives and JSON from strangers."""

import json
import stat
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.leaderboard.intake import unpack
from flexqa.leaderboard.strict_json import lines, strict
from flexqa.leaderboard.verification import Findings, Limits
from flexqa.leaderboard.verify import Against, verify


def pack(folder: Path, archive: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        for path in sorted(folder.iterdir()):
            z.write(path, prefix + path.name)
    return archive


def test_a_packed_run_is_verified_as_its_folder_is(submitted: Path, tmp_path: Path, question_file: Path) -> None:
    against = Against(questions=question_file)
    folder = verify(submitted, against)
    for prefix in ("", "random/"):
        packed = verify(pack(submitted, tmp_path / "run.zip", prefix), against)
        assert packed.model_copy(update={"subject": folder.subject}) == folder


def test_a_packed_run_that_was_tampered_with_is_found(submitted: Path, tmp_path: Path) -> None:
    (submitted / "scores.json").write_text("{}\n")
    found = verify(pack(submitted, tmp_path / "run.zip"))
    assert {f.where.split(":")[0] for f in found.findings if f.fatal} == {"scores.json"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../../escape.txt", "leads out of the folder"),
        ("/etc/cron.d/escape", "leads out of the folder"),
        ("C:/escape.txt", "leads out of the folder"),
        ("a/../../escape.txt", "leads out of the folder"),
        ("run\\..\\..\\escape.txt", "backslash or control character"),
        ("a/b/c.txt", "a folder of a folder"),
        ("nul\nname", "backslash or control character"),
    ],
)
def test_no_name_leads_out_of_the_folder(name: str, message: str, tmp_path: Path) -> None:
    archive, inside = tmp_path / "evil.zip", tmp_path / "a" / "b" / "inside"
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr(name, "escaped")
    inside.mkdir(parents=True)
    findings = Findings()
    assert unpack(archive, inside, Limits(), findings) is None
    assert message in findings.told[0].message
    assert not list(tmp_path.rglob("*escape*"))
    assert list(inside.iterdir()) == []


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("run.json")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as z:
        z.writestr(info, "/etc/passwd")
    assert messages(tmp_path / "link.zip") == ["is a link or special file"]


def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as z:
        z.writestr("run.json", "{}")
        z.writestr("RUN.json", "{}")
    assert messages(tmp_path / "twice.zip") == ["is there twice", "is there twice"]


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("predictions.jsonl", bytes(300 * 2**20))
    assert bomb.stat().st_size < 2**20
    assert messages(bomb) == ["unpacks to more than 200 times its packed size"]


def test_a_bomb_that_lies_about_its_size_is_stopped(tmp_path: Path) -> None:
    bomb, inside = tmp_path / "bomb.zip", tmp_path / "inside"
    data, claimed = zlib.compress(bytes(50 * 2**20), 9)[2:-4], 1000
    name = b"predictions.jsonl"
    sizes = struct.pack("<III", 0, len(data), claimed)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", len(name), 0) + name
    entry = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
    entry += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local) + len(data), 0)
    bomb.write_bytes(local + data + entry + end)
    inside.mkdir()
    findings = Findings()
    assert unpack(bomb, inside, Limits(), findings) is None
    assert findings.fatal
    assert sum(p.stat().st_size for p in inside.iterdir()) <= 2**20


def test_many_files_and_an_endless_directory_are_refused(tmp_path: Path) -> None:
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as z:
        for i in range(40):
            z.writestr(f"{i}.json", "{}")
    assert messages(many) == ["holds 40 files, at most 32 are taken"]
    endless = tmp_path / "endless.zip"
    with zipfile.ZipFile(endless, "w") as z:
        for i in range(20_000):
            z.writestr(f"{i:05}.json", "")
    assert "bytes, at most 1048576 are read" in messages(endless)[0]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(17), b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "none.zip").write_bytes(content)
    assert len(messages(tmp_path / "none.zip")) == 1


@given(st.binary(max_size=400), st.integers(0, 60))
def test_a_broken_archive_never_raises(noise: bytes, at: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        archive, inside = Path(place) / "x.zip", Path(place) / "inside"
        inside.mkdir()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("run.json", "{}" * 20)
        whole = archive.read_bytes()
        archive.write_bytes(whole[:at] + noise + whole[at + len(noise) // 2 :])
        findings = Findings()
        assert (unpack(archive, inside, Limits(), findings) is None) == findings.fatal


NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_plain_json_is_read_as_json_reads_it(value: object) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    assert strict(text, 24) == json.loads(text)


@given(st.binary() | st.text().map(str.encode) | JSON.map(lambda v: json.dumps(v)[:-1].encode()))
def test_anything_else_is_a_value_error(text: bytes) -> None:
    with suppress(ValueError):
        strict(text, 24)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a": 1, "a": 2}', "the key 'a' twice"),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "-Infinity"),
        (b"[1e400]", "too large"),
        (b"[" + b"9" * 5000 + b"]", "too large"),
        (b'["\\udc00"]', "surrogate"),
        (b"[" * 25 + b"]" * 25, "deeper than 24"),
        (b"[" * 10**6, "deeper than 24"),
        (b'{"a":' * 10**5 + b"1" + b"}" * 10**5, "deeper than 24"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_hostile_json_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        strict(text, 24)


def test_brackets_in_text_are_no_depth() -> None:
    assert strict(b'["' + b"[" * 1000 + b'"]', 24) == ["[" * 1000]
    assert strict(b"[" * 24 + b"]" * 24, 24)


def test_a_line_that_is_too_long_is_not_held(tmp_path: Path) -> None:
    path, findings = tmp_path / "x.jsonl", Findings()
    path.write_bytes(b"{}\n" + b"a" * 5000 + b"\n{}\n")
    assert list(lines(path, Limits(line_bytes=100), findings)) == [(1, b"{}")]
    assert findings.told[0].where == "x.jsonl:2"


def messages(archive: Path) -> list[str]:
    return [f.message for f in verify(archive).findings if f.fatal]
