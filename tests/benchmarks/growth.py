"""What a daily run costs after many: seconds, processor seconds, objects, bytes and Prefect's rows of run 10 and of the last, in one home.

::

    python tests/benchmarks/growth.py              250 sessions, one run each, on the six symbols of the stand-in
    python tests/benchmarks/growth.py --runs 60

Each run is a command of its own against one embedded stack, as of the session's end. Figures are medians of five runs, up to the run named.
Processor seconds are of the command and of the stack's servers together, so that busy neighbours show in the seconds alone.
"""

import argparse
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import psutil

from tasks.sessions import session_days

ROOT: Final = Path(__file__).resolve().parents[2]
NEWEST: Final = date(2026, 10, 30)
EARLY: Final = 10
AROUND: Final = 5


@dataclass(frozen=True)
class Measured:
    """One run, and what it left.

    Attributes:
        seconds: of the command.
        processor: seconds of the command and of the servers meanwhile.
        objects: in the lake's bucket, after it.
        kilobytes: of those.
        prefect_rows: in Prefect's database, after it.
        warehouse_kilobytes: of the warehouse's file, after it.
    """

    seconds: float
    processor: float
    objects: int
    kilobytes: float
    prefect_rows: int
    warehouse_kilobytes: float


def main() -> None:
    """Prints a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=250)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            measured = [_run(home, session) for session in _sessions(runs)]
        finally:
            _command(home, "down")
    print(f"{'':<28} {'run ' + str(EARLY):>10} {'run ' + str(runs):>10} {'ratio':>6}")
    for name in asdict(measured[0]):
        is_left = name in {"objects", "kilobytes", "prefect_rows", "warehouse_kilobytes"}
        values = [float(getattr(each, name)) for each in measured]
        taken = list(np.diff(values, prepend=0.0)) if is_left else values
        early, late = (statistics.median(taken[at - AROUND : at]) for at in (EARLY, runs))
        label = f"{name.replace('_', ' ')}{', more after each' if is_left else ''}"
        print(f"{label:<38} {early:>10.2f} {late:>10.2f} {late / early if early else float('nan'):>6.2f}")


def _sessions(runs: int) -> list[str]:
    days = session_days()
    return [str(day) for day in days[days <= np.datetime64(NEWEST)][-runs:]]


def _run(home: Path, session: str) -> Measured:
    servers, begun = _processor_of_servers(home), time.perf_counter()
    commands = _processor_of_commands()
    _command(home, "run", "--as-of", session)
    seconds = time.perf_counter() - begun
    after = _processor_of_servers(home)
    processor = _processor_of_commands() - commands + sum(spent - servers.get(pid, 0.0) for pid, spent in after.items())
    bucket = [file.stat().st_size for file in (home / "s3" / "tickerhouse-dev-synthetic").rglob("*") if file.is_file()]
    warehouse = sum(file.stat().st_size for file in (home / "redshift").glob("dev_synthetic*"))
    return Measured(seconds, processor, len(bucket), sum(bucket) / 1000, _prefect_rows(home), warehouse / 1000)


def _command(home: Path, *words: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TICKERHOUSE_", "PREFECT_", "ALPHAVANTAGE_"))}
    command = [str(Path(sys.executable).with_name("tickerhouse")), *words]
    done = subprocess.run(command, cwd=ROOT, env=kept | {"TICKERHOUSE_HOME": str(home)}, capture_output=True, text=True, check=False)
    # 3 is a run with warnings: the watchlist of the stand-in has a symbol with damaged bars.
    assert done.returncode in {0, 3}, done.stdout + done.stderr


def _processor_of_commands() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _processor_of_servers(home: Path) -> dict[int, float]:
    record = home / "processes.json"
    pids = [each["pid"] for each in json.loads(record.read_text())] if record.exists() else []
    return {pid: sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids if psutil.pid_exists(pid)}


def _prefect_rows(home: Path) -> int:
    with sqlite3.connect(home / "prefect" / "prefect.db") as database:
        names = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        return sum(int(database.execute(f'select count(*) from "{name}"').fetchone()[0]) for name in names)


if __name__ == "__main__":
    main()
