"""Each state document, against the text that the release before wrote; what is written now is what that release reads."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tasks.alerting.deduplication import SentAlert, Silence
from tasks.lake.errors import DocumentUnreadable
from tasks.lake.json_documents import put_json
from tasks.lake.state import StateDocument
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.planning.budget import EMPTY_LEDGER, Ledger
from tasks.planning.capabilities import Capability
from tasks.planning.price_jumps import PriceJump
from tasks.quality.report_index import IndexEntry
from tasks.records import Status, SymbolCoverage
from tasks.summary.changes import PastRun
from tasks.warehouse.rebuild import PastLoad

TEXT = "2026-11-20T21:30:05.123456+00:00"
AT = datetime(2026, 11, 20, 21, 30, 5, 123456, tzinfo=UTC)
RUN = "20261119T213000Z-1a2b3c4d"
NEXT_RUN = "20261120T213000Z-1a2b3c4d"
FINGERPRINT = "0123456789ab"
FOLDER = "raw/alpha_vantage/time_series_daily/year=2026/month=11/day=20"
F, ZERO = "f" * 64, "0" * 64
HELD = {"ranges": [["1999-11-01", "2026-11-19"]], "observed_at": TEXT}
MANIFEST = f"s3://lake/manifests/daily_prices/{RUN}.json"
DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Stored:
    """A document, where it is stored, what stands there, and what that means."""

    document: StateDocument[Any]
    key: str
    text: dict[str, Any]
    value: object


DOCUMENTS = {
    "coverage": Stored(
        state.coverage("daily_prices"),
        "state/coverage/daily_prices.json",
        {
            "version": 2,
            "dataset": "daily_prices",
            "symbols": {
                "AAPL": HELD
                | {
                    "captures": [f"{FOLDER}/AAPL-{F}.json.gz", f"{FOLDER}/AAPL-{ZERO}.json.gz"],
                    "full_history_at": TEXT,
                    "ranges": [["1999-11-01", "2026-11-02"], ["2026-11-06", "2026-11-19"]],
                },
                "NA": HELD | {"captures": [], "full_history_at": None},
            },
        },
        {
            "AAPL": SymbolCoverage(
                date(1999, 11, 1),
                date(2026, 11, 19),
                AT,
                AT,
                {F: f"{FOLDER}/AAPL-{F}.json.gz", ZERO: f"{FOLDER}/AAPL-{ZERO}.json.gz"},
                ((date(2026, 11, 3), date(2026, 11, 5)),),
            ),
            "NA": SymbolCoverage(date(1999, 11, 1), date(2026, 11, 19), AT),
        },
    ),
    "capture sizes": Stored(
        state.capture_sizes("daily_prices"),
        "state/capture_sizes/daily_prices.json",
        {"version": 1, "bars": {"AAPL": {"compact": 100, "full": 6808}}},
        {"AAPL": {"compact": 100, "full": 6808}},
    ),
    "price jumps": Stored(
        state.price_jumps("daily_prices"),
        "state/moves/daily_prices.json",
        {"version": 1, "moves": {"AAPL": {"session": "2026-11-19", "ratio": 0.5, "seen_at": TEXT}}},
        {"AAPL": PriceJump(date(2026, 11, 19), 0.5, AT)},
    ),
    "ledger": Stored(
        state.ledger(FINGERPRINT),
        "state/budget/0123456789ab.json",
        {
            "version": 1,
            "ledger": {
                "version": 1,
                "utc": {"2026-11-20": 5},
                "new_york": {"2026-11-20": 5},
                "exhausted_until": "2026-11-21T05:00:00+00:00",
                "by_share": {"backfill": {"2026-11-20": 2}, "daily": {"2026-11-20": 3}},
            },
        },
        Ledger({DAY: 5}, {DAY: 5}, datetime(2026, 11, 21, 5, tzinfo=UTC), {"backfill": {DAY: 2}, "daily": {DAY: 3}}),
    ),
    "capabilities": Stored(
        state.capabilities(FINGERPRINT),
        "state/capabilities/0123456789ab.json",
        {
            "version": 1,
            "capabilities": {
                "SPLITS": {"may": True, "learnt_at": TEXT, "learnt_from": "data"},
                "TIME_SERIES_DAILY outputsize=full": {"may": False, "learnt_at": TEXT, "learnt_from": "PremiumOutputSize"},
            },
        },
        {"SPLITS": Capability(True, AT, "data"), "TIME_SERIES_DAILY outputsize=full": Capability(False, AT, "PremiumOutputSize")},
    ),
    "sent alerts": Stored(
        state.sent_alerts("daily_prices"),
        "state/alerts/said/daily_prices.json",
        {
            "version": 1,
            "said": [{"name": "run-failed", "cause": "Broken in load", "title": "The run failed é", "first": TEXT, "last": TEXT}],
        },
        (SentAlert("run-failed", "Broken in load", "The run failed é", AT, AT),),
    ),
    "silences": Stored(
        state.silences(),
        "state/alerts/silences.json",
        {"version": 1, "silences": [{"alert": "late", "until": TEXT, "reason": "the source is down"}]},
        (Silence("late", AT, "the source is down"),),
    ),
    "history": Stored(
        state.history("daily_prices"),
        "state/history/daily_prices.json",
        {
            "version": 1,
            "runs": [
                {
                    "run_id": RUN,
                    "status": "CompletedWithWarnings",
                    "finished_at": TEXT,
                    "session": "2026-11-19",
                    "symbol_count": 5,
                    "missing": ["NVDA"],
                    "reasons": ["high is below low"],
                    "calls_planned": 5,
                    "seconds": {"plan": 1.25, "load": 2.0},
                }
            ],
        },
        (
            PastRun(
                RUN,
                Status.COMPLETED_WITH_WARNINGS,
                AT,
                "2026-11-19",
                5,
                ("NVDA",),
                ("high is below low",),
                5,
                {"plan": 1.25, "load": 2.0},
            ),
        ),
    ),
    "verdicts": Stored(
        state.verdicts(),
        "state/verdicts/latest.json",
        {
            "version": 1,
            "runs": [
                {
                    "run_id": RUN,
                    "suite": "daily_prices",
                    "judged_at": TEXT,
                    "is_open": True,
                    "rows": 600,
                    "quarantined": 3,
                    "rate": 0.005,
                    "reasons": ["high is below low"],
                    "wholly_quarantined": 0,
                }
            ],
        },
        (IndexEntry(RUN, "daily_prices", TEXT, True, 600, 3, 0.005, ("high is below low",), 0),),
    ),
    "rebuild": Stored(
        state.rebuild_loads(),
        "state/rebuild/loads.json",
        {
            "version": 1,
            "loads": [
                {"dataset": "daily_prices", "run_id": RUN, "manifest_uri": MANIFEST, "rows": 600, "removed_before": None},
                {"dataset": "retention", "run_id": NEXT_RUN, "manifest_uri": "", "rows": 0, "removed_before": "2020-01-02"},
            ],
        },
        (PastLoad("daily_prices", RUN, MANIFEST, 600), PastLoad("retention", NEXT_RUN, "", 0, date(2020, 1, 2))),
    ),
}


@pytest.mark.parametrize("stored", DOCUMENTS.values(), ids=DOCUMENTS)
def test_an_old_document_is_read_and_written_as_it_was(store: LakeStore, stored: Stored) -> None:
    put_json(store, stored.key, stored.text)
    before = store.get(stored.key)
    read = stored.document.read(store)
    assert read == stored.value
    store.delete(stored.key)
    stored.document.write(store, read)
    assert store.get(stored.key) == before


@pytest.mark.parametrize("stored", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_damaged_document_names_its_key_and_what_to_do(store: LakeStore, stored: Stored) -> None:
    damages: tuple[object, ...] = ("soon", [{}], {"AAPL": None}, None)
    for damaged in damages:
        put_json(store, stored.key, {"version": 1, stored.document.member: damaged})
        if stored.document.is_disposable:
            assert stored.document.read(store) == stored.document.empty()
            continue
        with pytest.raises(DocumentUnreadable) as caught:
            stored.document.read(store)
        assert caught.value.fact.startswith(f"s3://lake/{stored.key} is not a valid {stored.document.what} ({stored.document.member}")
        assert "ove it away" in caught.value.way_out


def test_coverage_keeps_the_order_of_captures(store: LakeStore) -> None:
    put_json(store, DOCUMENTS["coverage"].key, DOCUMENTS["coverage"].text)
    assert list(state.coverage("daily_prices").read(store)["AAPL"].captures) == [F, ZERO]


def test_instants_are_read_in_utc_and_never_without_a_zone(store: LakeStore) -> None:
    silence = {"alert": "late", "reason": "", "until": "2026-11-20T16:30:05.123456-05:00"}
    put_json(store, "state/alerts/silences.json", {"version": 1, "silences": [silence]})
    (read,) = state.silences().read(store)
    assert (read.until, read.until.tzinfo) == (AT, UTC)
    put_json(store, "state/alerts/silences.json", {"version": 1, "silences": [silence | {"until": "2026-11-20T16:30:05"}]})
    with pytest.raises(DocumentUnreadable, match=r"silences\.0\.until"):
        state.silences().read(store)


FORMER: dict[str, Any] = {
    "first_session": "1999-11-01",
    "last_session": "2026-11-19",
    "observed_at": TEXT,
    "captures": [],
    "full_history_at": None,
}


@pytest.mark.parametrize(
    ("former", "gaps"),
    [
        ({}, ()),
        ({"gap": None}, ()),
        ({"gap": ["2026-11-03", "2026-11-05"]}, ((date(2026, 11, 3), date(2026, 11, 5)),)),
    ],
)
def test_coverage_with_one_gap_or_none_is_read_as_ranges(store: LakeStore, former: dict[str, Any], gaps: object) -> None:
    """Version 1 named first and last session, and later one gap."""
    put_json(store, "state/coverage/splits.json", {"version": 1, "symbols": {"AAPL": FORMER | former}})
    read = state.coverage("splits").read(store)["AAPL"]
    assert (read.first_session, read.last_session, read.gaps) == (date(1999, 11, 1), date(2026, 11, 19), gaps)


@pytest.mark.parametrize(
    "entry",
    [
        HELD | {"captures": ["runs/x.json"]},
        HELD | {"captures": "raw"},
        HELD | {"captures": [], "observed_at": 1_763_674_205},
        HELD | {"captures": [], "ranges": [["2026-11-03"]]},
        {"captures": []},
        [],
    ],
)
def test_what_is_no_coverage_is_refused(store: LakeStore, entry: object) -> None:
    put_json(store, "state/coverage/daily_prices.json", {"version": 1, "symbols": {"AAPL": entry}})
    with pytest.raises(DocumentUnreadable, match="is not a valid coverage"):
        state.coverage("daily_prices").read(store)


def test_a_ledger_of_before_there_were_shares_is_read(store: LakeStore) -> None:
    old = {"version": 1, "utc": {"2026-11-20": 3}, "new_york": {"2026-11-20": 3}, "exhausted_until": None}
    put_json(store, "state/budget/0123456789ab.json", {"version": 1, "ledger": old})
    assert state.ledger(FINGERPRINT).read(store) == Ledger({DAY: 3}, {DAY: 3})


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"utc": []},
        {"utc": None},
        {"utc": {"2026-11-20": -1}},
        {"utc": {"2026-11-20": True}},
        {"utc": {"2026-11-20": 1.0}},
        {"utc": {"today": 1}},
        {"by_share": {"daily": {"2026-11-20": -1}}},
        {"exhausted_until": "soon"},
    ],
)
def test_a_damaged_ledger_is_never_taken_for_an_empty_one(store: LakeStore, change: dict[str, Any]) -> None:
    whole = DOCUMENTS["ledger"].text["ledger"]
    for damaged in (whole | change, {name: value for name, value in whole.items() if name not in {"utc", "by_share"}}, {}):
        put_json(store, "state/budget/0123456789ab.json", {"version": 1, "ledger": damaged})
        with pytest.raises(DocumentUnreadable, match=r"state/budget/0123456789ab\.json is not a valid ledger of calls"):
            state.ledger(FINGERPRINT).read(store)


def test_a_key_that_was_never_used_has_an_empty_ledger(store: LakeStore) -> None:
    assert state.ledger(FINGERPRINT).read(store) == EMPTY_LEDGER


def test_a_rebuild_that_the_release_before_began_is_taken_up(store: LakeStore) -> None:
    first, second = DOCUMENTS["rebuild"].text["loads"]
    put_json(store, "state/rebuild/loads.json", {"loads": [first | {"removed_before": ""}, second]})
    assert state.rebuild_loads().read(store) == DOCUMENTS["rebuild"].value


def test_coverage_survives_two_writers(store: LakeStore) -> None:
    coverage, held = state.coverage("splits"), SymbolCoverage(DAY, DAY, AT)

    def interrupted(before: dict[str, SymbolCoverage]) -> dict[str, SymbolCoverage]:
        if "MSFT" not in before:
            coverage.change(store, lambda stored: stored | {"MSFT": held})
        return before | {"AAPL": replace(held, full_history_at=AT)}

    coverage.change(store, interrupted)
    assert coverage.read(store) == {"MSFT": held, "AAPL": replace(held, full_history_at=AT)}
