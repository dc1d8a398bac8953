"""From captures in S3 to the merged table, with gate, marts and checks: how long each step takes, and the peak memory of the process.

::

    python tests/benchmarks/raw_to_warehouse.py                       W1 and W2 (tests/benchmarks/work), on the sessions of New York
    python tests/benchmarks/raw_to_warehouse.py --work W1 --symbols 100

The steps run in a process of their own, as a flow's do; S3 (moto) and the embedded Redshift run beside it and are not in its memory.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from tasks.lake.captures import store_capture
from tasks.lake.observations import read_observations, write_observations
from tasks.records import Answer, Call, Observation
from tasks.sessions import SessionClock, session_days
from tests.benchmarks.warehouse_delta import BUCKET, WORKGROUP, Place, warehouse
from tests.benchmarks.work.make_bodies import NEWEST, WORKS, Work, bodies
from tests.benchmarks.work.measure import peak_megabytes

ROOT: Final = Path(__file__).resolve().parents[2]
RUN_ID: Final = "20261127T120000Z-00000001"
OBSERVED_AT: Final = datetime(2026, 11, 27, 12, tzinfo=UTC)


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", choices=sorted(WORKS), nargs="*", default=["W2", "W1"])
    parser.add_argument("--symbols", type=int, help="instead of the work's own number")
    parser.add_argument("--steps", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.steps:
        print(json.dumps(take_steps()))
        return
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


def take_steps() -> dict[str, Any]:
    """Takes the run from parse to load; gives the seconds of each step, the rows that were loaded and the most memory."""
    # Imported where the steps are taken, so that the process that serves them is not slowed down.
    from tasks.curate import curate  # noqa: PLC0415
    from tasks.datasets import DAILY_PRICES  # noqa: PLC0415
    from tasks.orchestration.clients import Clients  # noqa: PLC0415
    from tasks.orchestration.run import Run  # noqa: PLC0415
    from tasks.orchestration.settings import Settings  # noqa: PLC0415
    from tasks.orchestration.table_load import load_options  # noqa: PLC0415
    from tasks.parse import parse_captures  # noqa: PLC0415
    from tasks.quality import great_expectations  # noqa: F401, PLC0415 - its import takes seconds, while calls are under way
    from tasks.reconcile import reconcile_layers  # noqa: PLC0415
    from tasks.validate import validate  # noqa: PLC0415
    from tasks.warehouse.load import load  # noqa: PLC0415

    settings = Settings.from_environment()
    run = Run(RUN_ID, "daily_prices", settings, OBSERVED_AT, OBSERVED_AT, Clients(settings))
    observations = tuple(read_observations(run.raw, RUN_ID))
    marks = [time.perf_counter()]
    parsed = parse_captures(run, DAILY_PRICES, observations, SessionClock(OBSERVED_AT, settings.settling, {}))
    marks.append(time.perf_counter())
    validation = _plain(validate)(run, DAILY_PRICES, parsed, {})
    assert validation.gate.is_open, validation.gate.reasons
    marks.append(time.perf_counter())
    file = _plain(curate)(run, DAILY_PRICES, validation.verdict, observations)
    marks.append(time.perf_counter())
    manifest, _ = reconcile_layers(run, DAILY_PRICES, parsed, validation.verdict, file)
    marks.append(time.perf_counter())
    loaded = load(run.warehouse, manifest, DAILY_PRICES.schema, load_options(settings))
    marks.append(time.perf_counter())
    assert loaded.new == file.rows, loaded
    seconds = dict(zip(("parse", "validate", "curate", "reconcile", "load"), np.diff(marks).tolist(), strict=True))
    return {"seconds": seconds, "rows": loaded.new, "megabytes": peak_megabytes()}


def _plain(step: Any) -> Any:
    """A step without its Prefect task: there is no server."""
    return step.fn


def _in_its_own_process(place: Place) -> dict[str, Any]:
    own = {
        "AWS_ENDPOINT_URL_S3": place.endpoint,
        "TICKERHOUSE_BUCKET": BUCKET,
        "TICKERHOUSE_DATABASE": "dev",
        "TICKERHOUSE_SOURCE": "synthetic",
        "TICKERHOUSE_WORKGROUP": WORKGROUP,
    }
    command: Sequence[str] = [sys.executable, "-m", "tests.benchmarks.raw_to_warehouse", "--steps"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | own, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
