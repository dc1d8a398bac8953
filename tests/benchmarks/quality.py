"""What the gate costs: seconds and MB per million bars, the pages at 1 and at 500 runs, and agreement with an oracle on a million bars.

Each figure is taken in a process of its own, so that nothing that came before is in its peak. Memory is the resident set's peak above
what it was with the input read and the libraries loaded.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

TITLES = {
    "typing": "typing seven strings a bar",
    "validation": "typed table to verdict, page included",
    "quarantine": "quarantine, both files",
    "sections": "Great Expectations' sections of the page",
}


def main() -> None:
    """Prints the table."""
    print(f"{'a million bars, 2 % bad':<44} {'wall s':>8} {'cpu s':>8} {'MB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        bars = Path(folder) / "bars.arrow"
        measured("write", bars)
        for name, title in TITLES.items():
            say(title, measured(name, bars))
        each = measured("ten", bars)["each"]
        for number in (0, len(each) - 1):
            say(f"validation in one process, time {number + 1}", each[number])
    for runs in (1, 500):
        say(f"page of the latest runs, after {runs}", measured(f"index{runs}", Path()))
    oracle = measured("oracle", Path())
    say("validation, a quarter bad", oracle)
    print(f"oracle: {oracle['bad']:,} bad bars for {oracle['reasons']} reasons, {oracle['disagreeing']:,} disagreements")


def measured(name: str, bars: Path) -> dict[str, Any]:
    """One figure, from a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.quality_gate.measure", name, str(bars)]
    answer = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def say(title: str, figures: dict[str, float]) -> None:
    """One line of the table."""
    print(f"{title:<44} {figures['seconds']:>8.3f} {figures['processor']:>8.3f} {figures['megabytes']:>6.0f}", flush=True)


if __name__ == "__main__":
    main()
