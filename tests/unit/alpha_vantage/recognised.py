"""What kind of refusal an answer is, as tests compare it."""

from typing import Final

from tasks.alpha_vantage.classify import recognise
from tasks.records import Call

DAILY: Final = Call("TIME_SERIES_DAILY", "IBM", {"outputsize": "compact"})
DAILY_CSV: Final = Call("TIME_SERIES_DAILY", "IBM", {"datatype": "csv"})
LISTING: Final = Call("LISTING_STATUS", options={"state": "active"})


def name_and_scope(body: bytes | str, status: int = 200, content_type: str = "application/json", call: Call = DAILY) -> tuple[str, str]:
    refusal = recognise(call, status, content_type, body.encode() if isinstance(body, str) else body)
    assert refusal is not None
    return type(refusal).__name__, str(refusal.scope)
