"""MERGE: what it does, and every restriction Redshift puts on it."""

import pytest

from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded

MERGE = """
merge into target using stage on target.symbol = stage.symbol and target.day = stage.day
when matched then update set close = stage.close
when not matched then insert (symbol, day, close) values (stage.symbol, stage.day, stage.close)
"""
ARMS = "when matched then delete when not matched then insert"
HELD = "select symbol, day, close from target order by 1, 2, 3"


@pytest.fixture
def merging(client: Client) -> Client:
    client.run("create table target (symbol varchar(5) not null, day int, close int, primary key (symbol, day))")
    client.run("create temp table stage (like target)")
    client.run("insert into target values ('A', 1, 10), ('B', 1, 20)")
    return client


def test_matched_rows_are_changed_and_others_inserted(merging: Client) -> None:
    merging.run("insert into stage values ('A', 1, 11), ('C', 1, 30)")
    merging.run(MERGE)
    assert merging.run(HELD) == [("A", 1, 11), ("B", 1, 20), ("C", 1, 30)]


def test_the_driver_gets_no_count(merging: Client) -> None:
    cursor = merging.connection.cursor()
    cursor.execute(MERGE)
    assert cursor.rowcount == -1


def test_matched_rows_can_be_deleted(merging: Client) -> None:
    merging.run("insert into stage values ('A', 1, 11), ('C', 1, 30)")
    merging.run(
        "merge into target using stage as s on target.symbol = s.symbol "
        "when matched then delete when not matched then insert values (s.symbol, s.day, s.close)"
    )
    assert merging.run(HELD) == [("B", 1, 20), ("C", 1, 30)]


def test_a_target_row_with_two_sources_is_an_error_and_nothing_changes(merging: Client) -> None:
    merging.run("insert into stage values ('A', 1, 11), ('A', 1, 12)")
    assert merging.fails(MERGE)["M"] == "Found multiple matches to update the same tuple."
    assert merging.run(HELD) == [("A", 1, 10), ("B", 1, 20)]


def test_duplicates_among_unmatched_source_rows_go_in_twice(merging: Client) -> None:
    merging.run("insert into stage values ('C', 1, 30), ('C', 1, 30)")
    merging.run(MERGE)
    assert merging.run(HELD) == [("A", 1, 10), ("B", 1, 20), ("C", 1, 30), ("C", 1, 30)]


def test_remove_duplicates_replaces_the_matched_rows(merging: Client) -> None:
    merging.run("insert into target values ('A', 1, 99)")
    merging.run("insert into stage values ('A', 1, 11), ('C', 1, 30)")
    merging.run("merge into target using stage on target.symbol = stage.symbol and target.day = stage.day remove duplicates")
    assert merging.run(HELD) == [("A", 1, 11), ("B", 1, 20), ("C", 1, 30)]


def test_remove_duplicates_needs_the_same_columns(merging: Client) -> None:
    merging.run("create temp table narrow (symbol varchar(5))")
    assert merging.sqlstate("merge into target using narrow on target.symbol = narrow.symbol remove duplicates") == "42804"


def test_merge_respects_not_null_and_bytes(merging: Client) -> None:
    merging.run("create temp table wide (symbol varchar(20), day int, close int)")
    merging.run("insert into wide values ('ABCDEF', 1, 1)")
    assert merging.sqlstate(MERGE.replace("stage", "wide")) == "22001"


@pytest.mark.parametrize(
    "sql",
    [
        f"merge into target using (select * from stage) s on target.symbol = s.symbol {ARMS} values (s.symbol)",
        f"merge into target t using stage on t.symbol = stage.symbol {ARMS} values (stage.symbol)",
        MERGE.replace("when matched then", "when matched and stage.close > 1 then"),
        MERGE.split("when not matched", maxsplit=1)[0],
        "merge into target using stage on target.symbol = stage.symbol when not matched then insert values (stage.symbol, 1, 1)",
        f"merge into target using target on target.symbol = target.symbol {ARMS} values ('x', 1, 1)",
        "with s as (select 1) " + MERGE.strip(),
        MERGE + " when not matched by source then delete",
        MERGE + " returning symbol",
    ],
)
def test_what_redshift_forbids_in_merge_is_refused(merging: Client, sql: str) -> None:
    assert merging.sqlstate(sql) in {"42601", "0A000"}
    assert merging.run(HELD) == [("A", 1, 10), ("B", 1, 20)]


def test_a_view_cannot_be_the_source(merging: Client) -> None:
    merging.run("create view seen as select * from target")
    assert merging.sqlstate(MERGE.replace("stage", "seen")) == "42601"
