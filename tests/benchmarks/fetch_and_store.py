"""A whole run at full pace: how much of the quota it holds, how long after the last answer it ends, what Prefect costs, and the memory.

::

    python tests/benchmarks/fetch_and_store.py [--symbols 5000]     at 1,200 calls a minute; 5,000 take a little over four minutes

Runs the command itself on an embedded stack of its own, against the stand-in's limits of that plan.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
CALLS_PER_MINUTE = 1200
_PAUSE = 0.1


def main() -> None:
    """Runs once and prints what it took."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--symbols", type=int, default=5000)
    count = arguments.parse_args().symbols
    symbols = [f"ZZ{chr(ord('A') + number // 1000)}{number % 1000:03d}" for number in range(count)]
    with tempfile.TemporaryDirectory(prefix="tickerhouse-bench-") as folder:
        home = Path(folder)
        watchlist = home / "watchlist.yaml"
        watchlist.write_text("symbols:\n" + "".join(f'  - "{symbol}"\n' for symbol in symbols))
        own = {
            "TICKERHOUSE_HOME": str(home / "stack"),
            "TICKERHOUSE_STAY_UP_MINUTES": "0",
            "TICKERHOUSE_WATCHLIST": str(watchlist),
            "TICKERHOUSE_PLAN": f"premium_{CALLS_PER_MINUTE}",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TICKERHOUSE_", "ALPHAVANTAGE_"))}
        tickerhouse = Path(sys.executable).with_name("tickerhouse")
        with (home / "output").open("w+") as output:
            command = subprocess.Popen([tickerhouse, "run"], cwd=ROOT, env=kept | own, stdout=output, stderr=output)
            peaks = _peaks(command, home / "stack" / "processes.json")
            if command.returncode:
                output.seek(0)
                sys.exit(output.read()[-4000:])
        summary = json.loads((home / "stack" / "last_run.json").read_text())
        files = sorted((home / "stack" / "s3").glob(f"*/observations/{summary['run_id']}/*.jsonl"))
        instants = sorted(json.loads(line)["observed_at"] for file in files for line in file.read_text().splitlines())
        stored_at = max(datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in files)
        with closing(sqlite3.connect(home / "stack" / "prefect" / "prefect.db")) as prefect:
            (task_runs,) = prefect.execute("select count(*) from task_run").fetchone()
    first, last = datetime.fromisoformat(instants[0]), datetime.fromisoformat(instants[-1])
    seconds = (last - first).total_seconds()
    share = (len(instants) - 1) / seconds * 60 / CALLS_PER_MINUTE
    print(f"{len(instants):,} answers in {seconds:.1f} s: {share:.3f} of {CALLS_PER_MINUTE:,} a minute")
    print(f"{summary['calls']['sent'] - len(instants)} requests refused by the stand-in's limits")
    print(f"all stored {(stored_at - last).total_seconds():.2f} s after the last answer")
    ended = datetime.fromisoformat(summary["finished_at"])
    print(f"the run ended {(ended - last).total_seconds():.2f} s after the last answer")
    print("at most, MB: " + " · ".join(f"{name} {peak:.0f}" for name, peak in peaks.items()))
    whole = (ended - datetime.fromisoformat(summary["started_at"])).total_seconds()
    beside = whole - sum(summary["seconds_per_step"].values())
    print(f"{task_runs} task runs; outside of the steps {beside:.1f} of {whole:.1f} s, {beside / whole:.1%}")
    print("seconds by step: " + " · ".join(f"{name} {seconds:.1f}" for name, seconds in summary["seconds_per_step"].items()))


def _peaks(command: "subprocess.Popen[bytes]", record: Path) -> dict[str, float]:
    """Waits for the command's end; gives the most memory, in MB, that its process held, and that each server of the stack did."""
    peaks: dict[str, float] = {}
    while command.poll() is None:
        processes = {"run": command.pid}
        with suppress(OSError, ValueError):
            processes |= {each["name"]: each["pid"] for each in json.loads(record.read_text())}
        for name, pid in processes.items():
            with suppress(psutil.Error):
                peaks[name] = max(peaks.get(name, 0.0), psutil.Process(pid).memory_info().rss / 1_000_000)
        time.sleep(_PAUSE)
    return peaks


if __name__ == "__main__":
    main()
