"""Finds the symbols whose whole series a load would replace, before MERGE.

A raw price is what was paid on a day; sources correct single bars. Where most of a symbol's held bars change at once, the answer is of
another series: another company under a ticker that was given away, or prices in another unit (pence and pounds). Only splits and
dividends that are known explain such a change. Whether it is to be loaded is for a person to say, by releasing the rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from math import prod
from statistics import median
from typing import Final

from redshift_connector import Connection

from tasks.kept_out import KeptOut, SeriesReplaced
from tasks.records import Manifest
from tasks.schema import TableSchema
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.statements import has_statement

RELEASE: Final = "release-"
"""How the run of a release begins: a person has decided about its rows."""

_FEWEST_SHARED: Final = 5
"""A few bars of a share that was just listed may all be corrected at once."""

_SAME_FACTOR: Final = 0.01
"""How far ratios of closes may lie apart and count as one factor: prices are rounded, in pence as in pounds."""

_MOST_EXPLAINED: Final = 0.95

SharedClose = tuple[date, Decimal, Decimal]
"""A session, its held close and the one that the load brings."""

KnownEvent = tuple[date, Decimal, Decimal]
"""The session of an event, its dividend and its split factor."""


@dataclass(frozen=True)
class ComparedSeries:
    """What the bars of a load are beside those that are held.

    Attributes:
        kept_out: the symbols whose series is another, or whose rows an earlier attempt of the load showed to violate a check.
        newest_held: per symbol the newest session that the table holds.
    """

    kept_out: tuple[KeptOut, ...] = ()
    newest_held: dict[str, date] = field(default_factory=dict)


def compares_series(schema: TableSchema, manifest: Manifest) -> bool:
    """Whether a load is compared with what its table holds: the table has the statement for it, and no person decided already."""
    return has_statement(schema.folder, "compare_series") and not manifest.run_id.startswith(RELEASE)


def keep_replaced_out(connection: Connection, sql: Callable[[str], str]) -> ComparedSeries:
    """Compares the staged bars of every symbol with the held ones, and takes out of the stage what would replace a whole series.

    Args:
        connection: in the load's transaction, after COPY.
        sql: gives a statement of the load by its name.
    """
    replaced, newest_held = [], {}
    for symbol, newest, shared, moved in fetch(connection, sql("compare_series")):
        newest_held[str(symbol)] = newest
        if int(shared) < _FEWEST_SHARED or int(moved) * 2 <= int(shared):
            continue
        closes = [(session, held, staged) for session, held, staged in fetch(connection, sql("shared_closes"), (symbol,))]
        if not is_explained(closes, [(day, paid, split) for day, paid, split in fetch(connection, sql("known_events"), (symbol,))]):
            rows = execute(connection, sql("keep_out"), (symbol,))
            replaced.append(SeriesReplaced(str(symbol), int(shared), int(moved), common_factor(closes), rows))
    return ComparedSeries(tuple(replaced), newest_held)


def common_factor(closes: Sequence[SharedClose]) -> float | None:
    """By what all closes that changed are multiplied; None where they have no factor in common."""
    ratios = [float(staged / held) for _, held, staged in closes if held and abs(staged / held - 1) > Decimal("0.005")]
    if not ratios:
        return None
    middle = median(ratios)
    return middle if all(_is_near(ratio, middle) for ratio in ratios) else None


def is_explained(closes: Sequence[SharedClose], events: Sequence[KnownEvent]) -> bool:
    """Whether the source has begun, or ceased, to adjust the prices by some of the newest events.

    Args:
        closes: oldest first.
        events: newest first.
    """
    factors = [(day, _factor(day, paid, split, closes)) for day, paid, split in events if closes and day > closes[0][0]]
    for count in range(1, len(factors) + 1):
        newest = factors[:count]
        expected = [prod(factor for day, factor in newest if day > session) for session, _, _ in closes]
        ratios = [float(staged / held) if held else 0.0 for _, held, staged in closes]
        for adjusts in (expected, [1 / factor for factor in expected]):
            explained = sum(_is_near(ratio, factor) for ratio, factor in zip(ratios, adjusts, strict=True))
            if explained >= _MOST_EXPLAINED * len(closes):
                return True
    return False


def _factor(day: date, paid: Decimal, split: Decimal, closes: Sequence[SharedClose]) -> float:
    """By what prices before an event are multiplied to be comparable with those after it."""
    before = [held for session, held, _ in closes if session < day]
    share = 1 - float(paid) / float(before[-1]) if paid and before and 0 < paid < before[-1] else 1.0
    return share / float(split)


def _is_near(ratio: float, factor: float) -> bool:
    return abs(ratio / factor - 1) <= _SAME_FACTOR
