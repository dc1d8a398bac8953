"""Every endpoint we can tell data of: a new one is its own module with its shape, and one name here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

from tasks.alpha_vantage import daily, daily_adjusted, global_quote, monthly, weekly
from tasks.alpha_vantage.csv_text import CsvTable


class Shape(Protocol):
    """What an endpoint's data look like."""

    @property
    def function(self) -> str:
        """The API function."""

    def check(self, answer: Any, symbol: str) -> None:
        """Raises UnknownShape, AnotherSymbol or NoRows unless what ``read_json`` gave is the data of the asked symbol."""

    def check_csv(self, table: CsvTable, symbol: str) -> None:
        """The same for a CSV answer, which may name no symbol."""


_SHAPES: Final[tuple[Shape, ...]] = (
    daily.SHAPE,
    daily_adjusted.SHAPE,
    weekly.SHAPE,
    weekly.ADJUSTED_SHAPE,
    monthly.SHAPE,
    monthly.ADJUSTED_SHAPE,
    global_quote.SHAPE,
)

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType({shape.function: shape for shape in _SHAPES})
"""The shape of every known function."""
