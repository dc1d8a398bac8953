"""What can go wrong with an answer that should have been data: on the wire, or inside the body."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from infra.local.alpha_vantage.answers import Delivery

DELIVERIES: Final[Mapping[str, Delivery]] = {
    "hang": "hang",
    "latency": "whole",
    "reset": "reset",
    "slow": "slow",
    "truncate": "short",
}
"""Faults on the wire: ``truncate`` promises more bytes than it sends; the others are those of ``answers.Answer``."""

_ROW: Final = re.compile(rb'        "[^"\n]+": \{\n(?: {12}[^\n]+\n)+        \}')
_SYMBOL: Final = re.compile(rb'("(?:\d+\. )?[Ss]ymbol": )"[^"]*"')
_VOLUME: Final = re.compile(rb'("\d+\. volume": ")(\d+)"')
_LAST_FIELD: Final = re.compile(rb"\n {12}(\"[^\n]+\")\n {8}\}")
_VOLUME_FIELD: Final = re.compile(rb',\n {12}"\d+\. volume": "[^"]*"')


def _wrong_symbol(body: bytes) -> bytes:
    return _SYMBOL.sub(rb'\1"WRNG"', body, count=1)


def _cut_body(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _empty_series(body: bytes) -> bytes:
    return _with_rows(body, lambda _rows: [])


def _with_rows(body: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    # As text and not as JSON: an object with the same key twice is exactly what a JSON library would not write.
    rows = _ROW.findall(body)
    if not rows:
        return body
    start = body.index(rows[0])
    end = body.rindex(rows[-1]) + len(rows[-1])
    return body[:start] + b",\n".join(change(rows)) + body[end:]


def _duplicate_days(body: bytes) -> bytes:
    return _with_rows(body, lambda rows: [*rows, *(_VOLUME.sub(rb'\g<1>1\2"', row) for row in rows[5:7])])


def _out_of_order(body: bytes) -> bytes:
    return _with_rows(body, lambda rows: [*rows[1::2], *rows[::2][::-1]])


def _new_column(body: bytes) -> bytes:
    added = rb'\n            \1,\n            "9. vwap": "1.0000"\n        }'
    return _with_rows(body, lambda rows: [_LAST_FIELD.sub(added, row) for row in rows])


def _missing_column(body: bytes) -> bytes:
    return _with_rows(body, lambda rows: [_VOLUME_FIELD.sub(b"", row) for row in rows])


SPOILED_BODIES: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "cut_body": _cut_body,
    "duplicate_days": _duplicate_days,
    "empty_series": _empty_series,
    "missing_column": _missing_column,
    "new_column": _new_column,
    "out_of_order": _out_of_order,
    "wrong_symbol": _wrong_symbol,
}
"""Faults inside a JSON body: two days given twice with other volumes, the days in disorder, a column too many or too few, half a body."""
