"""The run context passed to every step: id, settings, clock and clients."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from prefect.runtime import flow_run

from tasks.lake.keys import make_run_id
from tasks.lake.store import LakeStore
from tasks.orchestration.as_of import check_as_of
from tasks.orchestration.clients import Clients
from tasks.orchestration.settings import Settings

if TYPE_CHECKING:
    from redshift_connector import Connection


class Stopwatch:
    """Wall time by step, and which step is being taken."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.step = ""
        self._lock = threading.Lock()
        self._since: dict[str, tuple[int, float]] = {}

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        """Adds the time inside to the step's; a step taken several times adds up, and batches side by side count once."""
        with self._lock:
            self.step = step
            at_once, begun = self._since.get(step, (0, time.perf_counter()))
            self._since[step] = (at_once + 1, begun)
        try:
            yield
        finally:
            with self._lock:
                at_once, begun = self._since.pop(step)
                if at_once > 1:
                    self._since[step] = (at_once - 1, begun)
                else:
                    self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - begun


@dataclass(frozen=True)
class Run:
    """One run of one flow. It stays in its process: it holds open clients and is never pickled.

    Attributes:
        run_id: names everything the run writes.
        flow: the flow's name.
        settings: the settings in force.
        as_of: the moment it speaks for, UTC; sessions not final then are deferred.
        started_at: when it began, UTC.
        clients: what it reaches outside of its process.
        flow_run_url: the run in the Prefect UI, empty where there is none.
        stopwatch: how long each step took.
    """

    run_id: str
    flow: str
    settings: Settings
    as_of: datetime
    started_at: datetime
    clients: Clients
    flow_run_url: str = ""
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    def __reduce__(self) -> NoReturn:
        """A run holds connections and credentials, which belong to its process."""
        raise TypeError("a run is never pickled; hand on values")

    @property
    def raw(self) -> LakeStore:
        """The lake with the rights of the ingest role; see :class:`tasks.orchestration.clients.Clients`."""
        return self.clients.raw

    @property
    def lake(self) -> LakeStore:
        """The lake with the rights of the load role."""
        return self.clients.lake

    def warehouse(self) -> "Connection":
        """Opens a fresh connection to the warehouse, so that a retry never inherits a broken one; the caller closes it."""
        return self.clients.warehouse()

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock of observations: the wall clock, but ``as_of`` where recorded answers are replayed."""
        return (lambda: self.as_of) if self.settings.source.startswith("replay-") else utc_now


def start_run(flow: str, as_of: datetime | None) -> Run:
    """Reads settings and clock once, for a flow that begins.

    Args:
        flow: the flow's name.
        as_of: an aware instant not in the future, or None for now.

    Raises:
        WrongUsage: ``as_of`` has no time zone or lies in the future, or a setting is invalid.
    """
    _enable_step_logging()
    started_at, settings = utc_now(), Settings.from_environment()
    return Run(
        run_id=make_run_id(started_at, (flow_run.id or "00000000")[:8]),
        flow=flow,
        settings=settings,
        as_of=check_as_of(as_of or started_at, started_at),
        started_at=started_at,
        clients=Clients(settings),
        flow_run_url=flow_run.ui_url or "",
    )


def command_run(flow: str, settings: Settings) -> Run:
    """A command that reads and writes as a run does, without a flow; it has a name of its own.

    Args:
        flow: what the command does.
        settings: the settings in force.
    """
    began = utc_now()
    return Run(make_run_id(began, secrets.token_hex(4)), flow, settings, began, began, Clients(settings))


def _enable_step_logging() -> None:
    # A worker sets no level for our loggers, and the root's would let nothing but warnings through to the run's log.
    ours = logging.getLogger("tickerhouse")
    if ours.level == logging.NOTSET:
        ours.setLevel(logging.INFO)


def utc_now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)
