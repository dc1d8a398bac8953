"""UNLOAD of a query into files on S3: Parquet, CSV, JSON or text, a folder for each partition. Source: AWS, r_UNLOAD.html."""

import bz2
import csv
import datetime as dt
import decimal
import gzip
import io
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from infra.local.redshift.copy_command import UnloadCommand, read_unload
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.objects import Objects
from infra.local.redshift.queries import translated
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.sql import grammar
from infra.local.redshift.sql.sql_types import Kind
from infra.local.redshift.statement import Statement
from infra.local.redshift.system_log import UnloadHistory

_PACKED = {"GZIP": ".gz", "BZIP2": ".bz2", "ZSTD": ".zst"}
_SUPER: dict[bytes | str, bytes | str] = {b"redshift": b"super"}
_MEGABYTE = 1_000_000
_DEFAULT_FILE = 6200.0
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
    tree = grammar.parse(command.query)
    if tree.args.get("limit"):
        raise StatementFailed("0A000", "Limit clause is not supported")
    sql, columns = translated(session, tree)
    rows = _marked(session.arrow(sql), [kind.kind is Kind.SUPER for _, kind in columns])
    objects = Objects(access)
    parts = _parts(rows, command.partitions, keep="INCLUDE" in command.options)
    _make_way(objects, command, [folder for folder, _ in parts])
    written = []
    for folder, part in parts:
        for number, (body, count) in enumerate(_files(part, command)):
            uri = f"{command.prefix}{folder}{_name(number, command)}"
            objects.write(uri, body)
            written.append({"url": uri, "meta": {"content_length": len(body), "record_count": count}})
    if "MANIFEST" in command.options:
        objects.write(f"{command.prefix}manifest", json.dumps(_manifest(rows, written, command)).encode())
    _remember(session, command, rows.num_rows, written, time.monotonic() - begun)
    session.notices.append(f"UNLOAD completed, {rows.num_rows} record(s) unloaded successfully.")
    return Outcome("UNLOAD")


def _name(number: int, command: UnloadCommand) -> str:
    """Return a file's name: by slice and part, or numbered where it is written serially; its ending is EXTENSION's or the packing's."""
    options = command.options
    serial = options.get("PARALLEL", "ON").upper() in {"OFF", "FALSE"}
    ending = ".parquet" if command.format == "PARQUET" else next((_PACKED[one] for one in _PACKED if one in options), "")
    if "EXTENSION" in options:
        ending = "." + options["EXTENSION"].removeprefix(".")
    return (f"{number:03d}" if serial else f"0000_part_{number:02d}") + ending


def _files(rows: pa.Table, command: UnloadCommand) -> Iterator[tuple[bytes, int]]:
    """Yield the files of one partition, none larger than MAXFILESIZE, and how many rows each has."""
    most = float(command.options.get("MAXFILESIZE", _DEFAULT_FILE)) * _MEGABYTE
    body = _body(rows, command)
    if len(body) <= most or rows.num_rows <= 1:
        yield body, rows.num_rows
        return
    half = rows.num_rows // 2
    yield from _files(rows.slice(0, half), command)
    yield from _files(rows.slice(half), command)


def _manifest(rows: pa.Table, written: Sequence[dict[str, Any]], command: UnloadCommand) -> dict[str, Any]:
    if "VERBOSE" not in command.options:
        return {"entries": [{"url": one["url"], "meta": {"content_length": one["meta"]["content_length"]}} for one in written]}
    total = {key: sum(one["meta"][key] for one in written) for key in ("content_length", "record_count")}
    elements = [{"name": field.name, "type": {"base": str(field.type)}} for field in rows.schema]
    author = {"name": "Amazon Redshift", "version": "1.0.0"}
    return {"entries": list(written), "schema": {"elements": elements}, "meta": total, "author": author}


def _make_way(objects: Objects, command: UnloadCommand, folders: Sequence[str]) -> None:
    """Remove what lies where the files go, with PARTITION BY in the folders that get new files; or refuse to write there."""
    found = objects.under(command.prefix)
    if "CLEANPATH" in command.options:
        for stored in found:
            if any(stored.uri.startswith(command.prefix + folder) for folder in folders):
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
        text = "".join(_document(row, rows.schema) + "\n" for row in values)
    elif "FIXEDWIDTH" in command.options:
        text = _fixed(names, values, command.options["FIXEDWIDTH"])
    else:
        text = _delimited(names, values, command)
    return _packed(text.encode(), command)


def _packed(body: bytes, command: UnloadCommand) -> bytes:
    if "GZIP" in command.options:
        return gzip.compress(body, mtime=0)
    if "BZIP2" in command.options:
        return bz2.compress(body)
    return pa.compress(body, codec="zstd", asbytes=True) if "ZSTD" in command.options else body


def _document(row: dict[str, Any], schema: pa.Schema) -> str:
    """Return a row as JSON; a SUPER stays what it is, a NUMERIC keeps its digits."""
    members = []
    for name, value in row.items():
        if isinstance(value, decimal.Decimal):
            text = format(value, "f")
        elif isinstance(value, str) and _is_super(schema, name):
            text = value
        else:
            text = json.dumps(value if isinstance(value, int | float | str | None) else _shown(value, ""), ensure_ascii=False)
        members.append(f"{json.dumps(name)}:{text}")
    return "{" + ",".join(members) + "}"


def _marked(rows: pa.Table, supers: Sequence[bool]) -> pa.Table:
    """Return the rows with a mark at each SUPER, which Arrow takes for a text."""
    fields = [field.with_metadata(_SUPER) if is_super else field for field, is_super in zip(rows.schema, supers, strict=True)]
    return pa.Table.from_arrays(rows.columns, schema=pa.schema(fields))


def _is_super(schema: pa.Schema, name: str) -> bool:
    return (schema.field(name).metadata or {}).get(b"redshift") == b"super"


def _fixed(names: Sequence[str], rows: Sequence[dict[str, Any]], widths: str) -> str:
    sizes = [int(part.rpartition(":")[2]) for part in widths.split(",")]
    if len(sizes) != len(names):
        raise StatementFailed("0A000", "FIXEDWIDTH needs a width for each column of the query")
    lines = []
    for row in rows:
        texts = [_shown(row[name], "") for name in names]
        if any(len(text) > size for text, size in zip(texts, sizes, strict=True)):
            raise StatementFailed("XX000", "A value is wider than its column of FIXEDWIDTH")
        lines.append("".join(text.ljust(size) for text, size in zip(texts, sizes, strict=True)) + "\n")
    return "".join(lines)


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
            session.user,
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
