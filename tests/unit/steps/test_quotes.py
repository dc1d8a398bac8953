"""Which session a quote may be of: the one that has begun where its exchange is, whatever the date elsewhere."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from tasks.datasets import QUOTES
from tasks.lake.captures import store_capture
from tasks.lake.store import LakeStore
from tasks.orchestration.clients import Clients
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.parse import parse_captures
from tasks.records import Answer, Call, Observation
from tasks.sessions import SessionClock
from tasks.validate import validate_rows

RUN_ID = "20260110T220000Z-1a2b3c4d"

SUNDAY_NIGHT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
"""Half past ten on Monday morning in Sydney."""
SUNDAY_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FRIDAY_NIGHT = datetime(2026, 11, 21, 1, tzinfo=UTC)
"""Eight o'clock on Friday evening in New York."""
TUESDAY = datetime(2026, 11, 24, 1, tzinfo=UTC)
FUTURE = {"session lies in the future": 1}


def _answered(store: LakeStore, symbol: str, session: str, moment: datetime) -> Observation:
    texts = [symbol, "10.0", "10.5", "9.5", "10.1", "7", session, "10.0", "0.1", "1.0%"]
    names = ("symbol", "open", "high", "low", "price", "volume", "latest trading day", "previous close", "change", "change percent")
    quote = {f"{place:02}. {name}": text for place, (name, text) in enumerate(zip(names, texts, strict=True), 1)}
    call = Call("GLOBAL_QUOTE", symbol)
    capture = store_capture(store, Answer(call, json.dumps({"Global Quote": quote}).encode(), 200, "application/json", moment), {})
    return Observation(call, capture, moment, 200, "application/json", 1, RUN_ID)


@pytest.mark.parametrize(
    ("symbol", "session", "moment", "quarantined"),
    [
        ("BHP.ASX", "2026-11-23", SUNDAY_NIGHT, {}),
        ("BHP.ASX", "2026-11-20", SUNDAY_NIGHT, {}),
        ("BHP.ASX", "2026-11-23", SUNDAY_NOON, FUTURE),
        ("IBM", "2026-11-23", SUNDAY_NIGHT, FUTURE),
        ("IBM", "2026-11-20", FRIDAY_NIGHT, {}),
        ("IBM", "2026-11-24", TUESDAY, FUTURE),
        ("TEVA.TLV", "2026-11-20", FRIDAY_NIGHT, {}),
    ],
)
def test_a_quote_is_of_the_session_of_its_own_exchange(
    store: LakeStore, symbol: str, session: str, moment: datetime, quarantined: dict[str, int]
) -> None:
    run = Run(RUN_ID, "quotes", Settings(), moment, moment, cast("Clients", SimpleNamespace(raw=store, lake=store)))
    clock = SessionClock(moment, timedelta(hours=4))
    parsed = parse_captures(run, QUOTES, (_answered(store, symbol, session, moment),), clock)
    assert validate_rows(run, QUOTES, parsed).reason_counts == quarantined
