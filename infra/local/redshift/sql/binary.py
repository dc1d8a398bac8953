"""Hashes and VARBYTE: what DuckDB is told for them. Sources: AWS, hash-functions.html, varbyte-functions.html."""

from collections.abc import Callable

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql.sql_types import BIGINT, VARBYTE, VARCHAR, Kind
from infra.local.redshift.sql.values import Typed, cast, plain, settled


def _sha2(_facts: object, _name: str, given: list[Typed]) -> Typed:
    if given[0].type.kind is Kind.VARBYTE:
        return Typed(f"rs_sha2_of_bytes({given[0].sql}, {given[1].sql})", VARCHAR)
    return Typed(
        f"(CASE WHEN {given[1].sql} IN (0, 256) THEN sha256({plain(given[0])}) ELSE rs_sha2({plain(given[0])}, {given[1].sql}) END)",
        VARCHAR,
    )


def _fnv(_facts: object, _name: str, given: list[Typed]) -> Typed:
    value = settled(given[0])
    width = {Kind.BOOLEAN: 1, Kind.SMALLINT: 2, Kind.INTEGER: 4, Kind.BIGINT: 8}.get(value.type.kind)
    data = f"encode({plain(value)})" if value.type.is_string else f"encode(CAST({value.sql} AS VARCHAR))"
    if value.type.kind is Kind.VARBYTE:
        data = value.sql
    elif width is not None:  # the bytes of a whole number, the lowest first: the examples of r_FNV_HASH
        data = f"rs_low_bytes_of_number(CAST({value.sql} AS BIGINT), {width})"
    return Typed(f"rs_fnv_hash({data}, {given[1].sql if len(given) > 1 else '0'})", BIGINT)


def _to_hex(_facts: object, _name: str, given: list[Typed]) -> Typed:
    value = given[0]
    whole = value.type.is_integer and value.type != BIGINT  # a negative INTEGER has eight digits
    return Typed(f"lower(to_hex({f'CAST({value.sql} AS BIGINT) & 4294967295' if whole else value.sql}))", VARCHAR)


def _varbyte(_facts: object, name: str, given: list[Typed]) -> Typed:
    form = (given[1].text or "").lower()
    if name == "from_varbyte":
        given = [cast(given[0], VARBYTE) if given[0].type.is_string else given[0], given[1]]
    if form not in {"hex", "binary", "utf8", "utf-8", "base64"}:
        raise StatementFailed("22023", f"invalid binary format {form!r}")
    spelled = {"utf-8": "utf8"}.get(form, form)
    if name == "to_varbyte":
        calls = {"hex": "from_hex({0})", "utf8": "encode({0})", "base64": "from_base64({0})", "binary": "from_binary({0})"}
        return Typed(calls[spelled].format(given[0].sql), VARBYTE)
    calls = {"hex": "lower(hex({0}))", "utf8": "decode({0})", "base64": "to_base64({0})", "binary": "rs_bits_text({0})"}
    return Typed(calls[spelled].format(given[0].sql), VARCHAR)


def _farm(_facts: object, _name: str, given: list[Typed]) -> Typed:
    value = given[0]
    data = value.sql if value.type.kind is Kind.VARBYTE else f"encode({plain(settled(value))})"
    return Typed(f"rs_farm_fingerprint({data})", BIGINT)


HASHES: dict[str, Callable[[object, str, list[Typed]], Typed]] = {
    "sha2": _sha2,
    "fnv_hash": _fnv,
    "to_hex": _to_hex,
    **dict.fromkeys(("to_varbyte", "from_varbyte"), _varbyte),
    "farmfingerprint64": _farm,
}
