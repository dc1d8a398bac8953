"""JSON in texts and in SUPER. Sources: AWS, json-functions, c_Array_Functions, Object_Functions, c_Type_Info_Functions."""

import decimal
import json
import re
from collections.abc import Callable
from typing import Any

from infra.local.redshift.errors import StatementFailed

_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number", decimal.Decimal: "number"}
_SMALLEST, _WHOLE = 1 << 15, 1 << 31


def loaded(text: str) -> Any:
    """Return what a JSON text says; numbers keep their digits."""
    return json.loads(text, parse_float=decimal.Decimal)


def dumped(value: Any) -> str:
    """Return a value as compact JSON, with the digits it was written with."""
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{dumped(held)}" for key, held in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dumped(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def json_parse(value: str) -> str:
    """Return a text as compact JSON.

    Raises:
        StatementFailed: 22P02 for a text that is no JSON.
    """
    try:
        return dumped(loaded(value))
    except (ValueError, RecursionError) as error:
        raise StatementFailed("22P02", "Invalid JSON: the text could not be parsed into SUPER") from error


def can_json_parse(value: str) -> bool:
    """Tell whether a text is JSON."""
    try:
        loaded(value)
    except (ValueError, RecursionError):
        return False
    return True


def is_valid_json(value: str) -> bool:
    """Tell whether a text is a JSON object or array."""
    return can_json_parse(value) and isinstance(loaded(value), dict | list)


def is_valid_json_array(value: str) -> bool:
    """Tell whether a text is a JSON array."""
    return can_json_parse(value) and isinstance(loaded(value), list)


def json_array_length(value: str, null_if_invalid: bool) -> int | None:  # noqa: FBT001 - the function's own argument
    """Return the number of elements of a JSON array in a text."""
    if not is_valid_json_array(value):
        _invalid(value, "array", null_if_invalid=null_if_invalid)
        return None
    return len(loaded(value))


def json_element_text(value: str, position: int, null_if_invalid: bool) -> str | None:  # noqa: FBT001 - the function's own argument
    """Return an element of a JSON array as text; counted from 0, from the end where negative."""
    if not is_valid_json_array(value):
        _invalid(value, "array", null_if_invalid=null_if_invalid)
        return None
    items = loaded(value)
    return _text(items[position]) if -len(items) <= position < len(items) else None


def json_path_text(value: str, path: str, null_if_invalid: bool) -> str | None:  # noqa: FBT001 - the function's own argument
    """Return what lies at a path, given as a JSON array of keys, as text; "" where nothing does."""
    if not is_valid_json(value):
        _invalid(value, "object", null_if_invalid=null_if_invalid)
        return None
    found = loaded(value)
    for key in json.loads(path):
        if isinstance(found, dict) and key in found:
            found = found[key]
        elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        else:
            return None
    return _text(found)


def json_typeof(value: str) -> str:
    """Return the JSON type of a SUPER value."""
    return _TYPES.get(type(loaded(value)), "null")


def super_is(value: str, kind: str) -> bool:
    """Tell whether a SUPER value has a type."""
    held = loaded(value)
    is_number = isinstance(held, int | decimal.Decimal) and not isinstance(held, bool)
    answers = {
        "array": isinstance(held, list),
        "object": isinstance(held, dict),
        "boolean": isinstance(held, bool),
        "varchar": isinstance(held, str),
        "char": isinstance(held, str) and held.isascii(),
        "scalar": not isinstance(held, list | dict),
        "smallint": is_number and isinstance(held, int) and -_SMALLEST <= held < _SMALLEST,
        "integer": is_number and isinstance(held, int) and -_WHOLE <= held < _WHOLE,
        "bigint": is_number and isinstance(held, int),
        "decimal": is_number and isinstance(held, decimal.Decimal),
        "float": is_number and isinstance(held, decimal.Decimal),
    }
    return answers[kind]


def super_object(items: str) -> str:
    """Return a JSON object of keys and values that arrive in turn."""
    pairs = [loaded(item) if item is not None else None for item in json.loads(items)]
    if any(not isinstance(key, str) for key in pairs[::2]):
        raise StatementFailed("22023", "the keys of OBJECT must be strings")
    return dumped(dict(zip(pairs[::2], pairs[1::2], strict=True)))


def super_transform(value: str, keep: str, paths: str, values: str) -> str:
    """Return an object with the paths of KEEP alone, and those of SET changed or added; anything else as it is.

    Raises:
        StatementFailed: 22023 for a path that is not written as "a"."b".
    """
    held, kept = loaded(value), json.loads(keep)
    if not isinstance(held, dict):
        return value
    result = held if kept is None else {}
    for path in [_steps(one) for one in kept or []]:
        found: Any = held
        for step in path:
            if not isinstance(found, dict) or step not in found:
                break
            found = found[step]
        else:
            _placed(result, path, found)
    for path, given in zip(json.loads(paths), json.loads(values), strict=True):
        _placed(result, _steps(path), loaded(given) if given is not None else None)
    return dumped(result)


def _steps(path: str | None) -> list[str]:
    if path is None or not re.fullmatch(r'"[^"]*"(\."[^"]*")*', path):
        raise StatementFailed("22023", f"invalid path {path} in OBJECT_TRANSFORM")
    return re.findall(r'"([^"]*)"', path)


def _placed(result: dict[str, Any], path: list[str], value: Any) -> None:
    for step in path[:-1]:
        if not isinstance(result.get(step), dict):
            result[step] = {}
        result = result[step]
    result[path[-1]] = value


def super_concat(one: str, other: str) -> str | None:
    """Return two arrays as one; NULL where a value is none."""
    left, right = loaded(one), loaded(other)
    return dumped([*left, *right]) if isinstance(left, list) and isinstance(right, list) else None


def super_flatten(value: str) -> str | None:
    """Return an array of arrays as one array, however deep they lie (operators-functions)."""
    held = loaded(value)
    return dumped(_flat(held)) if isinstance(held, list) else None


def _flat(items: list[Any]) -> list[Any]:
    return [inner for item in items for inner in (_flat(item) if isinstance(item, list) else [item])]


def super_length(value: str) -> int | None:
    """Return the number of elements of an array, NULL for anything else."""
    held = loaded(value)
    return len(held) if isinstance(held, list) else None


def super_subarray(value: str, start: int, length: int) -> str | None:
    """Return a part of an array; counted from 0."""
    held = loaded(value)
    if not isinstance(held, list):
        return None
    first = start if start >= 0 else max(len(held) + start, 0)
    return dumped(held[first : first + length if length >= 0 else None])


def split_to_array(value: str, delimiter: str) -> str:
    """Return the parts of a text as an array."""
    return dumped(value.split(delimiter) if delimiter else [value])


def super_at(value: str, position: int, lax: bool) -> str | None:  # noqa: FBT001 - navigate_super_null_on_error
    """Return an element of an array, counted from 0; NULL where there is none.

    Raises:
        StatementFailed: 22023 where there is none and the session is not lax.
    """
    held = loaded(value)
    if not isinstance(held, list) or not -len(held) <= position < len(held):
        return _missing(f"element {position}", lax=lax)
    return dumped(held[position])


def super_key(value: str, key: str, exact: bool, lax: bool) -> str | None:  # noqa: FBT001 - whether the session minds case, and is lax
    """Return an attribute of an object; NULL where there is none.

    Raises:
        StatementFailed: 22023 where there is none and the session is not lax.
    """
    held = loaded(value)
    if not isinstance(held, dict):
        return _missing(f'attribute "{key}"', lax=lax)
    if key in held:
        return dumped(held[key])
    found = [] if exact else [name for name in held if name.lower() == key.lower() and name == name.lower()]
    return dumped(held[found[0]]) if found else _missing(f'attribute "{key}"', lax=lax)


def _missing(what: str, *, lax: bool) -> str | None:
    if lax:
        return None
    raise StatementFailed("22023", f"the SUPER value has no {what}")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) else dumped(value)


def _invalid(value: str, kind: str, *, null_if_invalid: bool) -> None:
    if null_if_invalid:
        return
    raise StatementFailed("22P02", f"JSON parsing error: invalid json {kind} object {value[:100]}")


FUNCTIONS: dict[Callable[..., Any], str] = {
    json_parse: "VARCHAR",
    can_json_parse: "BOOLEAN",
    is_valid_json: "BOOLEAN",
    is_valid_json_array: "BOOLEAN",
    json_array_length: "INTEGER",
    json_element_text: "VARCHAR",
    json_path_text: "VARCHAR",
    json_typeof: "VARCHAR",
    super_is: "BOOLEAN",
    super_object: "VARCHAR",
    super_transform: "VARCHAR",
    super_concat: "JSON",
    super_flatten: "JSON",
    super_length: "BIGINT",
    super_subarray: "JSON",
    split_to_array: "JSON",
    super_at: "JSON",
    super_key: "JSON",
}
