"""UNLOAD of a query into one Parquet file, with a manifest where asked; awswrangler reads results this way."""

import io
import json

import pyarrow.parquet as pq

from infra.local.redshift.copy_command import read_unload
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.objects import Objects
from infra.local.redshift.queries import translated
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.sql import grammar
from infra.local.redshift.statement import Statement


def unload(session: Session, statement: Statement) -> Outcome:
    """Execute UNLOAD ('query') TO 's3://prefix' FORMAT PARQUET."""
    command = read_unload(statement.sql)
    access = session.services.s3
    if access is None:
        raise StatementFailed("XX000", "S3ServiceException: the embedded Redshift was started without S3 access")
    sql, _ = translated(session, grammar.parse(command.query))
    rows = session.arrow(sql)
    buffer = io.BytesIO()
    pq.write_table(rows, buffer)
    uri = f"{command.prefix}0000_part_00.parquet"
    objects = Objects(access)
    objects.write(uri, buffer.getvalue())
    if "MANIFEST" in command.options:
        entries = [{"url": uri, "meta": {"content_length": len(buffer.getvalue()), "record_count": rows.num_rows}}]
        objects.write(f"{command.prefix}manifest", json.dumps({"entries": entries}).encode())
    session.notices.append(f"UNLOAD completed, {rows.num_rows} record(s) unloaded successfully.")
    return Outcome("UNLOAD")
