"""Releases quarantined rows that a person chose: they are curated and loaded, and the decision is recorded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.alpha_vantage.exact import decimals, integers, sessions
from tasks.curation.curate import curated
from tasks.datasets import DAILY_PRICES
from tasks.errors import TickerhouseError, WrongUsage
from tasks.lake.keys import make_run_id, quarantine_key
from tasks.lake.manifests import write_manifest
from tasks.lake.store import LakeStore
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.past_loads import remember_contact
from tasks.orchestration.planning_inputs import listed_exchanges
from tasks.orchestration.refused_rows import Loader, why_refused
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.table_load import load_options
from tasks.quality.prices import LARGEST_VOLUME
from tasks.quality.quarantine import from_parquet
from tasks.records import LoadResult
from tasks.schema import PARSED_DAILY_PRICES, SYMBOL_BYTES
from tasks.warehouse.execution import session
from tasks.warehouse.load import load
from tasks.warehouse.quarantine import QuarantinedRow, find_quarantined_bars, record_release
from tasks.warehouse.replaced_series import RELEASE
from tasks.wording import counted
from tasks.write_lake import replace_files

_NAMED = 3
_FIRST_SESSION = date(1900, 1, 1)
_ZONES = timedelta(days=1)
"""By how much the date of an exchange may be ahead of UTC."""
_NOTE_BYTES = 4096
_BY_BYTES = 256


class NothingChosen(WrongUsage):
    """A release that names no run, symbol or reason, or has no reason or no name of who decided."""


class NotReleasable(TickerhouseError):
    """A bar that was chosen and cannot stand in the table, so it cannot be released; nothing was released."""


@dataclass(frozen=True)
class Choice:
    """Which quarantined bars; an empty word leaves its condition out."""

    run_id: str = ""
    symbol: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Release:
    """What a release did.

    Attributes:
        run_id: names its curated file, its manifest and the bars it wrote; empty where there was nothing to do.
        released: bars released now.
        before: chosen bars that had been released before; they were left alone.
        loaded: what the load did; bars that the table has newer values of count as unchanged.
    """

    run_id: str
    released: int
    before: int
    loaded: LoadResult | None = None


def quarantined_rows(run: Run, choice: Choice) -> list[QuarantinedRow]:
    """The chosen bars, released ones included, newest first.

    Raises:
        WarehouseError: the warehouse cannot be reached or read.
    """
    with session(run.clients.console) as connection:
        return find_quarantined_bars(connection, choice.run_id, choice.symbol, choice.reason)


def release_rows(run: Run, choice: Choice, *, by: str, note: str) -> Release:
    """Loads the chosen bars as they were received, and records who let them pass and why.

    A released bar keeps the moment it was observed, so a newer good capture replaces it, and one that is there already stays. The same
    choice again does nothing, or finishes a release that was cut off after its load: its name follows from its bars.

    Raises:
        NothingChosen: the choice, the note or the name is empty.
        NotReleasable: a chosen bar does not fit the table, two have different values for one session, or the warehouse would not take them;
            all are named, and no load of them is written.
        LakeError: the quarantine's file cannot be read, or the curated one not written.
        WarehouseError: the warehouse cannot be reached, or rolled back.
    """
    check_release(choice, by, note)
    chosen, settings = quarantined_rows(run, choice), run.settings
    waiting = [bar for bar in chosen if bar.released_at is None]
    if not waiting:
        return Release("", 0, len(chosen))
    lake = run.lake
    rows = _received(lake, waiting)
    bars = typed_bars(rows)
    _refuse_unfit(rows, bars)
    run_id, kept = release_id([bar.identity for bar in waiting]), curated(bars, DAILY_PRICES.schema)
    loader = Loader(lake, run.warehouse, DAILY_PRICES.schema, load_options(settings, listed_exchanges(settings.watchlist, run.clients)))
    # Before there is a manifest, because a rebuild repeats each release that has one.
    _refuse("The warehouse would not take what was chosen", why_refused(loader, run_id, kept.table()))
    manifest = write_manifest(lake, write_curated(lake, loader.schema, kept, run_id))
    loaded = load(run.warehouse, manifest, loader.schema, loader.options)
    remember_contact(lake, manifest.uri, utc_now())
    # A name that begins with its day, as that of a run does. What cannot be written is logged, and written by the next run that loads.
    replace_files(replace(run, run_id=make_run_id(utc_now(), run_id[-8:])), DAILY_PRICES)
    # Last, because what is recorded is left alone: a release that is killed before is done again whole, and loads nothing twice.
    with session(run.warehouse) as connection:
        marked = record_release(connection, [bar.identity for bar in waiting], by=by, note=note, run_id=run_id)
    return Release(run_id, marked, len(chosen) - len(waiting), loaded)


def typed_bars(rows: pa.Table) -> pa.Table:
    """Types quarantined bars as the parser does.

    Args:
        rows: the strings as received, and where they came from.

    Returns:
        Rows of ``PARSED_DAILY_PRICES`` in the same order; null where a string does not fit its column exactly.
    """
    columns: dict[str, Any] = {name: rows.column(name) for name in PARSED_DAILY_PRICES.names if name in rows.column_names}
    columns["session_date"] = sessions(_text(rows, "session"))
    for name in ("open", "high", "low", "close"):
        columns[name] = decimals(_text(rows, name), PARSED_DAILY_PRICES.field(name).type)
    columns["volume"] = integers(_text(rows, "volume"))
    return pa.table([columns[name] for name in PARSED_DAILY_PRICES.names], schema=PARSED_DAILY_PRICES)


def release_id(identities: Sequence[str]) -> str:
    """The name of a release: the same for the same bars, so that one that was cut off is finished and not done again."""
    return f"{RELEASE}{hashlib.sha256(','.join(sorted(identities)).encode()).hexdigest()[:32]}"


def check_release(choice: Choice, by: str, note: str) -> None:
    """Refuses a release that lacks a word, before anything is opened.

    Raises:
        NothingChosen: the choice, the note or the name is empty, or one of the latter is too long.
    """
    if choice == Choice():
        raise NothingChosen("No bars chosen to release.", "Name a run, a symbol (--symbol) or a reason (--reason).")
    for what, text, most in (("note", note, _NOTE_BYTES), ("name", by, _BY_BYTES)):
        if not text.strip() or len(text.encode()) > most:
            raise NothingChosen(f"A release needs a {what} of 1 to {most} bytes.", 'Say why with --note "..." and who with --by.')


def _received(lake: LakeStore, waiting: Sequence[QuarantinedRow]) -> pa.Table:
    """The whole strings, from the files that the runs left."""
    tables = []
    for dataset, run_id in dict.fromkeys((bar.dataset, bar.run_id) for bar in waiting):
        if dataset != DAILY_PRICES.name:
            raise NotReleasable(f"Bars of {dataset} have no target table.", f"Release bars of {DAILY_PRICES.name}.")
        wanted = pa.array([bar.identity for bar in waiting if bar.run_id == run_id], pa.string())
        kept = from_parquet(lake.get(quarantine_key(dataset, run_id)))
        kept = kept.filter(pc.is_in(kept.column("identity"), wanted))
        # One run may have received a bar from several captures; the first is the one that is held.
        tables.append(kept.take(pc.sort_indices(kept, [("identity", "ascending"), ("observed_at", "ascending")])))
    rows = pa.concat_tables(tables)
    first: dict[Any, int] = {}
    for position, identity in enumerate(rows.column("identity").to_pylist()):
        first.setdefault(identity, position)
    return rows.take(pa.array(list(first.values()), pa.int64()))


def _refuse_unfit(rows: pa.Table, bars: pa.Table) -> None:
    """Names every bar that cannot stand in the table."""
    faults: list[str] = []
    first_positions: dict[tuple[Any, ...], int] = {}
    for position, bar in enumerate(bars.to_pylist()):
        if unfit := _unfit(bar):
            received = ", ".join(f"{name} {rows.column(_source(name))[position].as_py()!r}" for name in unfit)
            faults.append(f"{bar['symbol'][:SYMBOL_BYTES]} {bar['session_text'][:SYMBOL_BYTES]} does not fit: {received[:200]}")
            continue
        key = (bar["symbol"], bar["session_date"], bar["observed_at"])
        if first_positions.setdefault(key, position) != position:
            faults.append(f"{bar['symbol']} {bar['session_text']} occurs twice with different values in one observation")
    _refuse(f"{len(faults)} of {counted(bars.num_rows, 'bar')} cannot be released", faults)


def _unfit(bar: Mapping[str, Any]) -> list[str]:
    """The columns of a bar whose values its tables cannot hold, or only until one more is added to them."""
    unfit = [name for name in ("symbol", "session_date", "open", "high", "low", "close", "volume") if bar[name] in {None, ""}]
    if len(bar["symbol"].encode()) > SYMBOL_BYTES:
        unfit.append("symbol")
    if bar["session_date"] and not _FIRST_SESSION <= bar["session_date"] <= (bar["observed_at"] + _ZONES).date():
        unfit.append("session_date")
    if abs(bar["volume"] or 0) > LARGEST_VOLUME:
        unfit.append("volume")
    return unfit


def _refuse(fact: str, faults: Sequence[str]) -> None:
    if faults:
        more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        raise NotReleasable(
            f"{fact}: {'; '.join(faults[:_NAMED])}{more}.",
            "Nothing was released; choose others by --symbol or --reason.",
            {"bars": faults},
        )


def _source(name: str) -> str:
    if name == "symbol":
        return name
    return "session_text" if name == "session_date" else f"{name}_text"


def _text(rows: pa.Table, name: str) -> "pa.Array[Any]":
    text: pa.Array[Any] = rows.column(f"{name}_text").combine_chunks()
    return text
