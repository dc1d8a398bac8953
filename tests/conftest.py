"""What needs minutes begins, so that no core is left waiting for the other at the end; the option of a real workgroup; an empty lake."""

import gc
import signal
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.live_settings import missing_settings

if TYPE_CHECKING:
    from boto3 import Session

    from tasks.lake.store import LakeStore
    from tests.scheduling import ByServer

_LONGEST = Path(__file__).parent / "end_to_end"


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "run only the tests that are folders of rows, on the workgroup that TICKERHOUSE_* settings name (docs/how-to/add-a-table.md)"
    parser.addoption("--live", action="store_true", help=words)
    parser.addoption(
        "--deaths", type=int, default=6, metavar="N", help="at how many moments tests/end_to_end/test_run_dies.py lets a run die"
    )
    parser.addoption("--kills", type=int, default=3, metavar="N", help="how many commands it kills")
    parser.addoption("--record-goldens", action="store_true", help="write tests/end_to_end/goldens/ anew instead of comparing with it")
    parser.addoption("--golden-rows", metavar="FOLDER", help="keep every row behind the digests of the goldens there, as text")


def pytest_configure(config: pytest.Config) -> None:
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell that starts the tests in the background has them ignore Ctrl-C, and so would the servers which they end with it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "live: runs on a real workgroup as well, with --live")
    missing = missing_settings() if config.getoption("--live") else []
    if missing:
        msg = f"--live needs a workgroup and a bucket of its region; not set: {', '.join(missing)} (docs/how-to/add-a-table.md)"
        raise pytest.UsageError(msg)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leaves what collecting imports out of Python's own collections until the end: looking at it again took a tenth of all the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_unconfigure() -> None:
    # The last collection tells of whatever was never closed.
    gc.unfreeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _LONGEST not in item.path.parents)
    if config.getoption("--live"):
        others = [item for item in items if item.get_closest_marker("live") is None]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "ByServer":
    from tests.scheduling import ByServer  # noqa: PLC0415 - what is imported here is paid for by every session

    return ByServer(config, log)


@pytest.fixture(scope="session")
def aws_session() -> "Session":
    """Made-up credentials; one session for all, because it reads the service's description once."""
    import boto3  # noqa: PLC0415 - as above
    import moto  # noqa: F401, PLC0415 - before the session is made, or its requests are sent

    return boto3.Session("key", "secret")


@pytest.fixture
def store(aws_session: "Session") -> "Iterator[LakeStore]":
    """The empty bucket ``lake`` in moto's S3, within this process and for one test."""
    from moto import mock_aws  # noqa: PLC0415 - as above

    from tasks.lake.client import s3_client  # noqa: PLC0415 - as above
    from tasks.lake.store import LakeStore  # noqa: PLC0415 - as above

    with mock_aws():
        client = s3_client(aws_session, "us-east-1")
        client.create_bucket(Bucket="lake")
        yield LakeStore(client, "lake")
