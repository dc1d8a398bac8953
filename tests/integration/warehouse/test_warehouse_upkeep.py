"""The flows ``migrate``, ``maintenance`` and ``rebuild``, and the slots of tables, through a Prefect server on an embedded place."""

from __future__ import annotations

import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.flow_engine import run_flow
from prefect.logging.handlers import APILogHandler

from flows.command_line.deployed import DeploymentMissing, follow
from flows.corporate_actions import corporate_actions
from flows.daily_prices import daily_prices
from flows.listings import listings
from flows.maintenance import maintenance
from flows.migrate import migrate_warehouse
from flows.quotes import quotes
from flows.rebuild import rebuild_warehouse
from infra.local.alpha_vantage import AlphaVantageServer, SourceSettings
from tasks.datasets import SCHEMAS
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.lake.json_documents import get_json
from tasks.lake.keys import rebuild_key
from tasks.orchestration.clients import Clients
from tasks.orchestration.concurrency import SlotOwner, SlotTaken, table_slot, write_owner
from tasks.orchestration.prefect_retention import RunsNotRemoved, remove_old_flow_runs
from tasks.orchestration.run import Run, command_run, start_run
from tasks.orchestration.settings import Settings, variable_name
from tasks.orchestration.table_load import hold_tables, load_manifest
from tasks.release import Choice, Release, release_rows
from tasks.warehouse.migrations import read_migrations
from tasks.warehouse.rebuild import empty_tables, rebuilt_tables
from tests.integration.warehouse.conftest import BUCKET, KEY, REGION, WORKGROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = [pytest.mark.embedded, pytest.mark.server, pytest.mark.usefixtures("prefect_server")]

FIRST = datetime(2026, 6, 29, 12, tzinfo=UTC)
NEXT = datetime(2026, 6, 30, 12, tzinfo=UTC)
A_YEAR_LATER = datetime(2027, 3, 17, 12, tzinfo=UTC)
"""When a retention of one year cuts through the hundred sessions that are held."""
SYMBOLS = ["IBM", "DMGD"]
CANARY = "CANARY0123456789"
BOOKKEEPING = {"loaded_at", "started_at", "finished_at", "load_id"}
"""What a rebuild writes anew. The identity of a removal is made of its load_id as well."""


@dataclass(frozen=True)
class Place:
    """A lake, a warehouse and an API that the settings in the environment name."""

    warehouse: Warehouse
    api: AlphaVantageServer

    @property
    def settings(self) -> Settings:
        """As the environment has them now."""
        return Settings.from_environment()

    def run(self, run_id: str) -> Run:
        """A run of daily prices in this place."""
        return Run(run_id, "daily_prices", self.settings, FIRST, FIRST, Clients(self.settings))

    def speak_as_of(self, moment: datetime) -> None:
        os.environ["TICKERHOUSE_API_URL"] = self.api.add_source(SourceSettings(as_of=moment, plan="premium_1200"))

    def asked(self) -> int:
        return sum(self.api.requests(source)["total"] for source in self.sources())

    def sources(self) -> list[SourceSettings]:
        return [SourceSettings(as_of=moment, plan="premium_1200") for moment in (FIRST, NEXT)]

    def columns(self, table: str) -> list[str]:
        schema, _, name = table.partition(".")
        hidden = BOOKKEEPING | ({"manifest_sha256"} if table == "ops.load_audit" else set())
        rows = self.warehouse.ask(f"SELECT column_name FROM svv_columns WHERE table_schema = '{schema}' AND table_name = '{name}'")
        return sorted(column for (column,) in rows if column not in hidden)

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table that is made again, bookkeeping left out."""
        found = {}
        for table in (*rebuilt_tables(SCHEMAS), "ops.load_audit"):
            columns = ", ".join(f'"{column}"' for column in self.columns(table))
            found[table] = sorted(self.warehouse.ask(f"SELECT {columns} FROM {table}"), key=repr)
        return found


@pytest.fixture(scope="module")
def place(
    endpoint: str, lake: Lake, new_warehouse: Callable[[], AbstractContextManager[Warehouse]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    assert lake.store.bucket == BUCKET
    # A rebuild loads whatever manifests the lake holds, those of other tests too.
    for key in list(lake.store.keys("manifests/")):
        lake.store.delete(key)
    with new_warehouse() as warehouse, AlphaVantageServer() as api, pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(variable_name(name), raising=False)
        values = {
            "AWS_ENDPOINT_URL_S3": endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "ALPHAVANTAGE_API_KEY": CANARY,
            "TICKERHOUSE_API_URL": "",
            "TICKERHOUSE_SOURCE": "synthetic",
            "TICKERHOUSE_ENVIRONMENT": "test",
            "TICKERHOUSE_WORKGROUP": WORKGROUP,
            "TICKERHOUSE_DATABASE": warehouse.address.database,
            "TICKERHOUSE_PLAN": "premium_1200",
            "TICKERHOUSE_WATCHLIST": "deployments/watchlist.synthetic.yaml",
            "TICKERHOUSE_HOME": str(tmp_path_factory.mktemp("home")),
        }
        for name, value in values.items():
            patch.setenv(name, value)
        assert os.environ["AWS_SECRET_ACCESS_KEY"] == KEY
        yield Place(warehouse, api)


@pytest.fixture(scope="module")
def before(live: Place) -> dict[str, list[tuple[Any, ...]]]:
    """Every row before anything was removed or made again."""
    return live.everything()


@pytest.fixture(scope="module")
def live(place: Place) -> Place:
    """Two days of everything: prices of two runs, events, adjusted prices, listings, quotes."""
    migrate_warehouse()
    place.speak_as_of(FIRST)
    daily_prices(symbols=SYMBOLS, as_of=FIRST, return_state=True)
    listings(symbols=SYMBOLS, as_of=FIRST, return_state=True)
    place.speak_as_of(NEXT)
    daily_prices(symbols=SYMBOLS, as_of=NEXT, return_state=True)
    corporate_actions(symbols=SYMBOLS[:1], as_of=NEXT, return_state=True)
    quotes(symbols=SYMBOLS[:1], as_of=NEXT, return_state=True)
    return place


def test_the_flow_migrate_says_what_is_pending_and_applies_it_once(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="tickerhouse"):
        applied = migrate_warehouse()
    names = [migration.name for migration in read_migrations()]
    assert applied == names
    (said,) = (record.getMessage() for record in caplog.records if "to apply" in record.getMessage())
    assert f"{len(names)} migrations to apply: {names[0]}, " in said
    assert migrate_warehouse() == []
    assert place.warehouse.ask("SELECT COUNT(*) FROM ops.migration") == [(len(names),)]


def test_every_table_that_is_made_again_has_rows_to_lose(before: dict[str, list[tuple[Any, ...]]]) -> None:
    rows = {table: len(found) for table, found in before.items()}
    # The synthetic source restates nothing within two days; revisions have their own test.
    assert {table for table, count in rows.items() if not count} <= {table for table in rows if table.endswith("_revision")}


def test_maintenance_touches_no_bar_where_no_retention_is_set(live: Place) -> None:
    assert "bars" not in str(maintenance(return_state=True).message)
    assert live.warehouse.ask("SELECT COUNT(*) FROM ops.load_audit WHERE dataset = 'retention'") == [(0,)]


@pytest.mark.usefixtures("live")
def test_maintenance_removes_old_runs_of_its_environment_from_prefect() -> None:
    settings = Settings.from_environment()
    own = f"tickerhouse-{settings.environment}"
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name("long ago")
        made = {}
        for name, tags, ended in (
            ("ours", [own], True),
            ("shard", [f"{own}-shard"], True),
            ("others", ["x"], True),
            ("open", [own], False),
        ):
            answer = client.request("POST", "/flow_runs/", json={"flow_id": str(flow_id), "name": name, "tags": ["tickerhouse", *tags]})
            made[name] = answer.json()["id"]
            if ended:
                client.request("POST", f"/flow_runs/{made[name]}/set_state", json={"state": {"type": "COMPLETED"}, "force": True})  # type: ignore[arg-type]
        before = len(client.read_flow_runs(limit=200))
        assert remove_old_flow_runs(settings, datetime(2019, 1, 1, tzinfo=UTC)) == 0
        assert remove_old_flow_runs(settings, datetime.now(UTC)) == 2
        held = client.read_flow_runs(limit=200)
        assert len(held) == before - 2
        assert {"others", "open"} <= {run.name for run in held}
        assert not {"ours", "shard"} & {run.name for run in held}
    assert "0 old flow runs in Prefect removed" in str(maintenance(return_state=True).message)


@pytest.mark.usefixtures("live")
def test_maintenance_goes_on_where_prefect_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise RunsNotRemoved("Prefect did not remove old flow runs (HTTPStatusError).", "They are tried again the next time.")

    monkeypatch.setattr("tasks.maintain.remove_old_flow_runs", refuse)
    state = maintenance(return_state=True)
    assert state.is_completed()
    assert "Prefect did not remove old flow runs" in str(state.message)


def test_a_rebuild_gives_the_tables_that_were_there_and_asks_nobody(live: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebuild gives the tables that were there, retention included, and asks nobody."""
    monkeypatch.setenv("TICKERHOUSE_RETENTION_YEARS", "1")
    monkeypatch.setattr("tasks.orchestration.run.utc_now", lambda: A_YEAR_LATER)
    assert "bars before 2026-03-17 removed from the warehouse, raw captures are kept" in str(maintenance(return_state=True).message)
    ((first, rows),) = live.warehouse.ask("SELECT MIN(session_date), COUNT(*) FROM market.fact_daily_price")
    assert (str(first), rows > 100) == ("2026-03-17", True)
    kept, asked = live.everything(), live.asked()
    ((loads,),) = live.warehouse.ask("SELECT COUNT(*) FROM ops.load_audit WHERE rows_staged > 0 AND LEFT(table_name, 7) = 'market.'")
    done = rebuild_warehouse()
    assert (done.loads, done.removals, done.from_files, done.notes) == (loads, 1, (), ())
    after = live.everything()
    for table, rows_kept in kept.items():
        assert after[table] == rows_kept, table
    assert live.asked() == asked


@pytest.mark.deep
def test_a_release_right_before_the_tables_are_emptied_is_not_lost(live: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run, choice = command_run("release", live.settings), Choice("", "DMGD", "high is below low")
    released: list[Release] = []

    def empty(*words: Any) -> None:
        released.append(release_rows(run, choice, by="M. Curie", note="confirmed"))
        empty_tables(*words)

    monkeypatch.setattr("tasks.rebuild.empty_tables", empty)
    rebuild_warehouse()
    ((release,), held) = released, "SELECT COUNT(*) FROM market.fact_daily_price WHERE run_id = %s"
    assert release.released == 1
    assert live.warehouse.ask(held.replace("%s", f"'{release.run_id}'")) == [(1,)]


@pytest.mark.deep
def test_a_rebuild_that_was_cut_off_is_taken_up(
    live: Place, before: dict[str, list[tuple[Any, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rebuild that was cut off is taken up and brings removed bars back where no retention is set."""

    def dies(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setenv("TICKERHOUSE_RETENTION_YEARS", "1")
        patch.setattr("tasks.orchestration.run.utc_now", lambda: A_YEAR_LATER)
        assert maintenance(return_state=True).is_completed()
    with monkeypatch.context() as patch:
        patch.setattr("tasks.rebuild._repeat", dies)
        with pytest.raises(RuntimeError, match="killed"):
            rebuild_warehouse()
    assert live.warehouse.ask("SELECT COUNT(*) FROM market.fact_daily_price") == [(0,)]
    assert rebuild_warehouse().notes == (
        "a rebuild that was cut off was done again from its beginning",
        "no retention is set: the bars that it had removed are back",
    )
    after = live.everything()
    for table, rows in before.items():
        assert after[table] == rows, table
    assert get_json(Clients(live.settings).lake, rebuild_key()) == {"version": 1, "loads": []}


def slots(table: str) -> int | None:
    with get_client(sync_client=True) as client:
        return client.read_global_concurrency_limit_by_name(table_slot(Settings.from_environment(), table)).active_slots


def test_a_load_holds_the_slot_of_its_table_and_makes_a_missing_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load holds the strict slot of its table which is made where it is missing."""
    monkeypatch.setenv("TICKERHOUSE_ENVIRONMENT", "other")
    monkeypatch.setenv("TICKERHOUSE_BUCKET", BUCKET)
    held: list[int | None] = []
    monkeypatch.setattr("tasks.orchestration.table_load.load", lambda *_args, **_settings: held.append(slots(DAILY_PRICES.table)))
    assert table_slot(place.settings, DAILY_PRICES.table) == "warehouse-other-synthetic-market.fact_daily_price"
    load_manifest(start_run("daily_prices", None), DAILY_PRICES, None)  # type: ignore[arg-type]
    assert held == [1]
    assert slots(DAILY_PRICES.table) == 0


def test_two_that_write_one_table_go_one_after_the_other_and_others_pass(place: Place) -> None:
    order, is_held, other_is_done = list[str](), threading.Event(), threading.Event()

    def first() -> None:
        with hold_tables(place.run("run-1"), [DAILY_PRICES.table]):
            is_held.set()
            assert other_is_done.wait(30)
            time.sleep(0.5)  # long enough for the second to be waiting
            order.append("first")

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(first)
        assert is_held.wait(30)
        with hold_tables(place.run("run-2"), ["market.fact_split"]):
            order.append("another table")
        other_is_done.set()
        with hold_tables(place.run("run-2"), [DAILY_PRICES.table]):
            order.append("second")
        done.result()
    assert order == ["another table", "first", "second"]


def test_a_table_that_stays_held_is_told_with_the_run_that_holds_it(place: Place) -> None:
    with hold_tables(place.run("run-1"), [schema.table for schema in SCHEMAS]), ThreadPoolExecutor(1) as pool:

        def second() -> None:
            with hold_tables(place.run("run-2"), [DAILY_PRICES.table], longest_wait=0.5):
                pass

        with pytest.raises(SlotTaken, match=r"\(run-1\) writes market\.fact_daily_price") as caught:
            pool.submit(second).result()
    assert "--active-slots 0" in caught.value.way_out


def test_the_slot_of_a_killed_load_is_taken_over(place: Place) -> None:
    settings = place.settings
    with hold_tables(place.run("run-1"), [DAILY_PRICES.table]):
        pass
    with get_client(sync_client=True) as client:
        client.update_global_concurrency_limit(table_slot(settings, DAILY_PRICES.table), GlobalConcurrencyLimitUpdate(active_slots=1))
    write_owner(table_slot(settings, DAILY_PRICES.table), SlotOwner("killed", os.uname().nodename, 2**22 - 1))
    begun = time.monotonic()
    with hold_tables(place.run("run-2"), [DAILY_PRICES.table]):
        assert slots(DAILY_PRICES.table) == 1
    assert time.monotonic() - begun < 30


@pytest.fixture
def deployed(place: Place) -> Iterator[Place]:
    """The deployment ``migrate-test``, whose runs are executed in this process as soon as they are scheduled."""
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow(migrate_warehouse)
        deployment_id = client.create_deployment(flow_id, name="migrate-test")
    is_over = threading.Event()

    def serve() -> None:
        with get_client(sync_client=True) as own:
            while not is_over.wait(0.2):
                for run in own.read_flow_runs():
                    if run.deployment_id == deployment_id and run.state is not None and run.state.is_scheduled():
                        run_flow(migrate_warehouse, flow_run=run, return_type="state")

    heard, to_server = logging.getLogger("tickerhouse"), APILogHandler()
    # What PREFECT_LOGGING_EXTRA_LOGGERS does where a worker runs it.
    heard.addHandler(to_server)
    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(serve)
        yield place
        is_over.set()
        serving.result()
    heard.removeHandler(to_server)


def test_a_deployed_migration_is_started_and_followed_to_its_end(deployed: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with get_client(sync_client=True) as client:
        assert follow(client, "migrate", deployed.settings) == 0
    said = capsys.readouterr().out
    assert said.startswith("migrate/migrate-test: started as the run ")
    assert "migrations to apply" in said
    assert said.rstrip().splitlines()[-1].strip().startswith("Completed")


def test_a_deployed_run_that_fails_is_told_by_the_exit_status(
    deployed: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKERHOUSE_DATABASE", "nowhere")
    with get_client(sync_client=True) as client:
        assert follow(client, "migrate", deployed.settings) == 1
    assert "nowhere" in capsys.readouterr().out


def test_what_was_never_deployed_is_named(place: Place) -> None:
    with get_client(sync_client=True) as client, pytest.raises(DeploymentMissing, match="rebuild/rebuild-test"):
        follow(client, "rebuild", place.settings)
