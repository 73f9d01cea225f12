"""The outside of a submission: a folder of plain files with known names, or a .zip of one, both bounded.

A .zip is unpacked by counting bytes as they come; what its directory says of their number is not believed.
"""

import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from flexqa.cost.session import SESSIONS
from flexqa.leaderboard.verification import Findings, Limits, shown
from flexqa.store import JUDGEMENTS, MANIFEST, PREDICTIONS, QUESTIONS, SCORES, VERDICTS

REQUIRED = (MANIFEST, QUESTIONS, PREDICTIONS)
KNOWN = (*REQUIRED, SCORES, VERDICTS, JUDGEMENTS, SESSIONS, ".lock")
"""The files of a run folder. A lock is empty."""

_CHUNK = 2**20
_DIRECTORY_BYTES = 2**20
"""Longest central directory of a .zip: a few dozen files need a few kilobytes."""


def check_folder(folder: Path, limits: Limits, findings: Findings) -> bool:
    """Look at a run folder from outside, before a byte of it is read.

    Returns:
        Whether the files can be opened: those that are needed are there, plain, and not too large.
    """
    safe, total, names = True, 0, sorted(p.name for p in folder.iterdir())
    if len(names) > limits.files:
        findings.fault("size", ".", f"holds {len(names)} files, at most {limits.files} are taken")
        return False
    for name in names:
        info = (folder / name).lstat()
        if wrong := _not_plain(info):
            findings.fault("path", shown(name), f"is {wrong}; a submission holds plain files only")
            safe = safe and name not in KNOWN
            continue
        total += info.st_size
        if name not in KNOWN:
            findings.fault("name", shown(name), f"is no file of a run; those are {', '.join(KNOWN)}")
        elif name == ".lock" and info.st_size:
            findings.fault("name", name, "is not empty, as a lock is")
        if info.st_size > limits.file_bytes:
            findings.fault("size", shown(name), f"has {info.st_size} bytes, at most {limits.file_bytes} are taken")
            safe = False
    if total > limits.total_bytes:
        findings.fault("size", ".", f"the files have {total} bytes, at most {limits.total_bytes} are taken")
        safe = False
    for name in REQUIRED:
        if name not in names:
            findings.fault("name", name, "is missing; a run folder holds it")
            safe = False
    return safe


def _not_plain(info: os.stat_result) -> str | None:
    """What a file is other than a plain one, in words."""
    mode = info.st_mode
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return None if stat.S_ISREG(mode) else "no regular file"


def unpack(archive: Path, to: Path, limits: Limits, findings: Findings) -> Path | None:
    """Unpack the .zip of a run folder.

    Args:
        archive: the file.
        to: an empty folder.
        limits: when to stop.
        findings: takes what is wrong.

    Returns:
        The folder with the files; null when something is wrong, and then some may lie there.
    """
    if (size := archive.stat().st_size) > limits.total_bytes:
        findings.fault("size", archive.name, f"has {size} bytes, at most {limits.total_bytes} are taken")
        return None
    if wrong := _directory_fault(archive):
        findings.fault("size", archive.name, wrong)
        return None
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [m for m in packed.infolist() if not m.is_dir()]
            return (
                to
                if _listing_fits(members, limits, findings) and _write(packed, members, to, limits, findings)
                else None
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError, OSError) as e:
        findings.fault("json", archive.name, f"is no sound .zip file: {shown(str(e))}")
        return None


def _directory_fault(archive: Path) -> str | None:
    """What is wrong with the end of a .zip, read by hand: `zipfile` would hold an endless directory in memory."""
    with archive.open("rb") as f:
        f.seek(max(0, archive.stat().st_size - 2**16 - 64))
        tail = f.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return "is no .zip file: its end is missing"
    if b"PK\x06\x07" in tail[:end][-20:]:
        return "is a ZIP64 file, which a submission has no need of"
    length = int.from_bytes(tail[end + 12 : end + 16], "little")
    return (
        f"has a directory of {length} bytes, at most {_DIRECTORY_BYTES} are read"
        if length > _DIRECTORY_BYTES
        else None
    )


def _listing_fits(members: list[zipfile.ZipInfo], limits: Limits, findings: Findings) -> bool:
    """Check names, kinds and sizes as the directory tells them."""
    faults = Findings()
    if len(members) > limits.files:
        findings.fault("size", "zip", f"holds {len(members)} files, at most {limits.files} are taken")
        return False
    folders = {PurePosixPath(m.filename).parent for m in members}
    if len(folders) > 1:
        faults.fault("path", "zip", "holds files of several folders; pack one run folder")
    names = [PurePosixPath(m.filename).name.casefold() for m in members]
    for member, name in zip(members, names, strict=True):
        for wrong in _member_faults(member, limits):
            faults.fault("path", shown(member.filename), wrong)
        if names.count(name) > 1:
            faults.fault("path", shown(member.filename), "is there twice")
    if (total := sum(m.file_size for m in members)) > limits.total_bytes:
        faults.fault("size", "zip", f"unpacks to {total} bytes, at most {limits.total_bytes} are taken")
    for f in faults.told:
        findings.fault(f.rule, f.where, f.message)
    return not faults.told


def _member_faults(member: zipfile.ZipInfo, limits: Limits) -> list[str]:
    """What is wrong with one packed file, in words."""
    parts = PurePosixPath(member.filename).parts
    mode = member.external_attr >> 16
    faults = {
        "leads out of the folder": member.filename.startswith("/") or ".." in parts or ":" in member.filename,
        "has a backslash or control character in its name": "\\" in member.orig_filename
        or not member.orig_filename.isprintable(),
        "lies in a folder of a folder": len(parts) > 2,
        "is a link or special file": bool(stat.S_IFMT(mode)) and not stat.S_ISREG(mode),
        "is encrypted": bool(member.flag_bits & 1),
        "is packed in another way than store or deflate": member.compress_type
        not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
        f"unpacks to more than {limits.zip_ratio:.0f} times its packed size": member.file_size > _CHUNK
        and member.file_size > limits.zip_ratio * member.compress_size,
    }
    return [words for words, wrong in faults.items() if wrong]


def _write(
    packed: zipfile.ZipFile, members: list[zipfile.ZipInfo], to: Path, limits: Limits, findings: Findings
) -> bool:
    """Unpack into one flat folder, counting."""
    left = limits.total_bytes
    for member in members:
        name = PurePosixPath(member.filename).name
        allowed = min(left, limits.file_bytes, int(max(_CHUNK, limits.zip_ratio * member.compress_size)))
        with packed.open(member) as source, (to / name).open("xb") as out:
            while chunk := source.read(min(_CHUNK, allowed + 1)):
                allowed, left = allowed - len(chunk), left - len(chunk)
                if allowed < 0:
                    findings.fault("size", shown(member.filename), "unpacks to more bytes than are taken")
                    return False
                out.write(chunk)
    return True
