"""What a sequence of commands, of which some died, has left, reduced to what may not depend on the deaths."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from tests.end_to_end.conftest import Home
from tests.end_to_end.golden import COLUMNS, RANDOM, WALL_CLOCK, as_text

_RUN_ID: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-z]{8}")
_OF_A_RUN: Final = {"loaded_at", "run_id", "superseded_by"}
_SKIPPED: Final = {
    "market.dim_session": "filled before any run",
    "market.symbol_rename": "filled before any run",
    "ops.load_audit": "has a row for a load that had nothing left to do; what its rows say was loaded is compared",
    "ops.load_turn": "the lock of the loads, no data",
    "ops.migration": "filled before any run",
    "ops.run": "has a row for each run that ended",
}
_LOADED: Final = """
select 'loaded', dataset || '|' || sum(rows_new) || '|' || sum(rows_changed) || '|' || sum(rows_removed)
from ops.load_audit group by dataset having sum(rows_new) + sum(rows_changed) + sum(rows_removed) > 0
"""
"""A row that is loaded twice counts twice."""


class Remains:
    """Looks at what commands have left, always at the same columns.

    Args:
        home: where the stack keeps itself; its ``commands`` are used.
        on: the option that names the replay.
        settings: of an environment in which the columns are looked up.
    """

    def __init__(self, home: Home, on: Sequence[str], settings: Mapping[str, str]) -> None:
        self._home, self._on = home, on
        columns: dict[str, list[str]] = {}
        for table, column, kind in self._sql(COLUMNS, settings):
            if table not in _SKIPPED and not table.startswith("ops.load_turn") and column not in WALL_CLOCK | RANDOM:
                columns.setdefault(table, []).append(as_text(column, kind))
        parts = [f"select '{table}', {' || chr(124) || '.join(texts)} from {table}" for table, texts in columns.items()]
        self._statement = " union all ".join([*parts, _LOADED])

    def look(self, lake: Path, settings: Mapping[str, str]) -> dict[str, Any]:
        """Rows of the tables, of the audit and of the lake's current files, and what coverage says.

        Args:
            lake: the folder of the bucket.
            settings: that lead to it.
        """
        rows: dict[str, list[str]] = {}
        found = self._sql(self._statement, settings)
        first = min((run_id for _, text in found for run_id in _RUN_ID.findall(text)), default="")
        for table, text in found:
            rows.setdefault(table, []).append(_RUN_ID.sub(lambda run: "the first run" if run[0] == first else "a later run", text))
        return {
            "rows": {table: sorted(texts) for table, texts in rows.items()},
            "coverage": {file.stem: json.loads(file.read_text()) for file in sorted((lake / "state" / "coverage").glob("*.json"))},
            "lake": {file.relative_to(lake).as_posix(): _file_rows(file) for file in sorted((lake / "lake").rglob("*.parquet"))},
        }

    def _sql(self, statement: str, settings: Mapping[str, str]) -> list[list[str]]:
        asked = self._home.call("sql", statement, "--csv", *self._on, **settings)
        assert asked.exit_status == 0, asked.err
        return list(csv.reader(io.StringIO(asked.out)))[1:]


def stored_calls(lake: Path) -> Counter[tuple[str, str]]:
    """By function and symbol, how many answers the lake has an observation of."""
    lines = [line for file in (lake / "observations").rglob("*.jsonl") for line in file.read_text().splitlines()]
    requests = [json.loads(line)["request"] for line in lines]
    return Counter((request["function"], request["symbol"]) for request in requests)


def sent_requests(home: Home, folder: Path) -> Counter[tuple[str, str]]:
    """By function and symbol, how often the answers of a folder were requested so far."""
    counts: Counter[tuple[str, str]] = Counter()
    for source in home.stand_in("/sources"):
        if source["settings"]["folder"] == str(folder.resolve()):
            told = home.stand_in(f"/sources/{source['id']}/requests")["counts"]
            counts.update({(function, symbol): count for function, symbols in told.items() for symbol, count in symbols.items()})
    return counts


def _file_rows(file: Path) -> list[str]:
    # Not by its path: a folder ``year=`` would be read as a column.
    table = pq.read_table(io.BytesIO(file.read_bytes()))
    lasting = table.drop_columns([name for name in table.column_names if name in _OF_A_RUN])
    return sorted("|".join(map(str, row.values())) for row in lasting.to_pylist())
