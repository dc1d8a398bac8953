"""One damaged small document of the lake costs what it says, by name, and never a rebuild, a recovery, an undo or a report."""

import json
import logging
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from flows.command_line.report import _summary
from tasks import rebuild, recover, undo
from tasks.datasets import DAILY_PRICES
from tasks.lake.errors import DocumentUnreadable
from tasks.lake.json_documents import put_json
from tasks.lake.keys import manifest_key, run_key
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.lake.store import LakeStore
from tasks.orchestration.past_loads import loads_of_the_lake
from tasks.records import Manifest
from tasks.warehouse.rebuild import PastLoad
from tasks.warehouse.replaced_series import RELEASE
from tasks.warehouse.undo import UNDO, Record, UndoableLoad

RUN = "20261120T020000Z-1a2b3c4d"
UNDONE = "20261121T020000Z-1a2b3c4d"
SUMMARIES = (b'{"run', b"[]", b'{"datasets": null}', b'{"datasets": [{}]}', b'{"datasets": [5]}', b'{"rows": null}')
RECORDS = (b'{"dataset', b"{}", b'{"dataset": [], "manifest": "x"}', b'{"dataset": "daily_prices", "manifest": null}')


@pytest.fixture
def loaded(store: LakeStore) -> Manifest:
    return write_manifest(store, write_curated_file(store, "daily_prices", b"PAR1", 3, RUN))


@pytest.mark.parametrize("damage", SUMMARIES)
def test_what_a_run_with_a_damaged_summary_left_is_a_load(
    store: LakeStore, loaded: Manifest, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store.put(run_key(RUN), damage)
    assert loads_of_the_lake(store, ()) == [PastLoad("daily_prices", RUN, loaded.uri, 3)]
    assert f"s3://lake/runs/{RUN}.json" in caplog.text


@pytest.mark.parametrize("damage", [*SUMMARIES, b'{"as_of": 5}', b'{"as_of": "soon"}', b'{"as_of": "2026-11-20T02:00:00"}'])
def test_a_rebuild_takes_the_kept_file_where_a_summary_is_damaged(
    store: LakeStore, damage: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answered: Any = SimpleNamespace(call=SimpleNamespace(function=DAILY_PRICES.function))
    monkeypatch.setattr(rebuild, "read_whole_observations", lambda *_: ([answered], []))
    monkeypatch.setattr(rebuild, "replace", lambda run, **_: run)
    store.put(run_key(RUN), damage)
    run: Any = SimpleNamespace(raw=store)
    assert rebuild._rebuilt_file(run, PastLoad("daily_prices", RUN, "", 3), {}) is None
    assert f"daily_prices of {RUN} cannot be rebuilt: s3://lake/runs/{RUN}.json" in caplog.text


@pytest.mark.parametrize("damage", [*SUMMARIES, b"{}"])
def test_a_report_names_the_damaged_summary(store: LakeStore, damage: bytes) -> None:
    store.put(run_key(RUN), damage)
    with pytest.raises(DocumentUnreadable, match=rf"^s3://lake/runs/{RUN}\.json .*\.$") as caught:
        _summary(store, RUN)
    assert "\n" not in str(caught.value)


def _undo(store: LakeStore, manifest: Manifest, run_id: str) -> PastLoad:
    uri = put_json(store, manifest_key(UNDO, run_id), {"dataset": "daily_prices", "manifest": manifest.uri})
    return PastLoad(UNDO, run_id, uri, 0)


@pytest.mark.parametrize("damage", [*RECORDS, None])
def test_undos_that_cannot_be_repeated_are_told_apart_beforehand(store: LakeStore, loaded: Manifest, damage: bytes | None) -> None:
    """Damaged or missing records; the others are whole."""
    whole, lost = (_undo(store, loaded, run_id) for run_id in (UNDONE, "20261122T020000Z-1a2b3c4d"))
    store.delete(manifest_key(UNDO, lost.run_id))
    if damage is not None:
        store.put(manifest_key(UNDO, lost.run_id), damage)
    run: Any = SimpleNamespace(lake=store)
    undos, told = rebuild._undos(run, [PastLoad("daily_prices", RUN, loaded.uri, 3), whole, lost])
    assert {run_id: (each.manifest, each.record.uri) for run_id, each in undos.items()} == {UNDONE: (loaded, whole.manifest_uri)}
    assert list(told) == [lost.run_id]
    assert lost.run_id in told[lost.run_id]


def test_what_people_did_while_a_rebuild_ran_is_repeated_by_it(
    store: LakeStore, loaded: Manifest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A release and an undo, beside an undo whose record is lost, the load that was listed, and a run that waits for its lock."""
    released = write_manifest(store, write_curated_file(store, "daily_prices", b"PAR1", 1, f"{RELEASE}0a"))
    write_manifest(store, write_curated_file(store, "daily_prices", b"PAR1", 3, "20261123T020000Z-1a2b3c4d"))
    whole, lost = (_undo(store, loaded, run_id) for run_id in (UNDONE, "20261122T020000Z-1a2b3c4d"))
    store.put(manifest_key(UNDO, lost.run_id), b"{")
    repeated: dict[str, Any] = {}

    def repeat(_: object, past: PastLoad, what: object, __: object) -> tuple[str, ...]:
        repeated[past.run_id] = what
        return ()

    monkeypatch.setattr(rebuild, "_repeat", repeat)
    monkeypatch.setattr(rebuild, "kept_manifest", lambda *_: released)
    run: Any = SimpleNamespace(lake=store)
    with caplog.at_level(logging.INFO, logger="tickerhouse"):
        (note,) = rebuild._repeat_what_came(run, [PastLoad("daily_prices", RUN, loaded.uri, 3)], {})
    assert note.startswith(f"{lost.run_id} is not repeated")
    assert sorted(line.split()[0] for line in caplog.messages if "came meanwhile" in line) == sorted(repeated)
    assert repeated.keys() == {f"{RELEASE}0a", whole.run_id}
    assert (repeated[f"{RELEASE}0a"], repeated[whole.run_id].record.uri) == (released, whole.manifest_uri)


def test_an_undo_whose_load_lost_its_file_is_told_beforehand(store: LakeStore, loaded: Manifest) -> None:
    past = _undo(store, loaded, UNDONE)
    store.put(f"curated/daily_prices/{RUN}.parquet", b"PAR")
    with pytest.raises(undo.UndoLost, match=rf"^{UNDONE} is not repeated.*{RUN}\.parquet"):
        undo.read_undo(store, past)


def test_a_recovery_goes_on_past_a_damaged_record(store: LakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    past = PastLoad(UNDO, UNDONE, store.uri(manifest_key(UNDO, UNDONE)), 0)
    store.put(manifest_key(UNDO, UNDONE), b"{")
    monkeypatch.setattr(recover, "past_loads", lambda _: [])
    monkeypatch.setattr(recover, "loads_of_the_lake", lambda *_: [past])
    monkeypatch.setattr(recover, "listed_exchanges", lambda *_: {})
    monkeypatch.setattr(recover, "load_options", lambda *_, **__: None)
    run: Any = SimpleNamespace(lake=store, warehouse=None, clients=None, settings=SimpleNamespace(watchlist=""))
    _, told = recover._load_missing(run, "")
    assert told.startswith(f"{UNDONE} is not repeated")
    assert f"s3://lake/manifests/undo/{UNDONE}.json" in told


@pytest.mark.parametrize("is_cut_off", [False, True])
def test_an_undo_skips_the_damaged_record_of_an_old_one(
    store: LakeStore, loaded: Manifest, caplog: pytest.LogCaptureFixture, *, is_cut_off: bool
) -> None:
    store.put(manifest_key(UNDO, RUN), b'{"manifest"')
    before = _undo(store, loaded, UNDONE) if is_cut_off else None
    chosen = UndoableLoad(RUN, "daily_prices", loaded.uri, 3, 0, datetime(2026, 11, 20, tzinfo=UTC), "")
    record: Record = undo._write_record(store, chosen, undo.UndoRequest(RUN, "", "M. Curie", "a wrong answer"))
    assert json.loads(store.get(manifest_key(UNDO, record.run_id)))["manifest"] == loaded.uri
    assert before is None or record.uri == before.manifest_uri
    assert f"s3://lake/manifests/undo/{RUN}.json" in caplog.text
