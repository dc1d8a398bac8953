"""Turns JSON objects with named values into columns of text.

Names carry numbers that move from endpoint to endpoint ("4. Time Zone", "5. Time Zone"), so they are matched without them.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from tasks.alpha_vantage.errors import AnotherSymbol, UnknownShape
from tasks.alpha_vantage.json_text import all_written, is_object, written
from tasks.alpha_vantage.names import plain_name

_SHOWN = 20


@dataclass(frozen=True)
class Rows:
    """The rows of one body, column by column.

    Attributes:
        columns: by plain name, the value of every row as text; None where the row lacks it. All are equally long.
        extra: names the shape does not know, which were read past.
    """

    columns: Mapping[str, Sequence[str | None]]
    extra: tuple[str, ...] = ()


def only_member(function: str, parent: Any, name: str) -> Any:
    """The one member of an object that has a name.

    Raises:
        UnknownShape: there is none, or more than one, or the parent is no object.
    """
    if not is_object(parent):
        raise UnknownShape(f"{function}: the member that should hold {name!r} is not an object.")
    found = [value for key, value in parent if plain_name(key) == plain_name(name)]
    if len(found) != 1:
        how_often = "is missing" if not found else f"is there {len(found)} times"
        raise UnknownShape(f"{function}: {name!r} {how_often}.", evidence={"members": [written(key) for key, _ in parent][:_SHOWN]})
    return found[0]


def check_symbol(function: str, named: Any, requested: str) -> None:
    """Raises AnotherSymbol unless a body names the requested symbol; case does not matter."""
    if not isinstance(named, str) or named.strip().casefold() != requested.casefold():
        raise AnotherSymbol(
            f"{function}: {requested} was requested, but the response names {written(named)}.", evidence={"asked": requested}
        )


def columns_of(function: str, rows: Iterable[Any], keys: Sequence[str], optional: AbstractSet[str] = frozenset()) -> Rows:
    """Turns row objects into columns.

    Args:
        function: for the words of an error.
        rows: what ``read_json`` gave.
        keys: the plain names of the wanted values; where there is a row, each must stand in at least one.
        optional: those of them that may stand in none; every row then lacks the value.

    Raises:
        UnknownShape: a row is no object, has a wanted value twice, or a wanted value that is not optional is in none.
    """
    rows = list(rows)
    return _columns_of_equal_rows(function, rows, keys, optional) or _columns_of_any_rows(function, rows, keys, optional)


def _columns_of_equal_rows(function: str, rows: Sequence[Any], keys: Sequence[str], optional: AbstractSet[str]) -> Rows | None:
    """The columns of rows that all have the same names in the same order, position by position; None for other rows."""
    if not rows or not all(map(is_object, rows)) or len(set(map(len, rows))) > 1:
        return None
    members = list(zip(*rows, strict=True))
    names = [{name for name, _ in column} for column in members]
    if any(len(different) > 1 for different in names):
        return None
    layout = _layout(function, tuple(name for (name,) in names), keys)
    _refuse_vanished(function, [layout], keys, optional)
    columns: dict[str, Sequence[str | None]] = {
        name: [None] * len(rows) if position is None else all_written([value for _, value in members[position]])
        for name, position in layout.positions
    }
    return Rows(columns, tuple(dict.fromkeys(layout.extra)))


def _columns_of_any_rows(function: str, rows: Sequence[Any], keys: Sequence[str], optional: AbstractSet[str]) -> Rows:
    columns: dict[str, list[str | None]] = {name: [] for name in keys}
    layouts: dict[tuple[str, ...], _Layout] = {}
    for row in rows:
        if not is_object(row):
            raise UnknownShape(f"{function}: a row is not an object.", evidence={"row": written(row)[:100]})
        names = tuple(key for key, _ in row)
        layout = layouts.get(names)
        if layout is None:
            layout = layouts[names] = _layout(function, names, keys)
        for name, position in layout.positions:
            columns[name].append(None if position is None else written(row[position][1]))
    if layouts:
        _refuse_vanished(function, layouts.values(), keys, optional)
    return Rows(columns, tuple({name: None for layout in layouts.values() for name in layout.extra}))


@dataclass(frozen=True)
class _Layout:
    """Where the wanted values stand in rows with the same keys."""

    positions: tuple[tuple[str, int | None], ...]
    extra: tuple[str, ...]


def _layout(function: str, row_names: tuple[str, ...], keys: Sequence[str]) -> _Layout:
    names = [plain_name(name) for name in row_names]
    repeated = sorted({name for name in names if names.count(name) > 1} & set(keys))
    if repeated:
        raise UnknownShape(f"{function}: a row has {repeated[0]!r} more than once.", evidence={"row_keys": list(row_names)})
    positions = tuple((name, names.index(name) if name in names else None) for name in keys)
    return _Layout(positions, tuple(written(name) for name in names if name not in keys))


def _refuse_vanished(function: str, layouts: Iterable[_Layout], keys: Sequence[str], optional: AbstractSet[str]) -> None:
    met = {name for layout in layouts for name, position in layout.positions if position is not None}
    vanished = [name for name in keys if name not in met and name not in optional]
    if vanished:
        raise UnknownShape(f"{function}: the column {vanished[0]!r} vanished.", evidence={"vanished": vanished})
