"""The operations of the Data API: one function each, from the request's fields to the answer's."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.redshift.data_api import fields
from infra.local.redshift.data_api.errors import Refused, invalid, missing
from infra.local.redshift.data_api.named_parameters import by_name, numbered
from infra.local.redshift.data_api.running import Runner
from infra.local.redshift.data_api.statements import RUNNING, Book, Part, Request, place_of_token
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.server import RedshiftServer
from infra.local.redshift.tokens import split_statements

_MOST_SQLS = 40
_LONGEST_TEXT = 100_000
_ROWS_AT_ONCE = 1_000
_MOST_LISTED = 100
_LONGEST_WAIT = 30
_LONGEST_SESSION = 86_400
_ANY_IDENTIFIER = r"[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\d{0,2})?"
_NOT_HERE = ("ClusterIdentifier", "DbUser")
_PLACE = ("Database", "WorkgroupName", "SecretArn")


class DataApi:
    """The Data API of one workgroup.

    Args:
        server: Whose databases are asked.
        workgroup: The one name it knows.
        clock: Seconds since 1970.
    """

    def __init__(self, server: RedshiftServer, workgroup: str, clock: Callable[[], float] = time.time) -> None:
        self._workgroup = workgroup
        self._clock = clock
        self._book = Book(clock)
        self._runner = Runner(server, clock)
        self._operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._execute_batch,
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "CancelStatement": self._cancel,
            "ListStatements": self._list,
        }

    def answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body of an answer.

        Raises:
            Refused: with the exception's name as AWS gives it.
        """
        if operation not in self._operations:
            raise Refused("UnknownOperationException", f"The embedded Data API has no operation {operation}")
        return self._operations[operation](asked)

    def close(self) -> None:
        """Close the sessions that are kept alive."""
        self._runner.close()

    def _execute(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        sql = str(asked.get("Sql", ""))
        return self._submit(asked, [sql], is_batch=False)

    def _execute_batch(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        sqls = [str(sql) for sql in asked.get("Sqls", ())]
        if not 1 <= len(sqls) <= _MOST_SQLS:
            raise invalid(f"Sqls must have between 1 and {_MOST_SQLS} statements.")
        return self._submit(asked, sqls, is_batch=True)

    def _submit(self, asked: Mapping[str, Any], sqls: list[str], *, is_batch: bool) -> dict[str, Any]:
        for name in ("WithEvent", "ResultFormat"):
            if asked.get(name) not in {None, False, "JSON"}:
                raise invalid(f"{name} {asked[name]} is not supported by the embedded Data API.")
        parameters = [dict(one) for one in asked.get("Parameters", ())]
        _check_texts(sqls, by_name(parameters))
        keep_alive = int(asked.get("SessionKeepAliveSeconds", 0))
        if not 0 <= keep_alive <= _LONGEST_SESSION:
            raise invalid(f"SessionKeepAliveSeconds must be between 0 and {_LONGEST_SESSION}.")
        session_id = str(asked.get("SessionId", ""))
        place = self._runner.place_of(session_id) if session_id else self._place(asked)
        if keep_alive and not session_id:
            session_id = self._runner.new_session_id()
        now = self._clock()
        new = Request(
            parts=[Part(sql) for sql in sqls],
            is_batch=is_batch,
            transaction=asked.get("ExecutionMode", "TRANSACTION") == "TRANSACTION",
            place=place,
            parameters=parameters,
            name=str(asked.get("StatementName", "")),
            session_id=session_id,
            created=now,
            updated=now,
        )
        request = self._book.add(new, str(asked.get("ClientToken", "")))
        if request is new:
            self._runner.start(request, keep_alive)
        elif asked.get("SessionId"):
            self._runner.release(session_id)
        answer = {"Id": request.identifier, "CreatedAt": request.created, **place}
        if session_id:
            answer["SessionId"] = session_id
        if wait := _wait(asked):
            request.done.wait(wait)
            answer |= {"Status": request.status, "HasResultSet": request.has_result}
        return answer

    def _place(self, asked: Mapping[str, Any]) -> dict[str, str]:
        for name in _NOT_HERE:
            if asked.get(name):
                raise invalid("Redshift endpoint doesn't exist in this region.")
        if not asked.get("WorkgroupName"):
            raise invalid("Either ClusterIdentifier or WorkgroupName must be provided.")
        if not asked.get("Database"):
            raise invalid("Database must be provided.")
        name = str(asked["WorkgroupName"]).rpartition("/")[2]
        if name != self._workgroup:
            raise invalid("Redshift endpoint doesn't exist in this region.")
        return {key: str(asked[key]) for key in _PLACE if asked.get(key)}

    def _describe(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        request, position = self._find(asked)
        request.done.wait(_wait(asked))
        if position is not None:
            return {**_part(request, position), **request.place}
        answer: dict[str, Any] = {
            "Id": request.identifier,
            "Status": request.status,
            "CreatedAt": request.created,
            "UpdatedAt": request.updated,
            "HasResultSet": request.has_result,
            "Duration": sum(_nanoseconds(part) for part in request.parts),
            "RedshiftQueryId": request.parts[-1].query_id,
            "RedshiftPid": request.session.number if request.session else 0,
            "ResultFormat": "JSON",
            **request.place,
        }
        if request.error:
            answer["Error"] = request.error
        if request.parameters:
            answer["QueryParameters"] = request.parameters
        if request.session_id:
            answer["SessionId"] = request.session_id
        if request.is_batch:
            answer["SubStatements"] = [_part(request, place) for place in range(len(request.parts))]
            answer |= {"ResultRows": -1, "ResultSize": -1, "ExecutionMode": "TRANSACTION" if request.transaction else "AUTO_COMMIT"}
            return answer
        part = request.parts[0]
        return answer | {"QueryString": part.sql, "ResultRows": part.affected, "ResultSize": _size(part)}

    def _result(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        request, position = self._find(asked)
        request.done.wait(_wait(asked))
        part = request.parts[position or 0]
        begins = place_of_token(asked.get("NextToken"))
        if request.status != "FINISHED" or part.columns is None or (request.is_batch and position is None):
            raise missing("Query does not have result. Please check query status with DescribeStatement.", str(asked["Id"]))
        page = part.rows[begins : begins + _ROWS_AT_ONCE]
        try:
            found = fields.records(part.columns, page)
        except StatementFailed as error:
            raise Refused("InternalServerException", error.message) from error
        answer: dict[str, Any] = {
            "Records": found,
            "ColumnMetadata": [fields.metadata(column) for column in part.columns],
            "TotalNumRows": len(part.rows),
        }
        if begins + _ROWS_AT_ONCE < len(part.rows):
            answer["NextToken"] = str(begins + _ROWS_AT_ONCE)
        return answer

    def _cancel(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        request, _ = self._find(asked)
        if request.status not in RUNNING:
            raise invalid(f"Could not cancel a query that is already in {request.status} state with ID: {request.identifier}")
        return {"Status": self._runner.cancel(request)}

    def _list(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked.get("ClusterIdentifier"):
            raise invalid("Redshift endpoint doesn't exist in this region.")
        status = asked.get("Status", "FINISHED")  # "By default, only finished statements are shown" (API_ListStatements)
        found = [
            request
            for request in self._book.newest()
            if status in {"ALL", request.status}
            and request.name.startswith(asked.get("StatementName", ""))
            and asked.get("Database", request.place["Database"]) == request.place["Database"]
        ]
        begins, most = place_of_token(asked.get("NextToken")), int(asked.get("MaxResults") or _MOST_LISTED)
        answer: dict[str, Any] = {"Statements": [_listed(request) for request in found[begins : begins + most]]}
        if begins + most < len(found):
            answer["NextToken"] = str(begins + most)
        return answer

    def _find(self, asked: Mapping[str, Any]) -> tuple[Request, int | None]:
        identifier = str(asked.get("Id", ""))
        if not re.fullmatch(_ANY_IDENTIFIER, identifier):
            raise invalid("id must satisfy regex pattern: ^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\\d+)?$")
        return self._book.find(identifier)


def _check_texts(sqls: list[str], parameters: dict[str, str]) -> None:
    unused = set(parameters)
    for sql in sqls:
        if not sql.strip():
            raise invalid("Sql must not be empty.")
        if len(sql.encode()) > _LONGEST_TEXT:
            raise invalid("The SQL statement is larger than 100 KB.")
        try:
            several = len(split_statements(sql)) > 1
        except StatementFailed:
            several = False  # a quote that does not end is for the server to say
        if several:
            raise invalid("Multiple SQL statements are not allowed. Use BatchExecuteStatement.")
        unused -= numbered(sql, parameters)[2]
    if unused:
        raise invalid(f"Parameters list contains unused parameters. Unused parameters: [{', '.join(sorted(unused))}]")


def _wait(asked: Mapping[str, Any]) -> int:
    seconds = int(asked.get("WaitTimeSeconds", 0))
    if not 0 <= seconds <= _LONGEST_WAIT:
        raise invalid(f"WaitTimeSeconds must be between 1 and {_LONGEST_WAIT}.")
    return seconds


def _part(request: Request, position: int) -> dict[str, Any]:
    part = request.parts[position]
    answer = {
        "Id": f"{request.identifier}:{position + 1}",
        "QueryString": part.sql,
        "Status": part.status,
        "CreatedAt": part.began or request.created,
        "UpdatedAt": part.ended or request.updated,
        "Duration": _nanoseconds(part),
        "HasResultSet": part.columns is not None,
        "ResultRows": part.affected,
        "ResultSize": _size(part),
        "RedshiftQueryId": part.query_id,
    }
    return answer | ({"Error": part.error} if part.error else {})


def _listed(request: Request) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "Id": request.identifier,
        "Status": request.status,
        "CreatedAt": request.created,
        "UpdatedAt": request.updated,
        "IsBatchStatement": request.is_batch,
        "ResultFormat": "JSON",
    }
    if request.is_batch:
        answer["QueryStrings"] = [part.sql for part in request.parts]
    else:
        answer["QueryString"] = request.parts[0].sql
    if request.name:
        answer["StatementName"] = request.name
    if request.session_id:
        answer["SessionId"] = request.session_id
    if request.parameters:
        answer["QueryParameters"] = request.parameters
    return answer


def _nanoseconds(part: Part) -> int:
    return int((part.ended - part.began) * 1e9) if part.ended is not None else -1


def _size(part: Part) -> int:
    """Return the bytes of a result's texts, -1 where there is no result."""
    if part.columns is None:
        return -1
    return sum(len(str(value)) for row in part.rows for value in row if value is not None)
