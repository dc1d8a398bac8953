"""Looks for secrets in everything that git keeps or would keep, by the shapes their makers gave them; `make check` runs it.

    python -m infra.tools.secrets

A shape that is found on purpose, such as a test's, is written in pieces there. A value of no shape (a password) is not found; none has
a place in this repository at all.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SHAPES: Final = {
    "AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "AWS secret key": re.compile(r"(?i)aws_?secret_?access_?key\W{1,6}[0-9a-z/+]{40}\b"),
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "Slack webhook": re.compile(r"https://hooks\.slack\.com/(?:services|workflows)/[TB][0-9A-Z]{8,}/"),
    "Slack token": re.compile(r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}"),
    "Prefect key": re.compile(r"\bpn[ub]_[0-9A-Za-z]{20,}"),
    "GitHub token": re.compile(r"\b(?:gh[oprsu]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{40,})"),
    "Alpha Vantage key": re.compile(r"(?i:apikey|api_key)\W{1,4}(?=[0-9A-Z]*[0-9])[0-9A-Z]{16}\b"),
    "credentials in an address": re.compile(r"\b[a-z][a-z0-9+]*://[^\s/:@'\"{}$]+:[^\s/@'\"{}$]{6,}@[a-z0-9]"),
    "token of the web (JWT)": re.compile(r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\."),
}


def find(text: str) -> Iterator[tuple[int, str]]:
    """Every secret in a text.

    Args:
        text: of one file.

    Yields:
        The line, from 1, and what it looks like; never the secret itself.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        for name, shape in SHAPES.items():
            if shape.search(line):
                yield number, name


def scan(root: Path) -> list[str]:
    """What was found under a checkout, ``file:line: shape`` each.

    Raises:
        RuntimeError: git listed nothing, so that nothing was looked at.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git the checkout was made with
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]
    if not names:
        raise RuntimeError(f"git lists no file under {root}.")
    return [
        f"{name}:{line}: {shape}" for name in names for line, shape in find((root / name).read_text(encoding="utf-8", errors="replace"))
    ]


def main() -> int:
    """Scans the checkout it lies in; the exit status is 1 where anything was found."""
    found = scan(Path(__file__).resolve().parents[2])
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
