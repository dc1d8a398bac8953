"""Decides which failures of a load are temporary, and how long to wait before a retry.

The list is short on purpose: conflicts between transactions, and a workgroup that wakes up. Everything else (22xxx values, 42xxx
statements, 15xxx files) fails the same way again.
"""

import struct
from typing import Final

import redshift_connector
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from tasks.warehouse.errors import WarehouseUnreachable
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.server_errors import read_server_error

_LONGEST_WAIT: Final = 60.0

_SERIALIZABLE: Final = "1023"
_CANCELLED: Final = "57014"
_CONFLICT_WORDS: Final = (
    "serializable isolation violation",
    "could not complete because of conflict with concurrent transaction",
    "could not open relation with oid",
)


def passes_by_itself(error: BaseException) -> bool:
    """Whether the same transaction on a fresh connection may succeed.

    Args:
        error: what the driver, the socket or :func:`tasks.warehouse.connection.connect` raised.

    Returns:
        True for serialization conflicts (``XX000`` with the message ``1023``: aws-sdk-pandas#665; "conflict with concurrent
        transaction": amazon-redshift-jdbc-driver#147; "could not open relation with OID": dbt), for ``57014`` (the first statement on a
        resuming workgroup: amazon-redshift-python-driver#150), and for connections that could not be made or broke.
    """
    if isinstance(error, WarehouseUnreachable):
        return True
    failure = read_server_error(error)
    if failure.code:
        words = f"{failure.message} {failure.detail}".lower()
        return failure.code == _CANCELLED or failure.message.strip() == _SERIALIZABLE or any(phrase in words for phrase in _CONFLICT_WORDS)
    # Without a code the error never came from the server: the connection itself is what failed.
    return isinstance(error, redshift_connector.InterfaceError | redshift_connector.OperationalError | OSError | struct.error)


def attempts(options: LoadOptions) -> Retrying:
    """The attempts of one load; the last failure is raised as it is.

    Args:
        options: how many, and how long to wait between them. The wait doubles up to a minute, and half of it is left to chance, so that two
            loads that met do not meet again.
    """

    def wait(state: RetryCallState) -> float:
        longest: float = min(_LONGEST_WAIT, options.retry_wait * 2 ** (state.attempt_number - 1))
        return longest * (0.5 + 0.5 * options.random())

    return Retrying(
        stop=stop_after_attempt(options.retries + 1),
        wait=wait,
        retry=retry_if_exception(passes_by_itself),
        sleep=options.sleep,
        reraise=True,
    )
