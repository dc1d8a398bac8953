"""UNLOAD of a query into files on S3: Parquet, CSV, JSON or text, one file for each partition. Source: AWS, r_UNLOAD.html."""

import csv
import datetime as dt
import gzip
import io
import json
import time
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from infra.local.redshift.copy_command import UnloadCommand, read_unload
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.objects import Objects
from infra.local.redshift.queries import translated
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.sql import grammar
from infra.local.redshift.statement import Statement
from infra.local.redshift.system_log import UnloadHistory

_ENDINGS = {"PARQUET": ".parquet", "CSV": ".csv", "JSON": ".json", "TEXT": ""}
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


def unload(session: Session, statement: Statement) -> Outcome:
    """Execute UNLOAD ('query') TO 's3://prefix'.

    Raises:
        StatementFailed: XX000 where files lie there already and neither ALLOWOVERWRITE nor CLEANPATH was said.
    """
    command = read_unload(statement.sql)
    access = session.services.s3
    if access is None:
        raise StatementFailed("XX000", "S3ServiceException: the embedded Redshift was started without S3 access")
    begun = time.monotonic()
    sql, _ = translated(session, grammar.parse(command.query))
    rows = session.arrow(sql)
    objects = Objects(access)
    _make_way(objects, command)
    written = []
    for folder, part in _parts(rows, command.partitions, keep="INCLUDE" in command.options):
        uri = f"{command.prefix}{folder}0000_part_00{_ENDINGS[command.format]}{'.gz' if 'GZIP' in command.options else ''}"
        body = _body(part, command)
        objects.write(uri, body)
        written.append({"url": uri, "meta": {"content_length": len(body), "record_count": part.num_rows}})
    if "MANIFEST" in command.options:
        objects.write(f"{command.prefix}manifest", json.dumps({"entries": written}).encode())
    _remember(session, command, rows.num_rows, written, time.monotonic() - begun)
    session.notices.append(f"UNLOAD completed, {rows.num_rows} record(s) unloaded successfully.")
    return Outcome("UNLOAD")


def _make_way(objects: Objects, command: UnloadCommand) -> None:
    found = objects.under(command.prefix)
    if "CLEANPATH" in command.options:
        for stored in found:
            objects.delete(stored.uri)
    elif found and "ALLOWOVERWRITE" not in command.options:
        raise StatementFailed(
            "XX000",
            "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually removing the target "
            "files in S3, or using the ALLOWOVERWRITE option.",
        )


def _parts(rows: pa.Table, partitions: Sequence[str], *, keep: bool) -> list[tuple[str, pa.Table]]:
    """Return each partition's folder and rows; the columns that name the folder are in the files only with INCLUDE."""
    if not partitions:
        return [("", rows)]
    for name in partitions:
        if name not in rows.column_names:
            raise StatementFailed("42703", f'column "{name}" does not exist')
    if len(partitions) == len(rows.column_names) and not keep:
        raise StatementFailed("0A000", "UNLOAD cannot partition by every column of its query")
    kept = rows if keep else rows.drop_columns(list(partitions))
    folders = [
        "".join(f"{name}={_HIVE_NULL if row[name] is None else row[name]}/" for name in partitions)
        for row in rows.select(list(partitions)).to_pylist()
    ]
    return [
        (folder, kept.take(pa.array([index for index, own in enumerate(folders) if own == folder]))) for folder in dict.fromkeys(folders)
    ]


def _body(rows: pa.Table, command: UnloadCommand) -> bytes:
    if command.format == "PARQUET":
        sink = io.BytesIO()
        pq.write_table(rows, sink)
        return sink.getvalue()
    names, values = rows.column_names, rows.to_pylist()
    if command.format == "JSON":
        text = "".join(json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in values)
    else:
        text = _delimited(names, values, command)
    body = text.encode()
    return gzip.compress(body, mtime=0) if "GZIP" in command.options else body


def _delimited(names: Sequence[str], rows: Sequence[dict[str, Any]], command: UnloadCommand) -> str:
    is_csv = command.format == "CSV"
    delimiter = command.options.get("DELIMITER", "," if is_csv else "|")
    null = command.options.get("NULL", "")
    sink = io.StringIO()
    if is_csv:
        writer = csv.writer(sink, delimiter=delimiter, lineterminator="\n")
        if "HEADER" in command.options:
            writer.writerow(names)
        writer.writerows([_shown(row[name], null) for name in names] for row in rows)
        return sink.getvalue()
    if "HEADER" in command.options:
        sink.write(delimiter.join(names) + "\n")
    for row in rows:
        texts = [_shown(row[name], null) for name in names]
        if "ESCAPE" in command.options:
            texts = [text.replace("\\", "\\\\").replace(delimiter, f"\\{delimiter}").replace("\n", "\\\n") for text in texts]
        if "ADDQUOTES" in command.options:
            texts = [f'"{text}"' for text in texts]
        sink.write(delimiter.join(texts) + "\n")
    return sink.getvalue()


def _shown(value: Any, null: str) -> str:
    if value is None:
        return null
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value)


def _remember(session: Session, command: UnloadCommand, rows: int, written: Sequence[dict[str, Any]], seconds: float) -> None:
    session.last_unload_count, session.last_unload_id = rows, session.query_id
    end = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    session.services.log.add(
        UnloadHistory(
            100,
            session.query_id,
            session.query_id,
            session.number,
            session.database,
            "completed",
            end - dt.timedelta(seconds=seconds),
            end,
            int(seconds * 1e6),
            command.format.lower(),
            command.prefix,
            rows,
            len(written),
            sum(int(entry["meta"]["content_length"]) for entry in written),
        )
    )
