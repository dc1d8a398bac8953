"""One side of the comparison in a process of its own: bodies in a folder become one Parquet file, sorted by session, then symbol.

::

    python -m tests.benchmarks.work.measure ours FOLDER FILE     prints seconds, CPU seconds, peak MB

Seconds count from the first body's file to the last byte of the Parquet file, libraries loaded; the peak is the whole process's.
"""

import importlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Final

SIDES: Final = {
    "ours": ("tests.benchmarks.work.ours", "run"),
    "duckdb": ("tests.benchmarks.work.peer_duckdb", "run"),
    "polars": ("tests.benchmarks.work.peer_polars", "run"),
    "pandas": ("tests.benchmarks.work.peer_pandas", "run"),
}

_PEAK: Final = re.compile(r"VmHWM:\s*(\d+) kB")


def peak_megabytes() -> int:
    """The most memory that this process has held."""
    # Not ru_maxrss, which a child takes over from the process that started it.
    found = _PEAK.search(Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


def main() -> None:
    """Measures one side once."""
    side, folder, into = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    module, name = SIDES[side]
    # Imported by name, so that neither side is in the other's memory.
    run = getattr(importlib.import_module(module), name)
    begun, begun_cpu = time.perf_counter(), time.process_time()
    run(folder, into)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
    print(json.dumps({"seconds": seconds, "processor": cpu, "megabytes": peak_megabytes()}))


if __name__ == "__main__":
    main()
