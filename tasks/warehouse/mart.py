"""The marts, and their statements: filled from a mart's columns, as ``templates.py`` fills those of a load.

``marts/*.sql`` holds them once for all marts; a file of the same name in ``tables/<mart>/`` wins where a mart is special. What a template
may name, beside the placeholders of ``statements.py``:

============================  ====================================================================================
``${table}``, ``${start}``    the mart; the key's date: the session, or the period's first day
``${key}``, ``${columns}``    the key, all columns; ``${columns(changes)}`` of an alias
``${assignments(changes)}``   the columns outside the key, each set to the alias's
``${match}``                  equal keys in the mart and its stage; ``${match(changes)}`` in the mart and an alias
``${same}``                   equal values in the mart and its stage; ``${same(held, made)}`` of two aliases
``${period}``                 ``week`` or ``month``
============================  ====================================================================================
"""

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Final

from tasks.warehouse.checks import Check, check_of
from tasks.warehouse.reserved import RESERVED
from tasks.warehouse.statements import fill, has_statement, plain_values, tables
from tasks.warehouse.templates import Rendered

_WIDTH: Final = 110


@dataclass(frozen=True)
class Mart:
    """A table that is made of bars, and perhaps of events, in the transaction that loads them.

    Attributes:
        name: the table in ``market``, and the folder of the statements that it alone has.
        date: the column by which retention removes its rows.
        values: the columns outside the key that hold one value each.
        arrays: those that hold arrays; the last columns.
        period: ``week`` or ``month`` where it has a row for each; empty where it has one for each bar, adjusted by events.
    """

    name: str
    date: str
    values: tuple[str, ...]
    arrays: tuple[str, ...] = ()
    period: str = ""

    @property
    def table(self) -> str:
        """The qualified table."""
        return f"market.{self.name}"

    @property
    def start(self) -> str:
        """The key's date."""
        return f"{self.period}_start" if self.period else "session_date"

    @property
    def check(self) -> str:
        """What must hold after it was written."""
        return "check_every_staged_row_stands_once" if self.period else "check_every_touched_bar_stands_once"


_PERIOD: Final = ("first_session", "last_session", "session_count", "open", "high", "low", "close", "volume", "is_complete")

MARTS: Final = (
    Mart(
        "daily_price_adjusted",
        "session_date",
        (*(f"adjusted_{name}" for name in ("open", "high", "low", "close", "volume")), "price_factor", "volume_factor"),
    ),
    Mart(
        "daily_metric",
        "session_date",
        (
            *("adjusted_close", "daily_return", "log_return"),
            *(f"average_close_{sessions}" for sessions in (7, 20, 50, 200)),
            *("volatility_7", "volatility_20", "average_volume_7"),
        ),
        ("last_opens", "last_highs", "last_lows", "last_closes", "last_volumes"),
    ),
    Mart("agg_weekly_price", "last_session", _PERIOD, period="week"),
    Mart("agg_monthly_price", "last_session", _PERIOD, period="month"),
)
"""In the order in which they are made."""

FACTORS: Final = "market.adjustment_factor"
"""By what bars are adjusted; rebuilt for a whole symbol, before the marts."""


def mart_statement(mart: Mart, name: str, **placeholders: str | date) -> str:
    """One statement of a mart, ready to be sent.

    Args:
        mart: the mart.
        name: the file's name without ``.sql``.
        placeholders: as :func:`tasks.warehouse.statements.statement` takes them.

    Raises:
        BadPlaceholder: a value that does not have its placeholder's form.
    """
    return _rendered(mart, name, placeholders).sql


def check_of_mart(mart: Mart, **placeholders: str | date) -> Check:
    """The check of a mart.

    Args:
        mart: the mart.
        placeholders: ``stage``, the rows to merge, ``touched``, the bars, ``first`` and ``last``, their sessions.
    """
    return check_of(mart.name, _rendered(mart, mart.check, placeholders))


def _rendered(mart: Mart, name: str, placeholders: Mapping[str, str | date]) -> Rendered:
    if has_statement(mart.name, name):
        file, folder = f"tables/{mart.name}/{name}.sql", tables() / mart.name
    else:
        file, folder = f"marts/{name}.sql", files(__package__) / "marts"
    plain = plain_values(placeholders)
    return Rendered(file, fill((folder / f"{name}.sql").read_text(encoding="utf-8"), {**_values(mart, plain), **plain}))


def _values(mart: Mart, plain: Mapping[str, Callable[..., str]]) -> Mapping[str, Callable[..., str]]:
    key = ("symbol", mart.start)
    columns = [f'"{name}"' if name in RESERVED else name for name in (*key, *mart.values, *mart.arrays)]
    values, arrays = columns[len(key) : len(key) + len(mart.values)], mart.arrays

    def listed(alias: str = "") -> str:
        names = ", ".join(f"{alias}.{name}" if alias else name for name in columns)
        return "\n".join(textwrap.wrap(names, _WIDTH, break_long_words=False, break_on_hyphens=False))

    def match(alias: str = "") -> str:
        return " AND ".join(f"{mart.table}.{name} = {alias or plain['stage']()}.{name}" for name in key)

    def same(one: str = "", other: str = "") -> str:
        held, made = one or mart.table, other or plain["stage"]()
        equal = [f"({held}.{name} = {made}.{name} OR ({held}.{name} IS NULL AND {made}.{name} IS NULL))" for name in values]
        written = [f"NVL(JSON_SERIALIZE({held}.{name}), '') = NVL(JSON_SERIALIZE({made}.{name}), '')" for name in arrays]
        return "\nAND ".join([*equal, *written])

    return {
        "table": lambda: mart.table,
        "start": lambda: mart.start,
        "key": lambda: ", ".join(key),
        "columns": listed,
        "assignments": lambda alias: ",\n".join(f"{name} = {alias}.{name}" for name in columns[len(key) :]),
        "match": match,
        "same": same,
        "period": lambda: mart.period,
    }
