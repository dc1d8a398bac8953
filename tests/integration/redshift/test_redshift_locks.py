"""Several clients at once: who waits, who is cancelled, whose snapshot is too old."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest
import redshift_connector

from infra.local.redshift import RedshiftServer
from tests.integration.redshift.conftest import BUCKET, ROLE, Client, Lake

pytestmark = pytest.mark.embedded

MERGE = """
merge into t using stage on t.id = stage.id
when matched then update set v = stage.v when not matched then insert values (stage.id, stage.v)
"""


@pytest.fixture
def table(client: Client) -> None:
    client.run("create table t (id int, v int)")
    client.run("insert into t values (1, 1)")


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def still_waits(future: Future[Any]) -> bool:
    time.sleep(0.15)
    return not future.done()


@pytest.mark.usefixtures("table")
def test_a_second_writer_waits_for_the_first(connect: Callable[..., Client], elsewhere: ThreadPoolExecutor) -> None:
    first, second = connect(autocommit=False), connect()
    first.run("update t set v = v + 1")
    waiting = elsewhere.submit(second.run, "update t set v = v + 100")
    assert still_waits(waiting)
    first.commit()
    waiting.result(5)
    assert second.run("select v from t") == [(102,)]


@pytest.mark.usefixtures("table")
def test_a_reader_never_waits_for_a_writer(connect: Callable[..., Client]) -> None:
    first, second = connect(autocommit=False), connect()
    first.run("update t set v = 2")
    assert second.run("select v from t") == [(1,)]


@pytest.mark.usefixtures("table")
def test_a_reader_waits_for_a_lock(connect: Callable[..., Client], elsewhere: ThreadPoolExecutor) -> None:
    first, second = connect(autocommit=False), connect()
    first.run("lock t")
    waiting = elsewhere.submit(second.run, "select v from t")
    assert still_waits(waiting)
    first.run("update t set v = 7")
    first.commit()
    assert waiting.result(5) == [(7,)]


@pytest.mark.usefixtures("table")
def test_inserts_do_not_wait_for_each_other(connect: Callable[..., Client]) -> None:
    first, second = connect(autocommit=False), connect(autocommit=False)
    first.run("insert into t values (2, 2)")
    second.run("insert into t values (3, 3)")
    first.commit()
    second.commit()
    assert connect().run("select count(*) from t") == [(3,)]


@pytest.mark.usefixtures("table")
def test_a_change_after_an_older_snapshot_is_conflict_1023(connect: Callable[..., Client]) -> None:
    first, second = connect(), connect(autocommit=False)
    second.run("select * from t")
    first.run("update t set v = v + 1")
    told = second.fails("update t set v = v + 10")
    assert (told["C"], told["M"]) == ("XX000", "1023")
    assert told["D"].startswith("Serializable isolation violation on table - ")
    second.rollback()
    second.run("update t set v = v + 10")
    second.commit()
    assert first.run("select v from t") == [(12,)]


@pytest.mark.usefixtures("table")
def test_a_merge_with_an_old_snapshot_conflicts_and_inserts_no_key_twice(
    connect: Callable[..., Client], elsewhere: ThreadPoolExecutor
) -> None:
    """A MERGE that waited with an old snapshot conflicts rather than insert a key twice."""
    first, second = connect(autocommit=False), connect(autocommit=False)
    for client in (first, second):
        client.run("create temp table stage (like t)")
        client.run("insert into stage values (2, 5)")
    first.run(MERGE)
    waiting = elsewhere.submit(second.fails, MERGE)
    assert still_waits(waiting)
    first.commit()
    assert waiting.result(5)["M"] == "1023"
    second.rollback()
    assert connect().run("select count(*) from t where id = 2") == [(1,)]


@pytest.mark.usefixtures("table")
def test_whoever_locks_first_sees_what_was_committed_while_it_waited(connect: Callable[..., Client], elsewhere: ThreadPoolExecutor) -> None:
    first, second = connect(autocommit=False), connect(autocommit=False)
    first.run("lock table t")
    waiting = elsewhere.submit(second.run, "lock table t")
    assert still_waits(waiting)
    first.run("update t set v = 5")
    first.commit()
    waiting.result(5)
    second.run("update t set v = v + 1")
    second.commit()
    assert connect().run("select v from t") == [(6,)]


@pytest.mark.usefixtures("table")
def test_two_transactions_that_insert_then_change_one_table_deadlock(connect: Callable[..., Client], elsewhere: ThreadPoolExecutor) -> None:
    """Two transactions that insert and then change the same table deadlock."""
    first, second = connect(autocommit=False), connect(autocommit=False)
    first.run("insert into t values (2, 2)")
    second.run("insert into t values (3, 3)")
    waiting = elsewhere.submit(first.run, "update t set v = 0 where id = 2")
    assert still_waits(waiting)
    told = second.fails("update t set v = 0 where id = 3")
    assert (told["C"], told["M"]) == ("40P01", "deadlock detected")
    second.rollback()
    waiting.result(5)
    first.commit()
    assert connect().run("select id, v from t order by id") == [(1, 1), (2, 0)]


def test_who_waits_too_long_is_cancelled() -> None:
    with RedshiftServer(None, None, lock_timeout=0.2) as impatient:
        connections = [
            redshift_connector.connect(
                host=impatient.host,
                port=impatient.port,
                user="IAM:embedded",
                password=impatient.issue_password(),
                database="dev",
                ssl=False,
            )
            for _ in range(2)
        ]
        first, second = map(Client, connections)
        first.run("create table t (a int)")
        first.commit()
        first.run("lock t")
        assert second.sqlstate("update t set a = 1") == "57014"
        for connection in connections:
            connection.close()


@pytest.mark.usefixtures("table")
def test_a_drop_waits_for_a_reader_to_end_its_transaction(connect: Callable[..., Client], elsewhere: ThreadPoolExecutor) -> None:
    reader, other = connect(autocommit=False), connect()
    reader.run("select * from t")
    waiting = elsewhere.submit(other.run, "drop table t")
    assert still_waits(waiting)
    reader.commit()
    waiting.result(5)


def test_loaders_at_once_lose_and_double_nothing(connect: Callable[..., Client], lake: Lake, client: Client, database: str) -> None:
    client.run("create table fact (symbol varchar(10), d int, v double precision)")
    loaders, rows = 6, 5_000
    for number in range(loaders):
        table = pa.table({"symbol": [f"S{number}"] * rows, "d": pa.array(range(rows), pa.int32()), "v": [0.5] * rows})
        lake.put_table(f"{database}/{number}/a.parquet", table)

    failed: list[BaseException] = []

    def load(number: int) -> None:
        loader = connect(autocommit=False)
        try:
            loader.run("lock fact")
            loader.run("create temp table stage (like fact)")
            loader.run(f"copy stage from 's3://{BUCKET}/{database}/{number}/' iam_role '{ROLE}' format parquet")
            loader.run(
                "merge into fact using stage on fact.symbol = stage.symbol and fact.d = stage.d "
                "when matched then update set v = stage.v when not matched then insert values (stage.symbol, stage.d, stage.v)"
            )
            loader.commit()
        except BaseException as error:
            failed.append(error)
            raise

    for _ in range(2):
        threads = [threading.Thread(target=load, args=(number,)) for number in range(loaders)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert failed == []
        assert client.run("select count(*), count(distinct symbol) from fact") == [(loaders * rows, loaders)]
