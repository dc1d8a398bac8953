"""HyperLogLog sketches: their text, their union, and how many values they saw. Source: AWS, r_HLLSKTECH_type.html.

A sketch keeps the longest run of zeros that a hash left at each of 32,768 places. AWS does not tell its hash: places and values differ
from Redshift's, counts are within the same error. A sketch is told sparse here, whatever its size.
"""

import json
import math
from collections.abc import Callable
from typing import Any

from infra.local.redshift.errors import StatementFailed

_LOGM = 15
_PLACES = 1 << _LOGM
_BITS = 64 - _LOGM
_FEW = 2.5


def hll_sketch(hashes: str) -> str:
    """Return the sketch of values whose 64-bit hashes are given as a JSON array."""
    runs: dict[int, int] = {}
    for value in json.loads(hashes):
        place, run = value & (_PLACES - 1), _BITS - (value >> _LOGM).bit_length() + 1
        runs[place] = max(run, runs.get(place, 0))
    return _text(runs)


def hll_union(sketches: str) -> str:
    """Return the sketch of what any of the sketches in a JSON array saw."""
    runs: dict[int, int] = {}
    for sketch in json.loads(sketches):
        for place, run in _runs(sketch).items():
            runs[place] = max(run, runs.get(place, 0))
    return _text(runs)


def hll_count(sketch: str) -> int:
    """Return about how many different values a sketch saw."""
    runs = _runs(sketch)
    empty = _PLACES - len(runs)
    estimate = 0.7213 / (1 + 1.079 / _PLACES) * _PLACES**2 / (empty + sum(2.0**-run for run in runs.values()))
    if estimate <= _FEW * _PLACES and empty:
        estimate = _PLACES * math.log(_PLACES / empty)
    return round(estimate)


def _runs(sketch: str) -> dict[int, int]:
    try:
        held = json.loads(sketch)["sparse"]
        return dict(zip(held["indices"], held["values"], strict=True))
    except (ValueError, KeyError, TypeError) as error:
        raise StatementFailed("22P02", f"invalid HLLSKETCH value: {sketch[:80]}") from error


def _text(runs: dict[int, int]) -> str:
    places = sorted(runs)
    held = {"version": 1, "logm": _LOGM, "sparse": {"indices": places, "values": [runs[place] for place in places]}}
    return json.dumps(held, separators=(",", ":"))


FUNCTIONS: dict[Callable[..., Any], str] = {hll_sketch: "VARCHAR", hll_union: "VARCHAR", hll_count: "BIGINT"}
