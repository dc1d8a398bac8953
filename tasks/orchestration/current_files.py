"""Replaces the lake's current files: what a load touched, after its COMMIT, one file a year.

Each year has one key for ever. UNLOAD writes the year aside, under ``lake-snapshots/``; one copy, which S3 makes in one step, then puts it
in the place of the file before. So whoever reads the folder finds each bar once, before and after. What changed is asked of the audit and
not of the run: a run that was killed after its COMMIT, a release or a rebuild is made good by whoever comes next.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from tasks.datasets import Dataset
from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.lake.catalog import CatalogTable, register
from tasks.lake.errors import CurrentFileUnfit
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.settings import Settings
from tasks.orchestration.state import CurrentFiles
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import load_options
from tasks.records import LoadResult
from tasks.schema import INSTANT
from tasks.warehouse.current_files import BEGINNING, TableChange, changes_since, unload_year, while_unchanged, years_held, years_of_loads
from tasks.wording import counted

if TYPE_CHECKING:
    import boto3
    from redshift_connector import Connection

logger = step_logger("write lake")

_OF_THE_WAREHOUSE: Final[Mapping[str, pa.DataType]] = {"run_id": pa.string(), "loaded_at": INSTANT}
"""The columns that the table has beside those of a curated file."""


@dataclass(frozen=True)
class LakeWriter:
    """Who writes current files, and with what.

    Attributes:
        settings: whether at all, where, for how long.
        run_id: names the folder of the files.
        store: the lake with the rights of the load role.
        open_connection: gives a fresh session of the warehouse.
        catalog_session: gives a session with the rights of the load role.
    """

    settings: Settings
    run_id: str
    store: LakeStore
    open_connection: Callable[[], "Connection"]
    catalog_session: Callable[[], "boto3.Session"]

    def write(self, dataset: Dataset, loaded: LoadResult | None = None, *, everything: bool = False) -> tuple[str, ...]:
        """Writes the years of a dataset that lack a change of its table.

        Args:
            dataset: one with current files.
            loaded: what this run's own load did, None where there was none.
            everything: every year, whatever is known of its file.

        Returns:
            Warnings, a sentence each; the years that could not be written are remembered as stale.

        Raises:
            LakeError: what is known of the files cannot be read or written, so that the next run writes them again.
            WarehouseError: the warehouse cannot be reached or asked.
        """
        document = state.current_files(dataset.name)
        known = document.read(self.store)
        act = partial(self._write, dataset, known, loaded, everything=everything)
        try:
            written, warnings = while_unchanged(self.open_connection, dataset.schema, load_options(self.settings), act)
        except TickerhouseError:
            stale = tuple(sorted({*known.stale, *(loaded.years if loaded else ())}))
            document.write(self.store, replace(known, stale=stale))
            raise
        written, refused = self._registered(dataset, written)
        if written != known:
            document.write(self.store, written)
        return (*warnings, *refused)

    def _write(
        self, dataset: Dataset, known: CurrentFiles, loaded: LoadResult | None, connection: "Connection", *, everything: bool
    ) -> tuple[CurrentFiles, tuple[str, ...]]:
        changes = changes_since(connection, dataset.schema, known.read_through or BEGINNING, known.loads)
        if everything or (known.read_through is None and changes) or any(change.is_undo for change in changes):
            years = years_held(connection, dataset.schema) | {int(year) for year in known.rows}
        else:
            years = self._changed_years(connection, dataset, known, changes, loaded.years if loaded else frozenset())
        rows, failures = dict(known.rows), dict[int, TickerhouseError]()
        for year in sorted(years):
            try:
                held = self._replace(connection, dataset, year)
            except TickerhouseError as error:
                failures[year] = error
                continue
            rows = {name: count for name, count in rows.items() if name != str(year)} | ({str(year): held} if held else {})
        if years:
            replaced = years - failures.keys()
            written_rows = sum(rows.get(str(year), 0) for year in replaced)
            logger.info(
                "%s: %s in the current files of lake/, files replaced: %d", dataset.name, counted(written_rows, "row"), len(replaced)
            )
        newest = max((change.finished_at for change in changes), default=known.read_through)
        of_it = tuple(change.load_id for change in changes if change.finished_at == newest)
        loads = (*known.loads, *of_it) if newest == known.read_through else of_it
        written = CurrentFiles(rows, newest, loads, tuple(sorted(failures)), known.registered)
        return written, tuple(
            f"The lake's file of {dataset.name} {year} was not replaced, and the next run does it: {error}"
            for year, error in sorted(failures.items())
        )

    def _changed_years(
        self, connection: "Connection", dataset: Dataset, known: CurrentFiles, changes: list[TableChange], own: frozenset[int]
    ) -> set[int]:
        """The years that lack a change: those of this run's load, of other loads and removals, and those that could not be written."""
        years = {*known.stale, *own}
        for change in changes:
            if change.removed_before is not None:
                years |= {int(year) for year in known.rows if int(year) <= change.removed_before.year}
        others = [change for change in changes if change.removed_before is None and not (own and change.run_id == self.run_id)]
        if others:
            years |= years_of_loads(connection, dataset.schema, others[0].finished_at, self.run_id if own else "")
        return years

    def _replace(self, connection: "Connection", dataset: Dataset, year: int) -> int:
        """Puts the rows of one year in the place of those before; how many there are."""
        folder, current = keys.snapshot_prefix(dataset.name, self.run_id, year), keys.current_key(dataset.name, year)
        rows = unload_year(connection, dataset.schema, year, self.store.uri(folder), self.settings.copy_role)
        if not rows:
            self.store.delete(current)
            return 0
        files = list(self.store.keys(folder))
        if len(files) != 1:
            raise CurrentFileUnfit(
                f"{dataset.schema.table} {year} became {len(files)} files under {self.store.uri(folder)}, not one.",
                "A year of more than 5 GB does not fit into one file: set TICKERHOUSE_LAKE_TABLE to off, and read the warehouse.",
                {"files": files},
            )
        self.store.copy(files[0], current)
        if not self.settings.lake_snapshot_days:
            self.store.delete(files[0])
        return rows

    def _registered(self, dataset: Dataset, written: CurrentFiles) -> tuple[CurrentFiles, tuple[str, ...]]:
        """Registers the table where the catalog does not know it as it is."""
        table = _catalog_table(dataset, written)
        digest = hashlib.sha256(f"{self.settings.lake_catalog} {table.columns} {table.years}".encode()).hexdigest()
        if not self.settings.lake_catalog or not table.years or digest == written.registered:
            return written, ()
        try:
            register(self.catalog_session(), self.settings.lake_catalog, self.store, table)
        except TickerhouseError as error:
            return written, (str(error),)
        return replace(written, registered=digest), ()


def _catalog_table(dataset: Dataset, written: CurrentFiles) -> CatalogTable:
    columns: Mapping[str, pa.DataType] = {**{column.name: column.arrow for column in dataset.schema.columns}, **_OF_THE_WAREHOUSE}
    years = tuple(sorted(int(year) for year in written.rows))
    return CatalogTable(dataset.name, f"The current rows of {dataset.schema.table}, a file a year.", columns, years)
