"""Which tests stay on one worker of pytest-xdist: those of a file, and those whose servers take longer to start than a test takes."""

from collections.abc import Mapping
from typing import Final

from xdist.scheduler import LoadScopeScheduling

_OTHER_STACK: Final = "other embedded stack"

TOGETHER: Final[Mapping[str, str]] = {
    # About half of what is run end to end, so that neither worker of two waits for the other.
    "tests/end_to_end/test_run_first.py": _OTHER_STACK,
    "tests/end_to_end/test_run_secret.py": _OTHER_STACK,
    "tests/end_to_end/test_run_mixed.py": _OTHER_STACK,
    "tests/end_to_end/test_run_recorded.py": _OTHER_STACK,
    "tests/end_to_end/": "embedded stack",
    "tests/integration/test_extract_asking.py": "prefect server",
    "tests/integration/test_key_slot.py": "prefect server",
    "tests/integration/warehouse/test_warehouse_upkeep.py": "prefect server",
}
"""By the beginning of a file's path, what its tests share; the first that fits counts."""


class ByServer(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Hands out the tests of a file, or of all files that share a server, at once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((server for beginning, server in TOGETHER.items() if file.startswith(beginning)), file)
