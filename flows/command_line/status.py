"""``tickerhouse status``: what each symbol holds, what runs and what comes next; reads the lake, and the warehouse on request."""

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flows.command_line.environment import looking, read_environment
from flows.command_line.progress import waiting
from tasks.errors import TickerhouseError
from tasks.health.status import EnvironmentStatus, FlowRun, LastRun, SymbolStatus, as_document, render_status
from tasks.orchestration.settings import Settings

if TYPE_CHECKING:
    from tasks.datasets import Dataset
    from tasks.lake.store import LakeStore
    from tasks.orchestration.clients import Clients
    from tasks.planning.watchlist import WatchlistEntry
    from tasks.records import SymbolCoverage

_FILES: Final = 12
"""Curated and quarantined files of a dataset that are looked at, the newest ones; a run writes one."""

_FILE_BYTES: Final = 64 << 20


def print_status(as_of: str, replay: Path | None, *, includes_warehouse: bool, as_json: bool) -> int:
    """Prints the status.

    Args:
        as_of: an ISO 8601 instant or a session's date; empty for now.
        replay: a folder of recorded answers whose source is meant.
        includes_warehouse: whether to contact the warehouse too, which wakes it.
        as_json: for machines.

    Returns:
        The exit status: 0 healthy, 3 behind, 1 broken.

    Raises:
        WrongUsage: a word of the command, a setting or the watchlist is invalid.
        TickerhouseError: the lake or the warehouse cannot be reached.
    """
    from tasks.orchestration.as_of import read_as_of

    now = datetime.now(UTC)
    moment = read_as_of(as_of, now, Settings.from_environment().settling) if as_of else now
    with waiting("status", "reading the lake"), looking(read_environment(replay)) as context:
        status = _Reader(context.settings, moment, has_prefect=context.has_prefect, includes_warehouse=includes_warehouse).read()
    print(json.dumps(as_document(status), indent=2) if as_json else render_status(status))
    return status.health.value


@dataclass(frozen=True)
class _Reader:
    settings: Settings
    moment: datetime
    has_prefect: bool
    includes_warehouse: bool

    def read(self) -> EnvironmentStatus:
        from tasks.orchestration.clients import Clients

        clients = Clients(self.settings)
        runs, prefect = self._runs()
        left, budget = self._budget(clients)
        return EnvironmentStatus(
            self.settings.environment,
            self.settings.source,
            self.moment,
            tuple(self._symbols(clients)),
            tuple(self._last_runs(clients.lake)),
            runs,
            prefect,
            # A stack that nobody keeps up has no schedule and runs nothing, which is no fault.
            is_prefect_expected=self.settings.stack == "aws",
            budget_left=left,
            budget=budget,
            includes_warehouse=self.includes_warehouse,
        )

    def _symbols(self, clients: "Clients") -> Iterator[SymbolStatus]:
        from tasks.datasets import DATASETS
        from tasks.orchestration import state
        from tasks.orchestration.watchlist import find_watchlist

        entries = find_watchlist(self.settings.watchlist, clients.bucket).entries
        lake = _Existing(clients.lake)
        newest = self._in_warehouse(clients) if self.includes_warehouse else {}
        for name, dataset in DATASETS.items():
            coverage = state.coverage(name).read(clients.lake) if lake.is_there else {}
            if not coverage and not dataset.is_primary:
                continue
            wanted = {symbol: held.last_session for symbol, held in coverage.items()}
            curated = _newest_curated(lake, dataset, wanted)
            quarantined = _quarantined(lake, name)
            chosen = [(entry.symbol, entry) for entry in entries] if "" not in coverage else [("", None)]
            for symbol, entry in chosen:
                held = coverage.get(symbol)
                row = SymbolStatus(
                    name,
                    symbol,
                    held.last_session if held else None,
                    curated.get(symbol),
                    newest.get((name, symbol)),
                    held.observed_at.astimezone(UTC) if held else None,
                    quarantined=quarantined[symbol],
                )
                yield self._by_session(row, held, entry) if dataset.is_primary and entry else row

    def _by_session(self, row: SymbolStatus, held: "SymbolCoverage | None", entry: "WatchlistEntry") -> SymbolStatus:
        from tasks import sessions
        from tasks.alerting.deduplication import NEW_YORK

        settings = self.settings
        due = sessions.last_final_session(self.moment, settings.settling, entry.exchange)
        behind = sessions.sessions_missed(held.last_session, due, self.moment, entry.exchange) if held else settings.sessions_allowed + 1
        deadline = datetime.combine(due, time.fromisoformat(settings.done_by), NEW_YORK)
        inside = sum(len(sessions.sessions_between(*gap, entry.exchange)) for gap in held.gaps) if held else 0
        following = sessions.session_closes(due + timedelta(days=1), due + timedelta(days=20), entry.exchange)
        return replace(
            row,
            due=due,
            behind=behind,
            is_late=behind > settings.sessions_allowed or (behind > 0 and self.moment > deadline),
            missing_inside=inside,
            next_due=min(following.values()) + settings.settling if following else None,
        )

    def _in_warehouse(self, clients: "Clients") -> dict[tuple[str, str], date]:
        from tasks.datasets import DATASETS
        from tasks.warehouse.execution import fetch
        from tasks.warehouse.statements import statement

        found = {}
        with closing(clients.console()) as connection:
            for name, dataset in DATASETS.items():
                for symbol, newest in fetch(
                    connection, statement("status", "newest", date=_date_column(dataset), table=dataset.schema.table)
                ):
                    found[name, symbol] = newest
        return found

    def _last_runs(self, lake: "LakeStore") -> Iterator[LastRun]:
        from flows.plans import FLOW_PLANS
        from tasks.orchestration import state

        for flow in (*FLOW_PLANS, "backfill"):
            past = state.history(flow).read(lake) if _Existing(lake).is_there else ()
            if past:
                yield LastRun(flow, past[-1].run_id, past[-1].status, past[-1].finished_at.astimezone(UTC))

    def _budget(self, clients: "Clients") -> tuple[int | None, str]:
        from tasks.alpha_vantage.api_plans import PLANS
        from tasks.alpha_vantage.scrub import key_fingerprint
        from tasks.orchestration import state
        from tasks.orchestration.clients import KeyMissing
        from tasks.planning.budget import EMPTY_LEDGER, budget_text, calls_left

        profile, now = PLANS[self.settings.plan], datetime.now(UTC)
        try:
            fingerprint = key_fingerprint(clients.api_key)
        except KeyMissing:
            return None, "unknown: there is no key here"
        ledger = state.ledger(fingerprint).read(clients.raw) if _Existing(clients.raw).is_there else EMPTY_LEDGER
        left = calls_left(profile, ledger, now)
        return left, f"{budget_text(profile, left, now)} (plan {profile.name})"

    def _runs(self) -> tuple[tuple[FlowRun, ...], str]:
        if not self.has_prefect:
            return (), "nothing: no Prefect server runs (tickerhouse up)"
        # Prefect reads its settings when it is imported, and those are known only now.
        from flows.command_line.prefect_runs import read_runs

        try:
            return tuple(read_runs(self.settings, datetime.now(UTC))), ""
        except TickerhouseError as error:
            return (), error.fact


class _Existing:
    """A lake that may not have been made yet: it then holds nothing."""

    def __init__(self, store: "LakeStore") -> None:
        self._store = store

    @property
    def is_there(self) -> bool:
        from tasks.lake.errors import BucketMissing

        try:
            self._store.check()
        except BucketMissing:
            return False
        return True

    def newest(self, prefix: str) -> Iterator[bytes]:
        """The newest files of runs under a prefix, newest first; their ids sort by time. Very large ones are passed over."""
        from tasks.lake.keys import is_trial

        keys = sorted((key for key in self._store.keys(prefix) if not is_trial(key)), reverse=True) if self.is_there else []
        for key in keys[:_FILES]:
            if self._store.size(key) <= _FILE_BYTES:
                yield self._store.get(key)


def _newest_curated(lake: _Existing, dataset: "Dataset", wanted: Mapping[str, date]) -> dict[str, date]:
    """By symbol the newest date in the curated files; looks no further once every symbol has what was received of it."""
    import pyarrow.parquet as pq

    column, found = _date_column(dataset), dict[str, date]()
    for body in lake.newest(f"curated/{dataset.name}/"):
        table = pq.read_table(io.BytesIO(body), columns=["symbol", column])
        for symbol, newest in zip(*table.group_by("symbol").aggregate([(column, "max")]).to_pydict().values(), strict=True):
            found[symbol] = max(found.get(symbol, newest), newest)
        if all(found.get(symbol, date.min) >= newest for symbol, newest in wanted.items()):
            break
    return found


def _quarantined(lake: _Existing, dataset: str) -> Counter[str]:
    import pyarrow.parquet as pq

    found: Counter[str] = Counter()
    for body in lake.newest(f"quarantine/{dataset}/"):
        found.update(map(str, pq.read_table(io.BytesIO(body), columns=["symbol"]).column("symbol").to_pylist()))
    return found


def _date_column(dataset: "Dataset") -> str:
    return next(column.name for column in dataset.schema.columns if column.redshift == "date")
