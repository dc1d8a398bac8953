"""Arrays in SUPER: search, order, sets. Sources: AWS, array_contains, array_position, array_sort, array_except and their neighbours."""

import functools
from collections.abc import Callable
from typing import Any

from infra.local.redshift.runtime.semistructured import dumped, loaded

_RANKS = {bool: 0, int: 1, float: 1, str: 3, list: 4, dict: 5}
_NUMBER = 1


def array_places(value: str, wanted: str, null_match: bool) -> str | None:  # noqa: FBT001 - the function's own argument
    """Return the places of an element, counted from 0; NULL where NULLs are unknown and decide, or where the value is no array."""
    held, sought = loaded(value), loaded(wanted)
    if not isinstance(held, list):
        return None
    places = [place for place, item in enumerate(held) if _same(item, sought)]
    if not null_match and (sought is None or (not places and None in held)):
        return None
    return dumped(places)


def array_distinct(value: str) -> str | None:
    """Return an array without repetitions, in the order of what came first."""
    held = loaded(value)
    return dumped(_unique(held)) if isinstance(held, list) else None


def array_except(one: str, other: str, distinct: bool) -> str | None:  # noqa: FBT001 - the function's own argument
    """Return the elements of an array that another lacks; each takes away one where repetitions count."""
    return _remaining(one, other, distinct=distinct, kept=False)


def array_intersection(one: str, other: str, distinct: bool) -> str | None:  # noqa: FBT001 - the function's own argument
    """Return the elements of an array that another has too; as often as in both where repetitions count."""
    return _remaining(one, other, distinct=distinct, kept=True)


def array_union(one: str, other: str) -> str | None:
    """Return the elements of two arrays, each once."""
    left, right = loaded(one), loaded(other)
    return dumped(_unique([*left, *right])) if isinstance(left, list) and isinstance(right, list) else None


def arrays_overlap(one: str, other: str) -> bool | None:
    """Tell whether two arrays share an element."""
    left, right = loaded(one), loaded(other)
    if not isinstance(left, list) or not isinstance(right, list):
        return None
    return any(_same(item, held) for item in left for held in right)


def array_sort(value: str, ascending: bool, nulls_first: bool) -> str | None:  # noqa: FBT001 - the function's own arguments
    """Return an array sorted: booleans, numbers, texts, arrays, objects."""
    held = loaded(value)
    if not isinstance(held, list):
        return None
    nulls = [item for item in held if item is None]
    known = sorted((item for item in held if item is not None), key=functools.cmp_to_key(_compared), reverse=not ascending)
    return dumped([*nulls, *known] if nulls_first else [*known, *nulls])


def super_renamed(value: str, upper: bool) -> str:  # noqa: FBT001 - which of two functions it is
    """Return a value with the names of all its attributes in capitals or in small letters."""
    return dumped(_renamed(loaded(value), str.upper if upper else str.lower))


def _renamed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {change(key): _renamed(held, change) for key, held in value.items()}
    return [_renamed(item, change) for item in value] if isinstance(value, list) else value


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _unique(items: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        if not any(_same(item, held) for held in kept):
            kept.append(item)
    return kept


def _remaining(one: str, other: str, *, distinct: bool, kept: bool) -> str | None:
    left, right = loaded(one), loaded(other)
    if not isinstance(left, list) or not isinstance(right, list):
        return None
    if distinct:
        return dumped([item for item in _unique(left) if any(_same(item, held) for held in right) is kept])
    waiting = list(right)
    found = []
    for item in left:
        place = next((index for index, held in enumerate(waiting) if _same(item, held)), None)
        if place is not None:
            waiting.pop(place)
        if (place is not None) is kept:
            found.append(item)
    return dumped(found)


def _compared(one: Any, other: Any) -> int:
    left, right = _RANKS.get(type(one), _NUMBER), _RANKS.get(type(other), _NUMBER)
    if left != right:
        return left - right
    if isinstance(one, list | dict):
        one, other = dumped(one), dumped(other)
    return int(one > other) - int(one < other)


FUNCTIONS: dict[Callable[..., Any], str] = {
    array_places: "JSON",
    array_distinct: "JSON",
    array_except: "JSON",
    array_intersection: "JSON",
    array_union: "JSON",
    arrays_overlap: "BOOLEAN",
    array_sort: "JSON",
    super_renamed: "JSON",
}
