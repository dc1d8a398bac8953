"""Makes the bodies that reading is measured with: made-up bars in the layout that the API sends, newest first, one file a symbol.

::

    python tests/benchmarks/work/make_bodies.py --work W1 --into FOLDER     500 symbols of 6,500 sessions, 683 MB
    python tests/benchmarks/work/make_bodies.py --work W2 --into FOLDER     5,000 symbols of 100 sessions, 107 MB
    python tests/benchmarks/work/make_bodies.py --work one --into FOLDER    one symbol of 6,500 sessions

The same work always gives the same bytes. ``--symbols`` and ``--sessions`` make work of another size.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

NEWEST: Final = np.datetime64("2026-11-25")
SEED: Final = 7

_HEAD: Final = """{
    "Meta Data": {
        "1. Information": "Daily Prices (open, high, low, close) and Volumes",
        "2. Symbol": "%s",
        "3. Last Refreshed": "%s",
        "4. Output Size": "%s",
        "5. Time Zone": "US/Eastern"
    },
    "Time Series (Daily)": {
"""
_ROW: Final = """        "%s": {
            "1. open": "%.4f",
            "2. high": "%.4f",
            "3. low": "%.4f",
            "4. close": "%.4f",
            "5. volume": "%d"
        }"""
_TAIL: Final = "\n    }\n}\n"


@dataclass(frozen=True)
class Work:
    """How many symbols, and how many sessions of each."""

    symbols: int
    sessions: int


WORKS: Final = {"W1": Work(500, 6_500), "W2": Work(5_000, 100), "one": Work(1, 6_500)}


def bodies(work: Work, days: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Each symbol with its body: prices of four decimals that walk at random, volumes of six to eight digits.

    Args:
        work: how much.
        days: the dates, newest first; without them weekdays up to 2026-11-25.
    """
    days = list(days)[: work.sessions] or np.busday_offset(NEWEST, -np.arange(work.sessions)).astype(str).tolist()
    for number in range(work.symbols):
        yield symbol_of(number), _body(symbol_of(number), days, np.random.default_rng((SEED, number)))


def symbol_of(number: int) -> str:
    """The symbol of a number: ``S0000`` and so on."""
    return f"S{number:04d}"


def _body(symbol: str, days: list[str], random: np.random.Generator) -> bytes:
    steps = random.normal(0, 0.015, len(days))
    close = np.maximum(random.uniform(5, 500) * np.exp(np.cumsum(steps - steps.mean())), 1)
    opening = close * random.uniform(0.99, 1.01, len(days))
    high = np.maximum(opening, close) * random.uniform(1, 1.01, len(days))
    low = np.minimum(opening, close) * random.uniform(0.99, 1, len(days))
    volume = random.integers(10**5, 10**8, len(days))
    columns = (days, *(values.tolist() for values in (opening, high, low, close, volume)))
    rows = ",\n".join([_ROW % row for row in zip(*columns, strict=True)])
    return (_HEAD % (symbol, days[0], "Full size" if len(days) > 100 else "Compact") + rows + _TAIL).encode()


def main() -> None:
    """Writes the bodies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", choices=sorted(WORKS), default="W2")
    parser.add_argument("--symbols", type=int, help="instead of the work's own number")
    parser.add_argument("--sessions", type=int, help="instead of the work's own number")
    parser.add_argument("--into", type=Path, required=True, help="folder to write to; made where it is missing")
    asked = parser.parse_args()
    work = Work(asked.symbols or WORKS[asked.work].symbols, asked.sessions or WORKS[asked.work].sessions)
    asked.into.mkdir(parents=True, exist_ok=True)
    written = 0
    for symbol, body in bodies(work):
        written += (asked.into / f"time_series_daily-{symbol.lower()}.json").write_bytes(body)
    print(f"{work.symbols:,} bodies, {work.symbols * work.sessions:,} rows, {written:,} bytes in {asked.into}")


if __name__ == "__main__":
    main()
