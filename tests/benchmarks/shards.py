"""Parse to curate in one process and in shards, each a process of its own: seconds, in turn, and whether the rows are the same.

::

    python tests/benchmarks/shards.py                      800 symbols of the sessions of New York, in two shards
    python tests/benchmarks/shards.py --symbols 100 --shards 4 --times 3

Starting a process and its imports is part of a shard's time; Prefect and its worker are not here. S3 is that of the embedded stack.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tasks.lake.observations import read_observations
from tasks.lake.store import LakeStore
from tasks.sessions import SessionClock
from tests.benchmarks.raw_to_warehouse import store_work
from tests.benchmarks.warehouse_delta import BUCKET, WORKGROUP, Place, warehouse
from tests.benchmarks.work.make_bodies import WORKS
from tests.benchmarks.work.take_steps import OBSERVED_AT, RUN_ID

ROOT: Final = Path(__file__).resolve().parents[2]


def main() -> None:
    """Prints a line a way, and the speed-up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--symbols", type=int, default=800)
    parser.add_argument("--shards", type=int, default=2)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(take_part(asked.part, asked.shards)))
        return
    with warehouse(0) as place:
        store_work(place, replace(WORKS["W1"], symbols=asked.symbols))
        taken: dict[str, list[float]] = {"one process": [], f"{asked.shards} shards": []}
        found = set()
        for _ in range(asked.times):
            for way, seconds in taken.items():
                begun = time.perf_counter()
                found.add(_in_its_own_process(place, "whole" if way == "one process" else "cut", asked.shards)["rows"])
                seconds.append(time.perf_counter() - begun)
    assert len(found) == 1, "both ways give the same rows"
    for way, seconds in taken.items():
        print(f"{way}: {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})")
    whole, cut = taken.values()
    print(f"speed-up: {statistics.median(one / other for one, other in zip(whole, cut, strict=True)):.2f}")


def take_part(part: str, shards: int) -> dict[str, str]:
    """Does all in this process (``whole``), cuts it (``cut``), or carries out the order of a key; gives a digest of the curated rows."""
    from tasks.curate import curated_rows, take_over  # noqa: PLC0415 - where the work is done
    from tasks.datasets import DAILY_PRICES  # noqa: PLC0415
    from tasks.orchestration.clients import Clients  # noqa: PLC0415
    from tasks.orchestration.curated_file import write_curated  # noqa: PLC0415
    from tasks.orchestration.run import Run  # noqa: PLC0415
    from tasks.orchestration.settings import Settings  # noqa: PLC0415
    from tasks.parse import parse_captures  # noqa: PLC0415
    from tasks.results.shards import ShardOrder, cut, parsed_together, read_results, write_order  # noqa: PLC0415
    from tasks.shard import make_shard  # noqa: PLC0415
    from tasks.validate import suite_of, validate_rows  # noqa: PLC0415

    settings = Settings.from_environment()
    run = Run(RUN_ID, "daily_prices", settings, OBSERVED_AT, OBSERVED_AT, Clients(settings))
    if part not in {"whole", "cut"}:
        make_shard(run, part)
        return {}
    observations = tuple(read_observations(run.raw, RUN_ID))
    clock = SessionClock(OBSERVED_AT, settings.settling, {})
    if part == "whole":
        parsed = parse_captures(run, DAILY_PRICES, observations, clock)
        verdict = validate_rows(run, DAILY_PRICES, parsed)
        file = write_curated(run.lake, DAILY_PRICES.schema, curated_rows(run, DAILY_PRICES, verdict, observations), RUN_ID)
    else:
        groups = cut(observations, DAILY_PRICES, shards)
        orders = [ShardOrder(RUN_ID, run.flow, "", "daily_prices", number, clock, {}, {}, group) for number, group in enumerate(groups)]
        for order in orders:
            write_order(run.raw, order)
        for process in [subprocess.Popen(_command(order.key, shards), cwd=ROOT) for order in orders]:
            assert process.wait() == 0
        results = [read_results(run.raw, order, suite_of(DAILY_PRICES)) for order in orders]
        verdict = validate_rows(run, DAILY_PRICES, parsed_together(results, clock), shards=results)
        file = take_over(run, DAILY_PRICES, results)
    assert verdict.accepted_rows == file.rows
    return {"rows": _digest(run.lake, [part.file_uri for part in file.files])}


def _digest(lake: LakeStore, addresses: list[str]) -> str:
    """Of all rows, whatever file they stand in."""
    import io  # noqa: PLC0415

    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    hashes: list[Any] = []
    for address in addresses:
        rows = pq.read_table(io.BytesIO(lake.get(address.removeprefix(lake.uri("")))), columns=["symbol", "session_date", "row_hash"])
        columns = [rows.column(name).cast(pa.string()).to_pylist() for name in rows.column_names]
        hashes += map(",".join, zip(*columns, strict=True))
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def _command(part: str, shards: int) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.shards", "--part", part, "--shards", str(shards)]


def _in_its_own_process(place: Place, part: str, shards: int) -> dict[str, str]:
    own = {
        "AWS_ENDPOINT_URL_S3": place.endpoint,
        "TICKERHOUSE_BUCKET": BUCKET,
        "TICKERHOUSE_DATABASE": "dev",
        "TICKERHOUSE_SOURCE": "synthetic",
        "TICKERHOUSE_WORKGROUP": WORKGROUP,
    }
    done = subprocess.run(_command(part, shards), cwd=ROOT, env=os.environ | own, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
