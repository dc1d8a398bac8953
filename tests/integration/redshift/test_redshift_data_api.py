"""The Data API by unmodified boto3 and awswrangler, on the databases that the wire protocol reaches too."""

import os
import time
from collections.abc import Iterator
from typing import Any

import awswrangler
import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.redshift import ControlPlane, RedshiftServer

pytestmark = pytest.mark.embedded

PLACE = {"WorkgroupName": "tickerhouse", "Database": "tickerhouse_dev"}
EVERY_TYPE = """select true as b, 1::smallint as s, 2 as i, 3::bigint as l, 1.5::float4 as r, 2.5::float8 as d, 10.50::decimal(10,2) as n,
    'x'::varchar(5) as v, 'ab'::char(4) as c, date '2026-01-02' as day, timestamp '2026-01-02 03:04:05.25' as at,
    json_parse('{"a":[1,2]}') as j, null::int as nothing"""


@pytest.fixture(scope="module")
def server() -> Iterator[RedshiftServer]:
    with RedshiftServer(None, None) as running:
        running.create_database("tickerhouse_dev")
        yield running


@pytest.fixture(scope="module")
def client(server: RedshiftServer) -> Iterator[Any]:
    with ControlPlane(server, "tickerhouse") as plane, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", plane.url)
        for name, value in {"AWS_ACCESS_KEY_ID": "t", "AWS_SECRET_ACCESS_KEY": "t", "AWS_DEFAULT_REGION": "us-east-1"}.items():
            patch.setenv(name, value)
        yield boto3.client("redshift-data")


def ended(client: Any, given: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = client.describe_statement(Id=given["Id"], WaitTimeSeconds=30)
    return described


def run(client: Any, sql: str, **more: Any) -> dict[str, Any]:
    return ended(client, client.execute_statement(Sql=sql, **(PLACE | more)))


def rows(client: Any, sql: str, **more: Any) -> list[list[Any]]:
    described = run(client, sql, **more)
    assert described["Status"] == "FINISHED", described
    return [[next(iter(field.values())) for field in row] for row in client.get_statement_result(Id=described["Id"])["Records"]]


def refusal(call: Any, **asked: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**asked)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_each_value_comes_under_the_name_of_its_type(client: Any) -> None:
    answer = client.get_statement_result(Id=run(client, EVERY_TYPE)["Id"])
    kinds = [next(iter(field.items())) for field in answer["Records"][0]]
    assert kinds == [
        ("booleanValue", True),
        ("longValue", 1),
        ("longValue", 2),
        ("longValue", 3),
        ("doubleValue", 1.5),
        ("doubleValue", 2.5),
        ("stringValue", "10.50"),
        ("stringValue", "x"),
        ("stringValue", "ab  "),
        ("stringValue", "2026-01-02"),
        ("stringValue", "2026-01-02 03:04:05.250000"),
        ("stringValue", '{"a":[1,2]}'),
        ("isNull", True),
    ]
    names = [column["typeName"] for column in answer["ColumnMetadata"]]
    assert names == [
        "bool",
        "int2",
        "int4",
        "int8",
        "float4",
        "float8",
        "numeric",
        "varchar",
        "bpchar",
        "date",
        "timestamp",
        "super",
        "int4",
    ]
    numeric = answer["ColumnMetadata"][6]
    assert (numeric["name"], numeric["precision"], numeric["scale"]) == ("n", 10, 2)


def test_parameters_are_bound_by_name_and_converted(client: Any) -> None:
    given = [{"name": "first", "value": "2"}, {"name": "word", "value": "it's :first"}]
    sql = "select i, :word::varchar(20) from (select 1 as i union all select 2 union all select 3) t where i >= :first order by i -- :no"
    assert rows(client, sql, Parameters=given) == [[2, "it's :first"], [3, "it's :first"]]


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        ({"Sql": "select :a", "Parameters": [{"name": "b", "value": "1"}]}, "ValidationException", "Cannot find parameter: a"),
        ({"Sql": "select 1", "Parameters": [{"name": "b", "value": "1"}]}, "ValidationException", "unused parameters"),
        ({"Sql": "select 1; select 2"}, "ValidationException", "Multiple SQL statements"),
        ({"Sql": "select 1", "WorkgroupName": "another"}, "ValidationException", "Redshift endpoint doesn't exist in this region."),
        ({"Sql": "select 1", "Database": ""}, "ValidationException", "Database"),
        ({"Sql": "select 1", "WithEvent": True}, "ValidationException", "WithEvent"),
        ({"Sql": "select 1", "SessionId": "00000000-0000-0000-0000-000000000000"}, "ValidationException", "is not available"),
    ],
)
def test_a_wrong_input_is_refused_with_the_code_of_aws(client: Any, asked: dict[str, Any], code: str, message: str) -> None:
    got = refusal(client.execute_statement, **(PLACE | asked))
    assert got[0] == code
    assert message in got[1]


def test_a_failed_statement_says_why_and_has_no_result(client: Any) -> None:
    described = run(client, "select * from not_there")
    assert described["Status"] == "FAILED"
    assert described["Error"] == 'ERROR: relation "not_there" does not exist'
    assert not described["HasResultSet"]
    code, message = refusal(client.get_statement_result, Id=described["Id"])
    assert (code, "does not have result" in message) == ("ResourceNotFoundException", True)
    missing = refusal(client.describe_statement, Id="00000000-0000-0000-0000-000000000000")
    assert missing == ("ResourceNotFoundException", "Query does not exist.")


def test_a_database_that_is_not_there_fails_the_statement(client: Any) -> None:
    described = run(client, "select 1", Database="nowhere")
    assert described["Status"] == "FAILED"
    assert described["Error"] == 'FATAL: database "nowhere" does not exist'


def test_a_result_comes_in_pages(client: Any) -> None:
    run(client, "create table digits as select 0 as d union all select 1 union all select 2 union all select 3 union all select 4")
    sql = "select a.d + 5 * b.d + 25 * c.d + 125 * e.d + 625 * f.d as n from digits a, digits b, digits c, digits e, digits f order by n"
    described = run(client, sql)
    assert described["ResultRows"] == 3125
    pages = list(client.get_paginator("get_statement_result").paginate(Id=described["Id"]))
    assert len(pages) == 4
    assert [row[0]["longValue"] for page in pages for row in page["Records"]] == list(range(3125))


def test_a_batch_is_one_transaction_and_each_part_has_a_result(client: Any) -> None:
    sqls = ["create table kept (i int)", "insert into kept values (1), (2)", "select count(*) from kept"]
    described = ended(client, client.batch_execute_statement(Sqls=sqls, **PLACE))
    assert (described["Status"], [part["ResultRows"] for part in described["SubStatements"]]) == ("FINISHED", [0, 2, 1])
    assert client.get_statement_result(Id=described["SubStatements"][2]["Id"])["Records"] == [[{"longValue": 2}]]
    failed = ended(client, client.batch_execute_statement(Sqls=["insert into kept values (3)", "select no_column from kept"], **PLACE))
    assert failed["Status"] == "FAILED"
    assert failed["Error"].startswith("Query #2 failed with ERROR:")
    assert rows(client, "select count(*) from kept") == [[2]]
    alone = client.batch_execute_statement(Sqls=["insert into kept values (4)", "select x"], ExecutionMode="AUTO_COMMIT", **PLACE)
    assert [part["Status"] for part in ended(client, alone)["SubStatements"]] == ["FINISHED", "FAILED"]
    assert rows(client, "select count(*) from kept") == [[3]]


def test_a_session_keeps_temporary_tables_and_its_transaction(client: Any) -> None:
    opened = client.execute_statement(Sql="create temp table mine as select 7 as i", SessionKeepAliveSeconds=60, **PLACE)
    assert ended(client, opened)["Status"] == "FINISHED"
    session = {"SessionId": opened["SessionId"]}
    for sql in ("begin", "insert into mine values (8)", "rollback"):
        assert ended(client, client.execute_statement(Sql=sql, **session))["Status"] == "FINISHED"
    last = ended(client, client.execute_statement(Sql="select i from mine", **session))
    assert client.get_statement_result(Id=last["Id"])["Records"] == [[{"longValue": 7}]]


def test_a_running_statement_is_cancelled(client: Any) -> None:
    run(client, "create table many as select 1 as i union all select 2 union all select 3 union all select 4")
    source = ", ".join(f"many m{number}" for number in range(15))
    started = client.execute_statement(Sql=f"select sum(m0.i * m14.i + m7.i) from {source}", **PLACE)
    deadline = time.monotonic() + 10
    while not client.describe_statement(Id=started["Id"]).get("RedshiftPid") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert client.cancel_statement(Id=started["Id"])["Status"]
    described = ended(client, started)
    assert described["Status"] == "ABORTED"
    code, message = refusal(client.cancel_statement, Id=started["Id"])
    assert (code, "already in ABORTED state" in message) == ("ValidationException", True)


def test_one_client_token_is_one_statement(client: Any) -> None:
    run(client, "create table counted (i int)")
    ids = {client.execute_statement(Sql="insert into counted values (1)", ClientToken="once", **PLACE)["Id"] for _ in range(3)}
    assert len(ids) == 1
    assert ended(client, {"Id": ids.pop()})["Status"] == "FINISHED"
    assert rows(client, "select count(*) from counted") == [[1]]


def test_finished_statements_are_listed_by_name_and_page(client: Any) -> None:
    for sql in ("select 1", "select 2", "select wrong"):
        run(client, sql, StatementName=f"listed {sql}")
    found = client.list_statements(StatementName="listed", MaxResults=1)
    assert [one["QueryString"] for one in found["Statements"]] == ["select 2"]
    rest = client.list_statements(StatementName="listed", MaxResults=1, NextToken=found["NextToken"])
    assert [one["QueryString"] for one in rest["Statements"]] == ["select 1"]
    every = client.list_statements(StatementName="listed", Status="ALL")["Statements"]
    assert [one["Status"] for one in every] == ["FAILED", "FINISHED", "FINISHED"]


def test_awswrangler_reads_a_frame_over_the_data_api(client: Any) -> None:
    assert client
    connection = awswrangler.data_api.redshift.connect(workgroup_name="tickerhouse", database="tickerhouse_dev")
    frame = awswrangler.data_api.redshift.read_sql_query("select 1 as a, 'x' as b union all select 2, null order by a", con=connection)
    assert frame["a"].tolist() == [1, 2]
    assert frame["b"].isna().tolist() == [False, True]
