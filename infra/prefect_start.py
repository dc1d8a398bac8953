"""Starts a Prefect server, as `prefect server start` does, without two faults of Prefect 3.8.8 by which messages are lost or come twice.

``python -m infra.prefect_start`` takes the options of `prefect server start`. The embedded stack and the server that `prefect_server` makes
on AWS are started by it; docs/decisions/0004 says when it can go.
"""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prefect.blocks import webhook
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

_TRANSPORTS = ("_http_transport", "_insecure_http_transport", "_safe_http_transport", "_safe_insecure_http_transport")

_begin = AioSqliteConfiguration.begin_transaction


async def _leave_open(*_of_an_error: object) -> None:
    """Closes nothing."""


@asynccontextmanager
async def _begin_for_writing(
    configuration: AioSqliteConfiguration, session: AsyncSession, **_: bool
) -> AsyncIterator[AsyncSessionTransaction]:
    async with _begin(configuration, session, with_for_update=True) as transaction:
        yield transaction


def mend() -> None:
    """Mends Prefect in this process; a second call changes nothing.

    - All webhooks of a server share connections, and each call closes all of them when it ends: of two messages at once one ends with a
      ReadError, and nobody tries again. Now a call leaves the others' connections alone.
    - On SQLite a transaction that reads before it writes is refused at once where another wrote meanwhile (`database is locked`,
      PrefectHQ/prefect#18934): an event is then evaluated a second time, which sends its message again, or a quarter of an hour late.
      Now every transaction waits for its turn to write before it reads.
    """
    for name in _TRANSPORTS:
        vars(getattr(webhook, name))["__aexit__"] = _leave_open
    AioSqliteConfiguration.begin_transaction = _begin_for_writing  # type: ignore[method-assign, assignment]


def main() -> None:
    """The command line."""
    # A collection looks at all that was imported, which is never freed: with the usual thresholds that takes a seventh of the start.
    gc.set_threshold(50_000, 20, 10)
    # Reading Prefect's whole command line takes a second, which a test of the above does not need.
    from prefect.cli import app  # noqa: PLC0415

    mend()
    sys.argv = ["prefect", "server", "start", *sys.argv[1:]]
    app()


if __name__ == "__main__":
    main()
