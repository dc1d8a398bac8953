"""The long profile of the property-based tests: hostile bytes against every parser.

::

    python tests/benchmarks/hostile_bytes.py [--cases 20000]      cases for each of the properties
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Runs the properties with many cases, and prints how many there were."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--cases", type=int, default=20_000)
    cases, begun = arguments.parse_args().cases, time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "--hypothesis-show-statistics", "tests/unit/alpha_vantage/test_hostile.py"]
    environment = os.environ | {"HYPOTHESIS_PROFILE": "deep", "HYPOTHESIS_EXAMPLES": str(cases)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr)
        sys.exit(done.returncode)
    total = 0
    for name, statistics in re.findall(r"::(test_\w+):\n\n(.*?)(?=\n\n\S|\Z)", done.stdout, re.DOTALL):
        passing = sum(int(count) for count in re.findall(r"(\d+) passing", statistics))
        failing = sum(int(count) for count in re.findall(r"(\d+) failing", statistics))
        total += passing + failing
        print(f"{passing:>9,} cases, {failing} failing  {name}")
    print(f"{total:>9,} cases in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
