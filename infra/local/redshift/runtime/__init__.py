"""What DuckDB lacks, made once for each server: macros in SQL, functions in Python."""

import contextlib
import datetime as dt
import functools
import inspect
from collections.abc import Callable
from typing import Any

import duckdb

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.runtime import arrays, dates, fingerprints, numbers, patterns, semistructured, sketches, texts
from infra.local.redshift.runtime.macros import MACROS

_MODULES = (arrays, dates, fingerprints, numbers, patterns, semistructured, sketches, texts)
_STORED: dict[Any, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    bool: "BOOLEAN",
    bytes: "BLOB",
    dt.date: "DATE",
    dt.datetime: "TIMESTAMP",
    dt.timedelta: "INTERVAL",
}


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every macro and function in a new instance of DuckDB."""
    for module in _MODULES:
        for function, stored in module.FUNCTIONS.items():
            _register(connection, function, stored)
    for statement in MACROS:
        connection.execute(statement)


def remove(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the functions back, so that DuckDB lets go of Python before the process ends."""
    for module in _MODULES:
        for function in module.FUNCTIONS:
            with contextlib.suppress(duckdb.Error):
                connection.remove_function(f"rs_{function.__name__}")


def _register(connection: duckdb.DuckDBPyConnection, function: Callable[..., Any], stored: str) -> None:
    """Register a function under ``rs_<name>``; NULL in, NULL out; what it raises reaches the client by its SQLSTATE."""
    parameters = list(inspect.signature(function).parameters.values())
    types = [_STORED[parameter.annotation] for parameter in parameters]

    @functools.wraps(function)
    def guarded(*arguments: Any) -> Any:
        if any(argument is None for argument in arguments):
            return None
        try:
            return function(*arguments)
        except StatementFailed as failure:
            raise ValueError(f"@{failure.sqlstate}@{failure.message}") from None

    connection.create_function(f"rs_{function.__name__}", guarded, types, stored, null_handling="special")  # type: ignore[call-overload]
