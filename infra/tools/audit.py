"""Audits a lock for known vulnerabilities, and fails where it audited nothing.

pip-audit ends well when its source cannot be reached: every dependency is then skipped and none is vulnerable. So its report is counted.

    python -m infra.tools.audit .venv-infra/bin/pip-audit requirements.lock requirements-dev.lock
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_PIN: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_LEAST_SHARE: Final = 0.9
"""Pins for other platforms are left out of an audit, and now and then a package is unknown."""


def pins(lock: str) -> set[str]:
    """The names that a lock pins, normalised."""
    return {_normal(name) for name in _PIN.findall(lock)}


def judge(report: Mapping[str, Any], pinned: set[str]) -> list[str]:
    """What is wrong, a line each; empty where the lock is sound.

    Args:
        report: pip-audit's JSON.
        pinned: the lock's names.
    """
    dependencies = report.get("dependencies", [])
    audited = {_normal(each["name"]) for each in dependencies if "skip_reason" not in each} & pinned
    wrong = [
        f"{each['name']} {each.get('version', '')}: {hole['id']}, fixed in {', '.join(hole.get('fix_versions', [])) or 'no release yet'}"
        for each in dependencies
        for hole in each.get("vulns", [])
    ]
    if len(audited) < _LEAST_SHARE * len(pinned) or not audited:
        reasons = sorted({each["skip_reason"] for each in dependencies if "skip_reason" in each})
        wrong.append(f"Only {len(audited)} of {len(pinned)} pins were audited; the first reason given: {(reasons or ['none'])[0]}")
    return wrong


def main(program: str, *locks: str) -> int:
    """Audits every lock and says what is wrong; the exit status is 1 where anything is."""
    status = 0
    for lock in locks:
        # Nothing is resolved or installed: the lock is complete.
        words = [program, "--require-hashes", "--disable-pip", "--requirement", lock, "--format", "json", "--progress-spinner", "off"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        try:
            report = json.loads(done.stdout)
        except ValueError:
            report = {}
            sys.stderr.write(done.stderr)
        wrong = judge(report, pins(Path(lock).read_text()))
        sys.stdout.write("".join(f"{lock}: {line}\n" for line in wrong or ["nothing known against it"]))
        status |= bool(wrong)
    return status


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
