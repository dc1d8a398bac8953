"""How many bars a symbol's captures have from run to run, so that one that shrank is seen."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.parse import Parsing
from tasks.records import Observation
from tasks.schema import DAILY_PRICES


def bars_before(lake: LakeStore, parsing: Parsing, observations: Iterable[Observation]) -> dict[str, int]:
    """How many bars may be expected of each symbol: those of its capture before that was asked for in the same way.

    Deferred bars are taken off, because a session that is not final stood in the capture before as a bar.

    Raises:
        LakeError: the lake cannot be read.
    """
    before = state.capture_sizes(DAILY_PRICES.name).read(lake)
    deferred = _by_symbol(parsing.deferred)
    return {
        observation.call.symbol: before.get(observation.call.symbol, {}).get(_asked(observation), 0)
        - deferred.get(observation.call.symbol, 0)
        for observation in observations
    }


def remember_sizes(lake: LakeStore, parsing: Parsing, observations: Iterable[Observation]) -> None:
    """Remembers the captures of a run that was loaded.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    now = _by_symbol(pa.concat_tables([parsing.ready.select(["symbol"]), parsing.deferred.select(["symbol"])]))
    read = list(observations)

    def with_read(sizes: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
        after = dict(sizes)
        for observation in read:
            symbol = observation.call.symbol
            after[symbol] = {**after.get(symbol, {}), _asked(observation): now.get(symbol, 0)}
        return after

    state.capture_sizes(DAILY_PRICES.name).change(lake, with_read)


def _asked(observation: Observation) -> str:
    return observation.call.options.get("outputsize", "compact")


def _by_symbol(bars: pa.Table) -> dict[str, int]:
    counted: Any = pc.value_counts(bars.column("symbol"))
    return {str(entry["values"]): int(entry["counts"]) for entry in counted.to_pylist()}
