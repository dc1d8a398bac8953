"""What needs minutes begins, so that no core is left waiting for the other at the end; and the option of a real workgroup."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.live_settings import missing_settings

if TYPE_CHECKING:
    from tests.scheduling import ByServer

_LONGEST = Path(__file__).parent / "end_to_end"


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "run the tests that are folders of rows, and only those, on the workgroup that TICKERHOUSE_* settings name (docs/new-table.md)"
    parser.addoption("--live", action="store_true", help=words)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "live: runs on a real workgroup as well, with --live")
    missing = missing_settings() if config.getoption("--live") else []
    if missing:
        msg = f"--live needs a workgroup and a bucket of its region; not set: {', '.join(missing)} (docs/new-table.md)"
        raise pytest.UsageError(msg)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _LONGEST not in item.path.parents)
    if config.getoption("--live"):
        others = [item for item in items if item.get_closest_marker("live") is None]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "ByServer":
    # Only the controller of several workers needs it.
    from tests.scheduling import ByServer  # noqa: PLC0415

    return ByServer(config, log)
