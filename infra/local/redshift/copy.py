"""COPY from S3: by manifest or by prefix, all files or none, every failure with its row in the load errors."""

import datetime as dt
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from infra.local.redshift import privileges
from infra.local.redshift.columns import ColumnDefinition
from infra.local.redshift.copy_command import CopyCommand, read_copy
from infra.local.redshift.copy_formats import paths_of, text_of
from infra.local.redshift.copy_text import TextLoad
from infra.local.redshift.definitions import read_definitions
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.locks import Mode
from infra.local.redshift.objects import Objects, S3Access, StoredObject, split_uri
from infra.local.redshift.parquet import UNREADABLE, ParquetFile, ScanError
from infra.local.redshift.session import Outcome, Session, TableName
from infra.local.redshift.statement import Statement
from infra.local.redshift.system_log import LoadError, LoadHistory
from infra.local.redshift.views import refuse_view

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated

_SPECTRUM_CODES = 15_000
_ROWS = "embedded_copy_rows"


@dataclass
class _Load:
    session: Session
    command: CopyCommand
    table: TableName
    columns: Sequence[ColumnDefinition]
    objects: Objects
    rejected: int = 0


def copy(session: Session, statement: Statement) -> Outcome:
    """Execute COPY; ``pg_last_copy_count`` becomes 0 when loading fails and stays when the text or a privilege was wrong."""
    command = read_copy(statement.tokens)
    access = _authorized(session, command)
    table = session.located(command.table)
    privileges.require_table(session, table, "insert")
    session.lock(table, Mode.APPEND)
    refuse_view(session, table)
    load = _Load(session, command, table, _columns(session, command, table), Objects(access))
    begun = time.monotonic()
    files: list[StoredObject] = []
    rows = 0
    status = "aborted"
    try:
        files = _from_manifest(load) if "MANIFEST" in command.options else _from_prefix(load)
        with session.atomic():
            rows = _copy_text(load, files) if command.format != "PARQUET" else sum(_copy_file(load, file) for file in files)
        status = "completed"
    finally:
        session.last_copy_count = rows if status == "completed" else 0
        session.last_copy_id = session.query_id
        session.services.log.add(_history(load, files, session.last_copy_count, status, time.monotonic() - begun))
    session.notices.append(f"Load into table '{table.name}' completed, {rows} record(s) loaded successfully.")
    if load.rejected:
        session.notices.append(
            f"Load into table '{table.name}' completed, {load.rejected} record(s) could not be loaded.  "
            "Check 'sys_load_error_detail' system table for details."
        )
    return Outcome(f"COPY {rows}")


def _authorized(session: Session, command: CopyCommand) -> S3Access:
    allowed = session.services.allowed_copy_role
    if command.iam_role and allowed is not None and not re.fullmatch(allowed, command.iam_role):
        raise StatementFailed("XX000", f"Not authorized to get credentials of role {command.iam_role}")
    access = session.services.s3
    if access is None:
        raise StatementFailed("XX000", "S3ServiceException: the embedded Redshift was started without S3 access")
    if "access_key" in command.keys and "secret_key" in command.keys:
        return replace(access, access_key=command.keys["access_key"], secret_key=command.keys["secret_key"])
    return access


def _columns(session: Session, command: CopyCommand, table: TableName) -> list[ColumnDefinition]:
    known = {column.name: column for column in read_definitions(session, table)}
    if command.columns is None:
        explicit = "EXPLICIT_IDS" in command.options
        return [column for column in known.values() if explicit or column.identity is None]
    for name in command.columns:
        if name not in known:
            raise StatementFailed("42703", f'column "{name}" of relation "{table.name}" does not exist')
        if command.columns.count(name) > 1:
            raise StatementFailed("42701", f'column "{name}" specified more than once')
    return [known[name] for name in command.columns]


def _from_prefix(load: _Load) -> list[StoredObject]:
    files = load.objects.under(load.command.source)
    if not files:
        bucket, prefix = split_uri(load.command.source)
        raise StatementFailed(
            "XX000", f"The specified S3 prefix '{prefix}' does not exist", f"error: S3 prefix, code: 8001, bucket: {bucket}"
        )
    return files


def _from_manifest(load: _Load) -> list[StoredObject]:
    source = load.command.source
    if load.objects.size(source) is None:
        raise StatementFailed(
            "XX000",
            "Problem reading manifest file - S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey",
            source,
        )
    try:
        entries = json.loads(load.objects.read(source))["entries"]
        described = [(str(entry["url"]), bool(entry.get("mandatory", False)), entry.get("meta") or {}) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StatementFailed("XX000", "Problem reading manifest file - invalid manifest", source) from error
    files = []
    for uri, mandatory, meta in described:
        expected = meta.get("content_length")
        if expected is None and load.command.format == "PARQUET":
            raise StatementFailed("XX000", "Manifest of a columnar COPY needs meta.content_length for every entry", uri)
        size = load.objects.size(uri)
        if size is None:
            if mandatory:
                raise StatementFailed("XX000", f"Problem reading manifest file - mandatory file {uri} not found", source)
            continue
        if expected is not None and size != expected:
            reason = f"File {uri}: content_length {expected} of the manifest does not match the object's size {size}"
            raise _failed(load, uri, ScanError(UNREADABLE, reason))
        files.append(StoredObject(uri, size))
    return files


def _copy_text(load: _Load, files: Sequence[StoredObject]) -> int:
    """Load text files; MAXERROR records may not fit, that number or more end the load (AWS, copy-maxerror)."""
    how = load.command.options.get("JSON", "")
    paths = paths_of(load.objects.read(how)) if how.startswith("s3://") else None
    if paths is not None and len(paths) != len(load.columns):
        raise StatementFailed("XX000", f"Number of jsonpaths and the number of columns should match. JSONPath size: {len(paths)}")
    if how == "noshred" and len(load.columns) != 1:
        raise StatementFailed("0A000", "JSON noshred needs a table with a single SUPER column")
    text_load = TextLoad(load.session, load.command, load.table, load.columns, paths)
    most = max(1, int(load.command.options.get("MAXERROR", "0")))
    rows = 0
    for file in files:
        for stored, errors in text_load.load(text_of(load.objects.read(file.uri), load.command)):
            rows += stored
            for error in sorted(errors, key=lambda one: one.line):
                load.rejected += 1
                failure = _failed(load, file.uri, error)
                if load.rejected >= most:
                    raise failure
    return rows


def _copy_file(load: _Load, stored: StoredObject) -> int:
    options = load.command.options
    try:
        file = ParquetFile(stored.uri, load.objects.read(stored.uri), load.columns)
    except pa.ArrowException as error:
        raise _failed(load, stored.uri, ScanError(UNREADABLE, f"File '{stored.uri}' is no Parquet file: {error}")) from error
    if misfit := file.misfit(fill_record="FILLRECORD" in options, serialize_to_json="SERIALIZETOJSON" in options):
        raise _failed(load, stored.uri, misfit)
    names = ", ".join(f'"{column.name}"' for column in file.columns)
    rows = 0
    for part in file.parts():
        if unfit := file.unfit_value(part):
            raise _failed(load, stored.uri, unfit)
        values = ", ".join(
            f"to_json(c{position})" if column.plain_type == "JSON" else f"cast(c{position} as {column.plain_type})"
            for position, column in enumerate(file.columns)
        )
        load.session.cursor.register(_ROWS, part)
        try:
            inserted = load.session.execute(f"insert into {load.table.sql} ({names}) select {values} from {_ROWS}")
            rows += int(inserted[0][0])
        finally:
            load.session.cursor.unregister(_ROWS)
    return rows


def _failed(load: _Load, uri: str, error: ScanError) -> StatementFailed:
    session = load.session
    session.services.log.add(
        LoadError(
            session.user,
            session.query_id,
            session.number,
            session.database,
            load.table.name,
            uri,
            error.line,
            error.column,
            error.column_type,
            error.value,
            error.code,
            error.message,
            _now(),
            error.raw[:1024],
        )
    )
    if error.code < _SPECTRUM_CODES:
        return StatementFailed(
            "XX000",
            f"Load into table '{load.table.name}' failed.  Check 'sys_load_error_detail' system table for details.",
            f"{error.message} (error code {error.code}, file {uri}, column {error.column})",
        )
    bar = "-" * 47
    lines = [
        bar,
        "error:  Spectrum Scan Error",
        f"code:      {error.code}",
        f"context:   {error.message}",
        f"query:     {session.query_id}",
        bar,
    ]
    return StatementFailed("XX000", "Spectrum Scan Error", "\n" + "".join(f"  {line}\n" for line in lines))


def _history(load: _Load, files: Sequence[StoredObject], rows: int, status: str, seconds: float) -> LoadHistory:
    session = load.session
    end = _now()
    return LoadHistory(
        session.user,
        session.query_id,
        session.query_id,
        session.number,
        session.database,
        load.table.name,
        status,
        int(seconds * 1e6),
        rows,
        sum(file.size for file in files),
        len(files),
        load.command.source,
        load.command.format.lower(),
        end - dt.timedelta(seconds=seconds),
        end,
        load.rejected or int(status != "completed"),
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
