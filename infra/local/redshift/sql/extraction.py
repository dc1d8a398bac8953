"""A date part of a value, as DuckDB computes it. Source: AWS, r_Dateparts_for_datetime_functions.html."""

from infra.local.redshift.sql.date_parts import part
from infra.local.redshift.sql.values import Typed


def extracted(name: str, value: Typed) -> str:
    """Return a part of a moment as DuckDB's DOUBLE."""
    found = part(name)
    if found == "epoch":
        return f"epoch({value.sql})"
    if found == "second":
        return f"(epoch_us(CAST({value.sql} AS TIMESTAMP)) % 60000000 // 1000000)" if value.type.is_datetime else f"second({value.sql})"
    if found in {"millisecond", "microsecond"}:
        unit = 1000 if found == "millisecond" else 1
        return f"({found}({value.sql}) % {1_000_000 // unit})" if value.type.is_datetime else f"{found}({value.sql})"
    return f"date_part('{found}', {value.sql})"
