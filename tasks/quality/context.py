"""What a batch of bars is judged against, beside its suite."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np

DEFAULT_LIMIT = 0.05
"""The share of quarantined bars above which the gate closes, unless the settings say otherwise."""


@dataclass(frozen=True, eq=False)
class Context:
    """The facts from outside the batch; values only.

    Attributes:
        sessions: every session of the exchange as ``datetime64[D]``, oldest first (``tasks.sessions.session_days``).
        newest_session: the newest session that a bar may be of; what lies after it is the future.
        asked: the symbols that were asked for and answered. One without a bar is a warning, a bar of any other is quarantined.
        limit: the share of quarantined bars above which the gate closes.
        deferred: how many parsed bars were set apart before; where there are some, an empty batch is no failure.
    """

    sessions: "np.ndarray[tuple[int], np.dtype[np.datetime64]]"
    newest_session: date
    asked: Collection[str]
    limit: float = DEFAULT_LIMIT
    deferred: int = 0
