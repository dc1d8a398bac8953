"""Rows whose strings are read again from their captures, only where somebody needs them: the same verdict and the same curated file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks import validate as step
from tasks.alpha_vantage.daily import read_daily
from tasks.alpha_vantage.daily_adjusted import read_daily_adjusted
from tasks.alpha_vantage.parsing import Parsed
from tasks.curation.curate import Curated
from tasks.curation.parquet import check_footer, to_parquet
from tasks.datasets import ADJUSTED_PRICES, DAILY_PRICES, Dataset
from tasks.quality.context import Context, Market
from tasks.quality.quarantine import identities
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.records import CapturedBody
from tasks.schema import POSITION
from tests.unit.alpha_vantage.mutations import ADJUSTED, DAILY, NOON, printed

DAYS = [(date(2024, 1, 2) + timedelta(days=day)).isoformat() for day in range(60)]
every_series = pytest.mark.parametrize(
    ("dataset", "read", "names"),
    [
        pytest.param(DAILY_PRICES, read_daily, DAILY, id="daily"),
        pytest.param(ADJUSTED_PRICES, read_daily_adjusted, ADJUSTED, id="adjusted"),
    ],
)


def values(names: Any, price: float, volume: int) -> list[str]:
    made = {"volume": str(volume), "dividend amount": "0.0000", "split coefficient": "1.0"}
    return [made.get(name, f"{price + {'high': 1, 'low': -1}.get(name, 0):.4f}") for name in (each.split(". ")[-1] for each in names)]


def bodies(names: Any) -> list[CapturedBody]:
    random = Random(15)  # noqa: S311 - no secret is made
    found = []
    for number in range(5):
        rows = [(day, values(names, 100 + number + at % 7, random.randrange(10**6))) for at, day in enumerate(DAYS)]
        # A high below its low, which the fast reader takes; a session twice, once with other strings; and what it does not take.
        rows[3][1][1] = "1.0000"
        rows.insert(9, (rows[8][0], list(rows[8][1])))
        rows.insert(20, (rows[19][0], [f"{text}0" if "." in text else text for text in rows[19][1]]))
        if number == 2:
            rows[30] = (rows[30][0], ["-1", *rows[30][1][1:]])
        found.append(CapturedBody(f"S{number}", f"raw/{number}", NOON, printed(rows, names, f"S{number}")))
    again = [replace(found[1], key="raw/again", observed_at=NOON + timedelta(hours=1))]
    return found + again


@every_series
def test_the_verdict_is_that_of_rows_with_their_strings(dataset: Dataset, read: Callable[[list[CapturedBody]], Parsed], names: Any) -> None:
    given, read_again = bodies(names), list[int]()
    suite = load_suite(step.EXPECTATIONS / f"{dataset.checks.name}.json", dataset.checks)
    days = np.arange("2024-01-01", "2024-04-01", dtype="datetime64[D]")
    context = Context(Market(days, date(2024, 3, 31)), {f"S{number}" for number in range(5)}, 0.5, 0)

    def with_texts(rows: pa.Table) -> pa.Table:
        assert dataset.with_texts is not None
        read_again.append(rows.num_rows)
        return dataset.with_texts(rows, given)

    bare = dataset.parse(given).table
    assert POSITION in bare.column_names
    assert bare["close_text"].null_count > bare.num_rows / 2
    found = validate(bare, dataset.checks, suite, run_id="run-1", context=context, with_texts=with_texts)
    expected = validate(read(given).table, dataset.checks, suite, run_id="run-1", context=context)
    assert (found.rows, found.duplicates, found.accepted_rows) == (expected.rows, expected.duplicates, expected.accepted_rows)
    assert found.duplicates > 50
    assert found.reason_counts == expected.reason_counts
    assert (found.examples, found.warnings, found.hard_failures) == (expected.examples, expected.warnings, expected.hard_failures)
    assert found.quarantined.equals(expected.quarantined)
    assert len(set(identities(found.quarantined, dataset.checks))) == found.quarantined.num_rows > 5
    assert sum(read_again) < 2 * found.rows
    needed = [name for name in dataset.checks.parsed.names if not name.endswith("_text")]
    ours, theirs = (dataset.curate(verdict.accepted_columns(*needed), None) for verdict in (found, expected))
    assert isinstance(ours, Curated)
    assert isinstance(theirs, Curated)
    assert ours.table() == theirs.table()
    assert to_parquet(ours, dataset.schema) == to_parquet(theirs, dataset.schema)
    check_footer(to_parquet(ours, dataset.schema), dataset.schema, ours.num_rows)
