"""What a sequence of commands leaves behind, reduced to what may never change: the material of the golden results.

Only what people and other programs rely on is looked at: the console commands, the objects of the lake on the embedded stack's disk,
among them every run's summary, and the warehouse through ``tickerhouse sql``. Run ids are numbered in the order of the runs, hashes in keys
and folders by day are replaced, and what the wall clock decides is left out. Where recorded answers are replayed the clock of
observations is ``as_of``, so there even the bytes of the files are compared.
"""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.end_to_end.conftest import Home

LATER_WORDS: Final = {"landed": "loaded", "not_asked": "skipped"}
"""Version 1 of the summary in the words of version 2."""

COLUMNS: Final = """
select table_schema || '.' || table_name, column_name, data_type from information_schema.columns
where table_schema in ('market', 'ops') order by 1, 2
"""
_SKIPPED_TABLES: Final = {
    "ops.load_turn": "the lock of the loads, no data",
    "ops.migration": "grows with every change of a table",
}
WALL_CLOCK: Final = {
    "applied_at",
    "finished_at",
    "last_loaded_at",
    "loaded_at",
    "recorded_at",
    "released_at",
    "sessions_behind",
    "started_at",
    "taken_at",
}
RANDOM: Final = {"load_id", "manifest_sha256"}
_OBSERVED: Final = {"known_from", "known_until", "last_observed_at", "observed_at", "superseded_at", "valid_from", "valid_to"}
_OF_OBSERVED_BYTES: Final = {"curated", "curated_bytes", "file_bytes", "file_sha256"}
"""Sizes and digests of files that hold the moment of observation."""

_CALENDAR_END: Final = "2026-07-01"
"""``market.dim_session`` reaches a year past the day on which it was filled."""

_RUN_ID: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-z]{8}")
_DAY_FOLDER: Final = re.compile(r"year=\d{4}/month=\d{2}/day=\d{2}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LAKE: Final = re.compile(r"s3://[^/|]+/")
_REPLAY: Final = re.compile(r"\breplay-[0-9a-f]{12}\b")


def numbers(summary: Mapping[str, Any], exit_status: int, *, is_replay: bool) -> dict[str, Any]:
    """The numbers and names of a run's summary, in the words of version 2; sentences, places and times are left out."""
    quarantine, gate = summary["quarantine"], summary["gate"]
    told = {
        "exit_status": exit_status,
        **{name: summary[name] for name in ("flow", "status", "exit_code", "due_session", "first_session", "last_session")},
        **{name: summary[name] for name in ("symbol_count", "held", "calls", "rows", "bytes")},
        # How long a run takes is no result.
        "metrics": {name: value for name, value in summary["metrics"].items() if name != "RunSeconds"},
        "symbols": {
            each["symbol"]: {name: each[name] for name in ("outcome", "bars_loaded", "bars_quarantined", "is_due_session_missing")}
            for each in summary["symbols"]
        },
        "refusals": [{name: each[name] for name in ("symbol", "function", "name", "scope", "attempts")} for each in summary["refusals"]],
        "quarantine": {name: quarantine[name] for name in ("rate", "limit", "reasons", "new", "known", "wholly_quarantined")},
        "examples": sorted([each["symbol"], each["session"], *each["reasons"]] for each in quarantine["examples"]),
        "gate": gate and {"is_open": gate["is_open"], "reasons": len(gate["reasons"]), "warnings": len(gate["warnings"])},
        "layers_hold": all(layer["holds"] for layer in summary["layers"]),
        # A later version may list the daily prices among the datasets; their numbers are compared above.
        "datasets": {
            each["name"]: {name: each[name] for name in ("table", "rows", "is_gate_open", "curated_bytes")}
            | {"failed": bool(each["error"])}
            for each in summary["datasets"]
            if each["name"] != "daily_prices"
        },
        "warnings": len(summary["warnings"]),
        "error": summary["error"] and summary["error"]["name"],
    }
    compared: dict[str, Any] = _in_later_words(told if is_replay else _without(told, _OF_OBSERVED_BYTES))
    return compared


class Remains:
    """What the commands of one environment have left by now.

    Args:
        home: where the stack keeps itself.
        words: the options that ``sql`` needs to find the source.
        settings: the environment variables of the commands.
        is_replay: whether the clock of observations is ``as_of``.
    """

    def __init__(self, home: Home, words: Iterable[str], settings: Mapping[str, str], *, is_replay: bool) -> None:
        self._home, self._words, self._settings, self._is_replay = home, tuple(words), dict(settings), is_replay
        (self._lake,) = (home.folder / "s3").glob(f"tickerhouse-{settings['TICKERHOUSE_ENVIRONMENT']}-*")
        self._keys = sorted(path.relative_to(self._lake).as_posix() for path in self._lake.rglob("*") if path.is_file())
        ids = sorted({found for key in self._keys for found in _RUN_ID.findall(key)})
        self._numbers = {run_id: f"run-{number}" for number, run_id in enumerate(ids, start=1)}

    def keys(self) -> list[str]:
        """The keys of the lake; a key that stands there twice differs in what was replaced."""
        return sorted(_SHA256.sub("<sha256>", _DAY_FOLDER.sub("<day>", self._numbered(key))) for key in self._keys)

    def files(self) -> dict[str, dict[str, Any]]:
        """Rows and digest of every Parquet file; of the bytes for what a replay wrote and the warehouse did not, else of the rows."""
        paths = {key: self._lake / key for key in self._keys if key.endswith(".parquet")}
        return {self._numbered(key): self._file(path) for key, path in paths.items()}

    def verdicts(self) -> dict[str, list[str]]:
        """By folder, every check of a verdict: its reason, what it looked at, how many rows broke it."""
        verdicts = {}
        for key in self._keys:
            if key.endswith("/result.json"):
                results = json.loads((self._lake / key).read_bytes())["results"]
                verdicts[self._numbered(key)] = sorted(map(_check, results))
        return verdicts

    def rows(self, columns: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """The normalised rows of tables and views by name, sorted, as text.

        Args:
            columns: those to compare, by table; one that is not there any more fails.
        """
        kinds = {(table, column): kind for table, column, kind in self._sql(COLUMNS)}
        asked = {table: [column for column in named if self._is_compared(column)] for table, named in columns.items()}
        parts = (
            f"select '{table}', {' || chr(124) || '.join(as_text(column, kinds[table, column]) for column in named)} "
            f"from {table}{_condition(table)}"
            for table, named in asked.items()
        )
        rows: dict[str, list[str]] = {table: [] for table in asked}
        for table, text in self._sql(" union all ".join(parts)):
            rows[table].append(self._normalised(text))
        return {table: sorted(texts) for table, texts in rows.items()}

    def columns(self) -> dict[str, list[str]]:
        """Every column of every table and view whose content follows from what was loaded."""
        found: dict[str, list[str]] = {}
        for table, column, _ in self._sql(COLUMNS):
            if table not in _SKIPPED_TABLES and column not in WALL_CLOCK | RANDOM:
                found.setdefault(table, []).append(column)
        return found

    def _sql(self, statement: str) -> list[list[str]]:
        asked = self._home.run("sql", statement, "--csv", *self._words, **self._settings)
        assert asked.exit_status == 0, asked.err
        return list(csv.reader(io.StringIO(asked.out)))[1:]

    def _is_compared(self, column: str) -> bool:
        return self._is_replay or column not in _OBSERVED | _OF_OBSERVED_BYTES

    def _numbered(self, text: str) -> str:
        return _RUN_ID.sub(lambda found: self._numbers.get(found[0], "run-unknown"), text)

    def _normalised(self, text: str) -> str:
        text = _REPLAY.sub("replay", _LAKE.sub("s3://<lake>/", self._numbered(text)))
        return text if self._is_replay else _DAY_FOLDER.sub("<day>", text)

    def _file(self, path: Path) -> dict[str, Any]:
        # Not by its path: a folder ``year=`` would be read as a column.
        table = pq.read_table(io.BytesIO(path.read_bytes()))
        is_unloaded = not WALL_CLOCK.isdisjoint(table.column_names)
        if self._is_replay and not is_unloaded:
            return {"rows": table.num_rows, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        changing = WALL_CLOCK if self._is_replay else WALL_CLOCK | _OBSERVED
        lasting = table.drop_columns([name for name in table.column_names if name in changing])
        return {"rows": table.num_rows, "sha256": digest([_schema(table.schema), *map(self._normalised, _lines(lasting))])}


def digest(texts: Iterable[str]) -> str:
    """One SHA-256 over texts in their order."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def differences(expected: Any, found: Any, place: str = "") -> list[str]:
    """A line for every place where two JSON values differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        names = [name for name in {**expected, **found} if expected.get(name, ...) != found.get(name, ...)]
        return [line for name in names for line in differences(expected.get(name), found.get(name), f"{place}/{name}")]
    if isinstance(expected, list) and isinstance(found, list):
        before, after = Counter(map(json.dumps, expected)), Counter(map(json.dumps, found))
        if before != after:
            return [f"{place} lacks {each}" for each in before - after] + [f"{place} has besides {each}" for each in after - before]
        return [f"{place} has another order"] if expected != found else []
    return [] if expected == found else [f"{place} was {json.dumps(expected)} and is {json.dumps(found)}"]


def _in_later_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {LATER_WORDS.get(name, name): _in_later_words(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_in_later_words(each) for each in value]
    return LATER_WORDS.get(value, value) if isinstance(value, str) else value


def _without(value: Any, names: set[str]) -> Any:
    # The row counts have a member of that name too, which is no size.
    if isinstance(value, dict):
        return {name: each if name == "rows" else _without(each, names) for name, each in value.items() if name not in names}
    return value


def _check(result: Mapping[str, Any]) -> str:
    config, told = result["expectation_config"], result["result"]
    reason = config["meta"].get("reason", config["type"])
    return f"{reason}: {config['kwargs'].get('column', '')}: {told.get('unexpected_count')} of {told.get('element_count')}"


def as_text(column: str, kind: str) -> str:
    """The SQL of a column as text, whatever its type; what follows an error's name is left out."""
    name = f'"{column}"'
    if column == "error":
        return f"split_part({name}, ':', 1)"
    text = f"case when {name} then 'true' else 'false' end" if kind == "boolean" else f"cast({name} as varchar(8192))"
    return f"coalesce({text}, '~')"


def _condition(table: str) -> str:
    return f" where session_date < '{_CALENDAR_END}'" if table == "market.dim_session" else ""


def _schema(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}{'' if field.nullable else ' not null'}" for field in schema)


def _lines(table: pa.Table) -> Iterable[str]:
    return ("|".join(map(str, row.values())) for row in table.to_pylist())
