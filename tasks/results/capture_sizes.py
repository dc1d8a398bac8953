"""Stores the row counts of each symbol's responses, so that a shrunken response is noticed."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.datasets import Dataset
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.records import Observation
from tasks.results.dataset_result import ParsedRows
from tasks.results.run_results import RunResults

Sizes = Mapping[str, Mapping[str, int]]
"""Per symbol and form of the request, how many rows the answer had."""


def sizes_before(lake: LakeStore, dataset: Dataset) -> Sizes:
    """How many rows the answers before had.

    Raises:
        LakeError: the lake cannot be read.
    """
    return state.capture_sizes(dataset.name).read(lake)


def rows_before(before: Sizes, parsed: ParsedRows) -> dict[str, int]:
    """How many rows may be expected of each symbol: those of its answer before to the same request.

    Deferred rows are taken off, because a session that is not final stood in the answer before as a bar.
    """
    deferred = _by_symbol(parsed.deferred)
    return {
        observation.call.symbol: before.get(observation.call.symbol, {}).get(_size_of(observation), 0)
        - deferred.get(observation.call.symbol, 0)
        for observation in parsed.observations
    }


def store_sizes(lake: LakeStore, results: RunResults) -> None:
    """Remembers the sizes of the answers of a run that was loaded.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    for result in results.by_dataset.values():
        if result.dataset.is_primary and result.is_done and result.parsed:
            _remember(lake, result.dataset, result.parsed)


def _remember(lake: LakeStore, dataset: Dataset, parsed: ParsedRows) -> None:
    now = _by_symbol(pa.concat_tables([parsed.final.select(["symbol"]), parsed.deferred.select(["symbol"])]))

    answers = Counter(observation.call.symbol for observation in parsed.observations)

    def with_these(sizes: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
        after = dict(sizes)
        for observation in parsed.observations:
            symbol = observation.call.symbol
            # Of several answers of one symbol each has its own size.
            rows = now.get(symbol, 0) if answers[symbol] == 1 else parsed.counted.get(observation.capture.key, 0)
            after[symbol] = {**after.get(symbol, {}), _size_of(observation): rows}
        return after

    state.capture_sizes(dataset.name).change(lake, with_these)


def _size_of(observation: Observation) -> str:
    return observation.call.options.get("outputsize", "compact")


def _by_symbol(rows: pa.Table) -> dict[str, int]:
    counted: Any = pc.value_counts(rows.column("symbol"))
    return {str(entry["values"]): int(entry["counts"]) for entry in counted.to_pylist()}
