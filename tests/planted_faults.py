"""Plants one small mistake at a time in a copy of the checkout and sees whether the tests that should notice it do.

    python -m tests.planted_faults                     all of tests/planted_faults.toml
    python -m tests.planted_faults gate finality       those whose name or module has one of the words

First the named tests have to pass on the unchanged copy, because a test that fails anyway notices nothing. Exit status: 0 where every
fault was noticed, else 1.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
FAULTS: Final = ROOT / "tests" / "planted_faults.toml"
_PASSED: Final = 0
_FAILED: Final = 1


@dataclass(frozen=True)
class Fault:
    """One mistake.

    Attributes:
        name: what goes wrong, in words.
        module: where, in words.
        file: where, from the top of the checkout.
        text: what stands there once.
        replacement: what stands there with the mistake.
        tests: pytest paths, of which one at least has to fail.
    """

    name: str
    module: str
    file: str
    text: str
    replacement: str
    tests: Sequence[str]


class FaultDoesNotFit(Exception):
    """The text of a fault does not stand in its file exactly once."""


def read_faults(words: Sequence[str]) -> list[Fault]:
    """The faults whose name or module has one of the words; all of them without words."""
    rows: list[dict[str, Any]] = tomllib.loads(FAULTS.read_text())["fault"]
    faults = [Fault(**row) for row in rows]
    return [fault for fault in faults if not words or any(word in f"{fault.name} {fault.module}" for word in words)]


def main(words: Sequence[str]) -> int:
    """Prints a line for every fault, and gives the exit status."""
    faults = read_faults(words)
    with tempfile.TemporaryDirectory(prefix="planted-faults-") as folder:
        tree = Path(folder) / "checkout"
        _copy(tree)
        tests = list(dict.fromkeys(test for fault in faults for test in fault.tests))
        ended, report = _run(tree, tests)
        if ended != _PASSED:
            _say(f"{report}\nThe named tests have to pass before a fault is planted.")
            return 1
        _say(f"{len(faults)} faults; their tests pass without them")
        unnoticed = [fault for fault in faults if not _is_noticed(tree, fault)]
    _say(f"{len(faults) - len(unnoticed)} of {len(faults)} noticed")
    return 1 if unnoticed else 0


def _is_noticed(tree: Path, fault: Fault) -> bool:
    file = tree / fault.file
    sound = file.read_text()
    if sound.count(fault.text) != 1:
        msg = f"{fault.file} has {fault.text!r} {sound.count(fault.text)} times; correct tests/planted_faults.toml"
        raise FaultDoesNotFit(msg)
    file.write_text(sound.replace(fault.text, fault.replacement))
    try:
        ended, report = _run(tree, fault.tests)
    finally:
        file.write_text(sound)
    if ended not in {_PASSED, _FAILED}:
        _say(f"{report}\nThe tests could not be run.")
    is_noticed = ended == _FAILED
    _say(f"{'noticed' if is_noticed else 'NOT NOTICED':<12} {fault.module}: {fault.name}")
    for line in report.splitlines():
        if is_noticed and line.startswith(("FAILED", "ERROR")):
            _say(f"{'':<12} {line.partition(' - ')[0]}")
    return is_noticed


def _copy(tree: Path) -> None:
    """Copies what git keeps or would keep, with the recorded answers beside it where they are beside the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is wherever the machine has it
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    recorded = ROOT.parent / "shared"
    if recorded.is_dir():
        (tree.parent / "shared").symlink_to(recorded)


def _run(tree: Path, tests: Sequence[str]) -> tuple[int, str]:
    # The path comes before the installed package, for the commands that tests start as well. Compiled code is left out:
    # a fault of the same length within the same second would not be seen.
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", "-rfE", *tests]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout[-20_000:] + done.stderr[-2_000:]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
