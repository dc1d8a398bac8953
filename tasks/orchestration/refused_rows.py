"""Loads what the warehouse takes of a file that it refused as a whole, and names the symbols whose rows it does not take.

COPY names a file and not a row, and a number that overflows in a sum names nothing at all. So parts of the file are tried in transactions
that are rolled back, halves of halves, until single symbols remain; what is left is written and loaded in the refused file's place.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from redshift_connector import Connection

from tasks.curation.errors import ParquetDoesNotFit
from tasks.kept_out import SymbolRefused, rows_of
from tasks.lake.keys import TRIAL, curated_key, manifest_key, trial_manifest_key
from tasks.lake.manifests import write_manifest
from tasks.lake.store import LakeStore
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.kept_file import kept_rows
from tasks.orchestration.step_log import step_logger
from tasks.records import LoadResult, Manifest
from tasks.schema import TableSchema
from tasks.warehouse.errors import CopyFailed, LoadFailed
from tasks.warehouse.load import load
from tasks.warehouse.options import LoadOptions

logger = step_logger("load")

_MOST_REFUSED: Final = 10
"""More than a few point to the table, to a right or to the code, and not to what was received."""
_OF_DATA: Final = ("22", "XX000")
"""SQLSTATE of invalid data: class 22, and what Redshift's own scans and overflows raise."""


@dataclass(frozen=True)
class Loader:
    """How a file is loaded.

    Attributes:
        lake: where the file is.
        open_connection: gives a fresh session.
        schema: of its table.
        options: of the load.
    """

    lake: LakeStore
    open_connection: Callable[[], Connection]
    schema: TableSchema
    options: LoadOptions


def may_be_of_rows(failure: LoadFailed) -> bool:
    """Whether a load may have failed because of some of its rows, and not because of a right, the network or the table."""
    return isinstance(failure, CopyFailed) or str(failure.evidence.get("code", "")).startswith(_OF_DATA)


def load_the_rest(loader: Loader, manifest: Manifest, failure: LoadFailed) -> LoadResult:
    """Finds the symbols whose rows make a load fail, and loads the others.

    Args:
        loader: how.
        manifest: of the file that was refused.
        failure: how.

    Returns:
        What the load did; the refused rows count as staged and kept out.

    Raises:
        LoadFailed: ``failure``, where it is not one of a few symbols: an empty file fails as well, or all of several symbols do, or many.
        LakeError: the lake cannot be read or written.
    """
    rows = kept_rows(loader.lake, loader.schema, manifest)
    counts = Counter(map(str, rows.column("symbol").to_pylist()))
    logger.warning("looking for the symbols that the warehouse does not take: %s", failure.fact)

    def refusal(symbols: Sequence[str]) -> str:
        return _refusal(loader, manifest.run_id, _of(rows, symbols))

    refused = {} if refusal(()) else find_refused(sorted(counts), refusal)
    if not refused or 1 < len(counts) == len(refused):
        raise failure
    kept_out = tuple(SymbolRefused(symbol, fact, counts[symbol]) for symbol, fact in sorted(refused.items()))
    rest = rows.filter(pc.invert(pc.is_in(rows.column("symbol"), pa.array(refused, pa.string()))))
    # The same names: of the refused file nothing was loaded.
    written = write_manifest(loader.lake, write_curated(loader.lake, loader.schema, rest, manifest.run_id))
    done = load(loader.open_connection, written, loader.schema, loader.options)
    logger.warning("%s set aside: the warehouse does not take their rows", ", ".join(sorted(refused)))
    return replace(done, staged=done.staged + rows_of(kept_out), kept_out=(*kept_out, *done.kept_out))


def why_refused(loader: Loader, run_id: str, rows: pa.Table) -> list[str]:
    """Why the warehouse would not take rows, found before anything names them as a load.

    Args:
        loader: how they would be loaded.
        run_id: what they would be loaded as.
        rows: of the loader's schema.

    Returns:
        A sentence for each symbol that is refused by itself; one for all of them where there is none, or where there are many.

    Raises:
        LoadFailed: a trial failed for another cause than its rows.
        LakeError: the lake cannot be written.
    """
    fact = _refusal(loader, run_id, rows)
    if not fact:
        return []
    symbols = sorted(set(map(str, rows.column("symbol").to_pylist())))
    refused = find_refused(symbols, lambda part: _refusal(loader, run_id, _of(rows, part)))
    return [f"{symbol}: {why}" for symbol, why in sorted(refused.items())] or [fact]


def find_refused(symbols: Sequence[str], refusal: Callable[[Sequence[str]], str]) -> dict[str, str]:
    """The symbols that are refused by themselves, each with why; none where there are too many of them.

    Args:
        symbols: which are refused together.
        refusal: why some of them are refused; empty where they are not.
    """
    found: dict[str, str] = {}
    waiting = [(list(symbols), "")]
    while waiting:
        part, known = waiting.pop()
        why = known if known and len(part) > 1 else refusal(part)
        if not why:
            continue
        if len(part) == 1:
            found[part[0]] = why
            if len(found) > _MOST_REFUSED:
                return {}
            continue
        half = len(part) // 2
        first = refusal(part[:half])
        if first:
            waiting += [(part[half:], ""), (part[:half], first)]
        else:
            # What is refused must be in the other half.
            waiting.append((part[half:], why))
    return found


def _refusal(loader: Loader, run_id: str, rows: pa.Table) -> str:
    trial = f"{run_id}{TRIAL}"
    try:
        curated = write_curated(loader.lake, loader.schema, rows, trial)
    except ParquetDoesNotFit as error:
        return error.fact
    name = loader.schema.name
    tried = write_manifest(loader.lake, curated, trial_manifest_key(name, trial))
    try:
        load(loader.open_connection, tried, loader.schema, replace(loader.options, is_trial=True))
    except LoadFailed as failure:
        if not may_be_of_rows(failure):
            raise
        # Of the load, because the next trial takes this one's place.
        meant = {tried.file_uri: curated_key(name, run_id), tried.uri: manifest_key(name, run_id)}
        return reduce(lambda fact, uri: fact.replace(uri, loader.lake.uri(meant[uri])), meant, failure.fact)
    return ""


def _of(rows: pa.Table, symbols: Sequence[str]) -> pa.Table:
    return rows.filter(pc.is_in(rows.column("symbol"), pa.array(symbols, pa.string())))
