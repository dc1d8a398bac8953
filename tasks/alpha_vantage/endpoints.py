"""Finds the parser module of an API function: the one named after it.

``DIVIDENDS`` is read by ``dividends.py``, ``TIME_SERIES_DAILY_ADJUSTED`` by ``daily_adjusted.py``; its ``SHAPE`` recognises its data.
A new endpoint is one more module, and nothing lists it (docs/how-to/add-an-endpoint.md).
"""

import importlib
import importlib.util
import re
from functools import lru_cache
from typing import Any, Final, Protocol

from tasks.alpha_vantage.csv_text import CsvTable

_FUNCTION: Final = re.compile(r"(?:TIME_SERIES_)?([A-Z][A-Z0-9_]*)", re.ASCII)
_PACKAGE: Final = __name__.rpartition(".")[0]


class Shape(Protocol):
    """What an endpoint's data look like."""

    @property
    def function(self) -> str:
        """The API function."""

    @property
    def csv_header(self) -> str:
        """The first line of a CSV answer; empty where none comes as CSV."""

    def check(self, answer: Any, symbol: str) -> None:
        """Raises UnknownShape, AnotherSymbol or NoRows unless what ``read_json`` gave is the data of the requested symbol."""

    def check_csv(self, table: CsvTable, symbol: str) -> None:
        """The same for a CSV answer, which may name no symbol."""


@lru_cache(maxsize=64)
def shape_of(function: str) -> Shape | None:
    """The shape of a function's data, or None where no module knows the function."""
    match = _FUNCTION.fullmatch(function)
    name = f"{_PACKAGE}.{match[1].lower()}" if match else ""
    if not name or importlib.util.find_spec(name) is None:
        return None
    shape: Shape | None = getattr(importlib.import_module(name), "SHAPE", None)
    return shape if shape is not None and shape.function == function else None
