"""The memory of the local Redshift under a large result, its connections and `select 1`: ``python tests/benchmarks/redshift_server.py``."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import redshift_connector

from tests.integration.redshift.test_redshift_survives import SERVE, USER, ask, read_all, signed_in

_MEGABYTE = 1 << 20
_ROUNDS = 200


def median(action: Callable[[], None], rounds: int = _ROUNDS) -> float:
    """Return the median of an action's durations, in milliseconds."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def main(megabytes: int) -> None:
    """Start a server, read a result of so many megabytes, and measure."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "", "http://127.0.0.1:9"], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port, password = process.stdout.readline().split()
    print(f"ready after                 {time.perf_counter() - begun:8.2f} s")
    try:
        settings = {"host": "127.0.0.1", "port": int(port), "user": USER, "password": password, "database": "dev", "ssl": False}
        server = psutil.Process(process.pid)
        print(f"connect and close, median   {median(lambda: redshift_connector.connect(**settings).close(), 50):8.2f} ms")
        with redshift_connector.connect(**settings) as connection:
            cursor = connection.cursor()
            print(f"select 1, median            {median(lambda: cursor.execute('select 1').fetchall()):8.2f} ms")
            connection.rollback()
        client = signed_in(int(port), password)
        ask(client, "create table thousand as select repeat('x', 1000) as t from generate_series(1, 1000)")
        read_all(client)
        before, peak = server.memory_info().rss, 0

        def look() -> None:
            nonlocal peak
            peak = max(peak, server.memory_info().rss)

        begun = time.perf_counter()
        ask(client, f"select a.t from thousand a cross join (select x.t from thousand x cross join thousand y limit {megabytes}) b")
        size, _ = read_all(client, look)
        seconds = time.perf_counter() - begun
        client.close()
        print(f"result                      {size / 1e6:8.0f} MB in {seconds:.1f} s")
        print(f"server before, and at most  {before / _MEGABYTE:8.0f} MB, {peak / _MEGABYTE:.0f} MB")
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
