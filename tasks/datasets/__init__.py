"""The datasets, one file each; a new one is a file and its entry here (docs/how-to/add-a-dataset.md)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tasks.datasets.adjusted_prices import ADJUSTED_PRICES
from tasks.datasets.daily_prices import DAILY_PRICES
from tasks.datasets.dataset import Companion, Dataset
from tasks.datasets.dividends import DIVIDENDS
from tasks.datasets.listings import LISTINGS
from tasks.datasets.quotes import QUOTES
from tasks.datasets.splits import SPLITS

__all__ = [
    "ADJUSTED_PRICES",
    "COMPANIONS",
    "COVERAGE_OF",
    "DAILY_PRICES",
    "DATASETS",
    "DIVIDENDS",
    "LISTINGS",
    "QUOTES",
    "SCHEMAS",
    "SPLITS",
    "Companion",
    "Dataset",
]

DATASETS: Final[Mapping[str, Dataset]] = MappingProxyType(
    {dataset.name: dataset for dataset in (DAILY_PRICES, SPLITS, DIVIDENDS, ADJUSTED_PRICES, LISTINGS, QUOTES)}
)
"""Every dataset by its name."""

COMPANIONS: Final = frozenset(dataset.companion.function for dataset in DATASETS.values() if dataset.companion)
"""The API functions that only complete the rows of another: an empty answer of theirs says that nothing completes a symbol's row."""

SCHEMAS: Final = tuple(dataset.schema for dataset in DATASETS.values())
"""The table of every dataset."""

COVERAGE_OF: Final[Mapping[str, str]] = MappingProxyType(
    {dataset.function: dataset.name for dataset in DATASETS.values()}
    | {dataset.companion.function: dataset.companion.coverage for dataset in DATASETS.values() if dataset.companion}
)
"""Per API function, the name under which is remembered what was read of it."""
