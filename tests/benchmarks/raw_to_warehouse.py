"""From captures in S3 to the merged table, with gate, marts and checks: how long each step takes, and the peak memory of the process.

::

    python tests/benchmarks/raw_to_warehouse.py                       W1 and W2 (tests/benchmarks/work), on the sessions of New York
    python tests/benchmarks/raw_to_warehouse.py --work W1 --symbols 100

The steps run in a process of their own, as a flow's do; S3 and Redshift of the embedded stack run beside it, not in its memory.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tasks.lake.captures import store_capture
from tasks.lake.observations import write_observations
from tasks.records import Answer, Call, Observation
from tasks.sessions import session_days
from tests.benchmarks.warehouse_delta import BUCKET, WORKGROUP, Place, warehouse
from tests.benchmarks.work.make_bodies import NEWEST, WORKS, Work, bodies
from tests.benchmarks.work.take_steps import OBSERVED_AT, RUN_ID

ROOT: Final = Path(__file__).resolve().parents[2]


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", choices=sorted(WORKS), nargs="*", default=["W2", "W1"])
    parser.add_argument("--symbols", type=int, help="instead of the work's own number")
    asked = parser.parse_args()
    for name in asked.work:
        work = replace(WORKS[name], symbols=asked.symbols or WORKS[name].symbols)
        with warehouse(0) as place:
            store_work(place, work)
            found = _in_its_own_process(place)
        seconds = found["seconds"]
        print(f"{name}: {work.symbols:,} symbols, {found['rows']:,} rows in {sum(seconds.values()):.2f} s, {found['megabytes']} MB")
        print("  " + " · ".join(f"{step} {taken:.2f}" for step, taken in seconds.items()), flush=True)


def store_work(place: Place, work: Work) -> None:
    """Puts the answers of a run into the lake: captures and observations."""
    days = session_days()
    newest_first = days[days <= NEWEST][::-1].astype(str).tolist()
    observations: list[Observation] = []
    for symbol, body in bodies(work, newest_first):
        answer = Answer(Call("TIME_SERIES_DAILY", symbol), body, 200, "application/json", OBSERVED_AT)
        capture = store_capture(place.store, answer, {})
        observations.append(Observation(answer.call, capture, OBSERVED_AT, 200, answer.content_type, 1, RUN_ID))
    write_observations(place.store, RUN_ID, 0, observations)


def _in_its_own_process(place: Place) -> dict[str, Any]:
    own = {
        "AWS_ENDPOINT_URL_S3": place.endpoint,
        "TICKERHOUSE_BUCKET": BUCKET,
        "TICKERHOUSE_DATABASE": "dev",
        "TICKERHOUSE_SOURCE": "synthetic",
        "TICKERHOUSE_WORKGROUP": WORKGROUP,
    }
    command: Sequence[str] = [sys.executable, "-m", "tests.benchmarks.work.take_steps"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | own, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
