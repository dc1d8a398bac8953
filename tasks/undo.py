"""Undoes one load: the warehouse, the lake's record of it, and coverage, so that what went is requested again.

The record lies among the manifests (``manifests/undo/``), because a rebuild and a recovery take an undo up in its place among the loads.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from tasks.datasets import DATASETS
from tasks.errors import WrongUsage
from tasks.lake.errors import DocumentUnreadable, LakeError, ManifestDamaged, ObjectMissing
from tasks.lake.json_documents import get_json, json_bytes, put_json
from tasks.lake.keys import make_run_id, manifest_key
from tasks.lake.manifests import read_manifest
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.kept_file import kept_manifest
from tasks.orchestration.past_loads import recorded_undos, remember_contact
from tasks.orchestration.planning_inputs import listed_exchanges
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import load_options
from tasks.planning.coverage import without_sessions
from tasks.records import Manifest, SymbolCoverage
from tasks.schema import TableSchema
from tasks.sessions import SessionClock
from tasks.warehouse.execution import session
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.rebuild import PastLoad
from tasks.warehouse.undo import UNDO, Record, UndoableLoad, Undone, find_loads, undo_load
from tasks.write_lake import replace_files

logger = step_logger("undo")

_NOTE_BYTES = 4096
_BY_BYTES = 256


class LoadNotChosen(WrongUsage):
    """An undo of no load, or of several, or one without a reason or a name."""


class UndoLost(LakeError):
    """An undo that cannot be repeated, because its record or what it took back is damaged or missing."""


@dataclass(frozen=True)
class RecordedUndo:
    """An undo that can be repeated.

    Attributes:
        record: what the lake says of it.
        manifest: of the load that it took back.
        schema: of that load's table.
    """

    record: Record
    manifest: Manifest
    schema: TableSchema


@dataclass(frozen=True)
class UndoRequest:
    """Which load is undone, by whom and why.

    Attributes:
        run_id: the run, or the release, that loaded it.
        dataset: the kind of data; empty where the run loaded one.
        by: who undoes it.
        note: why.
    """

    run_id: str
    dataset: str
    by: str
    note: str


def listed_loads(run: Run, run_id: str = "") -> list[UndoableLoad]:
    """The loads of a run, or the latest hundred of all runs, newest first.

    Raises:
        WarehouseError: the warehouse cannot be reached or read.
    """
    with session(run.clients.console) as connection:
        return find_loads(connection, run_id)


def check_undo(request: UndoRequest) -> None:
    """Refuses an undo that lacks a word, before anything is opened.

    Raises:
        LoadNotChosen: the reason or the name is empty or too long.
    """
    for what, text, most in (("note", request.note, _NOTE_BYTES), ("name", request.by, _BY_BYTES)):
        if not text.strip() or len(text.encode()) > most:
            raise LoadNotChosen(f"An undo needs a {what} of 1 to {most} bytes.", 'Say why with --note "..." and who with --by.')


def undo(run: Run, request: UndoRequest) -> Undone:
    """Takes one load back; the same request again only finishes what was cut off.

    Coverage forgets the sessions that went, so that the plan counts them as missing.

    Args:
        run: of the command.
        request: which load.

    Raises:
        LoadNotChosen: no load, or several, or neither reason nor name.
        NotUndoable: later loads changed what it wrote, or its table keeps no former values.
        LakeError: the lake cannot be read or written.
        WarehouseError: the warehouse cannot be reached, or rolled back.
    """
    check_undo(request)
    chosen = _chosen(listed_loads(run, request.run_id), request)
    lake, dataset = run.lake, DATASETS[chosen.dataset]
    # The table's columns may have grown since; the file is then written anew, and the address stays.
    manifest = kept_manifest(lake, dataset.schema, chosen.manifest_uri)
    write_record = partial(_write_record, lake, chosen, request)
    done = undo_load(run.warehouse, manifest, dataset.schema, write_record, _options(run))
    _forget(run, chosen, done.gone)
    remember_contact(lake, lake.uri(manifest_key(UNDO, done.run_id)), utc_now())
    # What cannot be written is logged, and written by the next run that loads.
    replace_files(replace(run, run_id=done.run_id), dataset)
    return done


def read_undo(lake: LakeStore, past: PastLoad) -> RecordedUndo:
    """What an undo needs to be repeated, read and proven.

    Args:
        lake: of the rebuild or the recovery.
        past: the undo.

    Raises:
        UndoLost: the record, or the manifest or the file of the load that it took back, is damaged or missing.
        LakeError: the lake cannot be read.
    """
    uri = lake.uri(manifest_key(UNDO, past.run_id))
    try:
        document = get_json(lake, manifest_key(UNDO, past.run_id))
        schema, address = DATASETS[document["dataset"]].schema, document["manifest"]
        return RecordedUndo(_record(lake, past), read_manifest(lake, address), schema)
    except (DocumentUnreadable, ManifestDamaged, ObjectMissing) as error:
        fact = error.fact
    except (AttributeError, KeyError, TypeError) as error:
        fact = f"{uri} is not the record of an undo ({error!r})."
    raise UndoLost(
        f"{past.run_id} is not repeated, so that what it took back stands again: {fact}",
        "Restore an earlier version of the object and repeat it, or undo the load again: tickerhouse undo",
    )


def repeat_undo(run: Run, undo: RecordedUndo) -> Undone:
    """Undoes a load as it was undone before, after a rebuild or a recovery has loaded it again.

    Args:
        run: of the rebuild or the recovery.
        undo: the undo.

    Raises:
        NotUndoable: by now later loads have changed what the load wrote.
        WarehouseError: the warehouse cannot be reached, or rolled back.
    """
    return undo_load(run.warehouse, undo.manifest, undo.schema, lambda: undo.record, _options(run))


def _record(lake: LakeStore, past: PastLoad) -> Record:
    sha256 = hashlib.sha256(lake.get(manifest_key(UNDO, past.run_id))).hexdigest()
    return Record(past.run_id, past.manifest_uri, sha256)


def _options(run: Run) -> LoadOptions:
    return load_options(run.settings, listed_exchanges(run.settings.watchlist, run.clients))


def _chosen(loads: Sequence[UndoableLoad], request: UndoRequest) -> UndoableLoad:
    fitting = [load for load in loads if request.dataset in {"", load.dataset}]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(sorted(load.dataset for load in loads))
    if fitting:
        raise LoadNotChosen(
            f"{request.run_id} loaded {names}.", f"Name one: tickerhouse undo {request.run_id} --dataset {fitting[0].dataset}"
        )
    if loads:
        raise LoadNotChosen(f"{request.run_id} loaded nothing of {request.dataset!r}.", f"It loaded {names}.")
    raise LoadNotChosen(f"No load of {request.run_id!r} is known.", "List the latest loads: tickerhouse undo")


def _write_record(lake: LakeStore, chosen: UndoableLoad, request: UndoRequest) -> Record:
    """The record of this undo: the one that an undo which was cut off has left, or a new one."""
    for past in recorded_undos(lake):
        try:
            found = get_json(lake, manifest_key(UNDO, past.run_id)).get("manifest")
        except DocumentUnreadable as error:
            logger.warning("skipped the record of an undo: %s", error)
            continue
        if found == chosen.manifest_uri:
            return _record(lake, past)
    now = utc_now()
    run_id = make_run_id(now, secrets.token_hex(4))
    document = {
        "undone_run": chosen.run_id,
        "dataset": chosen.dataset,
        "manifest": chosen.manifest_uri,
        "by": request.by,
        "note": request.note,
        "at": now.isoformat(),
    }
    uri = put_json(lake, manifest_key(UNDO, run_id), document)
    return Record(run_id, uri, hashlib.sha256(json_bytes(document)).hexdigest())


def _forget(run: Run, chosen: UndoableLoad, gone: Iterable[tuple[str, date]]) -> None:
    """Takes what went out of coverage; an event's dataset is remembered by symbol, and its symbols are then unread."""
    by_symbol: dict[str, set[date]] = {}
    for symbol, day in gone:
        by_symbol.setdefault(symbol, set()).add(day)
    if not by_symbol:
        return
    is_series = DATASETS[chosen.dataset].finality is not None
    clock = SessionClock(utc_now(), run.settings.settling, listed_exchanges(run.settings.watchlist, run.clients))

    def without(held: dict[str, SymbolCoverage]) -> dict[str, SymbolCoverage]:
        left = {
            symbol: without_sessions(held[symbol], days, clock.exchange_of(symbol)) if is_series else None
            for symbol, days in by_symbol.items()
            if symbol in held
        }
        return {symbol: coverage for symbol, coverage in (held | left).items() if coverage is not None}

    state.coverage(chosen.dataset).change(run.lake, without)
