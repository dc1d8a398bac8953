from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from tasks.curate import Curation
from tasks.parse import Parsing
from tasks.quality.prices import DAILY_PRICES
from tasks.quality.verdict import Verdict
from tasks.reconcile import RowCountMismatch, layers_before_load, layers_of_load, refuse_broken
from tasks.records import LoadResult, Manifest
from tasks.schema import PARSED_DAILY_PRICES


def bars(*sessions: int) -> pa.Table:
    columns = {name: pa.nulls(len(sessions), PARSED_DAILY_PRICES.field(name).type) for name in PARSED_DAILY_PRICES.names}
    columns["symbol"] = pa.array(["MSFT"] * len(sessions))
    columns["session_date"] = pa.array([date(2024, 1, day) for day in sessions])
    return pa.table([columns[name] for name in PARSED_DAILY_PRICES.names], schema=PARSED_DAILY_PRICES)


# One bar deferred, one told twice, one held back, two of one session by two observations: two rows remain.
READY = bars(2, 2, 3, 4, 4)
PARSING = Parsing(READY, bars(5), counted=6)
VERDICT = Verdict(
    run_id="run-1",
    suite="daily_prices",
    rows=5,
    duplicates=1,
    deferred=1,
    judged=READY,
    passes=np.array([True, False, False, True, True]),
    quarantined=pa.table([pa.nulls(1, field.type) for field in DAILY_PRICES.quarantined], names=DAILY_PRICES.quarantined.names),
    hard_failures=(),
    warnings=(),
    reason_counts={},
    quarantined_by_symbol={},
    wholly_quarantined=(),
    examples=(),
)
CURATION = Curation(Manifest("m", "0" * 64, "f", "1" * 64, 10, 2, "daily_prices", "run-1"))
LOADED = LoadResult(staged=2, new=1, changed=0, unchanged=1, touched={})


def test_the_layers_of_a_sound_run_add_up() -> None:
    layers = (*layers_before_load(PARSING, VERDICT, CURATION), *layers_of_load(CURATION, LOADED))
    assert [(layer.left, layer.right, layer.holds) for layer in layers] == [
        (6, 6, True),
        (6, 6, True),
        (2, 2, True),
        (2, 2, True),
        (2, 2, True),
    ]
    refuse_broken(layers)


@pytest.mark.parametrize(
    ("parsing", "curation", "claim"),
    [
        (replace(PARSING, counted=7), CURATION, "rows counted in the captures = parsed: 7 is not 6"),
        (replace(PARSING, ready=bars(2, 2, 3, 4)), CURATION, r"parsed = deferred \+ duplicates \+ accepted \+ quarantined: 5 is not 6"),
        (PARSING, Curation(None), "different bars accepted = curated: 2 is not 0"),
    ],
)
def test_a_row_that_is_lost_or_made_up_stops_the_run_before_its_load(parsing: Parsing, curation: Curation, claim: str) -> None:
    with pytest.raises(RowCountMismatch, match=claim):
        refuse_broken(layers_before_load(parsing, VERDICT, curation))


def test_a_load_that_lost_a_row_is_seen() -> None:
    assert [layer.holds for layer in layers_of_load(CURATION, replace(LOADED, unchanged=0))] == [True, False]
    assert [layer.holds for layer in layers_of_load(CURATION, replace(LOADED, staged=1, unchanged=0))] == [False, True]
