"""From response bytes to sorted zstd Parquet: ours, DuckDB's own JSON reader, polars and pandas, in turn, on the same bodies.

::

    python tests/benchmarks/parse_and_curate.py                           W1, W2 and one symbol, made for it (tests/benchmarks/work)
    python tests/benchmarks/parse_and_curate.py --bodies FOLDER --json    anyone's bodies of TIME_SERIES_DAILY, one JSON file a symbol

Each figure is the median of ``--times`` runs, each in a process of its own. Ours and DuckDB use two threads. Ours writes three columns
more, as a load takes them (the hash of every row and its origin), and a large work in several files, each a range of the order. Checksums
are of all rows in their order, so that equal ones mean equal values in an equal order; pandas, as tutorials use it, gives floats and has
none. polars and pandas read the made work alone: bodies with a surprise are more than they take. ``--sides`` chooses.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT: Final = Path(__file__).resolve().parents[2]
COLUMNS: Final = ("symbol", "session_date", "open", "high", "low", "close", "volume")
SIDES: Final = ("ours", "duckdb", "polars", "pandas")
EXACT: Final = ("ours", "duckdb", "polars")
WORKS: Final = ("one", "W2", "W1")


def main() -> None:
    """Prints a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=Path, help="folder of bodies; without it the made-up work is measured")
    parser.add_argument("--json", action="store_true", help="print one JSON object, or one a line for the made-up work")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--sides", nargs="+", choices=SIDES, help="what is measured; ours always is")
    asked = parser.parse_args()
    sides = tuple(dict.fromkeys(("ours", *(asked.sides or (SIDES[:2] if asked.bodies else SIDES)))))
    if not asked.json:
        print(f"{'work':<12} {'rows':>9}", *(f"{side + ' s':>9} {'MB':>5}" for side in sides), "checksums", sep="  ")
    with tempfile.TemporaryDirectory() as scratch:
        for name, folder in [(asked.bodies.name, asked.bodies)] if asked.bodies else ((work, _made(work, Path(scratch))) for work in WORKS):
            found = {"work": name, **compare(folder, Path(scratch), asked.times, sides)}
            print(json.dumps(found) if asked.json else _line(found, sides), flush=True)


def compare(folder: Path, scratch: Path, times: int, sides: Sequence[str]) -> dict[str, Any]:
    """Measures the sides in turn.

    Returns:
        ``ours_s``, ``duckdb_s``, ``ours_mb``, ``duckdb_mb``, ``rows``, seconds of each run and of the processor, and for each column
        the checksums of the files whose numbers are exact; those of other sides likewise.
    """
    files = {name: scratch / f"{name}.parquet" for name in sides}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in files}
    for _ in range(times):
        for name, file in files.items():
            runs[name].append(_once(name, folder, file))
    sums = {name: checksums(file) for name, file in files.items() if name in EXACT}
    assert len({rows for rows, _ in sums.values()}) == 1, "the files differ in their number of rows"
    found: dict[str, Any] = {"rows": sums["ours"][0]}
    for name in sides:
        found[f"{name}_s"] = round(statistics.median(run["seconds"] for run in runs[name]), 3)
        found[f"{name}_mb"] = round(max(run["megabytes"] for run in runs[name]))
        found[f"{name}_cpu_s"] = round(statistics.median(run["processor"] for run in runs[name]), 3)
        found[f"{name}_runs_s"] = [round(run["seconds"], 3) for run in runs[name]]
        found[f"{name}_bytes"] = sum(file.stat().st_size for file in (files[name], *files[name].glob("*")) if file.is_file())
    found["checksums"] = {name: {side: of_columns[name] for side, (_, of_columns) in sums.items()} for name in COLUMNS}
    return found


def checksums(file: Path) -> tuple[int, dict[str, str]]:
    """The number of rows, and for each column a number that depends on every value and on its place."""
    sums = {}
    places = None
    for name in COLUMNS:
        column: Any = pq.read_table(file, columns=[name], read_dictionary=["symbol"]).column(0).combine_chunks()
        if places is None:
            places = 2 * np.arange(len(column), dtype=np.uint64) + 1
        if name == "symbol":
            own = [int.from_bytes(blake2b(str(symbol).encode(), digest_size=8).digest(), "big") for symbol in column.dictionary.to_pylist()]
            values = np.array(own, np.uint64)[column.indices.to_numpy()]
        elif name == "session_date":
            values = column.cast(pa.int32()).to_numpy().astype(np.int64).view(np.uint64)
        else:
            values = _integers(column).view(np.uint64)
        sums[name] = f"{int((values * places).sum(dtype=np.uint64)):016x}"
    return 0 if places is None else len(places), sums


def _integers(column: Any) -> Any:
    wide = column if pa.types.is_int64(column.type) else column.cast(pa.decimal64(18, 6))
    return pa.Array.from_buffers(pa.int64(), len(wide), [None, wide.buffers()[1]], offset=wide.offset).to_numpy()


def _made(work: str, scratch: Path) -> Path:
    folder = scratch / work
    _python("-m", "tests.benchmarks.work.make_bodies", "--work", work, "--into", str(folder))
    return folder


def _once(side: str, folder: Path, file: Path) -> dict[str, float]:
    answer = _python("-m", "tests.benchmarks.work.measure", side, str(folder.resolve()), str(file))
    found: dict[str, float] = json.loads(answer.splitlines()[-1])
    return found


def _python(*arguments: str) -> str:
    command: Sequence[str] = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def _line(found: dict[str, Any], sides: Sequence[str]) -> str:
    same = all(len(set(of_sides.values())) == 1 for of_sides in found["checksums"].values())
    measured = (f"{found[f'{side}_s']:>9.3f} {found[f'{side}_mb']:>5}" for side in sides)
    return "  ".join((f"{found['work']:<12} {found['rows']:>9,}", *measured, "equal" if same else "DIFFERENT"))


if __name__ == "__main__":
    main()
