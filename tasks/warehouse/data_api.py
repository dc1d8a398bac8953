"""The second carrier of statements: Redshift's Data API, HTTPS with IAM rights and no network path to the workgroup.

It offers what :class:`tasks.warehouse.execution.WarehouseConnection` asks for. What differs from a connection of the driver: there is no
session, so a query is a transaction of its own, and statements that give no rows are sent together, as one transaction, with ``commit``.
Loads need a session and use the driver. Limits of AWS: 40 statements a transaction, 100 KB a statement, 500 MB a result
(https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html).
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from datetime import time as clock_time
from decimal import Decimal
from typing import Any, Final, Self

from botocore.exceptions import BotoCoreError, ClientError
from redshift_connector import InterfaceError, ProgrammingError

from tasks.warehouse.connection import WarehouseAddress, refusal

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
_PLACE: Final = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/)|%(s|%)", re.DOTALL)
_COUNTED: Final = re.compile(r"\s*(?:(?:--[^\n]*|/\*.*?\*/)\s*)*(insert|update|delete)\b", re.DOTALL | re.IGNORECASE)
_MOST_STATEMENTS: Final = 40
_NO_ENDPOINT: Final = "endpoint doesn't exist"

_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "numeric": Decimal,
    "date": date.fromisoformat,
    "time": clock_time.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamptz": datetime.fromisoformat,
}
"""What the driver gives another type than text, by the column's ``typeName``."""

Parameter = dict[str, str]


class DataApiConnection:
    """Statements over the Data API, in the driver's manner.

    Args:
        client: boto3's client of ``redshift-data``.
        address: workgroup and database.
        sleep: waits between two looks at a statement.
    """

    def __init__(self, client: Any, address: WarehouseAddress, sleep: Callable[[float], None] = time.sleep) -> None:
        self.autocommit = False
        self._client = client
        self._address = address
        self._sleep = sleep
        self._waiting: list[tuple[str, list[Parameter]]] = []

    @property
    def in_transaction(self) -> bool:
        """Whether statements wait for ``commit``."""
        return bool(self._waiting)

    def cursor(self) -> "DataApiCursor":
        """A cursor; it needs no end."""
        return DataApiCursor(self)

    def commit(self) -> None:
        """Sends what waits as one transaction.

        Raises:
            ProgrammingError: a statement was refused; none of them stands.
        """
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        if len(waiting) > _MOST_STATEMENTS:
            raise ProgrammingError({"M": f"{len(waiting)} statements in one transaction; the Data API takes {_MOST_STATEMENTS}"})
        # Names of parameters count through the whole batch.
        request = {"Sqls": [sql for sql, _ in waiting], "Parameters": [one for _, given in waiting for one in given]}
        self._finish(self._call("batch_execute_statement", **request, **self._place))

    def rollback(self) -> None:
        """Forgets what waits."""
        self._waiting = []

    def close(self) -> None:
        """Forgets what waits; nothing is open."""
        self._waiting = []

    def submit(self, sql: str, values: Sequence[object]) -> dict[str, Any] | None:
        """Runs a statement, or keeps it for ``commit``.

        Returns:
            The description of the ended statement, None where it waits.

        Raises:
            ProgrammingError: the server refused it; or it would read what waits.
        """
        offset = sum(len(given) for _, given in self._waiting)
        text, given = named(sql, values, offset)
        if not self.autocommit and not _is_query(text):
            self._waiting.append((text, given))
            return None
        if self._waiting:
            raise ProgrammingError({"M": "the Data API cannot read inside of a transaction"})
        return self._finish(self._call("execute_statement", Sql=text, Parameters=given, **self._place))

    def rows(self, described: dict[str, Any]) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
        """The columns of a result and all its rows, page after page."""
        columns: list[dict[str, Any]] = []
        rows: list[tuple[Any, ...]] = []
        for page in self._pages(described["Id"]):
            columns = page["ColumnMetadata"]
            readers = [_READERS.get(column["typeName"], str) for column in columns]
            rows += [tuple(_value(field, read) for field, read in zip(record, readers, strict=True)) for record in page["Records"]]
        return columns, rows

    @property
    def _place(self) -> dict[str, str]:
        return {"WorkgroupName": self._address.workgroup, "Database": self._address.database}

    def _pages(self, identifier: str) -> Iterator[dict[str, Any]]:
        page = self._call("get_statement_result", Id=identifier)
        yield page
        while token := page.get("NextToken"):
            page = self._call("get_statement_result", Id=identifier, NextToken=token)
            yield page

    def _finish(self, started: dict[str, Any]) -> dict[str, Any]:
        pause = _FIRST_PAUSE
        while True:
            described = self._call("describe_statement", Id=started["Id"])
            if described["Status"] == "FINISHED":
                return described
            if described["Status"] in {"FAILED", "ABORTED"}:
                raise ProgrammingError({"M": str(described.get("Error", described["Status"])).removeprefix("ERROR: ")})
            self._sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**{name: value for name, value in request.items() if value != []})
        except (ClientError, BotoCoreError) as error:
            failure = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
            # Of the inputs that are refused, only the place is a setting's; all others are the statement's.
            if failure.get("Code") == "ValidationException" and _NO_ENDPOINT not in failure.get("Message", ""):
                raise ProgrammingError({"M": failure.get("Message", "")}) from None
            raise refusal(error, self._address, "redshift-data:ExecuteStatement and redshift-serverless:GetCredentials") from None
        return answer


class DataApiCursor:
    """What one statement gave.

    Attributes:
        description: a tuple with the name first, for each column; None without a result.
        rowcount: rows written, -1 where the server does not count them.
    """

    def __init__(self, connection: DataApiConnection) -> None:
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows = []

    def execute(self, operation: str, args: Sequence[object] | None = None) -> Self:
        """Runs a statement; ``%s`` stands for a value where values are given.

        Raises:
            ProgrammingError: the server refused it.
        """
        self.description, self.rowcount, self._rows = None, -1, []
        described = self._connection.submit(operation, args or ())
        if described is None:
            return self
        if described.get("HasResultSet"):
            columns, self._rows = self._connection.rows(described)
            self.description = [(column["name"],) for column in columns]
            self.rowcount = len(self._rows)
        elif _COUNTED.match(operation):
            self.rowcount = int(described.get("ResultRows", -1))
        return self

    def fetchall(self) -> tuple[tuple[Any, ...], ...]:
        """All rows; each is given once.

        Raises:
            InterfaceError: the statement has no result.
        """
        if self.description is None:
            raise InterfaceError("the statement has no result")
        rows, self._rows = self._rows, []
        return tuple(rows)


def named(sql: str, values: Sequence[object], offset: int = 0) -> tuple[str, list[Parameter]]:
    """A statement with ``%s`` as one with ``:p1``, ``:p2`` and their values, each cast to its type.

    Texts cannot be empty and NULL has no form in the Data API, so both are written into the text.

    Args:
        sql: in the driver's ``format`` style; without values it is left alone.
        values: what ``%s`` stand for, in order.
        offset: how many names of the same transaction are taken.
    """
    if not values:
        return sql, []
    left = list(values)
    given: list[Parameter] = []

    def place(found: re.Match[str]) -> str:
        if found[2] is None or found[2] == "%":
            return "%" if found[2] else found[0]
        value = left.pop(0)
        if value is None:
            return "NULL"
        if value == "":
            return "''"
        name = f"p{offset + len(given) + 1}"
        given.append({"name": name, "value": str(value)})
        sql_type = _CASTS.get(type(value))
        return f"CAST(:{name} AS {sql_type})" if sql_type else f":{name}"

    return _PLACE.sub(place, sql), given


_CASTS: Final[dict[type, str]] = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE PRECISION", date: "DATE", datetime: "TIMESTAMP"}
"""The type a value is sent as; texts and decimals are converted by the server to what they meet."""


def _is_query(sql: str) -> bool:
    words = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL).split(maxsplit=1)
    return bool(words) and words[0].lower().lstrip("(") in {"select", "with", "show", "explain"}


def _value(field: dict[str, Any], read: Callable[[str], Any]) -> Any:
    ((member, value),) = field.items()
    if member == "isNull":
        return None
    return read(value) if member == "stringValue" else value
