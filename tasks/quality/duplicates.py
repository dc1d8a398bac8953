"""Rows that were delivered more than once, letter for letter."""

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.quality.columns import Flags, codes
from tasks.quality.judged import Judged


def repeated_rows(rows: pa.Table, judged: Judged) -> Flags:
    """Marks every row that an equal one stands for: of equal rows the newest observation stays, among equally new ones the first.

    Two rows of one session that differ in any string are both left in. Where they come from different observations the newer one wins
    later (``tasks/curation``); where they come from the same, uniqueness is violated and the suite says so.

    Args:
        rows: as the parser gives them.
        judged: what they are.

    Returns:
        One flag a row, true where the row is to be counted and left out.
    """
    repeated = np.zeros(rows.num_rows, dtype=np.bool_)
    symbol, _ = codes(rows.column("symbol"))
    session, sessions = codes(rows.column(judged.session))
    # One pass over integers finds the few rows whose strings are worth comparing.
    candidates = np.flatnonzero(pd.Series(symbol * (len(sessions) + 1) + session).duplicated(keep=False).to_numpy())
    if len(candidates):
        texts = rows.select([*judged.texts, "observed_at"]).take(candidates).to_pandas()
        newest_first = texts.sort_values("observed_at", ascending=False, kind="stable")
        again = newest_first.duplicated(list(judged.texts), keep="first")
        repeated[candidates[again.index[again.to_numpy()].to_numpy()]] = True
    return repeated
