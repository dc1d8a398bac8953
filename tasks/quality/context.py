"""The facts from outside a batch that validation needs: calendars, requested symbols, thresholds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

DEFAULT_LIMIT: Final = 0.05
"""The share of quarantined rows above which the gate closes, unless the settings say otherwise."""

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Thresholds:
    """What is usual on one exchange (``expectations/exchanges.json``); what is beyond is a warning.

    Attributes:
        smallest_volume: the smallest volume of a session that is no surprise.
        largest_change: how many times the close before a close is, or the other way round, so that it is told; above the splits that are
            common, and below a switch between pence and pounds.
        largest_spike: how many times both its neighbours a close may be, or the other way round; no split comes back the next session.
    """

    smallest_volume: int = 1
    largest_change: float = 25.0
    largest_spike: float = 4.0


@dataclass(frozen=True)
class Origin:
    """The run that a batch belongs to, for the page; empty where that is not known.

    Attributes:
        flow: the flow's name.
        environment: ``dev``, ``prod`` and so on.
        source: what answered the calls.
        flow_run_url: the run in the Prefect UI.
    """

    flow: str = ""
    environment: str = ""
    source: str = ""
    flow_run_url: str = ""


@dataclass(frozen=True, eq=False)
class Market:
    """An exchange, by which the rows of its symbols are validated.

    Attributes:
        sessions: every session as ``datetime64[D]``, oldest first (``tasks.sessions.session_days``).
        newest_session: the newest session that a bar may be of; what lies after it is the future.
        thresholds: what is usual there.
    """

    sessions: Days
    newest_session: date
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, eq=False)
class Context:
    """The facts from outside the batch; values only.

    Attributes:
        market: of every symbol that is not elsewhere.
        requested: the symbols that were requested and answered. One without a bar is a warning, a bar of any other is quarantined.
        limit: the share of quarantined rows above which the gate closes.
        deferred: how many parsed rows were set apart before; where there are some, an empty batch is no failure.
        elsewhere: the market of every symbol of another exchange.
        due: the session that is due, per symbol; a symbol without a bar of it is told.
        least_rows: how many quarantined rows it takes at least to close the gate.
        rows_before: how many bars the capture before had that was asked for in the same way, per symbol; fewer are told.
        origin: the run, for the page.
    """

    market: Market
    requested: Collection[str]
    limit: float = DEFAULT_LIMIT
    deferred: int = 0
    elsewhere: Mapping[str, Market] = field(default_factory=dict)
    due: Mapping[str, date] = field(default_factory=dict)
    rows_before: Mapping[str, int] = field(default_factory=dict)
    least_rows: int = 1
    origin: Origin = Origin()
