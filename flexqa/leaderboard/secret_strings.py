"""Text that looks like a key, a token or a password, and paths that tell whose machine it was.

The patterns are the documented prefixes of the services' keys. A finding names the kind and never repeats the text.
"""

import re
from pathlib import Path

from flexqa.leaderboard.strict_json import lines
from flexqa.leaderboard.verification import Findings, Limits

_SECRETS: dict[str, str] = {
    "an OpenAI-style API key": r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{20,}",
    "a Hugging Face token": r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{20,}",
    "a GitHub token": r"(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})",
    "a GitLab token": r"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20,}",
    "an AWS access key": r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])",
    "a Google API key": r"(?<![A-Za-z0-9])AIza[0-9A-Za-z_-]{35}",
    "an NVIDIA API key": r"(?<![A-Za-z0-9])nvapi-[A-Za-z0-9_-]{20,}",
    "a Slack token": r"(?<![A-Za-z0-9])xox[abeprs]-[A-Za-z0-9-]{10,}",
    "a private key": r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----",
    "a JSON web token": r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
    "a bearer token": r"(?i:bearer)\s+[A-Za-z0-9._~+/-]{20,}",
    "a password in an address": r"://[^/\s:@\"]{1,64}:[^/\s:@\"]{3,64}@",
    "a value named as secret": r"(?i:api[_-]?key|access[_-]?token|secret|passw(?:or)?d)\\?\"\s*:\s*\\?\"[^\"\\]{8,}",
}
_SECRET = re.compile("|".join(f"({pattern})" for pattern in _SECRETS.values()).encode())
_KINDS = tuple(_SECRETS)
_PRIVATE = re.compile(rb"(?:/home|/Users|/root|[A-Z]:\\\\Users)(?:/|\\\\)[^\s\"]")


def check_secrets(path: Path, limits: Limits, findings: Findings) -> None:
    """Look through a file, line by line; whose machine it was is told once."""
    told = False
    for number, line in lines(path, limits, Findings()):
        for match in _SECRET.finditer(line):
            kind = _KINDS[(match.lastindex or 1) - 1]
            where = f"{path.name}:{number}"
            findings.fault("secret", where, f"holds what looks like {kind}; remove it, and revoke it")
        if not told and _PRIVATE.search(line):
            told = True
            findings.note("secret", f"{path.name}:{number}", "names a home folder of the machine that it was made on")
