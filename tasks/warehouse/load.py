"""The load: one manifest, one transaction, exactly once.

The transaction itself is in ``transaction.py``. This module runs it again where a failure passes by itself, settles a COMMIT whose
answer was lost by the audit row, and turns what remains into an error that carries its evidence. Staged files are never deleted.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from redshift_connector import Connection

from tasks.records import LoadResult, Manifest
from tasks.schema import TableSchema
from tasks.warehouse.errors import CheckViolated, DuplicateKeys, LoadFailed
from tasks.warehouse.execution import session
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.retry import attempts
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.transaction import Load, run_transaction
from tasks.wording import counted

_NO_SUCH_TABLE: Final = frozenset({"3F000", "42P01"})

_MOST_SET_ASIDE: Final = 10
"""More than a few point to the table or to the code, and not to what was received."""

_log: Final = logging.getLogger("tickerhouse.warehouse")


def load(open_connection: Callable[[], Connection], manifest: Manifest, schema: TableSchema, options: LoadOptions) -> LoadResult:
    """Loads the manifest's file into the dataset's table, or finds that it was loaded.

    Where ``options`` say so, a symbol with whose rows a check does not hold is kept out, a few of them at most, and the rest is loaded.

    Args:
        open_connection: gives a fresh session; called once for each attempt.
        manifest: what to load; its sha256 is the identity of the load.
        schema: the dataset's schema, which names its table.
        options: COPY's role, how often to try again, and whether symbols are set aside.

    Returns:
        What the load did, or would have done where it is a trial. Where the manifest had been loaded before, nothing was touched and all
        rows count as unchanged. Where this load's own COMMIT went unanswered and had happened, what it did, read back from the audit row.

    Raises:
        CopyFailed: COPY refused the file.
        StageCountMismatch: file, manifest and stage count differently.
        DuplicateKeys: a touched key did not stand exactly once after MERGE.
        LoadFailed: anything else that made the warehouse roll back, or failed on every attempt.
        ConnectionRefused: there was no session.
    """
    assert manifest.dataset == schema.name, "a manifest is loaded into its own dataset's table"
    work = Load(manifest, schema, options.copy_role, uuid.uuid4().hex, options.exchanges, is_trial=options.is_trial)
    while True:
        try:
            return _load(open_connection, work, options)
        except (CheckViolated, DuplicateKeys) as error:
            named = error.evidence["symbols"]
            assert isinstance(named, set), "both name the symbols that they saw"
            # One that is named again is not in the file: it is what the table held before that violates the check.
            fresh = named - work.violating.keys()
            if not options.sets_aside or not fresh or len(work.violating) + len(fresh) > _MOST_SET_ASIDE:
                raise
            _log.warning("%s: %s is set aside: %s", schema.name, ", ".join(sorted(fresh)), error.fact)
            work = replace(work, violating={**work.violating, **dict.fromkeys(sorted(fresh), error.fact)}, compared=[])


def _load(open_connection: Callable[[], Connection], work: Load, options: LoadOptions) -> LoadResult:
    manifest, schema = work.manifest, work.schema
    tries = attempts(options)
    try:
        for attempt in tries:
            with attempt:
                number = attempt.retry_state.attempt_number
                if number > 1:
                    _log.warning("load of %s into %s: attempt %d", manifest.run_id, schema.table, number)
                with session(open_connection) as connection:
                    return run_transaction(connection, work)
    except DRIVER_ERRORS as error:
        failure = read_server_error(error)
        made = int(tries.statistics.get("attempt_number", 1))
        raise LoadFailed(
            f"The load of {manifest.uri} into {schema.table} failed and was rolled back ({counted(made, 'attempt')}): {failure.line}",
            "Run: tickerhouse migrate" if failure.code in _NO_SUCH_TABLE else "The staged files are kept; run it again.",
            {"run_id": manifest.run_id, "attempts": made, "code": failure.code, "file": manifest.file_uri},
        ) from error
    raise AssertionError("tenacity either returns from an attempt or raises its failure")
