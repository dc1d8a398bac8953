"""How tests share two cores: a file's tests stay together, and all that use the shared embedded stack are one group."""

from pathlib import Path

import pytest

_SHARED_STACK = Path(__file__).parent / "end_to_end"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        shares_stack = _SHARED_STACK in item.path.parents
        item.add_marker(pytest.mark.xdist_group("end to end" if shares_stack else str(item.path)))
    # The longest group first, so that the other core is not left waiting for it at the end.
    items.sort(key=lambda item: _SHARED_STACK not in item.path.parents)
