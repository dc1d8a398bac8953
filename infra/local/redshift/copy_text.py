"""Loading a text file of COPY: its records are converted and stored, those that do not fit are told and counted."""

import itertools
from collections.abc import Iterator, Sequence

import pyarrow as pa

from infra.local.redshift.columns import ColumnDefinition
from infra.local.redshift.copy_command import CopyCommand
from infra.local.redshift.copy_formats import Record, records
from infra.local.redshift.copy_values import NOT_NULL, Conversion, conversion
from infra.local.redshift.parquet import ScanError
from infra.local.redshift.session import Session, TableName

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated

_ROWS = "embedded_copy_rows"
_AT_ONCE = 100_000


class TextLoad:
    """One COPY of text files.

    Args:
        session: Whose it is.
        command: The options.
        table: What is filled.
        columns: The columns that are filled, in the order of the fields.
        paths: The JSONPath expressions, None without.
    """

    def __init__(
        self, session: Session, command: CopyCommand, table: TableName, columns: Sequence[ColumnDefinition], paths: Sequence[str] | None
    ) -> None:
        self._session = session
        self._command = command
        self._table = table
        self._columns = columns
        self._paths = paths
        self._conversions = [conversion(column, f'"c{place}"', command.options) for place, column in enumerate(columns)]

    def load(self, text: str) -> Iterator[tuple[int, list[ScanError]]]:
        """Load a file's text, many records at a time: how many were stored, and what did not fit."""
        read = records(text, self._command, [column.name for column in self._columns], self._paths)
        while part := list(itertools.islice(read, _AT_ONCE)):
            errors = [ScanError(record.code, record.reason, line=record.line, raw=record.raw) for record in part if record.code]
            yield self._store([record for record in part if not record.code], errors)

    def _store(self, part: Sequence[Record], errors: list[ScanError]) -> tuple[int, list[ScanError]]:
        if not part:
            return 0, errors
        by_column = zip(*(record.fields for record in part), strict=True)
        arrays = [pa.array(values, pa.string()) for values in by_column]
        rows = pa.table([*arrays, pa.array(range(len(part)), pa.int64())], names=[*(f"c{place}" for place in range(len(arrays))), "place"])
        cursor = self._session.cursor
        cursor.register(_ROWS, rows)
        try:
            bad = self._misfits(part, errors)
            if "NOLOAD" in self._command.options:
                return len(part) - len(bad), errors
            names = ", ".join(f'"{column.name}"' for column in self._columns)
            values = ", ".join(one.value for one in self._conversions)
            left_out = f" where place not in ({', '.join(map(str, sorted(bad)))})" if bad else ""
            stored = self._session.execute(f"insert into {self._table.sql} ({names}) select {values} from {_ROWS}{left_out} order by place")
            return int(stored[0][0]), errors
        finally:
            cursor.unregister(_ROWS)

    def _misfits(self, part: Sequence[Record], errors: list[ScanError]) -> set[int]:
        """Add what does not fit to the errors, the first column of each record; return which records those are."""
        checks = ", ".join(f"{_reason(one)} as m{place}" for place, one in enumerate(self._conversions))
        wrong = " or ".join(f"m{place} > 0" for place in range(len(self._conversions)))
        found = self._session.execute(f"select * from (select place, {checks} from {_ROWS}) where {wrong} order by place")
        for place, *marks in found:
            position = next(index for index, mark in enumerate(marks) if mark)
            errors.append(_told(part[place], position, self._conversions[position], missing=marks[position] == 1))
        return {int(row[0]) for row in found}


def _reason(one: Conversion) -> str:
    """Return 1 in SQL for a NULL where none may be, 2 for a text that does not fit, else 0."""
    missing = "false" if one.column.nullable else f"({one.value}) is null"
    return f"case when {one.misfit} then 2 when {missing} then 1 else 0 end"


def _told(record: Record, position: int, one: Conversion, *, missing: bool) -> ScanError:
    code, reason = (NOT_NULL, "Missing data for not-null field") if missing else (one.code, one.reason)
    value = record.fields[position] or ""
    return ScanError(code, reason, one.column.name, one.column.declared_type, value[:1024], record.line, record.raw)
