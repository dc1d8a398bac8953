"""What needs minutes begins, so that no core is left waiting for the other at the end."""

from pathlib import Path

import pytest

_LONGEST = Path(__file__).parent / "end_to_end"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _LONGEST not in item.path.parents)
