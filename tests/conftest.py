"""How tests share two cores: a file's tests stay together, and the longest files begin."""

from pathlib import Path

import pytest

_LONGEST = Path(__file__).parent / "end_to_end"


# Before xdist looks at the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(str(item.path)))
    # What needs minutes begins, so that no core is left waiting for the other at the end.
    items.sort(key=lambda item: _LONGEST not in item.path.parents)
