"""The temporary tables of a load, an undo or a removal of old bars.

Each of them has a session of its own, which alone sees them; their names are the same every time, so that the warehouse gets the same
statements again and need not compile them anew.
"""

from typing import Final

STAGE: Final = "load_stage"
"""What COPY read."""

DELTA: Final = "load_delta"
"""The rows that are new or changed."""

SYMBOLS: Final = "load_symbols"
"""The symbols of which anything derived may change."""

TOUCHED: Final = "load_touched"
"""The bars that marts depend on and that changed."""

FOLLOWING: Final = "load_following"
"""Of the touched bars, those that only follow what is stored."""

REWRITTEN: Final = "load_rewritten"
"""Of the touched bars, the others."""


def stage_of_mart(mart: str) -> str:
    """The temporary table of a mart's rows before they are merged."""
    return f"load_{mart}"
