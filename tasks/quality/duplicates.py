"""Bars that were delivered more than once, letter for letter."""

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.quality.derived import Flags, codes

IDENTITY: Final = ("symbol", "session_text", "open_text", "high_text", "low_text", "close_text", "volume_text")
"""The strings that make two delivered bars the same."""


def repeated_bars(bars: pa.Table) -> Flags:
    """Marks every bar that an equal one stands for: of equal bars the newest observation stays, among equally new ones the first.

    Two bars of one session that differ in any string are both left in. Where they come from different observations the newer one wins
    later (``tasks/curation``); where they come from the same, uniqueness is violated and the suite says so.

    Args:
        bars: rows of ``PARSED_DAILY_PRICES``.

    Returns:
        One flag a row, true where the row is to be counted and left out.
    """
    repeated = np.zeros(bars.num_rows, dtype=np.bool_)
    symbol, _ = codes(bars.column("symbol"))
    session, sessions = codes(bars.column("session_text"))
    # One pass over integers finds the few rows whose strings are worth comparing.
    candidates = np.flatnonzero(pd.Series(symbol * (len(sessions) + 1) + session).duplicated(keep=False).to_numpy())
    if len(candidates):
        texts = bars.select([*IDENTITY, "observed_at"]).take(candidates).to_pandas()
        newest_first = texts.sort_values("observed_at", ascending=False, kind="stable")
        again = newest_first.duplicated(list(IDENTITY), keep="first")
        repeated[candidates[again.index[again.to_numpy()].to_numpy()]] = True
    return repeated
