"""Functions of JSON, SUPER and of texts that hold numbers, whose DuckDB form follows from their arguments."""

import json
import re
from collections.abc import Callable

from infra.local.redshift.errors import StatementFailed, not_supported
from infra.local.redshift.sql.signatures import no_function
from infra.local.redshift.sql.sql_types import BOOLEAN, INTEGER, SUPER, VARCHAR, numeric
from infra.local.redshift.sql.values import Typed, as_text, cast, plain, quoted, settled


def _path_text(_facts: object, name: str, given: list[Typed]) -> Typed:
    keys = list(given[1:])
    if_invalid = "FALSE"
    if keys and keys[-1].type == BOOLEAN:
        if_invalid = keys.pop().sql
    if not keys:
        raise no_function(name, given)
    path = f"to_json([{', '.join(as_text(settled(key)) for key in keys)}])"
    if all(key.text is not None for key in keys):
        path = quoted(json.dumps([key.text for key in keys], ensure_ascii=False))
    return Typed(f"rs_json_path_text({given[0].sql}, CAST({path} AS VARCHAR), {if_invalid})", VARCHAR)


def _collected(_facts: object, name: str, given: list[Typed]) -> Typed:
    if name == "object" and len(given) % 2:
        raise no_function(name, given)
    items = [_item(settled(value)) for value in given]
    if name == "array":
        # Put together as text: DuckDB's own json_array turns numbers into doubles, and a Python function costs a call for each row.
        pieces = ", ',', ".join(f"coalesce({item}, 'null')" for item in items) or "''"
        return Typed(f"CAST(concat('[', {pieces}, ']') AS JSON)", SUPER)
    return Typed(f"CAST(rs_super_object(CAST(to_json(CAST([{', '.join(items)}] AS VARCHAR[])) AS VARCHAR)) AS JSON)", SUPER)


def _item(value: Typed) -> str:
    """Return a value as the text of JSON; a whole number and a BOOLEAN have the same text outside of it."""
    if value.type == SUPER or value.type.is_integer or value.type == BOOLEAN:
        return f"CAST({value.sql} AS VARCHAR)"
    return f"CAST({cast(value, SUPER).sql} AS VARCHAR)"


def _alternative(_facts: object, name: str, given: list[Typed]) -> Typed:
    """TEXT_TO_INT_ALT cuts the fraction off, TEXT_TO_NUMERIC_ALT rounds to its scale."""
    if any(not re.fullmatch(r"CAST\(-?\d+ AS INTEGER\)", one.sql) for one in given[1:]):
        raise not_supported(f"{name.upper()} with a precision or scale that is no constant")
    digits = [int(found[1]) if (found := re.fullmatch(r"CAST\((\d+) AS INTEGER\)", one.sql)) else 0 for one in given[1:]]
    precision, scale = [*digits, *(38, 0)[len(digits) :]]
    if not 0 <= scale <= precision <= 38:  # noqa: PLR2004 - the widest NUMERIC
        raise StatementFailed("22023", f"NUMERIC precision {precision} must be between 1 and 38")
    result = INTEGER if name == "text_to_int_alt" else numeric(precision, scale)
    return Typed(f"CAST(rs_text_to_number({plain(given[0])}, {scale}, {name == 'text_to_int_alt'}) AS {result.stored})", result)


def _super_is(_facts: object, name: str, given: list[Typed]) -> Typed:
    return Typed(f"rs_super_is(CAST({given[0].sql} AS VARCHAR), {quoted(name.removeprefix('is_'))})", BOOLEAN)


SEMISTRUCTURED: dict[str, Callable[[object, str, list[Typed]], Typed]] = {
    "json_extract_path_text": _path_text,
    **dict.fromkeys(("array", "object"), _collected),
    **dict.fromkeys(
        [
            f"is_{kind}"
            for kind in ("array", "bigint", "boolean", "char", "decimal", "float", "integer", "object", "scalar", "smallint", "varchar")
        ],
        _super_is,
    ),
    **dict.fromkeys(("text_to_int_alt", "text_to_numeric_alt"), _alternative),
}
